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
