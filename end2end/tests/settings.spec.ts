// The settings page itself: going from section to section, and leaving it.
import { expect, open, test } from "./roster";

test("S4: every section is left for its neighbours and for another page, and nothing breaks", async ({ server, admin }) => {
  const errors: string[] = [];
  admin.on("pageerror", (error) => errors.push(error.message));
  admin.on("console", (message) => /panicked/.test(message.text()) && errors.push(message.text()));
  await open(admin, server, "/admin/settings/onboarding");
  const tabs = admin.getByRole("navigation", { name: "Settings" }).getByRole("link");
  const labels = await tabs.allInnerTexts();
  expect(labels.length).toBeGreaterThan(8);
  const visit = async (label: string) => {
    await tabs.filter({ hasText: label }).first().click();
    await expect(tabs.and(admin.locator("[aria-current]"))).toHaveText(label);
    const heading = label === "Compliance" ? "By your settings" : label;
    await expect(admin.getByRole("heading", { level: 2, name: heading, exact: true })).toBeVisible();
  };
  for (const label of [...labels, ...[...labels].reverse()]) await visit(label);
  for (const label of labels) {
    await visit(label);
    await admin.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Groups" }).click();
    await expect(admin.getByRole("heading", { level: 1, name: "Groups" })).toBeVisible();
    await admin.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Settings" }).click();
    await expect(admin.getByRole("heading", { level: 2, name: "Onboarding" })).toBeVisible();
  }
  expect(errors).toEqual([]);
});

test("S8: leaving a section asks before what was chosen is lost; the browser asks at a reload", async ({ server, admin }) => {
  await open(admin, server, "/admin/settings/onboarding");
  const hours = admin.getByRole("textbox").first();
  const before = await hours.inputValue();
  await hours.fill("77");
  const dialog = admin.getByRole("dialog", { name: "Leave without saving?" });
  const devices = admin.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Devices", exact: true });
  await devices.click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(hours).toHaveValue("77");
  const asked = admin.waitForEvent("dialog");
  const reloaded = admin.reload();
  const question = await asked;
  expect(question.type()).toBe("beforeunload");
  await question.accept();
  await reloaded;
  await expect(hours).toHaveValue(before);
  await expect(admin.locator("html")).toHaveAttribute("data-ready", "true");
  await hours.fill("77");
  await devices.click();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await expect(admin.getByRole("heading", { level: 2, name: "Devices" })).toBeVisible();
  // Nothing is changed there: nothing is asked.
  await admin.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Onboarding" }).click();
  await expect(hours).toHaveValue(before);
});
