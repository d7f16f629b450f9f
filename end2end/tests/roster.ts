// A server of its own for each test: the real binary on a port the system chose, with a copy of a
// data directory that the worker has seeded once. What the tests type is public interface only.
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const binary = process.env.ROSTER_BINARY ?? resolve(import.meta.dirname, "../../target/release/roster");

export const password = "correct horse battery staple";
export const owner = { email: "olivia.owner@roster.example", username: "olivia" };

/** People that `roster seed` makes for the tests; one page more than the largest page size. */
export const seeded = 1200;

function environment(folder: string): NodeJS.ProcessEnv {
  const { PATH, ROSTER_SITE_ROOT } = process.env;
  const site = ROSTER_SITE_ROOT ? { ROSTER_SITE_ROOT } : {};
  return { PATH, HOME: folder, ROSTER_DATA_DIR: folder, ROSTER_LOG: "warn", ...site };
}

export function command(folder: string, args: string[], input = ""): string {
  return execFileSync(binary, args, { env: environment(folder), cwd: folder, input, encoding: "utf8" });
}

export function createOwner(folder: string, person = owner): void {
  const args = ["admin", "create", "--email", person.email, "--username", person.username, "--password-stdin"];
  command(folder, args, password);
}

/** A running server. */
export class Server {
  private constructor(
    readonly address: string,
    readonly folder: string,
    private readonly process: ChildProcess,
    readonly log: () => string,
  ) {}

  static async start(folder: string, settings: Record<string, string> = {}, listen = "127.0.0.1:0"): Promise<Server> {
    const child = spawn(binary, ["serve", "--listen", listen], {
      env: { ...environment(folder), ROSTER_LOG: "info", ...settings },
      cwd: folder,
    });
    let output = "";
    const address = await new Promise<string>((found, failed) => {
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        const line = /roster is listening on (http:\/\/\S+)/.exec(output);
        if (line?.[1]) found(line[1]);
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("exit", (code) => failed(new Error(`roster ended with ${code}: ${output}`)));
    });
    return new Server(settings.ROSTER_BASE_URL ?? address, folder, child, () => output);
  }

  /** Ends it by signal, and waits until it has gone; gives the exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const ended = new Promise<number | null>((gone) => this.process.once("exit", (code) => gone(code)));
    this.process.kill(signal);
    return ended;
  }
}

interface Fixtures {
  /** An empty data directory. */
  emptyFolder: string;
  /** A server with an Owner and the seeded people. */
  server: Server;
  /** A page of a browser that is signed in as the Owner. */
  admin: Page;
}

export const test = base.extend<Fixtures, { template: string }>({
  template: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "roster-template-"));
      command(folder, ["migrate"]);
      command(folder, ["seed", "--users", String(seeded), "--seed", "7"]);
      createOwner(folder);
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: "worker" },
  ],
  emptyFolder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "roster-test-"));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  server: async ({ emptyFolder, template }, use) => {
    cpSync(template, emptyFolder, { recursive: true });
    const server = await Server.start(emptyFolder);
    await use(server);
    await server.stop();
  },
  admin: async ({ server, context }, use) => {
    const page = await context.newPage();
    await signIn(page, server, owner.email);
    await use(page);
  },
});

export { expect };

/** Through the page, as a person does. */
export async function signIn(page: Page, server: Server, identifier: string, secret = password): Promise<void> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("Email or username").fill(identifier);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname !== "/login");
}

/** Goes to a page of the console and waits until it answers to clicks. */
export async function open(page: Page, server: Server, path: string): Promise<void> {
  await page.goto(server.address + path);
  await ready(page);
}

/** The console's pages say on their root when the browser's part has taken over. */
export async function ready(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-ready", "true");
}

/** Adds a person through the dialog, and opens their profile. */
export async function addUser(page: Page, server: Server, email: string, first = "", last = ""): Promise<void> {
  await open(page, server, "/admin/users");
  await page.getByRole("button", { name: "Add user" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add user" });
  await dialog.getByLabel("Email").fill(email);
  await dialog.getByLabel("First name").fill(first);
  await dialog.getByLabel("Last name").fill(last);
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(dialog).toBeHidden();
  await openProfile(page, server, email);
}

/** Finds a person by their whole address and opens the profile. */
export async function openProfile(page: Page, server: Server, email: string, tab = "attributes"): Promise<void> {
  await open(page, server, `/admin/users?q=${encodeURIComponent(email)}`);
  const href = await page.locator("a.row-name").first().getAttribute("href");
  await open(page, server, href!.replace("attributes", tab));
}

/** Calls a server function raw, with the browser's session. */
export async function raw(context: BrowserContext, server: Server, path: string, body: unknown) {
  return context.request.post(`${server.address}/api/${path}`, { data: body });
}

/** The next calls of a server function are answered as if the last proof had been a while ago (S12). */
export async function late(page: Page, path: string, times = 1): Promise<void> {
  const answer = {
    status: 403,
    headers: { serverfnerror: "" },
    contentType: "application/json",
    body: JSON.stringify("proof_needed"),
  };
  await page.route(`**/api/${path}`, (route) => route.fulfill(answer), { times });
}

/** No finding of axe at levels A and AA, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
    const found = violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target.join(" ")).join(", ")}`);
    expect(found, `axe on ${page.url()} in ${colorScheme}`).toEqual([]);
  }
}

/** Nothing sticks out at the side. */
export async function expectNoSideways(page: Page): Promise<void> {
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(sideways, `sideways pixels on ${page.url()}`).toBeLessThanOrEqual(0);
}
