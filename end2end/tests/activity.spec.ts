// One's own activity, and what helps when somebody else was in the account.
import { expect, expectAccessible, expectNoSideways, owner, password, signIn, test } from "./roster";

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("E5: a strange sign-in is disowned: everybody is out, and the password works no more", async ({ server, page, browser }) => {
    const stranger = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await signIn(stranger, server, owner.email);
    await signIn(page, server, owner.email);
    await page.goto(`${server.address}/account`);
    await page.getByRole("link", { name: "Activity" }).click();
    const entered = page.getByRole("listitem").filter({ hasText: "Signed in" });
    // This session's own sign-in is nobody else's.
    await expect(entered.first().getByRole("button")).toHaveCount(0);
    await entered.nth(1).getByRole("button", { name: "This wasn't me" }).click();
    await expect(page.getByRole("heading", { name: "This wasn't me" })).toBeVisible();
    await page.getByRole("button", { name: "Secure my account" }).click();
    await expect(page.getByText("Every session is signed out")).toBeVisible();
    await stranger.goto(`${server.address}/account`);
    await expect(stranger).toHaveURL(/\/login/);
    await page.getByLabel("Email or username").fill(owner.email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Your password has expired" })).toBeVisible();
  });
});

test("E5: activity reads well on a phone and for everybody", async ({ server, page }) => {
  await signIn(page, server, owner.email);
  await page.goto(`${server.address}/account/activity`);
  await expectAccessible(page);
  await page.setViewportSize({ width: 360, height: 780 });
  await expectNoSideways(page);
});
