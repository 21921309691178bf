import { mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";

import { person, signIn, signInElsewhere } from "./visit";
import { Workbench } from "./workbench";

/** A browser with a profile on the disk, which can be killed with all its processes at once. */
class OwnBrowser {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #pid: number;

  private constructor(context: BrowserContext, page: Page, pid: number) {
    this.#context = context;
    this.page = page;
    this.#pid = pid;
  }

  static async start(profile: string): Promise<OwnBrowser> {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.HOWDAH_E2E_CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
      baseURL: inject("demo").url,
      viewport: { width: 1440, height: 900 },
    });
    // Chromium says in its profile who has it open: `host-pid`.
    const owner = await readlink(path.join(profile, "SingletonLock"));
    const page = context.pages()[0] ?? (await context.newPage());
    return new OwnBrowser(context, page, Number(owner.split("-").at(-1)));
  }

  /** Ends it and its children, which are a group, without a word. */
  async kill(): Promise<void> {
    const ended = this.#context.waitForEvent("close");
    process.kill(-this.#pid, "SIGKILL");
    await ended;
  }

  async close(): Promise<void> {
    await this.#context.close();
  }
}

let profile: string;
let browser: OwnBrowser;

beforeEach(async () => {
  profile = await mkdtemp(path.join(tmpdir(), "howdah-killed-"));
  browser = await OwnBrowser.start(profile);
});
afterEach(async () => {
  await browser.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

/** Howdah's server takes nothing more from this page. */
async function cutOff(page: Page): Promise<void> {
  await page.context().route("**/api/v1/me/tabs/**", (route) => route.abort());
}

async function comeBack(): Promise<Workbench> {
  browser = await OwnBrowser.start(profile);
  const { page } = browser;
  await page.goto("/");
  if (await page.locator('a[href*="/oauth2/login/"]').count()) await signInElsewhere(page, person("ada"));
  return new Workbench(page);
}

describe("what was typed in a browser that is killed", () => {
  it("is there when it is opened again, though the server never had it", async () => {
    await signIn(browser.page, person("ada"));
    const bench = new Workbench(browser.page);
    await bench.newQuery();
    await bench.write("select 'before'");
    const kept = async () => (await browser.page.request.get("/api/v1/me/workspace")).text();
    await expect.poll(kept).toContain("before");
    await cutOff(browser.page);
    await bench.editor.click();
    await browser.page.keyboard.press("ControlOrMeta+End");
    await browser.page.keyboard.type(", 'typed to the very end'", { delay: 20 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await browser.kill();
    const there = await comeBack();
    await expect.poll(() => there.editor.textContent()).toContain("'typed to the very end'");
    expect(await there.page.getByRole("button", { name: "Keep both" }).count()).toBe(0);
  });

  it("is there also in a tab that was opened a moment before", async () => {
    await signIn(browser.page, person("ada"));
    const bench = new Workbench(browser.page);
    await bench.newQuery();
    await cutOff(browser.page);
    await browser.page.keyboard.press("Alt+n");
    await expect.poll(() => bench.page.getByRole("tab", { name: /^Query 2/ }).count()).toBe(1);
    await bench.editor.last().click();
    await browser.page.keyboard.type("select 'new and typed'", { delay: 10 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await browser.kill();
    const there = await comeBack();
    await expect
      .poll(async () => (await there.editor.allTextContents()).join("\n"))
      .toContain("'new and typed'");
  });
});
