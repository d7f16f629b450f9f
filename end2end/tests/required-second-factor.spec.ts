// Roles that require a second factor, whatever the settings say.
import { createOwner, expect, expectAccessible, expectNoSideways, open, password, test } from "./roster";

test("S4: a role requires a second factor, and its holder sets one up at the next sign-in", async ({ admin, server, browser }) => {
  const second = { email: "otto.owner@roster.example", username: "otto" };
  createOwner(server.folder, second);
  await open(admin, server, "/admin/roles");
  await admin.getByRole("link", { name: "Owner", exact: true }).click();
  const required = admin.getByRole("checkbox", { name: "Requires a second factor" });
  await expect(required).not.toBeChecked();
  await expect(admin.getByLabel("Description")).toBeHidden();
  await required.check();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Saved.")).toBeVisible();
  await admin.reload();
  await expect(required).toBeChecked();
  await admin.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(admin);
  await open(admin, server, "/admin/roles");
  await expect(admin.getByRole("row").filter({ hasText: "Owner" })).toContainText("Second factor");

  const other = await (await browser.newContext()).newPage();
  await other.goto(`${server.address}/login`);
  await other.getByLabel("Email or username").fill(second.email);
  await other.getByLabel("Password", { exact: true }).fill(password);
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(other).toHaveURL(/set-up-second-factor/);
});
