// Identity stores, their attributes, and the forms that follow them.
import type { Page } from "@playwright/test";
import { addUser, expect, expectAccessible, expectNoSideways, open, openProfile, owner, password, ready, signIn, test } from "./roster";

async function openStore(page: Page, server: { address: string }, name: string): Promise<void> {
  await page.goto(`${server.address}/admin/stores`);
  await ready(page);
  await page.getByRole("link", { name, exact: true }).click();
  await page.waitForURL(/\/admin\/stores\/[0-9a-f-]+$/);
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

async function addAttribute(page: Page, label: string, type: string, more: (dialog: ReturnType<Page["getByRole"]>) => Promise<void> = async () => {}) {
  await page.getByRole("button", { name: "Add attribute" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add attribute" });
  await dialog.getByLabel("Label", { exact: true }).fill(label);
  await dialog.getByLabel("Type", { exact: true }).selectOption({ label: type });
  await more(dialog);
  await dialog.getByRole("button", { name: "Add attribute" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("row", { name: new RegExp(label) })).toBeVisible();
}

test("D1: a store is added, renamed, and deleted when it is empty; the switcher leads there", async ({ server, admin }) => {
  await open(admin, server, "/admin/stores");
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Add identity store" }).click();
  let dialog = admin.getByRole("dialog", { name: "Add identity store" });
  await dialog.getByLabel("Name").fill("people");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByText(/of this name already/)).toBeVisible();
  await expectAccessible(admin);
  await dialog.getByLabel("Name").fill("Customers");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog).toBeHidden();
  await admin.getByRole("button", { name: "Rename Customers" }).click();
  dialog = admin.getByRole("dialog", { name: "Rename identity store" });
  await dialog.getByLabel("Name").fill("Clients");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await expect(admin.getByRole("link", { name: "Clients" })).toBeVisible();
  // Somebody in it: it stays.
  await open(admin, server, "/admin/users");
  await admin.getByLabel("Identity store").selectOption({ label: "Clients" });
  await admin.waitForURL(/store=/);
  await expect(admin.getByText("No users yet").or(admin.getByText(/Nobody/)).first()).toBeVisible();
  await admin.getByRole("button", { name: "Add user" }).first().click();
  const add = admin.getByRole("dialog", { name: "Add user" });
  await add.getByLabel("Email", { exact: true }).fill(owner.email);
  await add.getByRole("button", { name: "Add user" }).click();
  await expect(add).toBeHidden();
  await expect(admin.locator("main").getByText(owner.email).first()).toBeVisible();
  await open(admin, server, "/admin/stores");
  await admin.getByRole("button", { name: "Delete Clients" }).click();
  const confirm = admin.getByRole("dialog", { name: "Delete this identity store?" });
  await confirm.getByRole("button", { name: "Delete" }).click();
  await expect(confirm.getByText(/still has users/)).toBeVisible();
});

test("D1: attributes of every type are defined, ordered, filled in and searched", async ({ server, admin }) => {
  await openStore(admin, server, "People");
  await expectAccessible(admin);
  await addAttribute(admin, "Shirt size", "Choice", async (dialog) => {
    await dialog.getByLabel("Choices").fill("Small\nMedium\nLarge");
    await dialog.getByLabel("Section").fill("Welcome pack");
    await dialog.getByLabel("Visible to the holder").check();
    await dialog.getByLabel("Editable by the holder").check();
    await expectAccessible(admin);
  });
  await addAttribute(admin, "Languages", "Multiple choice", (dialog) => dialog.getByLabel("Choices").fill("German\nFrench"));
  await addAttribute(admin, "Badge", "Text", async (dialog) => {
    await expect(dialog.getByLabel("Key")).toHaveValue("badge");
    await dialog.getByLabel("Validation pattern").fill("B[0-9]{3}");
    await dialog.getByLabel("Required").check();
    await dialog.getByLabel(/^Unique/).check();
  });
  for (const [label, type] of [["Score", "Number"], ["Remote", "Yes/no"], ["Birthday", "Date"], ["Private mail", "E-mail"], ["Landline", "Phone"], ["Homepage", "URL"]] as const) {
    await addAttribute(admin, label, type);
  }
  await admin.getByRole("button", { name: "Move Badge up" }).click();
  const rows = admin.locator(".attributes-table tbody tr");
  await expect(rows.nth(5)).toContainText("Badge");
  await admin.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(admin);
  await admin.setViewportSize({ width: 1280, height: 800 });

  // A1: the dialog has them, with their errors.
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Add user" }).first().click();
  const add = admin.getByRole("dialog", { name: "Add user" });
  await add.getByLabel("Email", { exact: true }).fill("ada@roster.example");
  await add.getByLabel("Shirt size").selectOption("Large");
  await add.getByLabel("French").check();
  await add.getByLabel("Score").fill("many");
  await add.getByLabel("Badge").fill("7");
  await add.getByRole("button", { name: "Add user" }).click();
  await expect(add.getByLabel("Score")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(admin);
  await add.getByLabel("Score").fill("12.50");
  await add.getByRole("button", { name: "Add user" }).click();
  await expect(add.getByLabel("Badge")).toHaveAttribute("aria-invalid", "true");
  await expect(add.getByLabel("Shirt size")).toHaveValue("Large");
  await add.getByLabel("Badge").fill("B007");
  await add.getByLabel("Homepage").fill("https://ada.example");
  await add.getByLabel("Birthday").fill("1815-12-10");
  await add.getByRole("button", { name: "Add user" }).click();
  await expect(add).toBeHidden();

  // P4 and A2: the profile has them by section.
  await openProfile(admin, server, "ada@roster.example");
  await expect(admin.getByRole("group", { name: "Welcome pack" })).toBeVisible();
  await expect(admin.getByLabel("Score")).toHaveValue("12.5");
  await expect(admin.getByLabel("Birthday")).toHaveValue("1815-12-10");
  await expect(admin.getByLabel("French")).toBeChecked();
  await expectAccessible(admin);
  await admin.getByLabel("German").check();
  await admin.getByLabel("Shirt size").selectOption("Small");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Saved.").first()).toBeVisible();
  await admin.getByRole("link", { name: "Activity" }).click();
  const edited = admin.getByRole("listitem").filter({ hasText: "Edited" }).first();
  await expect(edited).toContainText("German; French");
  await expect(edited).toContainText("Large");
});

test("D1: a type that would lose values asks; the second of two administrators gets the difference", async ({ server, admin, context }) => {
  await openStore(admin, server, "People");
  const colleague = await context.newPage();
  await colleague.goto(admin.url());
  await ready(colleague);
  await colleague.getByRole("button", { name: "Edit Job title" }).click();
  const theirs = colleague.getByRole("dialog", { name: "Edit attribute" });
  await theirs.getByLabel("Label", { exact: true }).fill("Title at work");

  await admin.getByRole("button", { name: "Edit Job title" }).click();
  const dialog = admin.getByRole("dialog", { name: "Edit attribute" });
  await dialog.getByLabel("Type", { exact: true }).selectOption({ label: "Number" });
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog.getByText(/users would lose what they have here/)).toBeVisible();
  await expectAccessible(admin);
  await dialog.getByLabel("Type", { exact: true }).selectOption({ label: "Text" });
  await dialog.getByLabel("Searchable").check();
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(dialog).toBeHidden();

  await theirs.getByRole("button", { name: "Save", exact: true }).click();
  await expect(theirs.getByText(/Somebody else changed this attribute/)).toBeVisible();
  await expect(theirs.getByRole("row", { name: /Searchable/ })).toContainText("Yes");
  await expectAccessible(colleague);
  await theirs.getByRole("button", { name: "Keep theirs" }).click();
  await expect(theirs.getByLabel("Searchable")).toBeChecked();
  await theirs.getByRole("button", { name: "Cancel" }).click();

  await admin.getByRole("button", { name: "Remove Job title" }).click();
  const confirm = admin.getByRole("dialog", { name: "Remove this attribute?" });
  await expect(confirm.getByText(/users would lose/)).toBeVisible();
  await confirm.getByRole("button", { name: "Remove" }).click();
  await expect(confirm).toBeHidden();
  await expect(admin.getByRole("row", { name: /Job title/ })).toHaveCount(0);
});

test("A2: the difference covers custom attributes", async ({ server, admin, context }) => {
  await addUser(admin, server, "ada@roster.example", "Ada", "Byron");
  const colleague = await context.newPage();
  await colleague.goto(admin.url());
  await ready(colleague);
  await colleague.getByLabel("Job title").fill("Countess");
  await colleague.getByRole("button", { name: "Save" }).click();
  await expect(colleague.getByText("Saved.").first()).toBeVisible();
  await admin.getByLabel("Job title").fill("Programmer");
  await admin.getByLabel("Department").selectOption("Engineering");
  await admin.getByRole("button", { name: "Save" }).click();
  const dialog = admin.getByRole("dialog", { name: "Somebody else changed this account" });
  await expect(dialog).toContainText("Countess");
  await expect(dialog).toContainText("Programmer");
  await dialog.getByLabel("Job title, theirs: Countess").check();
  await dialog.getByRole("button", { name: "Save my choices" }).click();
  await expect(dialog).toBeHidden();
  await expect(admin.getByLabel("Job title")).toHaveValue("Countess");
  await expect(admin.getByLabel("Department")).toHaveValue("Engineering");
});

test("A1: when address and username are taken both say so; the country goes into the number", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("button", { name: "Add user" }).first().click();
  const dialog = admin.getByRole("dialog", { name: "Add user" });
  await dialog.getByLabel("Email", { exact: true }).fill(owner.email);
  await dialog.getByLabel("Username").fill(owner.username);
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog.getByLabel("Email", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(dialog.getByLabel("Username")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Email", { exact: true }).fill("new@roster.example");
  await dialog.getByLabel("Username").fill("");
  await dialog.getByLabel("Phone", { exact: true }).fill("044 668 18 00");
  await dialog.getByLabel("Country of the phone").selectOption({ label: "Switzerland (+41)" });
  await expect(dialog.getByLabel("Phone", { exact: true })).toHaveValue("+41 44 668 18 00");
  await dialog.getByLabel("Phone", { exact: true }).fill("+49 30 1");
  await expect(dialog.getByLabel("Country of the phone")).toHaveValue("DE");
  await dialog.getByLabel("Phone", { exact: true }).fill("+999 123 456 78");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog.getByText(/no such telephone number/i)).toBeVisible();
});

test("E1: without JavaScript the holder sees and changes what the flags allow", async ({ server, admin, browser }) => {
  await openProfile(admin, server, owner.email);
  await admin.getByLabel("Department").selectOption("Legal");
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("Saved.").first()).toBeVisible();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, server, owner.email, password);
  await page.goto(`${server.address}/account`);
  await expect(page.getByText("Legal")).toBeVisible();
  await page.getByLabel(/Job title/).fill("Owner of it all");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(page.getByLabel(/Job title/)).toHaveValue("Owner of it all");
  await context.close();
});
