// The command palette: by keyboard to a page, to a person, to an action on the selection.
import { addUser, expect, expectAccessible, open, test } from "./roster";

test("U16: Ctrl-K goes to a page, finds a person and acts on the selection, without a mouse", async ({ server, admin }) => {
  await addUser(admin, server, "paula@palette.example", "Paula");
  await open(admin, server, "/admin/users");
  await admin.keyboard.press("Control+k");
  const palette = admin.getByRole("dialog", { name: "Commands" });
  await expect(palette.getByRole("combobox")).toBeFocused();
  await expectAccessible(admin);
  await admin.keyboard.type("jobs");
  await expect(palette.getByRole("option", { name: /Jobs/ })).toHaveAttribute("aria-selected", "true");
  await admin.keyboard.press("Enter");
  await admin.waitForURL(/\/admin\/jobs$/);
  await admin.keyboard.press("Control+k");
  await expect(palette.getByRole("combobox")).toBeFocused();
  await admin.keyboard.type("paula@palette");
  await expect(palette.getByRole("option", { name: /Paula/ })).toBeVisible();
  await admin.keyboard.press("Enter");
  await admin.waitForURL(/\/admin\/users\/[0-9a-f-]+\/attributes/);
  await open(admin, server, "/admin/users?q=paula@palette");
  await admin.locator("tbody tr[data-id]").getByRole("checkbox").check();
  await admin.keyboard.press("Control+k");
  await expect(palette.getByRole("combobox")).toBeFocused();
  await admin.keyboard.type("disable");
  await admin.keyboard.press("Enter");
  await expect(admin.getByRole("dialog")).toContainText("Disable 1 user?");
});
