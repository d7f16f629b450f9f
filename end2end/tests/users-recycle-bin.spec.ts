// The recycle bin: whoever was deleted waits there, comes back, or goes for good.
import { addUser, expect, expectAccessible, expectNoSideways, open, test } from "./roster";

test("U15: a deleted person waits in the recycle bin, can be restored, and deleted permanently", async ({ server, admin }) => {
  for (const name of ["Rita", "Rolf"]) {
    await addUser(admin, server, `${name.toLowerCase()}@bin.example`, name);
    await admin.getByRole("button", { name: "Delete" }).click();
    await admin.getByRole("dialog").getByRole("button", { name: /^Delete/ }).click();
    await admin.waitForURL(/\/admin\/users(\?|$)/);
  }
  await admin.getByRole("link", { name: "Recycle bin" }).click();
  await expect(admin.getByRole("heading", { name: "Recycle bin" })).toBeVisible();
  await expect(admin.getByText(/waits here for 7 days/)).toBeVisible();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Restore: Rita" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await expect(admin.getByText("Rita: restored")).toBeVisible();
  await expect(admin.getByRole("row", { name: /Rita/ })).toHaveCount(0);
  await admin.getByLabel("Select Rolf").check();
  await admin.getByLabel("Select action").selectOption({ label: "Delete permanently" });
  await admin.getByRole("button", { name: "Apply" }).click();
  const dialog = admin.getByRole("dialog");
  await expect(dialog).toContainText("Delete Rolf permanently?");
  await expect(dialog).toContainText("it cannot be taken back");
  await dialog.getByRole("button", { name: "Delete permanently" }).click();
  await expect(admin.getByText("Rolf: deleted permanently")).toBeVisible();
  await admin.setViewportSize({ width: 390, height: 800 });
  await expectNoSideways(admin);
  // The address can be used again.
  await admin.setViewportSize({ width: 1280, height: 800 });
  await addUser(admin, server, "rolf@bin.example", "Rolf");
});

test("U15: how long they wait is a setting; with 0 days nothing is left at once, and the question says so", async ({ server, admin }) => {
  await open(admin, server, "/admin/settings/recycle-bin");
  await admin.getByLabel("Keep deleted users for").fill("0");
  await expect(admin.getByText(/cannot be taken back/)).toBeVisible();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Not saved yet.")).toHaveCount(0);
  await addUser(admin, server, "zoe@bin.example", "Zoe");
  await admin.getByRole("button", { name: "Delete" }).click();
  const dialog = admin.getByRole("dialog");
  await expect(dialog).toContainText("it cannot be taken back");
  await dialog.getByRole("button", { name: /^Delete/ }).click();
  await admin.waitForURL(/\/admin\/users(\?|$)/);
  await expect(admin.getByText("Zoe: deleted")).toBeVisible();
  await expect(admin.getByRole("button", { name: "Undo" })).toHaveCount(0);
  await open(admin, server, "/admin/users/recycle-bin");
  await expect(admin.getByText("The recycle bin is empty")).toBeVisible();
  await expect(admin.getByText("Whoever is deleted is gone at once.")).toBeVisible();
});
