// The user list: filter, cards, views, columns, the search panel, export.
import { type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { expect, expectAccessible, expectNoSideways, open, owner, seeded, test } from "./roster";

const rows = (page: Page) => page.locator("tbody tr[data-id]");
const heads = (page: Page) => page.locator("thead th:not(.cell-select, .cell-actions)").allInnerTexts();
const chips = (page: Page) => page.getByRole("list", { name: "Filters" });
const number = (text: string) => Number(text.replaceAll(/\D/g, ""));

async function total(page: Page): Promise<number> {
  return number(await page.locator(".page-head .count").innerText());
}

test("U3: the cards count everybody, and each leads to its own", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  const cards = admin.getByRole("navigation", { name: "Users by state" });
  const all = number(await cards.getByRole("link", { name: /^All users/ }).locator(".card-count").innerText());
  expect(all).toBe(seeded + 1);
  let states = 0;
  for (const [label, query] of [
    ["Onboarded users", "state=onboarded"],
    ["Not registered users", "state=not_registered"],
    ["Pending activation", "state=pending_activation"],
    ["Disabled", "status=disabled"],
    ["Locked", "status=locked"],
  ]) {
    const card = cards.getByRole("link", { name: new RegExp(`^${label}`) });
    const counted = number(await card.locator(".card-count").innerText());
    await card.click();
    await admin.waitForURL(new RegExp(query!));
    await expect.poll(() => total(admin)).toBe(counted);
    await expect(card).toHaveAttribute("aria-current", "true");
    if (query!.startsWith("state")) states += counted;
  }
  expect(states).toBe(all);
});

test("U6: filters combine, show as chips, live in the address and can be taken away", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Filter", exact: true }).click();
  const dialog = admin.getByRole("dialog", { name: "Filter" });
  await dialog.getByLabel("Onboarding").selectOption("Onboarded");
  await dialog.getByLabel("Group").selectOption({ index: 1 });
  await dialog.getByLabel("Created after").fill("2020-01-01");
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: "Apply filters" }).click();
  await expect(dialog).toBeHidden();
  await admin.waitForURL(/state=onboarded.*group=.*created_after=2020-01-01/);
  await expect(chips(admin).getByRole("listitem")).toHaveCount(4);
  await expect(rows(admin).first()).toBeVisible();
  const narrow = await total(admin);
  await expectAccessible(admin);
  await admin.reload();
  await expect.poll(() => total(admin)).toBe(narrow);
  await chips(admin).getByRole("link", { name: /^Remove filter Group/ }).click();
  await expect(chips(admin).getByRole("listitem")).toHaveCount(3);
  await expect.poll(() => total(admin)).toBeGreaterThan(narrow);
  await chips(admin).getByRole("link", { name: "Clear filters" }).click();
  await expect.poll(() => total(admin)).toBe(seeded + 1);
});

test("U6: by second factor, by the end of a password, by external identity", async ({ server, admin }) => {
  const filter = async (label: string, choice: string) => {
    await admin.getByRole("button", { name: "Filter", exact: true }).click();
    const dialog = admin.getByRole("dialog", { name: "Filter" });
    await dialog.getByLabel(label).selectOption(choice);
    await dialog.getByRole("button", { name: "Apply filters" }).click();
    await expect(dialog).toBeHidden();
  };
  await open(admin, server, "/admin/users");
  await expect(admin.getByRole("columnheader", { name: "Second factor" })).toBeVisible();
  await filter("Second factor", "Has none");
  await admin.waitForURL(/second_factor=none/);
  await expect.poll(() => total(admin)).toBe(seeded + 1);
  await filter("Second factor", "Authenticator app");
  await expect(admin.getByText("No users match")).toBeVisible();
  await expect(chips(admin)).toContainText("Second factor: Authenticator app");
  await filter("Second factor", "Any");
  // Nobody signs in by another identity provider so far: the filter says so.
  await filter("External identity", "Yes");
  await expect(admin.getByText("No users match")).toBeVisible();
  await filter("External identity", "No");
  await expect.poll(() => total(admin)).toBe(seeded + 1);
  await filter("External identity", "Any");
  await rows(admin).nth(3).getByRole("checkbox").check();
  const name = await rows(admin).nth(3).locator("a.row-name").innerText();
  await admin.getByLabel("Select action").selectOption({ label: "Set password expiry" });
  await admin.getByRole("button", { name: "Apply" }).click();
  const dialog = admin.getByRole("dialog");
  const soon = new Date(Date.now() + 9 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  await dialog.getByLabel("Expires on").fill(soon);
  await dialog.getByRole("button", { name: "Set password expiry" }).click();
  await expect(admin.getByText(/given a password expiry/)).toBeVisible();
  await admin.getByRole("button", { name: "Filter", exact: true }).click();
  const filters = admin.getByRole("dialog", { name: "Filter" });
  await filters.getByLabel("Password expires within (days)").fill("0");
  await filters.getByRole("button", { name: "Apply filters" }).click();
  await expect(filters.getByText(/from 1 to/)).toBeVisible();
  await expectAccessible(admin);
  await filters.getByLabel("Password expires within (days)").fill("10");
  await filters.getByRole("button", { name: "Apply filters" }).click();
  await expect(chips(admin)).toContainText("Password expires within: 10 days");
  await expect(rows(admin).getByText(name).first()).toBeVisible();
});

test("U6: a filter that names something deleted is a broken chip that can be removed", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?group=00000000-0000-7000-8000-000000000000");
  await expect(admin.getByText("No users match")).toBeVisible();
  await expect(chips(admin)).toContainText("Group: no longer there");
  await chips(admin).getByRole("link", { name: /^Remove filter Group/ }).click();
  await expect(rows(admin)).toHaveCount(50);
});

test("U5: the search panel finds by one attribute, and remembers what is pinned", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Search by attribute" }).click();
  const panel = admin.getByRole("complementary", { name: "Search" });
  await panel.getByLabel("Email", { exact: true }).fill(owner.email);
  await expect(rows(admin)).toHaveCount(1);
  await expect(admin).toHaveURL(/field\.email=/);
  await panel.getByRole("button", { name: "Pin Phone" }).click();
  await expect(panel.getByRole("button", { name: "Pin Phone" })).toHaveAttribute("aria-pressed", "true");
  await expect(panel.locator("label").first()).toHaveText("Phone");
  await expectAccessible(admin);
  await chips(admin).getByRole("link", { name: /^Remove filter Email/ }).click();
  await expect(panel.getByLabel("Email", { exact: true })).toHaveValue("");
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Search by attribute" }).click();
  await expect(panel.locator("label").first()).toHaveText("Phone");
});

test("U5: the store's own attributes are searched, pinned, shown as columns and exported", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Search by attribute" }).click();
  const panel = admin.getByRole("complementary", { name: "Search" });
  await panel.getByLabel("Department", { exact: true }).selectOption("Legal");
  await admin.waitForURL(/field\.department=Legal/);
  await expect(chips(admin)).toContainText("Department: Legal");
  await expect.poll(() => total(admin)).toBeLessThan(seeded / 2);
  const found = await total(admin);
  await panel.getByRole("button", { name: "Pin Employee number" }).click();
  await expect(panel.locator("label").first()).toHaveText("Employee number");
  await admin.getByRole("button", { name: "Customize columns" }).click();
  const dialog = admin.getByRole("dialog", { name: "Customize columns" });
  for (const label of ["Department", "Employee number"]) await dialog.getByRole("checkbox", { name: label }).check();
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(() => heads(admin)).toContain("Department");
  const cells = rows(admin).first().locator("td.column-attribute");
  await expect(cells.filter({ hasText: /^Legal$/ })).toHaveCount(1);
  const badge = await cells.filter({ hasText: /^E\d+$/ }).innerText();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Export", exact: true }).click();
  const exporting = admin.getByRole("dialog", { name: "Export users" });
  await exporting.getByRole("checkbox", { name: "Department" }).check();
  const coming = admin.waitForEvent("download");
  await exporting.getByRole("button", { name: "Export" }).click();
  const csv = readFileSync(await (await coming).path(), "utf8");
  expect(csv.split("\n")[0]).toMatch(/,Department\r?$/);
  expect(csv.match(/,Legal\r?\n/g)).toHaveLength(found);
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Search by attribute" }).click();
  await panel.getByLabel("Employee number", { exact: true }).fill(badge.slice(2));
  await expect(rows(admin)).toHaveCount(1);
});

test("U8: a view is saved, opened again, changed and deleted", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?status=disabled&sort=email&dir=desc");
  const shown = await total(admin);
  await admin.getByRole("button", { name: "Saved views" }).click();
  const dialog = admin.getByRole("dialog", { name: "Saved views" });
  await dialog.getByLabel("Name").fill("Leavers");
  await dialog.getByLabel("Share with all administrators").check();
  await dialog.getByRole("button", { name: "Save view" }).click();
  await expect(dialog.getByRole("link", { name: "Leavers" })).toBeVisible();
  await expectAccessible(admin);
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Saved views" }).click();
  await dialog.getByRole("link", { name: "Leavers" }).click();
  await admin.waitForURL(/status=disabled.*sort=email.*dir=desc/);
  await expect.poll(() => total(admin)).toBe(shown);
  await admin.getByRole("button", { name: "Saved views" }).click();
  await dialog.getByRole("button", { name: "Edit the view Leavers" }).click();
  await dialog.getByLabel("Name").fill("Gone");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog.getByRole("link", { name: "Gone" })).toBeVisible();
  await dialog.getByRole("button", { name: "Edit the view Gone" }).click();
  await dialog.getByRole("button", { name: "Delete view" }).click();
  await expect(dialog.getByText("No saved views yet")).toBeVisible();
});

test("U9: columns are hidden, shown and ordered by keyboard, and kept until reset", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Customize columns" }).click();
  const dialog = admin.getByRole("dialog", { name: "Customize columns" });
  await dialog.getByRole("checkbox", { name: "Groups" }).focus();
  await admin.keyboard.press("Space");
  await dialog.getByRole("checkbox", { name: "Username" }).check();
  const up = dialog.getByRole("button", { name: "Move Created up" });
  await up.focus();
  for (let step = 0; step < 4; step += 1) {
    await admin.keyboard.press("Enter");
    await expect(up).toBeFocused();
  }
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const chosen = ["Name", "Email", "Created", "Status", "Second factor", "Last sign-in", "Username"];
  await expect.poll(() => heads(admin)).toEqual(chosen);
  await open(admin, server, "/admin/users");
  expect(await heads(admin)).toEqual(chosen);
  await admin.getByRole("button", { name: "Customize columns" }).click();
  await dialog.getByRole("button", { name: "Reset to default" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => heads(admin)).toEqual(["Name", "Email", "Status", "Groups", "Second factor", "Last sign-in", "Created"]);
});

test("U10: exports what the filter matches as CSV, and the selected rows as JSON", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?status=disabled");
  const matching = await total(admin);
  const fetched = async () => {
    const coming = admin.waitForEvent("download");
    await admin.getByRole("dialog", { name: "Export users" }).getByRole("button", { name: "Export" }).click();
    return readFileSync(await (await coming).path(), "utf8");
  };
  await admin.getByRole("button", { name: "Export", exact: true }).click();
  const dialog = admin.getByRole("dialog", { name: "Export users" });
  await dialog.getByRole("button", { name: "Move Last name up" }).click();
  await expectAccessible(admin);
  const csv = await fetched();
  expect(csv.split("\n")[0]).toBe("Last name,First name,Email,Username,Phone,Status,Onboarding,Groups,Last sign-in,Created");
  expect(csv.match(/,Disabled(; Locked)?,/g)).toHaveLength(matching);
  await expect(dialog).toBeHidden();
  await expect(admin.getByText(/users? (was|were) exported/)).toBeVisible();
  for (const at of [0, 1]) await rows(admin).nth(at).getByRole("checkbox").check();
  const emails = await rows(admin).locator("td.column-email").allInnerTexts();
  await admin.getByRole("button", { name: "Export", exact: true }).click();
  await expect(dialog.getByLabel("Selected rows (2)")).toBeChecked();
  await dialog.getByLabel("Format").selectOption("JSON");
  await expect(dialog.getByText("One JSON object a line")).toBeVisible();
  const lines = (await fetched()).trim().split("\n").map((line) => JSON.parse(line) as { email: string });
  expect(lines.map((line) => line.email).sort()).toEqual(emails.slice(0, 2).sort());
});

test("U10: an XLSX is a workbook", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?status=disabled");
  await admin.getByRole("button", { name: "Export", exact: true }).click();
  const dialog = admin.getByRole("dialog", { name: "Export users" });
  await dialog.getByLabel("Format").selectOption("XLSX");
  const coming = admin.waitForEvent("download");
  await dialog.getByRole("button", { name: "Export" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^users-\d{4}-\d\d-\d\d\.xlsx$/);
  expect(readFileSync(await download.path()).subarray(0, 2).toString()).toBe("PK");
});

test("R8: cards, chips and the search panel fit 390 to 1920 px", async ({ server, admin }) => {
  for (const width of [390, 1280, 1920]) {
    await admin.setViewportSize({ width, height: 844 });
    await open(admin, server, "/admin/users?state=onboarded&created_after=2020-01-01");
    await admin.getByRole("button", { name: "Search by attribute" }).click();
    await expect(admin.getByRole("complementary", { name: "Search" }).getByLabel("Phone", { exact: true })).toBeVisible();
    await expectNoSideways(admin);
  }
});
