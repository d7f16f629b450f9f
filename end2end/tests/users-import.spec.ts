// Import: a file, its columns, a dry run, the import; and what cannot be one.
import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { expect, expectAccessible, expectNoSideways, open, openProfile, test } from "./roster";

const okta = [
  "login,firstName,lastName,email,mobilePhone,costs",
  "ada.l,Ada,Lovelace,ada.l@import.example,+44 20 7946 0000,Research",
  'grace.h,Grace,"Hopper, ""Amazing""",grace.h@import.example,,Navy',
  ",=HYPERLINK(1),Formula,formula@import.example,,",
  ",Nobody,Wrong,no-address,,",
  ",Ada,Again,ada.l@import.example,,",
].join("\r\n");

async function choose(page: Page, name: string, content: string | Buffer): Promise<void> {
  await page.getByLabel("Choose a CSV file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
}

test("U14: a dry run tells the problems, the import does the rest, the rejected rows come back", async ({ server, admin }) => {
  await open(admin, server, "/admin/users");
  await admin.getByRole("link", { name: "Import" }).click();
  await expect(admin.getByRole("heading", { name: "Import users" })).toBeVisible();
  await expectAccessible(admin);
  await choose(admin, "okta.csv", okta);
  await expect(admin.getByText("okta.csv: 5 rows, 6 columns")).toBeVisible();
  await expect(admin.getByLabel("“login” becomes")).toHaveValue("username");
  await expect(admin.getByLabel("“mobilePhone” becomes")).toHaveValue("phone");
  await expect(admin.getByLabel("“costs” becomes")).toHaveValue("");
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Dry run" }).click();
  await expect(admin.getByText("Dry run: nothing was written")).toBeVisible();
  await expect(admin.getByRole("row", { name: /5 email/ })).toBeVisible();
  await expect(admin.getByRole("row", { name: /6 email .*twice/ })).toBeVisible();
  await expectAccessible(admin);
  // A reload goes on at the same step.
  await admin.reload();
  await admin.getByRole("button", { name: "Import 3 users" }).click();
  await expect(admin.getByText("The import is done")).toBeVisible();
  const [download] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("link", { name: "Download the rejected rows" }).click(),
  ]);
  const rejected = readFileSync((await download.path())!, "utf8").split("\r\n");
  expect(rejected[0]).toBe("login,firstName,lastName,email,mobilePhone,costs,Reason");
  expect(rejected[1]).toMatch(/^,Nobody,Wrong,no-address,,,email: /);
  expect(rejected.length).toBe(4);
  await open(admin, server, "/admin/users?q=import.example");
  await expect(admin.locator("tbody tr[data-id]")).toHaveCount(3);
  await expect(admin.getByText('Grace Hopper, "Amazing"')).toBeVisible();
  await open(admin, server, "/admin/jobs");
  await expect(admin.getByRole("row", { name: /Import: okta.csv/ })).toContainText("Done");
});

test("U14: attributes of the store are matched and checked; who is new is mailed; another store has its own", async ({ server, admin }) => {
  await open(admin, server, "/admin/stores");
  await admin.getByRole("button", { name: "Add identity store" }).click();
  const dialog = admin.getByRole("dialog", { name: "Add identity store" });
  await dialog.getByLabel("Name").fill("Partners");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog).toBeHidden();
  await open(admin, server, "/admin/users/import");
  const csv = [
    "Email,Department,Employee Number",
    "one@import.example,Legal,E900001",
    "two@import.example,Piracy,E900002",
    "three@import.example,Sales,E900001",
    "four@import.example,Sales,nonsense",
  ];
  await choose(admin, "people.csv", csv.join("\n"));
  await expect(admin.getByLabel("“Department” becomes")).toHaveValue("department");
  await expect(admin.getByLabel("“Employee Number” becomes")).toHaveValue("employee_number");
  await admin.getByLabel("Identity store").selectOption("Partners");
  await admin.waitForURL(/store=/);
  await expect(admin.getByLabel("“Department” becomes")).toHaveValue("");
  await admin.getByLabel("Identity store").selectOption("People");
  await expect(admin.getByLabel("“Department” becomes")).toHaveValue("department");
  await admin.getByLabel("Send activation mail to everybody who is new").check();
  await expectAccessible(admin);
  await admin.getByRole("button", { name: "Dry run" }).click();
  await expect(admin.getByRole("row", { name: /3 Department .*not one of the choices/ })).toBeVisible();
  await expect(admin.getByRole("row", { name: /4 Employee Number .*twice/ })).toBeVisible();
  await expect(admin.getByRole("row", { name: /5 Employee Number .*E and six digits/ })).toBeVisible();
  await admin.getByRole("button", { name: "Import 1 user" }).click();
  await expect(admin.getByText("The import is done")).toBeVisible();
  await openProfile(admin, server, "one@import.example");
  await expect(admin.getByLabel("Department", { exact: true })).toHaveValue("Legal");
  await expect(admin.getByText("Pending activation").first()).toBeVisible();
});

test("U14: updates whom it finds, and says how many", async ({ server, admin }) => {
  await open(admin, server, "/admin/users/import");
  await choose(admin, "first.csv", "E-Mail;Vorname;Nachname\nmax@import.example;Max;Müller\n");
  await admin.getByRole("button", { name: "Dry run" }).click();
  await admin.getByRole("button", { name: "Import 1 user" }).click();
  await expect(admin.getByText("The import is done")).toBeVisible();
  await admin.getByRole("link", { name: "Import another file" }).click();
  const again = Buffer.from("E-Mail\tVorname\tNachname\nmax@import.example\tMax\tMöller\nnew@import.example\tNeu\t\n", "latin1");
  await choose(admin, "second.csv", again);
  await expect(admin.getByText("Windows-1252, separated by tab")).toBeVisible();
  await admin.getByLabel("When somebody is there already").selectOption({ label: "Update the account with the same e-mail" });
  await admin.getByRole("button", { name: "Dry run" }).click();
  await admin.getByRole("button", { name: "Import 2 users" }).click();
  await expect(admin.getByText("The import is done")).toBeVisible();
  await open(admin, server, "/admin/users?q=max@import");
  await expect(admin.getByText("Max Möller")).toBeVisible();
});

test("U14: what is no CSV is refused with a sentence; narrow screens have room", async ({ server, admin }) => {
  await admin.setViewportSize({ width: 390, height: 800 });
  await open(admin, server, "/admin/users/import");
  await expectNoSideways(admin);
  for (const [content, message] of [
    ["", /empty/],
    ["email,name\n", /no rows/],
    ["PK\u0003\u0004", /spreadsheet/],
    [`${"a,".repeat(10_000)}\n1\n`, /columns/],
  ] as const) {
    await choose(admin, "wrong.csv", content);
    await expect(admin.getByRole("alert")).toHaveText(message);
  }
  await choose(admin, "right.csv", okta);
  await expect(admin.getByRole("button", { name: "Dry run" })).toBeVisible();
  await expectNoSideways(admin);
});

test("U14: the template can be downloaded", async ({ server, admin }) => {
  await open(admin, server, "/admin/users/import");
  const [download] = await Promise.all([
    admin.waitForEvent("download"),
    admin.getByRole("link", { name: "Download a template" }).click(),
  ]);
  expect(readFileSync((await download.path())!, "utf8")).toMatch(/^email,username,first_name,last_name,phone/);
});
