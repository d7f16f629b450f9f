// Adding a person, and their profile.
import { addUser, expect, expectAccessible, expectNoSideways, open, openProfile, owner, test } from "./roster";

test("A1: adding a person, after every wrong field was named", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Add user" }).first().click();
  const dialog = admin.getByRole("dialog", { name: "Add user" });
  await dialog.getByLabel("Email", { exact: true }).fill("аda@roster.example"); // a Cyrillic а
  await dialog.getByLabel("Phone", { exact: true }).fill("12");
  await dialog.getByLabel("First name").fill("Ada");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog.getByLabel("Email", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("Phone", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("First name")).toHaveValue("Ada");
  await expectAccessible(admin);
  await dialog.getByLabel("Email", { exact: true }).fill(owner.email.toUpperCase());
  await dialog.getByLabel("Phone", { exact: true }).fill("+41 44 668 18 00");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog.getByText(/has this e-mail address already/).first()).toBeVisible();
  await dialog.getByLabel("Email", { exact: true }).fill("ada@roster.example");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog).toBeHidden();
  await expect(admin.getByText("No mail server is set up: the activation mail waits in the mail log.")).toBeVisible();
  await expect(admin.getByRole("link", { name: "Show mail log" })).toHaveAttribute("href", "/admin/mail");
  await openProfile(admin, server, "ada@roster.example");
  await expect(admin.getByRole("heading", { name: "Ada" })).toBeVisible();
  await expect(admin.getByLabel("Phone", { exact: true })).toHaveValue("+41446681800");
});

test("A2: the second of two administrators gets the difference and chooses", async ({ server, admin, context }) => {
  await addUser(admin, server, "ada@roster.example", "Ada", "Byron");
  const colleague = await context.newPage();
  await colleague.goto(admin.url());
  await expect(colleague.locator("html")).toHaveAttribute("data-ready", "true");
  await colleague.getByLabel("Last name").fill("Lovelace");
  await colleague.getByRole("button", { name: "Save" }).click();
  await expect(colleague.getByText(/saved/i).first()).toBeVisible();
  await admin.getByLabel("First name").fill("Augusta");
  await admin.getByRole("button", { name: "Save" }).click();
  const dialog = admin.getByRole("dialog", { name: "Somebody else changed this account" });
  await expect(dialog).toContainText("Lovelace");
  await expect(dialog).toContainText("Augusta");
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: "Save my choices" }).click();
  await expect(dialog).toBeHidden();
  await admin.reload();
  await expect(admin.getByLabel("First name")).toHaveValue("Augusta");
  await expect(admin.getByLabel("Last name")).toHaveValue("Lovelace");
});

test("A2: leaving asks before what was typed is lost, by a link and by Back", async ({ server, admin }) => {
  await addUser(admin, server, "ada@roster.example", "Ada", "Byron");
  await open(admin, server, "/admin/users");
  await admin.getByRole("link", { name: /Ada Byron/ }).first().click();
  await admin.waitForURL(/\/attributes$/);
  const profile = admin.url();
  await admin.getByLabel("First name").fill("Augusta");
  const dialog = admin.getByRole("dialog", { name: "Leave without saving?" });
  await admin.getByRole("link", { name: "Groups", exact: true }).first().click();
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await admin.evaluate(() => history.back());
  await expect(dialog).toBeVisible();
  expect(admin.url()).toBe(profile);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(admin.getByLabel("First name")).toHaveValue("Augusta");
  await admin.evaluate(() => history.back());
  await dialog.getByRole("button", { name: "Leave" }).click();
  await admin.waitForURL(/\/admin\/users(\?.*)?$/);
  await expect(admin.getByRole("link", { name: /Ada Byron/ }).first()).toBeVisible();
});

test("A3: groups are assigned and removed", async ({ server, admin }) => {
  await addUser(admin, server, "gina@roster.example", "Gina");
  await admin.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: "Groups" }).click();
  await admin.waitForURL(/\/groups$/);
  await admin.getByRole("button", { name: "Assign groups" }).first().click();
  const dialog = admin.getByRole("dialog");
  const choice = dialog.getByRole("checkbox").first();
  await choice.check();
  await dialog.getByRole("button", { name: "Assign to user" }).click();
  await expect(dialog).toBeHidden();
  const group = admin.locator("tbody tr").first();
  await expect(group).toBeVisible();
  await expectAccessible(admin);
  await group.getByRole("checkbox").check();
  await admin.getByRole("button", { name: /^Remove/ }).first().click();
  await admin.getByRole("dialog").getByRole("button", { name: /^Remove/ }).click();
  await expect(group).toHaveCount(0);
});

test("P5: a role is assigned for an organization and removed", async ({ server, admin }) => {
  await addUser(admin, server, "rosa@roster.example", "Rosa");
  await admin.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: "Roles" }).click();
  await admin.waitForURL(/\/roles$/);
  await admin.getByRole("button", { name: /Assign role/ }).first().click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel(/Help desk/).check();
  await dialog.getByLabel(/Everywhere/).check();
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(dialog).toBeHidden();
  const row = admin.getByRole("row", { name: /Help desk/ });
  await expect(row).toContainText("Everywhere");
  await row.getByRole("button", { name: /^Remove/ }).click();
  await admin.getByRole("dialog").getByRole("button", { name: /^Remove/ }).click();
  await expect(row).toHaveCount(0);
});

test("P7: the log tells who changed what, field by field", async ({ server, admin }) => {
  await addUser(admin, server, "paul@roster.example", "Paul", "One");
  await admin.getByLabel("Last name").fill("Two");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText(/saved/i).first()).toBeVisible();
  await admin.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: "Activity" }).click();
  await admin.waitForURL(/\/activity$/);
  const edited = admin.getByRole("listitem").filter({ hasText: "Edited" }).or(admin.getByRole("row", { name: /Edited/ })).first();
  await expect(edited).toContainText("One");
  await expect(edited).toContainText("Two");
  await expect(edited).toContainText("olivia");
  await expectAccessible(admin);
});

test("P1: an unknown id or tab is a 404 inside the console", async ({ server, admin }) => {
  for (const path of ["/admin/users/00000000-0000-7000-8000-000000000000/attributes", "/admin/users/nonsense/attributes", "/admin/nonsense"]) {
    const answer = await admin.goto(server.address + path);
    expect(answer?.status(), path).toBe(404);
    await expect(admin.getByRole("navigation").first()).toBeVisible();
  }
});

test("P2: each tab has its address, is accessible, and fits a phone", async ({ server, admin }) => {
  await addUser(admin, server, "tabea@roster.example", "T".repeat(100), "X".repeat(100));
  const profile = admin.url().replace(/\/attributes$/, "");
  for (const tab of ["attributes", "groups", "roles", "sessions", "activity"]) {
    await admin.setViewportSize({ width: 390, height: 844 });
    await admin.goto(`${profile}/${tab}`);
    await expect(admin.getByRole("heading", { level: 1 })).toBeVisible();
    await expectNoSideways(admin);
    await expectAccessible(admin);
    await admin.setViewportSize({ width: 1280, height: 800 });
    await expectNoSideways(admin);
  }
});
