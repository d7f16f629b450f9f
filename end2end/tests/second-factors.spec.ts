// Second factors: setting one up, signing in with it, what helps when it is not at hand.
import { type Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { addUser, expect, expectAccessible, expectNoSideways, open, owner, password, signIn, test, type Server } from "./roster";

/** What an authenticator app would show: an independent implementation. */
function code(key: string, secondsLater = 0): string {
  const now = `@${Math.floor(Date.now() / 1000) + secondsLater}`;
  return execFileSync("oathtool", ["--totp", "--base32", "--now", now, key.replaceAll(" ", "")], { encoding: "utf8" }).trim();
}

/** Sets up an app on the page of its key; the code used is the one of the step before, which drift allows. */
async function setUp(page: Page, button: string): Promise<string> {
  await page.getByText("Type the key in instead").click();
  const key = await page.locator(".plain-key").innerText();
  await page.getByRole("textbox", { name: "Code" }).fill(code(key, -30));
  await page.getByRole("button", { name: button }).click();
  return key;
}

async function addApp(page: Page, server: Server): Promise<string> {
  await page.goto(`${server.address}/account/security`);
  await page.getByRole("link", { name: "Add authenticator app" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  const key = await setUp(page, "Add authenticator app");
  await expect(page.getByText("The authenticator app is set up")).toBeVisible();
  return key;
}

async function beginSignIn(page: Page, server: Server, identifier = owner.email): Promise<void> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("Email or username").fill(identifier);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Saves a section of the settings as `change` leaves it. */
async function changeSettings(page: Page, server: Server, section: string, change: () => Promise<void>): Promise<void> {
  await open(page, server, `/admin/settings/${section}`);
  await change();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
}

async function allowCodes(page: Page, server: Server, kind: string): Promise<void> {
  await changeSettings(page, server, "alternate-2fa-login-methods", async () => {
    await page.getByRole("switch", { name: "Enable end users to use security codes to login" }).check();
    await page.getByRole("radio", { name: kind }).check();
  });
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("S2: an authenticator app is set up and asked for, with JavaScript off", async ({ server, page, browser }) => {
    await signIn(page, server, owner.email);
    const key = await addApp(page, server);
    const other = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await beginSignIn(other, server);
    await expect(other.getByRole("heading", { name: "Second factor" })).toBeVisible();
    await expect(other.getByLabel(/Code/)).toBeFocused();
    await expect(other.getByText("Without your phone? Ask your administrator.")).toBeVisible();
    await other.getByLabel(/Code/).fill("000000");
    await other.getByRole("button", { name: "Verify" }).click();
    await expect(other.getByRole("alert")).toContainText("4 attempts are left");
    // Nobody is signed in before the last step.
    await other.goto(`${server.address}/account`);
    await expect(other).toHaveURL(/\/login/);
    await other.goto(`${server.address}/login/second-factor`);
    const shown = code(key);
    await other.getByLabel(/Code/).fill(shown);
    await other.getByRole("button", { name: "Verify" }).click();
    await expect(other).toHaveURL(/\/admin/);
    // The same code again.
    const third = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await beginSignIn(third, server);
    await third.getByLabel(/Code/).fill(shown);
    await third.getByRole("button", { name: "Verify" }).click();
    await expect(third.getByRole("alert")).toBeVisible();
  });
});

test("S9: security codes are shown once, printed or downloaded, and each works once", async ({ server, admin, browser }) => {
  await allowCodes(admin, server, "Static long-lived codes");
  await addApp(admin, server);
  await admin.getByRole("link", { name: "Make security codes" }).click();
  await admin.getByRole("button", { name: "Make security codes" }).click();
  const codes = await admin.locator(".security-codes code").allInnerTexts();
  expect(codes).toHaveLength(10);
  await expect(admin.getByRole("button", { name: "Print" })).toBeVisible();
  const [download] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("link", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("roster-security-codes.txt");
  await expectAccessible(admin);
  const enter = async () => {
    const page = await (await browser.newContext()).newPage();
    await beginSignIn(page, server);
    await page.getByRole("link", { name: "Use security codes" }).click();
    await page.getByLabel("Security code").fill(codes[0]!.toLowerCase());
    await page.getByRole("button", { name: "Verify" }).click();
    return page;
  };
  await expect(await enter()).toHaveURL(/\/admin/);
  await expect((await enter()).getByRole("alert")).toBeVisible();
});

test("A12, A8, P6: a backup code by staff works once and is removed alone, and resetting forgets the second factor", async ({ server, admin, browser }) => {
  await allowCodes(admin, server, "One-time backup code");
  await addUser(admin, server, "nora@example.com", "Nora");
  const profile = admin.url().replace("/attributes", "/authenticators");
  await open(admin, server, new URL(profile).pathname);
  await admin.getByRole("button", { name: "Set password" }).last().click();
  const dialog = admin.getByRole("dialog");
  await dialog.getByLabel("New password").fill(password);
  await dialog.getByLabel(/Must change/).uncheck();
  await dialog.getByRole("button", { name: "Set password" }).click();
  await expect(dialog).toBeHidden();
  await expect(admin.getByText("No second factor")).toBeVisible();
  await expect(admin.getByRole("button", { name: "Generate backup code" })).toBeHidden();

  const nora = await (await browser.newContext()).newPage();
  await signIn(nora, server, "nora@example.com");
  await addApp(nora, server);
  await open(admin, server, new URL(profile).pathname);
  await expect(admin.getByRole("cell", { name: "Authenticator app" }).first()).toBeVisible();
  await expectAccessible(admin);
  // An address that somebody was sent makes none: it asks.
  const question = admin.getByRole("dialog", { name: "Generate a backup code for Nora?" });
  await open(admin, server, `${new URL(profile).pathname}?do=backup-code`);
  await expect(question).toContainText("Any earlier one stops working.");
  await expectAccessible(admin);
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await open(admin, server, "/admin/users?q=nora@example.com");
  await admin.getByRole("button", { name: "Actions for Nora" }).click();
  await admin.getByRole("menuitem", { name: "Generate backup code" }).click();
  await question.getByRole("button", { name: "Generate backup code" }).click();
  const backup = await admin.getByRole("dialog", { name: "Backup code for Nora" }).locator("code").innerText();
  await expect(admin).toHaveURL(/\/authenticators$/);
  await expect(admin.getByRole("dialog").getByRole("button", { name: "Copy" })).toBeEnabled();
  await admin.getByRole("dialog").getByRole("button", { name: "Done" }).click();

  const enter = async () => {
    const page = await (await browser.newContext()).newPage();
    await beginSignIn(page, server, "nora@example.com");
    await page.getByRole("link", { name: "Try another way" }).click();
    await page.getByRole("link", { name: "Use security codes" }).click();
    await page.getByLabel("Security code").fill(backup);
    await page.getByRole("button", { name: "Verify" }).click();
    return page;
  };
  const inside = await enter();
  await expect(inside).toHaveURL(/\/account/);
  for (let time = 0; time < 2; time++) await expect((await enter()).getByRole("alert")).toBeVisible();

  await admin.getByRole("button", { name: "Generate backup code" }).click();
  await question.getByRole("button", { name: "Generate backup code" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await expect(admin.getByText(/A backup code works until/)).toBeVisible();
  await admin.getByRole("button", { name: "Remove backup code" }).click();
  const removing = admin.getByRole("dialog", { name: "Remove backup code?" });
  await expectAccessible(admin);
  await removing.getByRole("button", { name: "Remove" }).click();
  await expect(admin.getByText(/A backup code works until/)).toHaveCount(0);
  await expect(admin.getByRole("cell", { name: "Authenticator app" }).first()).toBeVisible();

  await admin.getByRole("button", { name: "Reset user MFA" }).click();
  await admin.getByRole("dialog", { name: "Reset MFA of Nora?" }).getByRole("button", { name: "Reset user MFA" }).click();
  await expect(admin.getByText("No second factor")).toBeVisible();
  await inside.reload();
  await expect(inside).toHaveURL(/\/login/);
  await signIn(inside, server, "nora@example.com");
});

test("S4: where a second factor is required it is set up at the sign-in", async ({ server, admin, browser }) => {
  await changeSettings(admin, server, "sign-in", () => admin.getByRole("radio", { name: "Required" }).check());
  await expectAccessible(admin);
  const page = await (await browser.newContext()).newPage();
  await beginSignIn(page, server);
  await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await expectNoSideways(page);
    await expectAccessible(page);
  }
  await setUp(page, "Verify and go on");
  await expect(page).toHaveURL(/\/admin/);
});

test("E2: second factors are renamed, removed and reset", async ({ server, admin }) => {
  await addApp(admin, server);
  await admin.getByText("Rename").click();
  await admin.getByLabel("New name").fill("Work phone");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Work phone").first()).toBeVisible();
  for (const width of [360, 1280]) {
    await admin.setViewportSize({ width, height: 844 });
    await expectNoSideways(admin);
    await expectAccessible(admin);
  }
  await admin.getByRole("button", { name: /^Remove/ }).click();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Remove" }).click();
  await expect(admin.getByText("Removed.")).toBeVisible();
  await addApp(admin, server);
  await admin.getByRole("link", { name: "Reset two-factor authentication" }).click();
  await expectAccessible(admin);
  await admin.getByLabel("Current password").fill(password);
  await admin.getByRole("button", { name: "Reset two-factor authentication" }).click();
  await expect(admin.getByText("are forgotten")).toBeVisible();
});
