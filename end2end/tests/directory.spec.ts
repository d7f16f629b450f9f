// Groups, organizations, roles, the audit log, the dashboard and sessions.
import { addUser, expect, expectAccessible, expectNoSideways, open, owner, raw, ready, signIn, test } from "./roster";

test("D2: a group is created, nested, filled, emptied and deleted", async ({ server, admin }) => {
  await open(admin, server, "/admin/groups");
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Create group" }).click();
  const form = admin.getByRole("dialog", { name: "Create group" });
  await form.getByRole("button", { name: "Create" }).click();
  await expect(form.getByLabel("Name")).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Name").fill("Night watch");
  await form.getByLabel("Description").fill("Awake from ten to six");
  await form.getByLabel("Inside").selectOption({ label: "Engineering" });
  await expectAccessible(admin);
  await form.getByRole("button", { name: "Create" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Night watch" })).toBeVisible();
  await expect(admin.getByRole("link", { name: "Engineering" })).toBeVisible();
  await admin.getByRole("button", { name: "Add members" }).click();
  const adding = admin.getByRole("dialog", { name: "Add members to Night watch" });
  await adding.getByLabel("Search people").fill("olivia");
  await adding.getByRole("checkbox", { name: /olivia\.owner@/ }).check();
  await expectAccessible(admin);
  await adding.getByRole("button", { name: "Add", exact: true }).click();
  await expect(adding).toBeHidden();
  const member = admin.getByRole("row", { name: /olivia\.owner@/ });
  await expect(member).toBeVisible();
  await expectAccessible(admin);
  await member.getByRole("checkbox").check();
  await admin.getByRole("button", { name: "Remove 1" }).click();
  await admin.getByRole("dialog", { name: "Remove 1 person?" }).getByRole("button", { name: "Remove" }).click();
  await expect(member).toHaveCount(0);
  await admin.getByRole("button", { name: "Delete" }).click();
  const deleting = admin.getByRole("dialog", { name: "Delete Night watch?" });
  await deleting.getByLabel(/Type/).fill("Night watch");
  await deleting.getByRole("button", { name: "Delete" }).click();
  await admin.waitForURL(/\/admin\/groups$/);
  await admin.getByLabel("Search groups").fill("night watch");
  await expect(admin.getByText("No groups match")).toBeVisible();
});

test("D2: the second of two who change a group sees what the first has saved", async ({ server, admin, context }) => {
  await open(admin, server, "/admin/groups");
  await admin.getByRole("link", { name: "Recruiting" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Recruiting" })).toBeVisible();
  const colleague = await context.newPage();
  await colleague.goto(admin.url());
  await ready(colleague);
  await colleague.getByRole("button", { name: "Edit" }).click();
  await colleague.getByLabel("Description").fill("Finds people");
  await colleague.getByRole("button", { name: "Save" }).click();
  await expect(colleague.getByRole("dialog")).toBeHidden();
  await admin.getByRole("button", { name: "Edit" }).click();
  const dialog = admin.getByRole("dialog", { name: "Edit group" });
  await dialog.getByLabel("Name").fill("Talent");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText("Finds people");
  await expectAccessible(admin);
  await dialog.getByRole("button", { name: "Take theirs" }).click();
  await expect(dialog.getByLabel("Name")).toHaveValue("Recruiting");
  await expect(dialog.getByLabel("Description")).toHaveValue("Finds people");
});

test("D3: an organization is created, renamed and has members", async ({ server, admin }) => {
  await open(admin, server, "/admin/organizations");
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Create organization" }).click();
  await admin.getByRole("dialog").getByLabel("Name").fill("Acme");
  await admin.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Acme" })).toBeVisible();
  await admin.getByRole("button", { name: "Edit" }).click();
  await admin.getByRole("dialog").getByLabel("Name").fill("Acme AG");
  await admin.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Acme AG" })).toBeVisible();
  await admin.getByRole("button", { name: "Add members" }).click();
  await admin.getByLabel("Search people").fill("olivia");
  await admin.getByRole("dialog").getByRole("checkbox", { name: /olivia\.owner@/ }).check();
  await admin.getByRole("dialog").getByRole("button", { name: "Add", exact: true }).click();
  await expect(admin.getByRole("row", { name: /olivia\.owner@/ })).toBeVisible();
});

test("D4: a role of one's own, as a grid of permissions, given to somebody and deleted", async ({ server, admin }) => {
  await open(admin, server, "/admin/roles");
  await expect(admin.getByRole("row", { name: /Help desk/ })).toContainText("Built-in");
  await expectAccessible(admin);
  await admin.getByRole("link", { name: "Create role" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Create role" })).toBeVisible();
  await admin.getByLabel("Name").fill("Watcher");
  await admin.getByRole("button", { name: "Create role" }).click();
  await expect(admin.getByText("Choose at least one permission.")).toBeVisible();
  await admin.getByRole("checkbox", { name: "View users" }).check();
  await admin.getByRole("checkbox", { name: "View activity" }).check();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Create role" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Watcher" })).toBeVisible();
  await admin.waitForURL(/\/admin\/roles\/[0-9a-f-]{36}$/);
  await admin.getByRole("checkbox", { name: "View activity" }).uncheck();
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Saved.")).toBeVisible();
  const role = admin.url();
  await addUser(admin, server, "wanda@roster.example", "Wanda");
  await admin.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: "Roles" }).click();
  await admin.waitForURL(/\/roles$/);
  await admin.getByRole("button", { name: /Assign role/ }).first().click();
  await admin.getByRole("dialog").getByLabel(/Watcher/).check();
  await admin.getByRole("dialog").getByRole("button", { name: "Assign", exact: true }).click();
  await expect(admin.getByRole("row", { name: /Watcher/ })).toBeVisible();
  await admin.goto(role);
  await ready(admin);
  await expect(admin.getByRole("checkbox", { name: "View activity" })).not.toBeChecked();
  await expect(admin.getByRole("row", { name: /Wanda/ })).toContainText("Everywhere");
  await admin.getByRole("button", { name: "Delete" }).click();
  const dialog = admin.getByRole("dialog", { name: "Delete Watcher?" });
  await expect(dialog).toContainText("1 assignment");
  await dialog.getByLabel(/Type/).fill("Watcher");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await admin.waitForURL(/\/admin\/roles$/);
  await expect(admin.getByRole("row", { name: /Watcher/ })).toHaveCount(0);
});

test("D4: a role that is not saved is asked about before it is left", async ({ server, admin }) => {
  await open(admin, server, "/admin/roles/new");
  const people = admin.getByRole("group", { name: "People" });
  await expect(people.getByRole("checkbox", { name: "Impersonate users" })).toBeVisible();
  await expect(people.getByRole("checkbox", { name: "Remove devices" })).toBeVisible();
  await admin.getByLabel("Name").fill("Watcher");
  await people.getByRole("checkbox", { name: "View users" }).check();
  const groups = admin.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Groups" });
  const dialog = admin.getByRole("dialog", { name: "Leave without saving?" });
  await groups.click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await expect(admin.getByLabel("Name")).toHaveValue("Watcher");
  await expect(people.getByRole("checkbox", { name: "View users" })).toBeChecked();
  await groups.click();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Groups" })).toBeVisible();
  // Ticked and unticked again is as it was.
  await open(admin, server, "/admin/roles/new");
  await people.getByRole("checkbox", { name: "View users" }).check();
  await people.getByRole("checkbox", { name: "View users" }).uncheck();
  await groups.click();
  await expect(admin.getByRole("heading", { level: 1, name: "Groups" })).toBeVisible();
});

test("G2: the audit log is searched, followed live and exported", async ({ server, admin }) => {
  await addUser(admin, server, "gus@roster.example", "Gus");
  await open(admin, server, "/admin/audit");
  await expectAccessible(admin);
  await admin.getByLabel("Subject").fill("gus@roster.example");
  await admin.getByLabel("Kind").selectOption({ label: "Added" });
  await admin.getByRole("button", { name: "Search" }).click();
  await admin.waitForURL(/subject=gus/);
  const events = admin.getByRole("list", { name: "Events, newest first" }).getByRole("listitem").filter({ hasText: "Added" });
  await expect(events).toHaveCount(1);
  await expect(events).toContainText("olivia");
  const download = admin.waitForEvent("download");
  await admin.getByRole("link", { name: "Export CSV" }).click();
  expect((await download).suggestedFilename()).toBe("audit-log.csv");
  await admin.getByLabel("Subject").fill("nobody@roster.example");
  await admin.getByRole("button", { name: "Search" }).click();
  await expect(admin.getByRole("alert")).toContainText("nobody@roster.example");
  await open(admin, server, "/admin/audit");
  await admin.getByLabel("Live").check();
  const failed = await admin.context().browser()!.newContext();
  const stranger = await failed.newPage();
  await stranger.goto(`${server.address}/login`);
  await stranger.getByLabel("Email or username").fill(owner.email);
  await stranger.getByLabel("Password", { exact: true }).fill("wrong horse");
  await stranger.getByRole("button", { name: "Sign in" }).click();
  await expect(admin.getByRole("listitem").filter({ hasText: "Sign-in failed" }).first()).toBeVisible();
  await failed.close();
});

test("P7: activity is filtered by kind and day, and exported", async ({ server, admin }) => {
  await addUser(admin, server, "petra@roster.example", "Petra", "One");
  await admin.getByLabel("Last name").fill("Two");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText(/saved/i).first()).toBeVisible();
  await admin.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: "Activity" }).click();
  await admin.waitForURL(/\/activity$/);
  await admin.getByLabel("Kind").selectOption({ label: "Edited" });
  await admin.waitForURL(/kind=account.edited/);
  await expect(admin.getByRole("listitem").filter({ hasText: "Added" })).toHaveCount(0);
  await admin.getByLabel("Until").fill("2020-01-01");
  await admin.waitForURL(/until=2020-01-01/);
  await expect(admin.getByText("Nothing like this")).toBeVisible();
  await expect(admin.getByRole("link", { name: "Export JSON" })).toHaveAttribute("href", /subject=/);
  await expectAccessible(admin);
});

test("D7: the dashboard draws what happened, and every point leads to its list", async ({ server, admin }) => {
  await open(admin, server, "/admin");
  await expect(admin.getByRole("heading", { level: 1, name: "Dashboard" })).toBeVisible();
  await expectAccessible(admin);
  const panel = admin.getByRole("region", { name: "Sign-ins", exact: true });
  await panel.getByText("As a table").click();
  const today = panel.getByRole("row").last();
  await expect(today).toContainText("1");
  const factors = admin.getByRole("region", { name: "Second factors" });
  await expect(factors.getByRole("link", { name: /With a second factor 0 \(0 %\)/ })).toHaveAttribute("href", /second_factor=any/);
  await expect(factors.getByRole("link", { name: /Without/ })).toContainText("(100 %)");
  // A table behind each drawing, with the same numbers and links.
  const onboarding = admin.getByRole("region", { name: "Onboarding", exact: true });
  const dormant = admin.getByRole("region", { name: "Dormant accounts" });
  for (const drawn of [onboarding, factors, dormant]) {
    await drawn.getByText("As a table").click();
    await expect(drawn.locator("svg").first()).toBeVisible();
  }
  await expect(onboarding.getByRole("row", { name: /Pending activation/ }).getByRole("link")).toHaveAttribute("href", /pending_activation/);
  await expect(dormant.getByRole("row", { name: /Dormant/ }).getByRole("link")).toHaveAttribute("href", /signed_in_before=/);
  await expectAccessible(admin);
  await today.getByRole("link").click();
  await admin.waitForURL(/kind=session.signed_in&from=/);
  await expect(admin.getByRole("listitem").filter({ hasText: "Signed in" }).first()).toContainText("olivia");
});

test("D7: the dashboard is of one identity store, and its links are too", async ({ server, admin }) => {
  await open(admin, server, "/admin");
  await expect(admin.getByLabel("Identity store")).toHaveCount(0);
  const second = await (await raw(admin.context(), server, "admin/stores/create", { name: "Partners" })).json();
  await open(admin, server, "/admin");
  await admin.getByLabel("Identity store").selectOption({ label: "Partners" });
  await admin.waitForURL(`**/admin?store=${second}`);
  const onboarding = admin.getByRole("region", { name: "Onboarding", exact: true });
  await expect(onboarding.getByRole("link", { name: /All users 0/ })).toHaveAttribute("href", `/admin/users?store=${second}`);
  await expectAccessible(admin);
  await onboarding.getByRole("link", { name: /Pending activation/ }).click();
  await admin.waitForURL(/\/admin\/users\?/);
  await expect(admin.getByLabel("Identity store")).toHaveValue(second);
});

test("A15: staff see where somebody is signed in, and end one session", async ({ server, admin, browser }) => {
  const phone = await browser.newContext();
  const page = await phone.newPage();
  await signIn(page, server, owner.email);
  await open(admin, server, `/admin/users?q=${encodeURIComponent(owner.email)}`);
  await admin.getByRole("button", { name: /^Actions for/ }).first().click();
  await admin.getByRole("menuitem", { name: "All active sessions" }).click();
  await admin.waitForURL(/\/sessions$/);
  await expect(admin.getByRole("heading", { name: "All active sessions" })).toBeVisible();
  await expectAccessible(admin);
  const other = admin.locator("tbody tr").filter({ hasNotText: "This one" });
  await expect(other).toHaveCount(1);
  await other.getByRole("button", { name: /^End/ }).click();
  await admin.getByRole("dialog", { name: "End this session?" }).getByRole("button", { name: "End", exact: true }).click();
  await expect(other).toHaveCount(0);
  await page.goto(`${server.address}/account`);
  await expect(page).toHaveURL(/\/login/);
  await phone.close();
});

test("D2: the pages of the directory fit a phone", async ({ server, admin }) => {
  await admin.setViewportSize({ width: 390, height: 844 });
  for (const path of ["/admin", "/admin/groups", "/admin/organizations", "/admin/roles", "/admin/roles/new", "/admin/audit"]) {
    await open(admin, server, path);
    await expect(admin.getByRole("heading", { level: 1 })).toBeVisible();
    await expectNoSideways(admin);
  }
  await open(admin, server, "/admin/groups");
  await admin.locator("a.row-link").first().click();
  await expect(admin.getByRole("heading", { name: "Members" })).toBeVisible();
  await expectNoSideways(admin);
  await expectAccessible(admin);
});
