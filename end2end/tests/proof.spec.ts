// Recent proof in the console: what concerns credentials or deletes asks once more who it is. That the
// server wants it after ten minutes is tested where its clock can be moved; here its answer is played.
import { addUser, expect, expectAccessible, expectNoSideways, late, open, password, ready, test } from "./roster";

test("S12: setting a password asks who it is, and goes on with what was typed", async ({ admin, server }) => {
  await addUser(admin, server, "late@roster.example", "Late", "Comer");
  await admin.getByRole("link", { name: "Authenticators" }).click();
  await admin.getByRole("button", { name: "Set password" }).first().click();
  const dialog = admin.getByRole("dialog", { name: /Set password of/ });
  await dialog.getByLabel("New password").fill("seven purple elephants dance");
  await late(admin, "admin/users/set-password", 2);
  await dialog.getByRole("button", { name: "Set password" }).click();
  const proof = admin.getByRole("dialog", { name: "Confirm it's you" });
  await expect(proof.getByLabel("Password")).toBeFocused();
  await expectAccessible(admin);
  await admin.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(admin);
  await proof.getByLabel("Password").fill("not the password");
  await proof.getByRole("button", { name: "Confirm" }).click();
  await expect(proof.getByText("That is not your current password.")).toBeVisible();
  // Given up: nothing is done, nothing is lost.
  await proof.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog.getByText("Nothing was changed: confirm first that it is you.")).toBeVisible();
  await expect(dialog.getByLabel("New password")).toHaveValue("seven purple elephants dance");
  const token = async () => (await admin.context().cookies()).find((cookie) => cookie.name === "roster_session")!.value;
  const before = await token();
  await dialog.getByRole("button", { name: "Set password" }).click();
  await proof.getByLabel("Password").fill(password);
  await proof.getByRole("button", { name: "Confirm" }).click();
  await expect(proof).toBeHidden();
  // The session goes on under another token (S11).
  expect(await token()).not.toBe(before);
  await expect(admin.getByText("Password set. All sessions of the account ended.")).toBeVisible();
});

test("S12: another address and deleting ask who it is, and go on", async ({ admin, server }) => {
  await addUser(admin, server, "late@roster.example", "Late", "Comer");
  await late(admin, "admin/users/edit");
  await admin.getByLabel("Email").fill("later@roster.example");
  await admin.getByRole("button", { name: "Save" }).click();
  const proof = admin.getByRole("dialog", { name: "Confirm it's you" });
  await proof.getByLabel("Password").fill(password);
  await proof.getByRole("button", { name: "Confirm" }).click();
  await expect(admin.getByText("Saved.")).toBeVisible();
  await late(admin, "admin/jobs/start");
  await admin.getByRole("button", { name: "Delete" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await proof.getByLabel("Password").fill(password);
  await proof.getByRole("button", { name: "Confirm" }).click();
  await admin.waitForURL(/\/admin\/users(\?|$)/);
});

test("S12, A11: before an impersonation the proof is a page of its own, and Cancel leads back to the profile", async ({ admin, server }) => {
  await open(admin, server, "/admin/users?state=onboarded&status=enabled");
  const profile = (await admin.locator("a.row-name").nth(1).getAttribute("href"))!;
  const asked = profile.replace("/attributes", "/impersonate");
  const proof = `${server.address}/account/confirm?return_to=${encodeURIComponent(asked)}`;
  await admin.goto(proof);
  await expect(admin.getByText("Before you go on, prove that it is you")).toBeVisible();
  await expect(admin.getByRole("navigation")).toHaveCount(0);
  await admin.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(admin);
  await expectAccessible(admin);
  await admin.getByRole("link", { name: "Cancel" }).click();
  await expect(admin).toHaveURL(server.address + profile);
  await ready(admin);
  await admin.goto(proof);
  await admin.getByLabel("Current password").fill(password);
  await admin.getByRole("button", { name: "Confirm" }).click();
  await expect(admin.getByRole("heading", { name: "Impersonate user" })).toBeVisible();
  // On the way to a page of the account it is one of them.
  await admin.goto(`${server.address}/account/confirm?return_to=%2Faccount%2Fsecurity%2Fauthenticator-app`);
  await admin.getByRole("link", { name: "Cancel" }).click();
  await expect(admin).toHaveURL(`${server.address}/account/security`);
});
