// Signing in, out, and being refused.
import { type Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSideways, open, owner, password, signIn, test } from "./roster";

test("S1: signing in with the keyboard alone", async ({ server, page }) => {
  await page.goto(`${server.address}/login`);
  await page.keyboard.type(owner.email.toUpperCase());
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/admin");
});

test("S1: wrong password and unknown person get the same answer", async ({ server, page }) => {
  const answer = async (identifier: string) => {
    await page.goto(`${server.address}/login`);
    await page.getByLabel("Email or username").fill(identifier);
    await page.getByLabel("Password", { exact: true }).fill("not the password at all");
    const [response] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === "POST"),
      page.getByRole("button", { name: "Sign in" }).click(),
    ]);
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(page.getByLabel("Email or username")).toHaveValue(identifier);
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    return { status: response.status(), text: await page.getByRole("alert").innerText() };
  };
  const known = await answer(owner.email);
  const unknown = await answer("nobody@roster.example");
  expect(known).toEqual(unknown);
  expect(known.status).toBe(401);
  await expectAccessible(page);
});

test("S1: ten failures lock the account, with the same answer for people who do not exist", async ({ server, page }) => {
  for (const identifier of [owner.username, "nobody"]) {
    const statuses = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      const form = { identifier, password: "not the password" };
      statuses.push((await page.request.post(`${server.address}/login`, { form })).status());
    }
    expect(statuses.slice(0, 3)).toEqual([401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
  }
  // Even with the right password, and under the account's other name.
  const form = { identifier: owner.email, password };
  expect((await page.request.post(`${server.address}/login`, { form, maxRedirects: 0 })).status()).toBe(401);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("S1: signing in, reading the list, and out again with JavaScript off", async ({ server, page }) => {
    await signIn(page, server, owner.email);
    await page.getByRole("link", { name: "Users" }).first().click();
    await expect(page.getByRole("heading", { name: "Users" })).toBeVisible();
    await expect(page.getByRole("row")).toHaveCount(51);
    await page.getByRole("link", { name: "Next" }).click();
    await page.waitForURL(/after=/);
    await page.goto(`${server.address}/logout`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByText("You are signed out")).toBeVisible();
    await page.goto(`${server.address}/admin/users`);
    await expect(page).toHaveURL(/\/login/);
  });

  test("E7: profile, password and sessions work with JavaScript off", async ({ server, page }) => {
    await signIn(page, server, owner.email);
    await page.goto(`${server.address}/account`);
    await page.getByLabel("First name").fill("Olivia");
    await page.getByLabel("Last name").fill("O'Brien");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved")).toBeVisible();
    await expect(page.getByLabel("Last name")).toHaveValue("O'Brien");

    await page.goto(`${server.address}/account/security`);
    await page.getByLabel("Current password").fill("wrong wrong wrong wrong");
    await page.getByLabel("New password").fill("a new and much longer one");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByLabel("Current password")).toHaveAttribute("aria-invalid", "true");
    await page.getByLabel("Current password").fill(password);
    await page.getByLabel("New password").fill("a new and much longer one");
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByText("Password changed")).toBeVisible();
  });
});

test("S11: a foreign session is the sign-in page, and then where one was", async ({ server, page, context }) => {
  await context.addCookies([{ name: "roster_session", value: "x".repeat(43), url: server.address }]);
  await page.goto(`${server.address}/admin/users?q=ada&sort=email`);
  await expect(page).toHaveURL(/\/login\?return_to=/);
  await page.getByLabel("Email or username").fill(owner.email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/admin/users?q=ada&sort=email");
});

test("S11: a session that ends while the console is open leads to the sign-in page", async ({ server, admin, context }) => {
  await open(admin, server, "/admin/users");
  await context.clearCookies();
  await admin.getByLabel("Search users").fill("ada");
  await expect(admin).toHaveURL(/\/login/);
});

test("E3: one's other sessions can be ended, one by one and all", async ({ server, browser }) => {
  const pages: Page[] = [];
  for (let at = 0; at < 3; at++) {
    const page = await (await browser.newContext()).newPage();
    await signIn(page, server, owner.email);
    pages.push(page);
  }
  const [first, second, third] = pages as [Page, Page, Page];
  await first.goto(`${server.address}/account/sessions`);
  await expect(first.getByText("This session")).toBeVisible();
  await expectAccessible(first);
  await expect(first.getByRole("button", { name: /^End/ })).toHaveCount(2);
  await first.getByRole("button", { name: /^End/ }).first().click();
  await expect(first.getByRole("button", { name: /^End/ })).toHaveCount(1);
  await first.getByText("Sign out everywhere else").first().click();
  const confirm = first.getByRole("button", { name: /sign out|yes/i }).last();
  await confirm.click();
  await expect(first.getByRole("button", { name: /^End/ })).toHaveCount(0);
  for (const page of [second, third]) {
    await page.goto(`${server.address}/admin/users`);
    await expect(page).toHaveURL(/\/login/);
  }
  await first.goto(`${server.address}/admin/users`);
  await expect(first).toHaveURL(/\/admin\/users/);
});

test("E2: changing the password signs out everywhere else", async ({ server, browser, page }) => {
  const other = await (await browser.newContext()).newPage();
  await signIn(other, server, owner.email);
  await signIn(page, server, owner.username);
  await page.goto(`${server.address}/account/security`);
  await page.getByLabel("Current password").fill(password);
  await page.getByLabel("New password").fill("an entirely different phrase");
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(page.getByText("Password changed")).toBeVisible();
  await other.goto(`${server.address}/admin/users`);
  await expect(other).toHaveURL(/\/login/);
  await signIn(other, server, owner.email, "an entirely different phrase");
});

for (const path of ["/login", "/account", "/account/security", "/account/sessions", "/logout"]) {
  test(`R8: ${path} is accessible, and fits a phone`, async ({ server, page }) => {
    if (path !== "/login") await signIn(page, server, owner.email);
    for (const width of [360, 390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      await page.goto(server.address + path);
      await expectNoSideways(page);
      await expectAccessible(page);
    }
  });
}
