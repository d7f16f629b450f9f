// The user list: find, sort, page, select.
import { type Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSideways, open, seeded, test } from "./roster";

const rows = (page: Page) => page.locator("tbody tr[data-id]");
const names = (page: Page) => page.locator("a.row-name").allInnerTexts();
const count = (number: number) => number.toLocaleString("en-US");

test("U1: the list shows who is there, with status, groups and dates", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await expect(rows(admin)).toHaveCount(50);
  for (const column of ["Name", "Email", "Status", "Groups", "Last sign-in", "Created", "Actions"]) {
    await expect(admin.getByRole("columnheader", { name: column })).toBeVisible();
  }
  await expect(admin.getByText(count(seeded + 1)).first()).toBeVisible();
});

test("U2: labels say what is true of an account, and the status filter finds them", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByLabel("Status").selectOption("disabled");
  await admin.waitForURL(/status=disabled/);
  await expect(rows(admin).first()).toBeVisible();
  await expect(rows(admin).filter({ hasNotText: "Disabled" })).toHaveCount(0);
  await expect(rows(admin).first().getByText("Disabled")).toBeVisible();
  await admin.getByLabel("Status").selectOption("enabled");
  await admin.waitForURL(/status=enabled/);
  await expect(rows(admin).first().getByText("Enabled")).toBeVisible();
});

test("U4: three letters of an e-mail find the person, with the match marked", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByLabel("Search users").fill("livia.own");
  await expect(rows(admin)).toHaveCount(1);
  await expect(rows(admin).locator("mark").first()).toHaveText("livia.own");
  await expect(admin).toHaveURL(/q=livia\.own/);
});

test("U4: what is typed is literal, whatever it is", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  for (const text of ["%%%", "___", "\\", "'; DROP TABLE accounts; --", '"', "*", "zzzqqqxxx", "<script>"]) {
    await admin.getByLabel("Search users").fill(text);
    await admin.waitForURL((url) => url.searchParams.get("q") === text);
    await expect(admin.locator(".list")).not.toHaveAttribute("aria-busy", "true");
    await expect(admin.getByText(/went wrong/i)).toHaveCount(0);
  }
  await admin.getByLabel("Search users").fill("zzzqqqxxx");
  await expect(admin.getByText("Clear search and filters")).toBeVisible();
  await admin.getByText("Clear search and filters").click();
  await expect(rows(admin)).toHaveCount(50);
});

test("U7: sorted both ways by each column, and paged by key there and back", async ({ server, admin }) => {
  for (const [column, key] of [["Name", "name"], ["Email", "email"], ["Created", "created"], ["Last sign-in", "last_sign_in"]]) {
    await open(admin, server, `/admin/users?sort=${key}`);
    const header = admin.getByRole("columnheader", { name: column });
    await expect(header).toHaveAttribute("aria-sort", "ascending");
    const first = await names(admin);
    await admin.getByRole("link", { name: "Next" }).click();
    await admin.waitForURL(/after=/);
    await expect.poll(() => names(admin)).not.toEqual(first);
    await admin.getByRole("link", { name: "Previous" }).click();
    await expect.poll(() => names(admin)).toEqual(first);
    await header.getByRole("link").click();
    await admin.waitForURL(/dir=desc/);
    await expect(header).toHaveAttribute("aria-sort", "descending");
    await expect.poll(() => names(admin)).not.toEqual(first);
  }
});

test("U7: the last page, and all sizes", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("link", { name: "Last", exact: true }).click();
  await expect(admin.getByRole("link", { name: "First", exact: true })).toBeVisible();
  for (const size of [25, 100, 200]) {
    await admin.getByLabel("Rows on a page").selectOption(String(size));
    await expect(rows(admin)).toHaveCount(size);
  }
});

test("U8: reload, back, and a link sent to a colleague show the same list", async ({ server, admin, context }) => {
  await open(admin, server, "/admin/users?sort=email&dir=desc&size=25");
  await admin.getByRole("link", { name: "Next" }).click();
  await admin.waitForURL(/after=/);
  await expect(rows(admin)).toHaveCount(25);
  const shown = await names(admin);
  await admin.reload();
  expect(await names(admin)).toEqual(shown);
  const colleague = await context.newPage();
  await colleague.goto(admin.url());
  expect(await names(colleague)).toEqual(shown);
  await admin.goBack();
  await expect.poll(() => names(admin)).not.toEqual(shown);
});

test("U8: nonsense in the address is ignored with a notice", async ({ server, admin }) => {
  await open(admin, server, "/admin/users?status=purple&sort=shoe&after=garbage&size=51");
  await expect(rows(admin)).toHaveCount(50);
  await expect(admin.getByText(/ignored/).first()).toBeVisible();
});

test("U11: the selection survives sorting, paging and searching", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await rows(admin).nth(0).getByRole("checkbox").check();
  await rows(admin).nth(4).getByRole("checkbox").click({ modifiers: ["Shift"] });
  await expect(admin.getByText("5 selected")).toBeVisible();
  await admin.getByRole("link", { name: "Next" }).click();
  await admin.waitForURL(/after=/);
  await expect(rows(admin).nth(0).getByRole("checkbox")).not.toBeChecked();
  await rows(admin).nth(0).getByRole("checkbox").check();
  await expect(admin.getByText("6 selected")).toBeVisible();
  await admin.getByLabel("Search users").fill("livia.own");
  await expect(rows(admin)).toHaveCount(1);
  await expect(admin.getByText("6 selected")).toBeVisible();
});

test("U11: the selection survives opening a profile and coming back", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  for (const at of [1, 3]) await rows(admin).nth(at).getByRole("checkbox").check();
  await rows(admin).nth(2).locator("a.row-name").click();
  await admin.waitForURL(/\/attributes$/);
  await admin.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Users" }).click();
  await expect(admin.getByText("2 selected")).toBeVisible();
  await expect(rows(admin).nth(3).getByRole("checkbox")).toBeChecked();
  await rows(admin).nth(2).locator("a.row-name").click();
  await admin.waitForURL(/\/attributes$/);
  await admin.goBack();
  await expect(admin.getByText("2 selected")).toBeVisible();
});

test("U11: the page, and then everybody who matches", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByLabel("Select all on this page").check();
  await expect(admin.getByText("50 selected")).toBeVisible();
  await admin.getByRole("button", { name: /Select all/ }).last().click();
  await expect(admin.getByText(`All ${count(seeded + 1)} matching selected`)).toBeVisible();
  await admin.getByRole("button", { name: /clear/i }).first().click();
  await expect(admin.getByText("matching selected")).toHaveCount(0);
});

test("U16: the list works with the keyboard alone", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.keyboard.press("/");
  await expect(admin.getByLabel("Search users")).toBeFocused();
  await admin.keyboard.press("ArrowDown");
  await admin.keyboard.press("ArrowDown");
  await expect(rows(admin).nth(1).locator("a.row-name")).toBeFocused();
  await admin.keyboard.press("Space");
  await expect(admin.getByText("1 selected")).toBeVisible();
  await admin.keyboard.press("?");
  await expect(admin.getByRole("dialog")).toBeVisible();
  await admin.keyboard.press("Escape");
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await rows(admin).nth(1).locator("a.row-name").focus();
  await admin.keyboard.press("Enter");
  await admin.waitForURL(/\/admin\/users\/[0-9a-f-]+\/attributes/);
});

test("R8: the list is accessible, and fits 390 to 1920 px", async ({ server, admin }) => {
  for (const width of [390, 768, 1280, 1920]) {
    await admin.setViewportSize({ width, height: 844 });
    await open(admin, server, "/admin/users");
    await expectNoSideways(admin);
  }
  await expectAccessible(admin);
  await rows(admin).first().getByRole("button", { name: /^Actions for/ }).click();
  await expect(admin.getByRole("menu")).toBeVisible();
  await expectAccessible(admin);
});
