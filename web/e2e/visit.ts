import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";

import type { Workspace } from "../src/api/types";
import type { Person } from "./demo";

/** A person's browser. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained of so far, such as a breach of the content security policy. */
  readonly complaints: string[];
  /** From now on sockets may fail: the test takes the server or the session away. */
  readonly expectLostSockets: () => void;
}

/** Gives each test of a file fresh profiles of one browser, and fails the ones in which a script failed. */
export function browsing(): {
  open: (url?: string, options?: BrowserContextOptions) => Promise<Visit>;
} {
  let browser: Browser | null = null;
  let visits: Visit[] = [];

  beforeAll(async () => {
    const executablePath = process.env.HOWDAH_E2E_CHROMIUM ?? "/usr/bin/chromium";
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await tellWhatStood(task.result.errors ?? [], visits);
    const complaints = visits.flatMap((visit) => visit.complaints);
    await Promise.all(visits.map(({ context }) => context.close()));
    visits = [];
    expect(complaints).toEqual([]);
  });
  afterAll(() => browser?.close());

  const open = async (url = inject("demo").url, options: BrowserContextOptions = {}) => {
    if (!browser) throw new Error("the browser is not running");
    const context = await browser.newContext({
      baseURL: url,
      viewport: { width: 1440, height: 900 },
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    const page = await context.newPage();
    let socketsMayFail = false;
    const expectLostSockets = () => {
      socketsMayFail = true;
    };
    const visit: Visit = { page, context, complaints: [], expectLostSockets };
    page.on("pageerror", (error) => visit.complaints.push(error.message));
    page.on("console", (message) => {
      const text = message.text();
      const isAnswer = text.startsWith("Failed to load resource");
      const isSocket = /^WebSocket (?:connection to |is already in CLOSING)/.test(text);
      if (message.type() !== "error" || isAnswer || (isSocket && socketsMayFail)) return;
      visit.complaints.push(text);
    });
    visits.push(visit);
    return visit;
  };
  return { open };
}

/** Adds to a failure what its pages said then. */
async function tellWhatStood(errors: { message: string }[], visits: readonly Visit[]): Promise<void> {
  for (const { page } of visits) {
    const text = await page.locator("body").innerText({ timeout: 5_000 }).catch(String);
    const words = text.replace(/\s+/g, " ").slice(0, 1_500);
    for (const error of errors.slice(-1)) error.message += `\n${page.url()} said: ${words}`;
  }
}

export function person(username: string): Person {
  const found = inject("demo").people.find((somebody) => somebody.username === username);
  if (!found) throw new Error(`the demo knows no ${username}`);
  return found;
}

/** Goes through the login page and the provider's own, and begins with an empty workspace. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await signInTo(page, person, "/api/v1/me");
  await page.waitForURL("**/api/v1/me");
  await emptyWorkspace(page);
  await page.goto("/");
}

/** As a person who comes to another computer: what is open elsewhere is open there. */
export async function signInElsewhere(page: Page, person: Person): Promise<void> {
  await signInTo(page, person, "/");
}

async function signInTo(page: Page, { username, password }: Person, path: string): Promise<void> {
  await page.goto(`/login?next=${path}`);
  await page.locator('a[href*="/oauth2/login/"]').first().click();
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Takes away what earlier tests have left open, and how they have arranged the page. */
async function emptyWorkspace(page: Page): Promise<void> {
  const { origin } = new URL(page.url());
  const { request } = page.context();
  const headers = { origin };
  const { tabs, settings } = (await (await request.get("/api/v1/me/workspace")).json()) as Workspace;
  for (const { id, version } of tabs)
    await request.delete(`/api/v1/me/tabs/${id}?version=${version}`, { headers });
  for (const { name, version } of settings)
    await request.put(`/api/v1/me/settings/${name}`, { headers, data: { version, value: INITIAL[name] } });
}

const INITIAL = {
  preferences: { theme: "system" },
  layout: { explorerOpen: true, explorerWidth: null, dock: null },
};
