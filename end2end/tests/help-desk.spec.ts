// A Help desk person: what they may, and what is refused in the page and raw.
import { type Browser, type Page } from "@playwright/test";
import { type Server, addUser, expect, open, openProfile, owner, password, raw, signIn, test } from "./roster";

const helper = { email: "hanna@roster.example", password: "a first password from staff" };

/** Hanna, Help desk everywhere, who has chosen a password of her own. */
async function makeHelpDesk(admin: Page, server: Server, browser: Browser): Promise<Page> {
  await addUser(admin, server, helper.email, "Hanna");
  await admin.getByRole("button", { name: "Set password" }).click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("New password").fill(helper.password);
  await dialog.getByRole("button", { name: "Set password" }).click();
  await expect(dialog).toBeHidden();
  await admin.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: "Roles" }).click();
  await admin.waitForURL(/\/roles$/);
  await admin.getByRole("button", { name: /Assign role/ }).first().click();
  await admin.getByRole("dialog").getByLabel(/Help desk/).check();
  await admin.getByRole("dialog").getByLabel(/Everywhere/).check();
  await admin.getByRole("dialog").getByRole("button", { name: "Assign", exact: true }).click();
  await expect(admin.getByRole("row", { name: /Help desk/ })).toBeVisible();
  const page = await (await browser.newContext()).newPage();
  await signIn(page, server, helper.email, helper.password);
  return page;
}

/** The last step of a sign-in with a password that staff have set. */
async function chooseOwnPassword(page: Page): Promise<void> {
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Save and go on" }).click();
  await page.waitForURL(/\/admin/);
}

test("A6: who got a password from staff chooses another before anything else", async ({ server, admin, browser }) => {
  const page = await makeHelpDesk(admin, server, browser);
  await expect(page).toHaveURL(/\/login\/new-password/);
  await page.goto(`${server.address}/admin/users`);
  await expect(page).toHaveURL(/\/login\?/);
  const answer = await raw(page.context(), server, "admin/users/list", { state: {} });
  expect(answer.status()).toBe(401);
  await page.goto(`${server.address}/login/new-password`);
  await chooseOwnPassword(page);
  await open(page, server, "/admin/users");
});

test("D6: a Help desk person is refused what is not theirs, in the page and raw", async ({ server, admin, browser }) => {
  const page = await makeHelpDesk(admin, server, browser);
  await chooseOwnPassword(page);
  await open(page, server, "/admin/users");
  await expect(page.getByRole("button", { name: "Add user" })).toHaveCount(0);
  await page.locator("tbody tr[data-id]").first().getByRole("checkbox").check();
  await expect(page.getByLabel("Select action").getByRole("option", { name: "Delete" })).toHaveCount(0);

  await openProfile(page, server, owner.email);
  const id = /users\/([0-9a-f-]+)\//.exec(page.url())![1]!;
  for (const name of ["Disable", "Delete", "End sessions", "Set password"]) {
    await expect(page.getByRole("button", { name })).toHaveCount(0);
  }
  const form = { email: "mine@roster.example", username: "", first_name: "", last_name: "", phone: "" };
  const refused: [string, unknown][] = [
    ["admin/users/create", { form, groups: [] }],
    ["admin/users/edit", { id, form, version: 1 }],
    ["admin/users/unlock", { id }],
    ["admin/users/end-sessions", { id }],
    ["admin/users/set-password", { id, password: "correct horse battery", must_change: false }],
    ["admin/users/roles/assignable", {}],
    ["admin/jobs/start", { action: "delete", selection: { accounts: [id] }, parameters: "none" }],
  ];
  for (const [path, body] of refused) {
    const answer = await raw(page.context(), server, path, body);
    expect(answer.status(), path).toBe(403);
  }
  // The menu of a row says why in the words of one person; what opens elsewhere says that it does not.
  await open(page, server, `/admin/users?q=${owner.email}`);
  const chosen = async (name: string) => {
    await page.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name, exact: true }).click();
  };
  const shown = await page.locator("a.row-name").first().innerText();
  await chosen("Disable user");
  await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click();
  await expect(page.getByText(`Disable user: ${shown} holds permissions that you do not have.`)).toBeVisible();
  await chosen("Assign groups");
  await page.waitForURL(/\/groups$/);
  await expect(page.getByText(/You may not do that for /)).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  // A selection may hold somebody who outranks one: they are skipped, with the reason.
  const started = await raw(page.context(), server, "admin/jobs/start", { action: "disable", selection: { accounts: [id] }, parameters: "none" });
  expect(await started.json()).toMatchObject({ done: 0, skipped: 1 });
});

test("A16: a lockout is seen in the list and lifted on the profile", async ({ server, admin, request }) => {
  await addUser(admin, server, "lena@roster.example", "Lena");
  for (let attempt = 0; attempt < 10; attempt++) {
    await request.post(`${server.address}/login`, { form: { identifier: "lena@roster.example", password: "wrong" } });
  }
  await open(admin, server, "/admin/users?status=locked&q=lena@roster");
  const row = admin.locator("tbody tr[data-id]").first();
  await expect(row.getByText("Locked")).toBeVisible();
  await row.locator("a.row-name").click();
  await admin.getByRole("button", { name: "Unlock" }).click();
  await expect(admin.getByRole("button", { name: "Unlock" })).toHaveCount(0);
});

test("A16, A6, A3: a row's menu unlocks, sets a password and assigns groups", async ({ server, admin, request, browser }) => {
  await addUser(admin, server, "lena@roster.example", "Lena");
  for (let attempt = 0; attempt < 10; attempt++) {
    await request.post(`${server.address}/login`, { form: { identifier: "lena@roster.example", password: "wrong" } });
  }
  const choose = async (name: string) => {
    await open(admin, server, "/admin/users?q=lena@roster");
    await admin.getByRole("button", { name: "Actions for Lena" }).click();
    await admin.getByRole("menuitem", { name, exact: true }).click();
  };
  await choose("Unlock");
  await expect(admin.getByText("Lena is unlocked.")).toBeVisible();
  await expect(admin.locator("tbody tr[data-id]").getByText("Locked")).toHaveCount(0);
  await admin.getByRole("button", { name: "Actions for Lena" }).click();
  await expect(admin.getByRole("menuitem", { name: "Unlock", exact: true })).toHaveCount(0);
  await admin.keyboard.press("Escape");

  await choose("Set password");
  const dialog = admin.getByRole("dialog", { name: "Set password of Lena" });
  await dialog.getByLabel("New password").fill(password);
  await dialog.getByLabel(/Must change/).uncheck();
  await dialog.getByRole("button", { name: "Set password" }).click();
  await expect(admin.getByText("Password set.")).toBeVisible();
  await expect(admin).toHaveURL(/\/authenticators$/);
  await signIn(await (await browser.newContext()).newPage(), server, "lena@roster.example");

  await choose("Assign groups");
  const groups = admin.getByRole("dialog", { name: "Assign groups to Lena" });
  await groups.getByRole("checkbox").first().check();
  await groups.getByRole("button", { name: "Assign to user" }).click();
  await expect(admin.getByText("Assigned to 1 group.")).toBeVisible();
  // Neither a reload nor Back opens it again.
  await admin.reload();
  await expect(admin.getByRole("heading", { name: "Lena" })).toBeVisible();
  await expect(admin.getByRole("dialog")).toHaveCount(0);

  // P6: the mail with the link, from the tab.
  await openProfile(admin, server, "lena@roster.example", "authenticators");
  await admin.getByRole("button", { name: "Send password reset email" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Send password reset" }).click();
  await expect(admin.getByText("Lena: sent a password reset")).toBeVisible();

  // Nobody sets their own password, or disables themselves, from there.
  await open(admin, server, `/admin/users?q=${owner.email}`);
  await admin.getByRole("button", { name: /^Actions for/ }).click();
  await expect(admin.getByRole("menuitem", { name: "View groups" })).toBeVisible();
  for (const name of ["Set password", "Disable user", "Delete"]) {
    await expect(admin.getByRole("menuitem", { name, exact: true })).toHaveCount(0);
  }
});

test("S11: nobody without a session gets anything from a server function", async ({ server, browser }) => {
  const stranger = await browser.newContext();
  const calls: [string, unknown][] = [
    ["admin/users/list", { state: {} }],
    ["admin/viewer", {}],
    ["admin/jobs/start", { action: "delete", selection: { matching: {} }, parameters: "none" }],
  ];
  for (const [path, body] of calls) {
    const answer = await raw(stranger, server, path, body);
    expect(answer.status(), path).toBe(401);
    expect(await answer.text()).not.toContain("@");
  }
});

test("S11: a form of another site is refused", async ({ server, admin, context }) => {
  await openProfile(admin, server, owner.email);
  const answer = await context.request.post(`${server.address}/logout`, { headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } });
  expect(answer.status()).toBe(403);
  await admin.reload();
  await expect(admin).toHaveURL(/\/admin\/users/);
});
