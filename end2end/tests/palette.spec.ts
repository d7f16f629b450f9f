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

test("U16: the palette finds every page and what is done there, and what is not saved is asked about", async ({ server, admin }) => {
  const palette = admin.getByRole("dialog", { name: "Commands" });
  const find = async (letters: string, label: string) => {
    await admin.keyboard.press("Control+k");
    await expect(palette.getByRole("combobox")).toBeFocused();
    await admin.keyboard.type(letters);
    await expect(palette.getByRole("option").first()).toContainText(label);
    await admin.keyboard.press("Enter");
  };
  await open(admin, server, "/admin/users?status=enabled");
  for (const [letters, label, dialog] of [
    ["add user", "Add user", "Add user"],
    ["invite", "Invite user", "Invite user"],
    ["export", "Export users", "Export users"],
  ] as const) {
    await find(letters, label);
    await expect(admin.getByRole("dialog", { name: dialog })).toBeVisible();
    // The list stays as it was, and a reload opens nothing.
    await expect(admin).toHaveURL(/\/admin\/users\?status=enabled$/);
    await admin.keyboard.press("Escape");
    await expect(admin.getByRole("dialog")).toHaveCount(0);
  }
  await open(admin, server, "/admin/jobs");
  await find("add user", "Add user");
  await expect(admin.getByRole("dialog", { name: "Add user" })).toBeVisible();
  await admin.keyboard.press("Escape");
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await expect(admin).toHaveURL(/\/admin\/users$/);
  for (const [letters, label, address] of [
    ["compl", "Settings: Compliance", /\/admin\/settings\/compliance$/],
    ["alternate", "Settings: Alternate 2FA login methods", /\/settings\/alternate-2fa-login-methods$/],
    ["import", "Import users", /\/admin\/users\/import$/],
    ["mail log", "Mail log", /\/admin\/mail$/],
    ["onboarding", "Settings: Onboarding", /\/settings\/onboarding$/],
  ] as const) {
    await find(letters, label);
    await admin.waitForURL(address);
  }
  await admin.getByLabel("Activation links work for").fill("77");
  await find("compl", "Settings: Compliance");
  const question = admin.getByRole("dialog", { name: "Leave without saving?" });
  await question.getByRole("button", { name: "Leave" }).click();
  await admin.waitForURL(/\/compliance$/);
  await admin.keyboard.press("Control+k");
  await expect(palette.getByRole("combobox")).toBeFocused();
  await admin.keyboard.type("disable");
  await expect(palette.getByText(/offered once some are selected/)).toBeVisible();
  // The first one takes away what was typed.
  await admin.keyboard.press("Escape");
  await admin.keyboard.press("Escape");
  await expect(palette).toBeHidden();
  await find("your acc", "Your account");
  await admin.waitForURL(/\/account$/);
  await open(admin, server, "/admin");
  await find("sign out", "Sign out");
  await admin.waitForURL(/\/login/);
});
