// Passkeys, with Chromium's virtual authenticators: enrolled, named, used, refused, removed.
import { type BrowserContext, type CDPSession, type Page } from "@playwright/test";
import { cpSync } from "node:fs";
import { createServer } from "node:net";
import { addUser, createOwner, expect, expectAccessible, expectNoSideways, late, open, openProfile, owner, password, Server, signIn, test as base } from "./roster";

/** Browsers have passkeys for names: this server is known as `localhost`. */
const test = base.extend<{ server: Server }>({
  server: async ({ emptyFolder, template }, use) => {
    cpSync(template, emptyFolder, { recursive: true });
    const port = await freePort();
    const settings = { ROSTER_BASE_URL: `http://localhost:${port}` };
    const server = await Server.start(emptyFolder, settings, `127.0.0.1:${port}`);
    await use(server);
    await server.stop();
  },
});

async function freePort(): Promise<number> {
  const taken = createServer();
  await new Promise<void>((ready) => taken.listen(0, "127.0.0.1", ready));
  const address = taken.address();
  await new Promise((closed) => taken.close(closed));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A browser's devices. */
class Devices {
  private constructor(private readonly session: CDPSession) {}

  static async of(context: BrowserContext, page: Page): Promise<Devices> {
    const session = await context.newCDPSession(page);
    await session.send("WebAuthn.enable");
    return new Devices(session);
  }

  async plugIn(transport: "internal" | "usb" = "internal"): Promise<string> {
    const options = {
      protocol: "ctap2" as const,
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    };
    const { authenticatorId } = await this.session.send("WebAuthn.addVirtualAuthenticator", { options });
    return authenticatorId;
  }

  async unplug(authenticatorId: string): Promise<void> {
    await this.session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
  }

  async recognisesHolder(authenticatorId: string, isUserVerified: boolean): Promise<void> {
    await this.session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
  }

  /** Whether somebody touches the device when it blinks. */
  async isTouched(authenticatorId: string, enabled: boolean): Promise<void> {
    await this.session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  }

  /** Makes a copy of its key fall behind. */
  async turnBack(authenticatorId: string, signCount: number): Promise<void> {
    const { credentials } = await this.session.send("WebAuthn.getCredentials", { authenticatorId });
    const [credential] = credentials;
    await this.session.send("WebAuthn.removeCredential", { authenticatorId, credentialId: credential!.credentialId });
    await this.session.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential!, signCount } });
  }
}

async function typeIn(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("Email or username").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function addPasskey(page: Page, server: Server, name: string): Promise<void> {
  await page.goto(`${server.address}/account/security`);
  await page.getByRole("link", { name: "Add security key or passkey" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Add passkey" }).click();
  await expect(page.getByText("The passkey is added.")).toBeVisible();
}

/** Without suggestions beside the name, which would answer by themselves. */
async function withoutSuggestions(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
  });
}

test("S3: two passkeys on one account sign in without a password, and go when they are removed", async ({ server, context, page }) => {
  await withoutSuggestions(page);
  const devices = await Devices.of(context, page);
  const laptop = await devices.plugIn();
  await typeIn(page, server);
  await page.waitForURL("**/admin");
  await page.goto(`${server.address}/account/security/passkey`);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page);
  await addPasskey(page, server, "Laptop");
  // A device that has one already says so.
  await page.getByRole("link", { name: "Add security key or passkey" }).click();
  await page.getByRole("button", { name: "Add passkey" }).click();
  await expect(page.getByRole("alert")).toHaveText("This device has a passkey for your account already.");
  await devices.unplug(laptop);
  const key = await devices.plugIn("usb");
  await addPasskey(page, server, "Blue key");
  await expect(page.getByText("Laptop")).toBeVisible();

  const enter = async () => {
    await context.clearCookies();
    await page.goto(`${server.address}/login?return_to=%2Faccount%2Fsecurity`);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  };
  await enter();
  await page.waitForURL("**/account/security");
  await page.goto(`${server.address}/admin/users?q=${encodeURIComponent(owner.email)}`);
  const profile = (await page.locator("a.row-name").first().getAttribute("href"))!;
  await page.setViewportSize({ width: 1280, height: 800 });
  await open(page, server, profile.replace("attributes", "sessions"));
  await expect(page.getByRole("cell", { name: "Security key or passkey" }).first()).toBeVisible();

  await page.goto(`${server.address}/account/security`);
  await page.getByRole("listitem").filter({ hasText: "Blue key" }).getByText("Rename").click();
  const renamed = page.getByRole("listitem").filter({ hasText: "Blue key" });
  await renamed.getByLabel("New name").fill("Red key");
  await renamed.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Red key")).toBeVisible();

  // The device has made sure of nobody: it does not count.
  await devices.recognisesHolder(key, false);
  await enter();
  await expect(page.getByRole("alert")).toHaveText("No passkey was used. Try again, or use another way.");
  await devices.recognisesHolder(key, true);
  await enter();
  await page.waitForURL("**/account/security");
  await page.getByRole("listitem").filter({ hasText: "Red key" }).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("Removed.")).toBeVisible();
  await enter();
  await expect(page.getByRole("alert")).toContainText("That passkey does not open an account here.");
  await expectAccessible(page);
});

test("S3: the browser offers the passkey beside the name", async ({ server, context, page }) => {
  const devices = await Devices.of(context, page);
  const laptop = await devices.plugIn();
  await devices.isTouched(laptop, true);
  await typeIn(page, server);
  await page.waitForURL("**/admin");
  await addPasskey(page, server, "Laptop");
  await context.clearCookies();
  // The virtual device answers at once, as if its suggestion had been chosen.
  await page.goto(`${server.address}/login?return_to=%2Faccount%2Fsecurity`);
  await page.waitForURL("**/account/security");
});

test("S3: with the settings as they are, passkeys work at localhost, and 127.0.0.1 leads there", async ({ emptyFolder, template, context, page }) => {
  cpSync(template, emptyFolder, { recursive: true });
  const server = await Server.start(emptyFolder);
  await page.goto(`${server.address}/login?return_to=%2Faccount%2Fsecurity`);
  await expect(page.getByText("Passkeys work at")).toBeVisible();
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeHidden();
  await expectAccessible(page);
  const address = server.address.replace("127.0.0.1", "localhost");
  await page.getByRole("link", { name: address }).click();
  await page.waitForURL(`${address}/login?return_to=%2Faccount%2Fsecurity`);
  await withoutSuggestions(page);
  const devices = await Devices.of(context, page);
  await devices.plugIn();
  const local = Object.assign(Object.create(Server.prototype) as Server, { address });
  await typeIn(page, local);
  await page.waitForURL("**/admin");
  await addPasskey(page, local, "Laptop");
  await context.clearCookies();
  await page.goto(`${address}/login?return_to=%2Faccount%2Fsecurity`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.waitForURL("**/account/security");
  await server.stop();
});

test("S4: where a second factor is required, a passkey is set up at the sign-in", async ({ server, context, page, browser }) => {
  await signIn(page, server, owner.email);
  await open(page, server, "/admin/settings/sign-in");
  await page.getByRole("radio", { name: "Required" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await context.clearCookies();
  const devices = await Devices.of(context, page);
  await devices.plugIn();
  await typeIn(page, server);
  await page.waitForURL("**/login/set-up-second-factor");
  await expectAccessible(page);
  await page.setViewportSize({ width: 360, height: 780 });
  await expectNoSideways(page);
  await expect(page.getByRole("button", { name: "Skip" })).toHaveCount(0);
  await page.getByRole("button", { name: "Use a security key or passkey instead" }).click();
  await page.waitForURL("**/admin");
  const other = await (await browser.newContext()).newPage();
  await typeIn(other, server);
  await expect(other.getByRole("heading", { name: "Second factor" })).toBeVisible();
});

test("S2: a passkey is the second factor after the password, asked for once", async ({ server, context, page }) => {
  await withoutSuggestions(page);
  const devices = await Devices.of(context, page);
  await devices.plugIn("usb");
  await typeIn(page, server);
  await page.waitForURL("**/admin");
  await addPasskey(page, server, "Blue key");
  await context.clearCookies();
  await typeIn(page, server);
  await expect(page.getByRole("heading", { name: "Second factor" })).toBeVisible();
  await expectAccessible(page);
  // What the browser sends is kept, to be sent again.
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await page.getByRole("button", { name: "Use your security key or passkey" }).click();
  const answer = (await sent).postData()!;
  await page.waitForURL("**/admin");

  await context.clearCookies();
  await typeIn(page, server);
  await expect(page.getByRole("heading", { name: "Second factor" })).toBeVisible();
  const id = await page.locator("input[name=sign_in]").first().inputValue();
  const replayed = new URLSearchParams(answer);
  replayed.set("sign_in", id);
  const refused = await context.request.post(`${server.address}/login/second-factor?way=passkey`, {
    form: Object.fromEntries(replayed),
  });
  expect(refused.status()).toBe(401);
  expect(await refused.text()).toContain("That passkey was not accepted. 4 attempts are left.");
});

test("S3: an answer that was given once is refused, and so is a copied key", async ({ server, context, page }) => {
  await withoutSuggestions(page);
  const devices = await Devices.of(context, page);
  const key = await devices.plugIn("usb");
  await typeIn(page, server);
  await page.waitForURL("**/admin");
  await addPasskey(page, server, "Blue key");
  const enter = async () => {
    await context.clearCookies();
    await page.goto(`${server.address}/login`);
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    return (await sent).postData()!;
  };
  const answer = await enter();
  await page.waitForURL("**/admin");
  await context.clearCookies();
  const form = Object.fromEntries(new URLSearchParams(answer));
  const replayed = await context.request.post(`${server.address}/login/passkey`, { form, maxRedirects: 0 });
  expect(replayed.status()).toBe(401);
  expect(replayed.headers()["set-cookie"]).toBeUndefined();
  await devices.turnBack(key, 0);
  await enter();
  await expect(page.getByRole("alert")).toContainText("That passkey does not open an account here.");
});

test("P6: staff see somebody's passkeys and remove one", async ({ server, context, page, browser }) => {
  await withoutSuggestions(page);
  const devices = await Devices.of(context, page);
  await devices.plugIn();
  await typeIn(page, server);
  await page.waitForURL("**/admin");
  await addPasskey(page, server, "Laptop");
  const second = { email: "otto.owner@roster.example", username: "otto" };
  createOwner(server.folder, second);
  const staff = await (await browser.newContext()).newPage();
  await signIn(staff, server, second.email);
  await openProfile(staff, server, owner.email, "authenticators");
  const row = staff.getByRole("row").filter({ hasText: "Laptop" });
  await expect(row).toContainText("Security key or passkey");
  await row.getByRole("button", { name: "Remove Laptop" }).click();
  await staff.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(row).toBeHidden();
});

test("S12: a passkey confirms in the console who it is, and what was begun goes on", async ({ server, context, page }) => {
  await withoutSuggestions(page);
  const devices = await Devices.of(context, page);
  await devices.plugIn();
  await typeIn(page, server);
  await page.waitForURL("**/admin");
  await addPasskey(page, server, "Laptop");
  await addUser(page, server, "late@roster.example", "Late", "Comer");
  await page.getByRole("link", { name: "Authenticators" }).click();
  await page.getByRole("button", { name: "Set password" }).first().click();
  const dialog = page.getByRole("dialog", { name: /Set password of/ });
  await dialog.getByLabel("New password").fill("seven purple elephants dance");
  await late(page, "admin/users/set-password");
  await dialog.getByRole("button", { name: "Set password" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm it's you" });
  await proof.getByRole("button", { name: "Use your passkey" }).click();
  await expect(page.getByText("Password set. All sessions of the account ended.")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("E7: passkeys are not offered where they cannot be used", async ({ server, page }) => {
    await page.goto(`${server.address}/login`);
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeHidden();
  });
});
