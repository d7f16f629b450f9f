// Devices and their limit, the places of sign-ins, and impersonation.
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { resolve } from "node:path";
import { Mailbox } from "./mailbox";
import { Server, expect, expectAccessible, expectNoSideways, open, openProfile, owner, password, raw, signIn, test } from "./roster";

/** Networks kept for documentation: 192.0.2.0/24 is Zürich, 198.51.100.0/24 is Germany. */
const places = resolve(import.meta.dirname, "../../server/tests/places/test.mmdb");
const behindProxy = { ROSTER_TRUSTED_PROXIES: "127.0.0.1", ROSTER_GEOIP_DB: places };

/** Somebody who can sign in with the password of all; gives their id. */
async function person(admin: Page, server: Server, name: string): Promise<string> {
  const form = { email: `${name}@roster.example`, first_name: name[0]!.toUpperCase() + name.slice(1) };
  const created = await raw(admin.context(), server, "admin/users/create", { store: null, form, groups: [] });
  const id = (await created.json()) as string;
  const set = await raw(admin.context(), server, "admin/users/set-password", { id, password, must_change: false });
  expect(set.status()).toBe(200);
  return id;
}

/** Another browser, at an address. */
async function browserAt(browser: Browser, address: string): Promise<BrowserContext> {
  return browser.newContext({ extraHTTPHeaders: { "x-forwarded-for": address } });
}

async function begin(page: Page, server: Server, identifier: string): Promise<void> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("Email or username").fill(identifier);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

function code(key: string, secondsLater = 0): string {
  const now = `@${Math.floor(Date.now() / 1000) + secondsLater}`;
  return execFileSync("oathtool", ["--totp", "--base32", "--now", now, key.replaceAll(" ", "")], { encoding: "utf8" }).trim();
}

test("S10: a fourth browser is refused and shown the way out", async ({ server, admin, browser }) => {
  const id = await person(admin, server, "dana");
  // A9, from the menu of the row.
  await open(admin, server, "/admin/users?q=dana@roster.example");
  await admin.getByRole("button", { name: "Actions for Dana" }).click();
  await admin.getByRole("menuitem", { name: "Update device limit" }).click();
  const dialog = admin.getByRole("dialog", { name: "Update device limit of Dana" });
  await expect(dialog).toBeVisible();
  await dialog.getByLabel("Device limit").fill("0");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("A number from 1 to 100")).toBeVisible();
  await expectAccessible(admin);
  await dialog.getByLabel("Device limit").fill("3");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(admin.getByText("0 of 3 devices")).toBeVisible();

  const pages: Page[] = [];
  for (let count = 0; count < 3; count++) {
    const page = await (await browser.newContext()).newPage();
    await signIn(page, server, "dana@roster.example");
    pages.push(page);
  }
  // A known browser signs in again.
  await pages[0]!.getByRole("button", { name: "Sign out" }).click();
  await signIn(pages[0]!, server, "dana@roster.example");
  const fourth = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await begin(fourth, server, "dana@roster.example");
  await expect(fourth.getByRole("heading", { name: "Too many devices" })).toBeVisible();
  await expect(fourth.getByText("ask an administrator")).toBeVisible();
  await expect(fourth.getByRole("button", { name: "Remove" })).toHaveCount(0);
  await fourth.goto(`${server.address}/account`);
  await expect(fourth).toHaveURL(/\/login/);

  // Staff remove one: its session ends, and the fourth browser gets in.
  await open(admin, server, `/admin/users/${id}/devices`);
  await expect(admin.getByText("3 of 3 devices")).toBeVisible();
  await expectAccessible(admin);
  await admin.getByRole("row").last().getByRole("button", { name: /^Remove/ }).click();
  await admin.getByRole("dialog", { name: "Remove this device?" }).getByRole("button", { name: "Remove" }).click();
  await expect(admin.getByText("2 of 3 devices")).toBeVisible();
  const gone = await Promise.all(pages.map(async (page) => (await page.goto(`${server.address}/account`))!.url().includes("/login")));
  expect(gone.filter(Boolean)).toHaveLength(1);
  await signIn(fourth, server, "dana@roster.example");
  await expect(fourth).toHaveURL(/\/account$/);

  // With a second factor, holders find their own way out.
  const there = pages[gone.indexOf(false)]!;
  await there.goto(`${server.address}/account/security`);
  await there.getByRole("link", { name: "Add authenticator app" }).click();
  await there.getByText("Type the key in instead").click();
  const key = await there.locator(".plain-key").innerText();
  await there.getByRole("textbox", { name: "Code" }).fill(code(key, -30));
  await there.getByRole("button", { name: "Add authenticator app" }).click();
  const fifth = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await fifth.setViewportSize({ width: 360, height: 780 });
  await begin(fifth, server, "dana@roster.example");
  await fifth.getByLabel(/Code/).fill(code(key));
  await fifth.getByRole("button", { name: "Verify" }).click();
  await expect(fifth.getByRole("heading", { name: "Too many devices" })).toBeVisible();
  await expect(fifth.getByRole("button", { name: "Remove" })).toHaveCount(3);
  const scripted = await browser.newContext({ storageState: await fifth.context().storageState() });
  const look = await scripted.newPage();
  await look.setViewportSize({ width: 360, height: 780 });
  await look.goto(`${server.address}/login/device-limit`);
  await expectAccessible(look);
  await expectNoSideways(look);
  await fifth.getByRole("button", { name: "Remove" }).last().click();
  await expect(fifth).toHaveURL(/\/account$/);
  await fifth.goto(`${server.address}/account/sessions`);
  await expect(fifth.getByText("This device")).toHaveCount(1);

  await open(admin, server, `/admin/users/${id}/devices`);
  await admin.getByRole("button", { name: "Update device limit" }).click();
  await dialog.getByRole("button", { name: "Reset to default" }).click();
  await expect(admin.getByText("3 devices, no limit")).toBeVisible();
});

test("S13: a new device and a new place are mailed, the first sign-in is not", async ({ emptyFolder, template, page, browser }) => {
  const mailbox = await Mailbox.start();
  cpSync(template, emptyFolder, { recursive: true });
  const server = await Server.start(emptyFolder, { ...mailbox.settings, ...behindProxy });
  await signIn(page, server, owner.email);
  const id = await person(page, server, "paul");
  const told = () => mailbox.received.filter((mail) => mail.to.includes("paul@roster.example")).map((mail) => mail.mail.subject);
  const zurich = await browserAt(browser, "192.0.2.7");
  const first = await zurich.newPage();
  await signIn(first, server, "paul@roster.example");
  await zurich.clearCookies({ name: "roster_session" });
  await signIn(first, server, "paul@roster.example");
  const germany = await (await browserAt(browser, "198.51.100.7")).newPage();
  await signIn(germany, server, "paul@roster.example");
  await expect.poll(told, { timeout: 20_000 }).toEqual(["Your password was set", "Sign-in with a new device"]);
  const mail = await mailbox.latest("paul@roster.example", 2);
  for (const text of ["Place: Germany", "IP address: 198.51.100.7", "Browser: Chrome on"]) {
    expect(mail.mail.text).toContain(text);
  }
  expect(mail.mail.html).toContain("Germany");
  // The first browser travels.
  await zurich.setExtraHTTPHeaders({ "x-forwarded-for": "203.0.113.9" });
  await zurich.clearCookies({ name: "roster_session" });
  await signIn(first, server, "paul@roster.example");
  await expect.poll(told, { timeout: 20_000 }).toHaveLength(3);
  const moved = await mailbox.latest("paul@roster.example", 3);
  expect(moved.mail.subject).toBe("Sign-in from a new place");
  expect(moved.mail.text).toContain("Place: Osaka, Japan");

  // A15, P7: where each session and each event is from.
  await open(page, server, `/admin/users/${id}/sessions`);
  const row = page.getByRole("row", { name: /Germany/ });
  for (const text of ["Chrome on", "Computer", "198.51.100.7", "Password"]) await expect(row).toContainText(text);
  await expect(page.getByRole("row", { name: /Osaka, Japan/ })).toHaveCount(1);
  await expectAccessible(page);
  await open(page, server, `/admin/users/${id}/activity`);
  await expect(page.getByText("198.51.100.7 · Germany").first()).toBeVisible();
  await germany.goto(`${server.address}/account/sessions`);
  await expect(germany.getByText("Germany").first()).toBeVisible();
  await expectAccessible(germany);
  await germany.setViewportSize({ width: 360, height: 780 });
  await expectNoSideways(germany);
  await server.stop();
  await mailbox.stop();
});

test("A11: impersonation from the reason to the end, and both logs", async ({ server, admin, browser }) => {
  const id = await person(admin, server, "iris");
  await open(admin, server, "/admin/users?q=iris@roster.example");
  await admin.getByRole("button", { name: "Actions for Iris" }).click();
  await admin.getByRole("menuitem", { name: "Impersonate user" }).click();
  await expect(admin.getByRole("heading", { name: "Impersonate user" })).toBeVisible();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Impersonate" }).click();
  await expect(admin.getByRole("alert")).toContainText("Reason");
  await admin.getByLabel("Reason").fill("Ticket 4711");
  await admin.getByRole("button", { name: "Impersonate" }).click();
  await admin.waitForURL("**/account");
  const banner = admin.getByRole("complementary", { name: "Impersonation" });
  for (const path of ["/account", "/account/security", "/account/sessions", "/account/privacy"]) {
    await admin.goto(server.address + path);
    await expect(banner.getByRole("button", { name: "End impersonation" })).toBeVisible();
    await expect(banner).toContainText("Iris");
    await expectAccessible(admin);
    await admin.setViewportSize({ width: 360, height: 780 });
    await expectNoSideways(admin);
    await admin.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await expect(banner).toBeInViewport();
    await admin.setViewportSize({ width: 1280, height: 800 });
  }
  await admin.goto(`${server.address}/account`);
  await expect(admin.getByLabel("First name")).toBeDisabled();
  for (const path of ["/admin/users", "/account/email", "/account/download", "/account/security/authenticator-app"]) {
    const answer = await admin.goto(server.address + path);
    expect(answer!.status(), path).toBe(403);
    await expect(admin.getByRole("button", { name: "End impersonation" })).toBeVisible();
  }
  await expectAccessible(admin);
  const call = await raw(admin.context(), server, "admin/viewer", {});
  expect(call.status()).toBe(403);
  await admin.getByRole("button", { name: "End impersonation" }).click();
  await admin.waitForURL(`**/admin/users/${id}/attributes`);
  // Back in one's own session, where both logs say what happened.
  await open(admin, server, `/admin/users/${id}/activity`);
  const begun = admin.getByRole("listitem").filter({ hasText: "Impersonation started" });
  await expect(begun).toContainText("on behalf of Iris");
  await expect(begun).toContainText("Ticket 4711");
  await expect(admin.getByRole("listitem").filter({ hasText: "Impersonation ended" })).toHaveCount(1);
  await openProfile(admin, server, owner.email, "activity");
  await expect(admin.getByRole("listitem").filter({ hasText: "Impersonation started" })).toContainText("on behalf of Iris");

  // It ends with the staff member's own session; on the profile it is offered too.
  await open(admin, server, `/admin/users/${id}/attributes`);
  await admin.getByRole("link", { name: "Impersonate user" }).click();
  await admin.getByLabel("Reason").fill("Once more");
  await admin.getByLabel("Notify the account holder").check();
  await admin.getByRole("button", { name: "Impersonate" }).click();
  await admin.waitForURL("**/account");
  const elsewhere = await (await browser.newContext()).newPage();
  await signIn(elsewhere, server, owner.email);
  await elsewhere.goto(`${server.address}/account/sessions/end-others`);
  await elsewhere.getByRole("button", { name: "Sign out everywhere else" }).click();
  await admin.goto(`${server.address}/account`);
  await expect(admin.getByText("The impersonation is over")).toBeVisible();
  await admin.getByRole("button", { name: "Back to the console" }).click();
  await expect(admin).toHaveURL(/\/login/);
  await open(elsewhere, server, "/admin/mail");
  await expect(elsewhere.getByRole("row", { name: /iris@roster\.example/ }).first()).toBeVisible();
});
