// What was answered stays, whatever happens to the process.
import { type BrowserContext } from "@playwright/test";
import { Server, expect, owner, password, raw, seeded, test } from "./roster";

async function enter(context: BrowserContext, server: Server): Promise<void> {
  const answer = await context.request.post(`${server.address}/login`, { form: { identifier: owner.email, password } });
  expect(answer.ok()).toBe(true);
}

async function list(context: BrowserContext, server: Server, filter: object) {
  const answer = await raw(context, server, "admin/users/list", { state: { filter } });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

test("R1: kill -9 during writes loses no change that was answered, and counts stay right", async ({ server, context }) => {
  let running = server;
  const answered: string[] = [];
  for (let round = 0; round < 3; round++) {
    await enter(context, running);
    const stopAt = answered.length + 25;
    const writer = async (name: string) => {
      for (let at = 0; ; at++) {
        const email = `${name}-${round}-${at}@kill.example`;
        const form = { email, username: "", first_name: "", last_name: "", phone: "" };
        try {
          const answer = await raw(context, running, "admin/users/create", { form, groups: [] });
          if (answer.ok()) answered.push(email);
        } catch {
          return; // the server has gone
        }
      }
    };
    const writers = ["one", "two", "three"].map(writer);
    await expect.poll(() => answered.length).toBeGreaterThan(stopAt);
    await running.stop("SIGKILL");
    await Promise.all(writers);
    running = await Server.start(server.folder);
  }
  await enter(context, running);
  for (const email of answered) {
    const page = await list(context, running, { q: email });
    expect(page.rows.map((row: { email: string }) => row.email)).toEqual([email]);
  }
  // At most the request in flight of each writer and round was done without its answer being heard.
  const { count } = await list(context, running, {});
  expect(count.exactly).toBeGreaterThanOrEqual(seeded + 1 + answered.length);
  expect(count.exactly).toBeLessThanOrEqual(seeded + 1 + answered.length + 9);
  const [enabled, disabled] = [await list(context, running, { status: "enabled" }), await list(context, running, { status: "disabled" })];
  expect(enabled.count.exactly + disabled.count.exactly).toBe(count.exactly);
  await running.stop();
});

test("U13: a job whose server is killed is finished by the next one, each account once", async ({ server, context }) => {
  await enter(context, server);
  const selection = { matching: { q: "", status: "enabled", store: null } };
  const started = await raw(context, server, "admin/jobs/start", { action: "disable", selection, parameters: { reason: "a test" } });
  const { job, total } = await started.json();
  await server.stop("SIGKILL");
  const next = await Server.start(server.folder);
  await enter(context, next);
  const report = async () => (await raw(context, next, "admin/jobs/progress", { job })).json();
  // The dead node's lease must run out first.
  await expect.poll(async () => (await report()).state, { timeout: 55_000 }).toBe("done");
  const { done, skipped, failed } = await report();
  expect({ done, skipped, failed }).toEqual({ done: total - 1, skipped: 1, failed: 0 });
  expect((await list(context, next, { status: "enabled" })).count.exactly).toBe(1);
  await next.stop();
});

test("R4: SIGTERM lets a request finish, and ends with code 0", async ({ server, context }) => {
  await enter(context, server);
  const selection = { matching: { q: "a", status: null, store: null } };
  const running = raw(context, server, "admin/jobs/count", { action: "disable", selection });
  const ended = server.stop("SIGTERM");
  await running.catch(() => undefined);
  expect(await ended).toBe(0);
});

test("R4: healthy and ready", async ({ server, request }) => {
  expect((await request.get(`${server.address}/healthz`)).status()).toBe(200);
  expect((await request.get(`${server.address}/readyz`)).status()).toBe(200);
});
