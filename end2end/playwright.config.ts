// How the browser tests run. There is no webServer here: a fixture starts the
// release binary once per worker, on a port and a data directory of its own.
import { existsSync } from "node:fs";
import { defineConfig, devices } from "@playwright/test";

const systemChromium = "/usr/bin/chromium";

const quietBrowser = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: "./tests",
  outputDir: "./test-results/artifacts",
  timeout: 120_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: false,
  // A test that passes at the second try hides a race: none is tried twice.
  retries: 0,
  forbidOnly: !!process.env.CI,
  // `make test` reads its count from the JSON report.
  reporter: [["list"], ["json", { outputFile: "test-results/report.json" }]],
  use: {
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    // What was asked and answered; pictures of every step would take a third of the processors.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
    screenshot: "only-on-failure",
    launchOptions: {
      // The distribution's Chromium where there is one, else Playwright's own.
      executablePath: existsSync(systemChromium) ? systemChromium : undefined,
      args: quietBrowser,
    },
  },
  projects: [{ name: "chromium", use: { ...devices["Desktop Chrome"] } }],
});
