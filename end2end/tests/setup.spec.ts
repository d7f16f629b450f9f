// First run: from the link in the log to an Owner in the console.
import { Server, createOwner, expect, expectAccessible, password, test } from "./roster";

function setupLink(server: Server): string {
  const link = /(http:\/\/\S+\/setup\?token=[\w-]+)/.exec(server.log())?.[1];
  expect(link, "a set-up link in the log").toBeTruthy();
  return link!;
}

test("R6: the link in the log makes the Owner, once", async ({ emptyFolder, page, browser }) => {
  const server = await Server.start(emptyFolder);
  const link = setupLink(server);
  // Without the link the page says where it is.
  await page.goto(`${server.address}/setup`);
  await expect(page.getByText("There is no Owner yet. Open the one-time set-up link")).toBeVisible();
  await expectAccessible(page);
  // Alone on a line, whatever the log's format is.
  await expect.poll(() => server.log().split("\n")).toContain(link);
  await page.goto(link);
  await expectAccessible(page);
  await page.getByLabel("Email").fill("not an address");
  await page.getByLabel("First name").fill("Ada <script>");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: /set up|create/i }).click();
  // Every wrong field says so; what was typed stays, but for the password.
  await expect(page.getByLabel("Email")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Email")).toHaveValue("not an address");
  await expect(page.getByLabel("First name")).toHaveValue("Ada <script>");
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
  await expect(page.getByText("At least 15 characters").first()).toBeVisible();
  await page.getByLabel("Email").fill("ada@roster.example");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await expect(page.getByRole("meter", { name: "Password strength" })).toHaveJSProperty("value", 4);
  await page.getByRole("button", { name: /set up|create/i }).click();
  await page.waitForURL("**/admin");
  await expect(page.getByRole("heading", { name: "Dashboard" })).toBeVisible();

  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);
  await expect(stranger.getByLabel("First name")).toHaveCount(0);
  await server.stop();
});

test("R6: with an Owner there is no set-up link, and no default password", async ({ emptyFolder, page }) => {
  createOwner(emptyFolder);
  const server = await Server.start(emptyFolder);
  expect(server.log()).not.toContain("/setup?token=");
  await page.goto(`${server.address}/setup?token=${"A".repeat(43)}`);
  await expect(page.getByLabel("First name")).toHaveCount(0);
  for (const guess of ["admin", "password", "roster"]) {
    const answer = await page.request.post(`${server.address}/login`, { form: { identifier: "olivia", password: guess } });
    expect(answer.status()).toBe(401);
  }
  await server.stop();
});
