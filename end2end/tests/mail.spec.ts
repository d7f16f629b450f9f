// Mail: the log, invitations and activation, recovery, expiry, a new address.
import type { Browser, Page } from "@playwright/test";
import { cpSync } from "node:fs";
import { Mailbox, link } from "./mailbox";
import { Server, expect, expectAccessible, expectNoSideways, open, openProfile, owner, password, signIn, test } from "./roster";

/** A server that sends mail, with a signed-in Owner. */
async function withMail(emptyFolder: string, template: string, page: Page, mailbox: Mailbox): Promise<Server> {
  cpSync(template, emptyFolder, { recursive: true });
  const server = await Server.start(emptyFolder, mailbox.settings);
  await signIn(page, server, owner.email);
  return server;
}

async function stranger(browser: Browser): Promise<Page> {
  return (await browser.newContext({ javaScriptEnabled: false })).newPage();
}

async function addUser(page: Page, server: Server, email: string, first: string): Promise<void> {
  await open(page, server, "/admin/users");
  await page.getByRole("button", { name: "Add user" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add user" });
  await dialog.getByLabel("Email", { exact: true }).fill(email);
  await dialog.getByLabel("First name").fill(first);
  await expect(dialog.getByLabel("Send activation mail")).toBeChecked();
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog).toBeHidden();
}

async function activate(browser: Browser, mailbox: Mailbox, email: string): Promise<Page> {
  const person = await stranger(browser);
  await person.goto(link(await mailbox.latest(email), "activate"));
  await person.getByLabel("Password", { exact: true }).fill(password);
  await person.getByRole("button", { name: "Activate account" }).click();
  await skipSecondFactor(person);
  await person.waitForURL("**/account");
  return person;
}

/** At the first sign-in one is offered, where it is optional. */
async function skipSecondFactor(person: Page): Promise<void> {
  await expect(person.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
  await person.getByRole("button", { name: "Skip" }).click();
}

test("O1: from an invitation through a real mail to the first sign-in", async ({ emptyFolder, template, page, browser }) => {
  const mailbox = await Mailbox.start();
  const server = await withMail(emptyFolder, template, page, mailbox);
  await open(page, server, "/admin/users");
  await page.getByRole("button", { name: "Invite user" }).click();
  const dialog = page.getByRole("dialog", { name: "Invite user" });
  await dialog.getByLabel("First name").fill("Ada \"Countess\"");
  await dialog.getByLabel("Last name").fill("Lovelace");
  await dialog.getByLabel("Email").fill("ada@roster.example");
  await dialog.getByLabel("Role").selectOption({ label: "Help desk" });
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Send invitation" }).click();
  await expect(dialog).toBeHidden();

  const mail = await mailbox.latest("ada@roster.example");
  expect(mail.to).toEqual(["ada@roster.example"]);
  expect(mail.mail.from?.address).toBe("roster@roster.example");
  expect(mail.head).toContain("Auto-Submitted: auto-generated");
  const activation = link(mail, "activate");
  expect(activation.startsWith(server.address)).toBe(true);
  await openProfile(page, server, "ada@roster.example");
  await expect(page.getByText("Pending activation").first()).toBeVisible();
  await expectAccessible(page);

  const person = await stranger(browser);
  await person.setViewportSize({ width: 390, height: 844 });
  await person.goto(activation);
  await expectNoSideways(person).catch(() => undefined);
  await person.getByLabel("Password", { exact: true }).fill("short");
  await person.getByRole("button", { name: "Activate account" }).click();
  await expect(person.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  // S6: the strength of the password while it is typed; looking at the link uses nothing up.
  const typing = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  await typing.goto(activation);
  await typing.getByLabel("Password", { exact: true }).fill("aaaa");
  await expect(typing.getByText("Guessed at once")).toBeVisible();
  await expectAccessible(typing);
  await typing.getByLabel("Password", { exact: true }).fill(password);
  await expect(typing.getByRole("meter", { name: "Password strength" })).toHaveJSProperty("value", 4);
  await person.getByLabel("Password", { exact: true }).fill(password);
  await person.getByRole("button", { name: "Activate account" }).click();
  // Nobody is in before the second factor is set up or skipped.
  await person.waitForURL("**/login/set-up-second-factor");
  await person.goto(`${server.address}/admin`);
  await person.waitForURL(/\/login/);
  await person.goto(`${server.address}/login/set-up-second-factor`);
  await expect(person.getByRole("img", { name: /QR code/ })).toBeVisible();
  await expect(person.getByText("Type the key in instead")).toBeVisible();
  const look = await (await browser.newContext({ storageState: await person.context().storageState() })).newPage();
  for (const width of [360, 1280]) {
    await look.setViewportSize({ width, height: 780 });
    for (const path of ["set-up-second-factor", "set-up-code?kind=email_code"]) {
      await look.goto(`${server.address}/login/${path}`);
      await expect(look.getByRole("button", { name: "Skip" })).toBeVisible();
      await expectAccessible(look);
      await expectNoSideways(look);
    }
  }
  await skipSecondFactor(person);
  await person.waitForURL(/\/admin/);
  // It is not offered again.
  await person.context().clearCookies();
  await signIn(person, server, "ada@roster.example");
  await person.waitForURL(/\/admin/);
  const welcome = await mailbox.latest("ada@roster.example", 2);
  expect(welcome.mail.subject).toBe("Welcome");

  // O3: a used link says so and offers the next step.
  await person.goto(activation);
  await expect(person.getByText("used already")).toBeVisible();
  await expect(person.getByRole("link", { name: "Sign in" })).toBeVisible();
  await page.reload();
  await expect(page.getByText("Onboarded").first()).toBeVisible();
  await expect(page.getByText("Verified email").first()).toBeVisible();
  await server.stop();
  await mailbox.stop();
});

test("O3: sending the activation mail again voids the earlier link", async ({ emptyFolder, template, page, browser }) => {
  const mailbox = await Mailbox.start();
  const server = await withMail(emptyFolder, template, page, mailbox);
  await addUser(page, server, "bob@roster.example", "Bob");
  const first = link(await mailbox.latest("bob@roster.example"), "activate");
  await openProfile(page, server, "bob@roster.example");
  await page.getByRole("button", { name: "Send activation mail" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send activation mail" }).click();
  await mailbox.latest("bob@roster.example", 2);
  const person = await stranger(browser);
  await person.goto(first);
  await expect(person.getByText("newer link")).toBeVisible();
  // A17: a link to hand over, which voids those of the mails.
  await page.getByRole("button", { name: "Copy activation link" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Make link" }).click();
  const handed = page.getByRole("dialog", { name: "Activation link" }).getByLabel("Link");
  await expect(handed).toHaveValue(/\/activate\?token=/);
  await expectAccessible(page);
  await person.goto(await handed.inputValue());
  await person.getByLabel("Password", { exact: true }).fill(password);
  await person.getByRole("button", { name: "Activate account" }).click();
  await skipSecondFactor(person);
  await person.waitForURL("**/account");
  await server.stop();
  await mailbox.stop();
});

test("S5: a forgotten password, with JavaScript off", async ({ emptyFolder, template, page, browser }) => {
  const mailbox = await Mailbox.start();
  const server = await withMail(emptyFolder, template, page, mailbox);
  await addUser(page, server, "cleo@roster.example", "Cleo");
  const person = await activate(browser, mailbox, "cleo@roster.example");
  await person.context().clearCookies();
  await person.goto(`${server.address}/login`);
  await person.getByRole("link", { name: "Forgot password?" }).click();
  const answers: string[] = [];
  for (const name of ["nobody@roster.example", "cleo@roster.example"]) {
    await person.goto(`${server.address}/forgot-password`);
    await person.getByLabel("Email or username").fill(name);
    await person.getByRole("button", { name: "Send link" }).click();
    answers.push(await person.locator("main").innerText());
  }
  expect(answers[0]).toBe(answers[1]);
  const mail = await mailbox.latest("cleo@roster.example", 3);
  const typing = await (await browser.newContext()).newPage();
  await typing.goto(link(mail, "reset-password"));
  await typing.getByLabel("New password", { exact: true }).fill("aaaa");
  await expect(typing.getByText("Guessed at once")).toBeVisible();
  await person.goto(link(mail, "reset-password"));
  const fresh = "seven purple elephants dance";
  await person.getByLabel("New password", { exact: true }).fill(fresh);
  await person.getByRole("button", { name: "Set new password" }).click();
  await person.waitForURL("**/login?reset=1");
  await signIn(person, server, "cleo@roster.example", fresh);
  await mailbox.latest("cleo@roster.example", 5);
  const told = mailbox.received.filter((mail) => mail.to.includes("cleo@roster.example")).map((mail) => mail.mail.subject);
  expect(told.slice(-2).sort()).toEqual(["Sign-in with a new device", "Your password was reset"]);
  expect(mailbox.received.some((received) => received.to.includes("nobody@roster.example"))).toBe(false);
  await server.stop();
  await mailbox.stop();
});

test("A7: a password expires, and the page leads to the mail", async ({ emptyFolder, template, page, browser }) => {
  const mailbox = await Mailbox.start();
  const server = await withMail(emptyFolder, template, page, mailbox);
  await addUser(page, server, "dora@roster.example", "Dora");
  const person = await activate(browser, mailbox, "dora@roster.example");
  await openProfile(page, server, "dora@roster.example");
  await page.getByRole("button", { name: "Set password expiry" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Expires on").fill("2020-01-01");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Set password expiry" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Password expired").first()).toBeVisible();
  expect((await mailbox.latest("dora@roster.example", 3)).mail.subject).toBe("Your password has expired");
  await person.context().clearCookies();
  await person.goto(`${server.address}/login`);
  await person.getByLabel("Email or username").fill("dora@roster.example");
  await person.getByLabel("Password", { exact: true }).fill(password);
  await person.getByRole("button", { name: "Sign in" }).click();
  await expect(person.getByRole("heading", { name: "Your password has expired" })).toBeVisible();
  await person.getByRole("button", { name: "Send link" }).click();
  link(await mailbox.latest("dora@roster.example", 4), "reset-password");
  await server.stop();
  await mailbox.stop();
});

test("E1: a new address is confirmed by its mail, and the old one is told", async ({ emptyFolder, template, page, browser }) => {
  const mailbox = await Mailbox.start();
  const server = await withMail(emptyFolder, template, page, mailbox);
  await addUser(page, server, "emil@roster.example", "Emil");
  const person = await activate(browser, mailbox, "emil@roster.example");
  await person.getByRole("link", { name: "Change email" }).click();
  await person.getByLabel("New email").fill("emil@new.example");
  await person.getByLabel("Current password").fill(password);
  await person.getByRole("button", { name: "Send link" }).click();
  await person.waitForURL("**/account?email_change=1");
  await person.goto(link(await mailbox.latest("emil@new.example"), "confirm-email"));
  await person.getByRole("button", { name: "Confirm address" }).click();
  await expect(person.getByRole("heading", { name: "Your email address is changed" })).toBeVisible();
  expect((await mailbox.latest("emil@roster.example", 3)).mail.subject).toBe("Your email address was changed");
  await person.goto(`${server.address}/account`);
  await expect(person.getByText("emil@new.example")).toBeVisible();
  await server.stop();
  await mailbox.stop();
});

test("E1: a new address that waits is shown, and withdrawn", async ({ emptyFolder, template, page, browser }) => {
  const mailbox = await Mailbox.start();
  const server = await withMail(emptyFolder, template, page, mailbox);
  await addUser(page, server, "ewa@roster.example", "Ewa");
  const person = await activate(browser, mailbox, "ewa@roster.example");
  await person.getByRole("link", { name: "Change email" }).click();
  await person.getByLabel("New email").fill("ewa@mistyped.example");
  await person.getByLabel("Current password").fill(password);
  await person.getByRole("button", { name: "Send link" }).click();
  await person.waitForURL("**/account?email_change=1");
  await expect(person.getByText("ewa@mistyped.example").first()).toBeVisible();
  const look = await (await browser.newContext({ storageState: await person.context().storageState() })).newPage();
  await look.goto(person.url());
  await expectAccessible(look);
  await person.getByRole("button", { name: "Withdraw new email" }).click();
  await person.waitForURL("**/account?email_change_withdrawn=1");
  await expect(person.getByText("ewa@mistyped.example")).toHaveCount(0);
  await person.goto(link(await mailbox.latest("ewa@mistyped.example"), "confirm-email"));
  await expect(person.getByRole("button", { name: "Confirm address" })).toHaveCount(0);
  await server.stop();
  await mailbox.stop();
});

test("N1: the log shows queued, sent and failed mails, and sends again", async ({ emptyFolder, template, page }) => {
  let refuse = true;
  const mailbox = await Mailbox.start({
    onRcptTo(_address, _session, done) {
      done(refuse ? Object.assign(new Error("no such mailbox here"), { responseCode: 550 }) : undefined);
    },
  });
  const server = await withMail(emptyFolder, template, page, mailbox);
  await addUser(page, server, "fred@roster.example", "Fred");
  await open(page, server, "/admin/mail");
  const row = page.getByRole("row", { name: /fred@roster\.example/ });
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(row).toContainText("Failed", { timeout: 1000 });
  }).toPass();
  await expect(row).toContainText("no such mailbox here");
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  refuse = false;
  await row.getByRole("button", { name: /^Retry/ }).click();
  await mailbox.latest("fred@roster.example");
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(row).toContainText("Sent", { timeout: 1000 });
  }).toPass();
  await page.getByRole("link", { name: "Failed" }).click();
  await expect(page.getByText("No mail has failed.")).toBeVisible();
  await server.stop();
  await mailbox.stop();
});

test("N1: without a mail server an Owner reads the mail and follows its link", async ({ server, admin, browser }) => {
  await addUser(admin, server, "gina@roster.example", "Gina");
  await open(admin, server, "/admin/mail");
  await expect(admin.getByText("No mail server is set up").first()).toBeVisible();
  const row = admin.getByRole("row", { name: /gina@roster\.example/ });
  await expect(row).toContainText("Queued");
  await row.getByRole("button", { name: /^Read/ }).click();
  const dialog = admin.getByRole("dialog", { name: "Activate your account" });
  await expectAccessible(admin);
  const activation = await dialog.getByRole("link", { name: /\/activate\?token=/ }).getAttribute("href");
  const person = await stranger(browser);
  await person.goto(activation!);
  await expect(person.getByRole("heading", { name: "Activate your account" })).toBeVisible();
});

test("S8: settings are kept, checked, and in the log", async ({ server, admin }) => {
  await open(admin, server, "/admin/settings");
  await admin.waitForURL("**/admin/settings/onboarding");
  const hours = admin.getByLabel("Activation links work for");
  await expect(hours).toHaveValue("72");
  await expect(admin.getByRole("button", { name: "Save" })).toBeDisabled();
  await hours.fill("0");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("A number from 1 to 720")).toBeVisible();
  await hours.fill("24");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Saved.").first()).toBeVisible();
  await admin.reload();
  await expect(hours).toHaveValue("24");
  for (const section of ["Notifications", "Onboarding"]) {
    await admin.getByRole("link", { name: section, exact: true }).click();
    await expect(admin.getByRole("heading", { name: section })).toBeVisible();
    await expectAccessible(admin);
    await admin.setViewportSize({ width: 390, height: 844 });
    await expectNoSideways(admin);
    await admin.setViewportSize({ width: 1280, height: 800 });
  }
});
