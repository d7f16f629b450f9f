// Codes by mail and SMS, the SMS gateway, a new mobile number, and ways in without the phone.
import type { Browser, Page } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { Gateway } from "./gateway";
import { Mailbox } from "./mailbox";
import {
  Server, addUser, expect, expectAccessible, expectNoSideways, open, owner, password, signIn, test as base,
} from "./roster";

const number = "+41446681800";

interface Fixtures {
  mailbox: Mailbox;
  gateway: Gateway;
  /** A server that sends mail, and text messages by the operator's gateway; `admin` is signed in to it. */
  wired: Server;
}

const test = base.extend<Fixtures>({
  mailbox: async ({}, use) => {
    const mailbox = await Mailbox.start();
    await use(mailbox);
    await mailbox.stop();
  },
  gateway: async ({}, use) => {
    const gateway = await Gateway.start();
    await use(gateway);
    await gateway.stop();
  },
  wired: async ({ emptyFolder, template, mailbox, gateway, page }, use) => {
    cpSync(template, emptyFolder, { recursive: true });
    const settings = { ...mailbox.settings, ROSTER_SMS_WEBHOOK_URL: gateway.address };
    const server = await Server.start(emptyFolder, settings);
    await signIn(page, server, owner.email);
    await use(server);
    await server.stop();
  },
});

async function mailedCode(mailbox: Mailbox, address: string, count = 1): Promise<string> {
  const codes = () => mailbox.received.filter((one) => one.to.includes(address) && one.mail.subject === "Your code");
  await expect.poll(() => codes().length, { message: `codes to ${address}`, timeout: 15_000 }).toBeGreaterThanOrEqual(count);
  const text = codes().at(-1)!.mail.text ?? "";
  return /^(\d{6})$/m.exec(text)![1]!;
}

/** A browser of its own, as it is with JavaScript off. */
async function stranger(browser: Browser): Promise<Page> {
  return (await browser.newContext({ javaScriptEnabled: false })).newPage();
}

async function beginSignIn(page: Page, server: Server, identifier = owner.email): Promise<void> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("Email or username").fill(identifier);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function expectFine(page: Page): Promise<void> {
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await expectNoSideways(page);
    await expectAccessible(page);
  }
}

/** An authenticator app that nobody will find again. */
async function loseAnApp(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.address}/account/security/authenticator-app`);
  const key = (await page.locator(".plain-key").textContent())!.replaceAll(" ", "");
  const code = execFileSync("oathtool", ["--totp", "--base32", key], { encoding: "utf8" }).trim();
  await page.getByRole("textbox", { name: "Code" }).fill(code);
  await page.getByRole("button", { name: "Add authenticator app" }).click();
  await expect(page.getByText("The authenticator app is set up")).toBeVisible();
}

async function allowForgotPhone(page: Page, server: Server, way: string): Promise<void> {
  await open(page, server, "/admin/settings/alternate-2fa-login-methods");
  await page.getByRole("switch", { name: "Forgot phone" }).check();
  await page.getByRole("radio", { name: way, exact: true }).check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.").first()).toBeVisible();
}

test("S2: codes by mail are set up, sent after the password, and sign in once", async ({ wired, page, mailbox, browser }) => {
  await page.goto(`${wired.address}/account/security`);
  await page.getByRole("link", { name: "Add email codes" }).click();
  await expect(page.getByLabel("Email address")).toHaveValue(owner.email);
  await expectFine(page);
  await page.getByRole("button", { name: "Send code" }).click();
  await expectFine(page);
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: "Verify and add" }).click();
  await expect(page.getByRole("alert")).toContainText("4 attempts are left");
  const setUp = await mailedCode(mailbox, owner.email);
  await page.getByLabel("Code").fill(setUp);
  await page.getByRole("button", { name: "Verify and add" }).click();
  await expect(page.getByText("Codes are set up.")).toBeVisible();
  await expect(page.getByText("Email code", { exact: true })).toBeVisible();

  const other = await stranger(browser);
  await beginSignIn(other, wired);
  await expect(other.getByText(/We have sent a code to o•••@/)).toBeVisible();
  await expect(other.getByLabel("Code")).toHaveAttribute("autocomplete", "one-time-code");
  await other.getByRole("button", { name: "Send another code" }).click();
  await expect(other.getByRole("alert")).toContainText("You can have another one in");
  await other.goto(`${wired.address}/login/second-factor`);
  const code = await mailedCode(mailbox, owner.email, 2);
  expect(code).not.toBe(setUp);
  await other.getByLabel("Code").fill(code);
  await other.getByRole("button", { name: "Verify" }).click();
  await expect(other).toHaveURL(/\/admin/);
  const again = await stranger(browser);
  await beginSignIn(again, wired);
  // Another code so soon is not sent: the page offers it.
  await expect(again.getByRole("button", { name: "Send code" })).toBeVisible();
  for (const text of [code, setUp]) expect(wired.log()).not.toContain(text);
});

test("N2: text messages leave by the gateway of the settings, whose secrets are not shown again", async ({
  wired, page, gateway,
}) => {
  await open(page, wired, "/admin/settings/sms-gateway");
  await page.getByLabel("Address", { exact: true }).fill("ftp://sms.example");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Only addresses with http:// or https://")).toBeVisible();
  await page.getByLabel("Address", { exact: true }).fill(gateway.address.replace("/send", "/store"));
  await page.getByLabel("New headers").fill("Authorization: Bearer hunter2");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(page.getByText("Kept: Authorization. Their values are not shown.")).toBeVisible();
  await expect(page.getByLabel("New headers")).toHaveValue("");
  await page.reload();
  await expect(page.getByText("Kept: Authorization.")).toBeVisible();
  await expect(page.getByLabel("Address", { exact: true })).toHaveValue(gateway.address.replace("/send", "/…"));
  expect(await page.content()).not.toContain("hunter2");
  await page.goto(`${wired.address}/account/mobile`);
  await page.getByLabel("Number").fill(number);
  await page.getByRole("button", { name: "Send code" }).click();
  await gateway.code(number);
  expect(gateway.received[0]!.headers.authorization).toBe("Bearer hunter2");
  await open(page, wired, "/admin/mail");
  await expect(page.getByRole("row", { name: /Code \(SMS\).*\+41446681800.*Sent/ })).toBeVisible();
  await open(page, wired, "/admin/audit");
  expect(await page.content()).not.toContain("hunter2");
});

test("E1: a new mobile number is confirmed by a code, and SMS codes follow it", async ({ wired, page, gateway, mailbox, browser }) => {
  await page.goto(`${wired.address}/account`);
  await page.getByRole("link", { name: "Change mobile" }).click();
  await expectFine(page);
  await page.getByLabel("Country").selectOption("CH");
  await page.getByLabel("Number").fill("044 668 18 0");
  await page.getByRole("button", { name: "Send code" }).click();
  await expect(page.getByRole("alert")).toContainText("no such telephone number");
  await page.getByLabel("Number").fill("044 668 18 00");
  await page.getByRole("button", { name: "Send code" }).click();
  await expectFine(page);
  await page.getByLabel("Code").fill(await gateway.code(number));
  await page.getByRole("button", { name: "Change mobile" }).click();
  await expect(page.getByText("Your number is changed and verified.")).toBeVisible();
  await expect(page.getByText(`${number} (verified)`)).toBeVisible();
  const isTold = () => mailbox.received.some((one) => one.mail.subject?.includes("Your phone number was changed"));
  await expect.poll(isTold, { timeout: 15_000 }).toBe(true);

  await page.goto(`${wired.address}/account/security`);
  await page.getByRole("link", { name: "Add SMS codes" }).click();
  await page.getByRole("button", { name: "Send code" }).click();
  await page.getByLabel("Code").fill(await gateway.code(number, 2));
  await page.getByRole("button", { name: "Verify and add" }).click();
  const other = await stranger(browser);
  await beginSignIn(other, wired);
  await expect(other.getByText("We have sent a code to •••00.")).toBeVisible();
  await expectNoSideways(other);
  await other.getByLabel("Code").fill(await gateway.code(number, 3));
  await other.getByRole("button", { name: "Verify" }).click();
  await expect(other).toHaveURL(/\/admin/);
});

test("S4: where a second factor is required, codes by mail are set up at the sign-in", async ({ wired, page, mailbox, browser }) => {
  await open(page, wired, "/admin/settings/sign-in");
  await page.getByRole("radio", { name: "Required" }).check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  const other = await stranger(browser);
  await beginSignIn(other, wired);
  await other.getByRole("link", { name: "Get codes by email instead" }).click();
  await other.getByRole("button", { name: "Send code" }).click();
  await other.getByLabel("Code").fill(await mailedCode(mailbox, owner.email));
  await other.getByRole("button", { name: "Verify and go on" }).click();
  await expect(other).toHaveURL(/\/admin/);
});

test("S7: Forgot my phone asks a question and a code to the alternate address, and leads to a new factor", async ({
  wired, page, mailbox, browser,
}) => {
  await loseAnApp(page, wired);
  await allowForgotPhone(page, wired, "Security questions (KBA) + OTP over alternate email");
  const early = await stranger(browser);
  await beginSignIn(early, wired);
  await early.getByRole("link", { name: "Forgot my phone" }).click();
  await expect(early.getByText("Ask an administrator")).toBeVisible();

  await page.goto(`${wired.address}/account/security`);
  await page.getByRole("link", { name: "Security questions" }).click();
  await expectFine(page);
  const answers = new Map<string, string>();
  for (const [at, answer] of ["The Cure", "Müller", "Astronaut"].entries()) {
    const select = page.getByLabel(`Question ${at + 1}`);
    const text = await select.locator("option").nth(at + 1).innerText();
    await select.selectOption({ index: at + 1 });
    await page.getByLabel(`Answer ${at + 1}`).fill(at === 2 ? answers.values().next().value! : answer);
    answers.set(text.trim(), answer);
  }
  await page.getByRole("button", { name: "Save questions" }).click();
  await expect(page.getByRole("alert")).toContainText("You have given this answer already");
  for (const [at, answer] of [...answers.values()].entries()) await page.getByLabel(`Answer ${at + 1}`).fill(answer);
  await page.getByRole("button", { name: "Save questions" }).click();
  await expect(page.getByText("Your security questions are kept.")).toBeVisible();
  await page.getByRole("link", { name: "Alternate email" }).click();
  await expectFine(page);
  await page.getByLabel("Email address").fill("olivia@elsewhere.example");
  await page.getByRole("button", { name: "Send code" }).click();
  await page.getByLabel("Code").fill(await mailedCode(mailbox, "olivia@elsewhere.example"));
  await page.getByRole("button", { name: "Verify and keep" }).click();
  await expect(page.getByText("Your alternate email address is verified.")).toBeVisible();
  await expectFine(page);

  const other = await stranger(browser);
  await beginSignIn(other, wired);
  await other.getByRole("link", { name: "Forgot my phone" }).click();
  const question = (await other.locator("label[for=field-answer]").innerText()).trim();
  await other.getByLabel(question).fill("wrong");
  await other.getByRole("button", { name: "Answer" }).click();
  await expect(other.getByRole("alert")).toContainText("4 attempts are left");
  await other.getByLabel(question).fill(` ${answers.get(question)!.toUpperCase()} `);
  await other.getByRole("button", { name: "Answer" }).click();
  await expect(other.getByText("We can send a code to o•••@elsewhere.example.")).toBeVisible();
  await expectNoSideways(other);
  await other.getByRole("button", { name: "Send code" }).click();
  await other.getByLabel("Code").fill(await mailedCode(mailbox, "olivia@elsewhere.example", 2));
  await other.getByRole("button", { name: "Verify" }).click();
  await expect(other).toHaveURL(/\/account\/security\?recovered=1/);
  await expect(other.getByText("Add a new one now, and remove the one that you have lost.")).toBeVisible();
  await expect.poll(() => mailbox.received.some((one) => one.mail.subject?.includes("without your phone")), { timeout: 15_000 }).toBe(true);

  await open(page, wired, "/admin/settings/alternate-2fa-login-methods");
  await page.getByRole("switch", { name: "Let users choose their method" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.goto(`${wired.address}/account/security`);
  await page.getByRole("radio", { name: "OTP over alternate email", exact: true }).check();
  await page.getByRole("group", { name: "Your way" }).locator("xpath=..").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This is your way of “Forgot my phone” now.")).toBeVisible();
  const third = await stranger(browser);
  await beginSignIn(third, wired);
  await third.getByRole("link", { name: "Forgot my phone" }).click();
  await expect(third.getByText("We can send a code to o•••@elsewhere.example.")).toBeVisible();
});

test("P6, A4: staff add an address, its holder verifies it, and staff choose what is asked for first", async ({
  wired, page, mailbox, browser,
}) => {
  await addUser(page, wired, "nora@roster.example", "Nora");
  const profile = new URL(page.url()).pathname.replace("/attributes", "/authenticators");
  await open(page, wired, profile);
  await page.getByRole("button", { name: "Set password" }).last().click();
  const dialog = page.getByRole("dialog", { name: /Set password/ });
  await dialog.getByLabel("New password").fill(password);
  await dialog.getByLabel(/Must change/).uncheck();
  await dialog.getByRole("button", { name: "Set password" }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const adding = page.getByRole("dialog", { name: /Add an address for codes/ });
  await adding.getByLabel("Address or number").fill("nora.codes@roster.example");
  await expectAccessible(page);
  await adding.getByRole("button", { name: "Add" }).click();
  await expect(adding).toBeHidden();
  await expect(page.getByText("Not verified yet")).toBeVisible();
  await expect(page.getByText("No second factor")).toBeVisible();
  await expectFine(page);
  await page.setViewportSize({ width: 1280, height: 900 });

  const nora = await stranger(browser);
  await beginSignIn(nora, wired, "nora@roster.example");
  await nora.goto(`${wired.address}/account/security`);
  await nora.getByRole("link", { name: "verify it" }).click();
  await expect(nora.getByLabel("Email address")).toHaveValue("nora.codes@roster.example");
  await nora.getByRole("button", { name: "Send code" }).click();
  await nora.getByLabel("Code").fill(await mailedCode(mailbox, "nora.codes@roster.example"));
  await nora.getByRole("button", { name: "Verify and add" }).click();
  await expect(nora.getByText("Codes are set up.")).toBeVisible();
  await loseAnApp(nora, wired);

  await open(page, wired, `/admin/users?q=${encodeURIComponent("nora@roster.example")}`);
  await page.getByRole("button", { name: /Actions for Nora/ }).click();
  await page.getByRole("menuitem", { name: "Change second factor" }).click();
  const change = page.getByRole("dialog", { name: /Change second factor of Nora/ });
  const kind = change.getByLabel("Default second factor");
  await expect(kind).toHaveValue("email_code");
  await kind.selectOption("sms_code");
  await expect(change.getByText("needs to be set up first")).toBeVisible();
  await expect(change.getByRole("button", { name: "Save" })).toBeDisabled();
  await expectAccessible(page);
  await kind.selectOption("authenticator_app");
  await change.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Authenticator app is asked for first.")).toBeVisible();
  const again = await stranger(browser);
  await beginSignIn(again, wired, "nora@roster.example");
  await expect(again.getByLabel("Code from your authenticator app")).toBeVisible();
  await again.getByRole("link", { name: "Try another way" }).click();
  await again.getByRole("link", { name: "Get a code by email" }).click();
  await expect(again.getByRole("button", { name: "Send code" })).toBeVisible();
});
