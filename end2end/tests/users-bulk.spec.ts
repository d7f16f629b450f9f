// Enable, disable and delete: one, a few, and more than fit in one answer.
import { type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { addUser, expect, expectAccessible, expectNoSideways, open, openProfile, owner, seeded, test } from "./roster";

const rows = (page: Page) => page.locator("tbody tr[data-id]");

async function apply(page: Page, action: string): Promise<void> {
  await page.getByLabel("Select action").selectOption({ label: action });
  await page.getByRole("button", { name: "Apply" }).click();
}

/** More than 1,000 are not disabled by a slip: their count is typed. */
async function disableEverybody(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: /^Disable/ });
  await expect(confirm).toBeDisabled();
  const label = await dialog.locator("label").filter({ hasText: "to confirm" }).innerText();
  await dialog.getByLabel(/to confirm/).fill(/[\d,]+/.exec(label)![0]);
  await confirm.click();
}

test("U12: disabling a few says whom, does it, and can be taken back", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?status=enabled");
  const name = await rows(admin).nth(1).locator("a.row-name").innerText();
  for (const at of [1, 2, 3]) await rows(admin).nth(at).getByRole("checkbox").check();
  await apply(admin, "Disable");
  const dialog = admin.getByRole("dialog");
  await expect(dialog).toContainText("Disable 3 users?");
  await expect(dialog).toContainText(name);
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: /^Disable/ }).click();
  await expect(admin.getByText(/3 users disabled/)).toBeVisible();
  await admin.getByRole("button", { name: "Undo" }).click();
  await expect(admin.getByText(/3 users enabled/)).toBeVisible();
});

test("U13: a job is taken back from the page of jobs, once", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?status=enabled");
  for (const at of [1, 2]) await rows(admin).nth(at).getByRole("checkbox").check();
  await apply(admin, "Disable");
  await admin.getByRole("dialog").getByRole("button", { name: /^Disable/ }).click();
  await expect(admin.getByText(/2 users disabled/)).toBeVisible();
  await open(admin, server, "/admin/jobs");
  await admin.getByRole("button", { name: "Undo: Disable (2 users)" }).click();
  await expect(admin.getByText("Enable has begun.")).toBeVisible();
  await expect(admin.getByRole("row", { name: /^Enable \(2 users\)/ })).toContainText("Done");
  await expect(admin.getByRole("button", { name: "Undo: Disable (2 users)" })).toHaveCount(0);
  await expectAccessible(admin);
});

test("U12: deleting asks to type the count", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?sort=created&dir=desc");
  await rows(admin).nth(5).getByRole("checkbox").check();
  await rows(admin).nth(6).getByRole("checkbox").check();
  await apply(admin, "Delete");
  const dialog = admin.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: /^Delete/ });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole("textbox").last().fill("2");
  await confirm.click();
  await expect(admin.getByText(/2 users deleted/)).toBeVisible();
  await expect(admin.getByText((seeded - 1).toLocaleString("en-US")).first()).toBeVisible();
});

test("U13: everybody is disabled by a job, but for oneself, with the reasons", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByLabel("Select all on this page").check();
  await admin.getByRole("button", { name: /Select all/ }).last().click();
  await apply(admin, "Disable");
  await disableEverybody(admin);
  await expect(admin.getByText(/users disabled, \d+ skipped/)).toBeVisible({ timeout: 30_000 });
  await expect(admin.getByText(/your own account/)).toBeVisible();
  await expect(admin.getByText(/already disabled/)).toBeVisible();
  await admin.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(admin);
  await expectAccessible(admin);
  const [results] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("link", { name: "Download results" }).click(),
  ]);
  await admin.setViewportSize({ width: 1280, height: 720 });
  expect(readFileSync(await results.path(), "utf8")).toContain("skipped,");
  await open(admin, server, "/admin/users?status=enabled");
  await expect(rows(admin)).toHaveCount(1);
  await open(admin, server, "/admin/jobs");
  await expect(admin.getByRole("row", { name: /Disable/ })).toContainText("Done");
  await expectAccessible(admin);
});

test("U12: exports the selected rows, and all that matched when they were selected", async ({ server, admin }) => {
  const dialog = admin.getByRole("dialog", { name: "Export users" });
  const fetched = async () => {
    const coming = admin.waitForEvent("download");
    await dialog.getByRole("button", { name: "Export" }).click();
    const lines = readFileSync(await (await coming).path(), "utf8").trim().split("\n");
    await expect(dialog).toBeHidden();
    return lines.slice(1);
  };
  await open(admin, server, "/admin/users");
  for (const at of [1, 2, 3]) await rows(admin).nth(at).getByRole("checkbox").check();
  const emails = await rows(admin).locator("td.column-email").allInnerTexts();
  await apply(admin, "Export");
  await expect(dialog.getByLabel("Selected rows (3)")).toBeChecked();
  await expectAccessible(admin);
  const few = await fetched();
  expect(few).toHaveLength(3);
  for (const email of emails.slice(1, 4)) expect(few.join("\n")).toContain(email);

  await open(admin, server, "/admin/users?status=enabled");
  await admin.getByLabel("Select all on this page").check();
  await admin.getByRole("button", { name: /Select all/ }).last().click();
  const selected = await admin.getByText(/All [\d,]+ matching selected/).innerText();
  // Another search on the screen does not change who was selected.
  await admin.getByLabel("Search users").fill("zzzqqqxxx");
  await expect(admin.getByText("No users match")).toBeVisible();
  await apply(admin, "Export");
  const number = /[\d,]+/.exec(selected)![0];
  await expect(dialog.getByLabel(`Selected rows (${number})`)).toBeChecked();
  const all = await fetched();
  expect(all).toHaveLength(Number(number.replaceAll(",", "")));
  expect(all.filter((line) => line.includes(",Disabled"))).toHaveLength(0);
});

test("U12: adding to a group asks which, and can be taken back", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?sort=created&dir=desc");
  for (const at of [1, 2]) await rows(admin).nth(at).getByRole("checkbox").check();
  await apply(admin, "Add to group");
  const dialog = admin.getByRole("dialog", { name: "Add 2 users to a group?" });
  const confirm = dialog.getByRole("button", { name: "Add to group" });
  await expect(confirm).toBeDisabled();
  const group = dialog.getByRole("radio").first();
  await group.check();
  await expectAccessible(admin);
  await confirm.click();
  await expect(admin.getByText(/users? added to /)).toBeVisible();
});

test("U12: assigning a role asks which and where; ending sessions says who had none", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?sort=created&dir=desc");
  for (const at of [1, 2]) await rows(admin).nth(at).getByRole("checkbox").check();
  await apply(admin, "Assign role");
  const dialog = admin.getByRole("dialog", { name: "Assign a role to 2 users?" });
  await expect(dialog.getByRole("button", { name: "Assign role" })).toBeDisabled();
  await dialog.getByLabel("Role").selectOption({ label: "Auditor" });
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: "Assign role" }).click();
  await expect(admin.getByText("2 users got the role Auditor, everywhere")).toBeVisible();
  await admin.getByRole("button", { name: "Undo" }).click();
  await expect(admin.getByText("2 users lost the role Auditor, everywhere")).toBeVisible();
  await open(admin, server, "/admin/users?sort=created&dir=desc");
  await rows(admin).nth(0).getByRole("checkbox").check();
  await apply(admin, "End sessions");
  await admin.getByRole("dialog").getByRole("button", { name: "End sessions" }).click();
  await expect(admin.getByText(/signed out/).last()).toBeVisible();
});

test("U13: the progress of a job survives a reload", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByLabel("Select all on this page").check();
  await admin.getByRole("button", { name: /Select all/ }).last().click();
  await apply(admin, "End sessions");
  await admin.getByRole("dialog").getByRole("button", { name: "End sessions" }).click();
  await admin.reload();
  // Over meanwhile, or shown again until it is.
  await expect(admin.getByRole("progressbar")).toHaveCount(0, { timeout: 30_000 });
  await open(admin, server, "/admin/jobs");
  await expect(admin.getByRole("row", { name: /End sessions/ })).toContainText("Done");
});

test("U13: a job that skipped some is taken back for the others, after a server that was silent and a reload", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?status=disabled");
  const count = admin.locator(".page-head .count");
  const before = await count.innerText();
  await open(admin, server, "/admin/users");
  await admin.getByLabel("Select all on this page").check();
  await admin.getByRole("button", { name: /Select all/ }).last().click();
  await apply(admin, "Disable");
  await admin.route("**/api/admin/jobs/progress", (route) => route.abort());
  await disableEverybody(admin);
  await expect(admin.getByRole("alert").getByText("The server does not answer")).toBeVisible();
  await expectAccessible(admin);
  await admin.reload();
  await admin.unroute("**/api/admin/jobs/progress");
  const outcome = admin.getByText(/users disabled, \d+ skipped/);
  await expect(outcome).toBeVisible({ timeout: 30_000 });
  const done = /[\d,]+/.exec(await outcome.innerText())![0];
  await admin.getByRole("button", { name: "Undo" }).click();
  await expect(admin.getByText(`${done} users enabled`)).toBeVisible({ timeout: 30_000 });
  await open(admin, server, "/admin/users?status=disabled");
  await expect(count).toHaveText(before);
});

test("U13: the result of every account can be downloaded, also of a job that was cancelled", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?sort=created&dir=desc");
  for (const at of [1, 2, 3]) await rows(admin).nth(at).getByRole("checkbox").check();
  await apply(admin, "Disable");
  await admin.getByRole("dialog").getByRole("button", { name: /^Disable/ }).click();
  await expect(admin.getByText(/users? disabled/)).toBeVisible();
  await open(admin, server, "/admin/jobs");
  const [download] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("link", { name: /Results as CSV: Disable/ }).click(),
  ]);
  const lines = readFileSync((await download.path())!, "utf8").trim().split("\r\n");
  expect(lines[0]).toBe("Id,Name,Email,Result,Reason");
  expect(lines).toHaveLength(4);
  for (const line of lines.slice(1)) expect(line).toMatch(/(done,|skipped,already disabled)$/);
});

test("A13: disabling from the row's menu ends the sessions and is in the log", async ({ server, admin }) => {
  await addUser(admin, server, "mona@roster.example", "Mona");
  await open(admin, server, "/admin/users?q=mona@roster");
  await rows(admin).getByRole("button", { name: "Actions for Mona" }).click();
  await admin.getByRole("menuitem", { name: "Disable user", exact: true }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel(/reason/i).fill("Left the company");
  await dialog.getByRole("button", { name: /^Disable/ }).click();
  await expect(rows(admin).getByText("Disabled", { exact: true })).toBeVisible();
  await rows(admin).getByRole("button", { name: "Actions for Mona" }).click();
  await expect(admin.getByRole("menuitem", { name: "Enable user", exact: true })).toBeVisible();
  await expect(admin.getByRole("menuitem", { name: "Disable user", exact: true })).toBeHidden();
  await admin.keyboard.press("Escape");
  await openProfile(admin, server, "mona@roster.example", "activity");
  await expect(admin.getByText("Left the company").first()).toBeVisible();
});

test("A14: deleting from the profile leads back to the list, and can be undone", async ({ server, admin }) => {
  await addUser(admin, server, "dora@roster.example", "Dora");
  await admin.getByRole("button", { name: "Delete" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: /^Delete/ }).click();
  await admin.waitForURL(/\/admin\/users(\?|$)/);
  await admin.getByRole("button", { name: "Undo" }).click();
  await expect(admin.getByText("Dora: restored")).toBeVisible();
});

test("D6: the last Owner cannot be deleted, not even by themselves", async ({ server, admin }) => {
  await open(admin, server, `/admin/users?q=${owner.email}`);
  await rows(admin).getByRole("checkbox").check();
  await apply(admin, "Disable");
  await admin.getByRole("dialog").getByRole("button", { name: /^Disable/ }).click();
  await expect(admin.getByText(/your own account/)).toBeVisible();
});
