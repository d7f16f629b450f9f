// A Help desk person: what they may, and what is refused in the page and raw.
import { expect, open, openProfile, owner, raw, test } from "./roster";

test("A16: a lockout is seen in the list and lifted on the profile", async ({ server, admin, page }) => {
  // The seed has some who are locked.
  await open(admin, server, "/admin/users?status=locked");
  const row = admin.locator("tbody tr[data-id]").first();
  test.skip((await row.count()) === 0, "nobody is locked in this seed");
  await expect(row.getByText("Locked")).toBeVisible();
  await row.locator("a.row-name").click();
  await admin.getByRole("button", { name: "Unlock" }).click();
  await expect(admin.getByText("Locked", { exact: true })).toHaveCount(0);
  await page.close();
});

test("S11: nobody without a session gets anything from a server function", async ({ server, browser }) => {
  const stranger = await browser.newContext();
  const calls: [string, unknown][] = [
    ["admin/users/list", { state: {} }],
    ["admin/viewer", {}],
    ["admin/jobs/start", { action: "delete", selection: { matching: {} }, reason: null }],
  ];
  for (const [path, body] of calls) {
    const answer = await raw(stranger, server, path, body);
    expect(answer.status(), path).toBe(401);
    expect(await answer.text()).not.toContain("@");
  }
});

test("S11: a form of another site is refused", async ({ server, admin, context }) => {
  await openProfile(admin, server, owner.email);
  const answer = await context.request.post(`${server.address}/logout`, { headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } });
  expect(answer.status()).toBe(403);
  await admin.reload();
  await expect(admin).toHaveURL(/\/admin\/users/);
});
