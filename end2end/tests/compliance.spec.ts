// Compliance (S8): the rules of the standards follow the settings.
import { expect, expectAccessible, expectNoSideways, open, owner, ready, signIn, test } from "./roster";

test("S8: a rule is met once its setting is, and links to it", async ({ page, server }) => {
  await signIn(page, server, owner.email);
  await open(page, server, "/admin/settings/compliance");
  await ready(page);
  const rule = page.getByRole("listitem").filter({ hasText: "OWASP ASVS 6.3.3" });
  await expect(rule.getByText("Not met")).toBeVisible();
  await expectAccessible(page);
  await rule.getByRole("link", { name: "Change in Sign-in" }).click();
  await page.getByRole("radio", { name: "Required" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await page.getByRole("link", { name: "Compliance", exact: true }).click();
  await expect(rule.getByText("Met", { exact: true })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSideways(page);
});

test("S8: beside each setting that a standard advises against stands a warning", async ({ admin, server }) => {
  const warning = admin.locator(".setting-warning");
  await open(admin, server, "/admin/settings/sign-in");
  const alone = warning.filter({ hasText: "OWASP ASVS 6.3.3" });
  await expect(admin.getByRole("radio", { name: "Optional" })).toBeChecked();
  await expect(alone).toContainText("signs in with a password alone");
  await admin.getByRole("radio", { name: "Required" }).check();
  await expect(alone).toHaveCount(0);
  await open(admin, server, "/admin/settings/alternate-2fa-login-methods");
  await admin.getByRole("switch", { name: "Enable end users to use security codes to login" }).check();
  await admin.getByRole("radio", { name: "Static long-lived codes" }).check();
  await expect(warning.filter({ hasText: "OWASP ASVS 6.5.2" })).toBeVisible();
  await open(admin, server, "/admin/settings/notifications");
  await expect(warning).toHaveCount(0);
  await admin.getByRole("switch", { name: "Email changes" }).uncheck();
  await expect(warning).toContainText("not told when these change: e-mail addresses");
  await expectAccessible(admin);
  await open(admin, server, "/admin/settings/onboarding");
  await expect(warning).toHaveCount(0);
  await admin.getByLabel("Activation links work for").fill("200");
  await expect(warning).toContainText("OWASP ASVS 6.4.1");
});
