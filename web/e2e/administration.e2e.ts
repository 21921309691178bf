import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { violations } from "./axe";
import type { Person } from "./demo";
import { Stage } from "./stage";
import { browsing } from "./visit";

const { open } = browsing();
const root: Person = { username: "root", password: "correct horse" };
/** An account of each test's own, as a test may be tried twice. */
let ada: Person;
let people = 0;
/** Has the user name that the provider gives to `lin`. */
const local: Person = { username: "lin@example.com", password: "correct horse" };
const lin: Person = { username: "lin", password: "lin at example" };
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start([lin]);
  await stage.addAccount(root, "administrator");
  await stage.addAccount(local);
});
beforeEach(async () => {
  people += 1;
  ada = { username: `ada${people}`, password: "correct horse" };
  await stage.addAccount(ada);
});
afterAll(() => stage.stop());

async function signedIn(who: Person): Promise<Page> {
  const { page } = await open(stage.url);
  await page.goto("/");
  await page.getByLabel("User name").fill(who.username);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: new RegExp(`^${who.username}`) }).waitFor();
  return page;
}

async function signInAtProvider(page: Page, who: Person): Promise<void> {
  await page.goto("/");
  await page.getByRole("link", { name: "Continue with Example ID" }).click();
  await page.getByLabel("User name").fill(who.username);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function administration(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^root/ }).click();
  await page.getByRole("menuitem", { name: "Administration" }).click();
  await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
}

describe("the administration", () => {
  it("finds a person by keys alone, and disabling them ends their session elsewhere", async () => {
    const there = await signedIn(ada);
    const page = await signedIn(root);
    await administration(page);
    const grid = page.getByRole("grid", { name: "People" });
    await grid.getByRole("row", { name: /root/ }).waitFor();
    await page
      .getByRole("searchbox", { name: "Find people by name or e-mail" })
      .fill(`${ada.username.toUpperCase()}@local`);
    await grid.getByRole("row", { name: /root/ }).waitFor({ state: "detached" });
    expect(await grid.getByRole("row").count()).toBe(2);
    await grid.getByRole("row", { name: new RegExp(`^${ada.username} `) }).focus();
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: ada.username });
    await panel.getByText("Disabling ends 1 session and closes 0 database connections at once").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
    expect(await violations(page)).toEqual([]);

    await panel.getByRole("button", { name: "Disable account" }).click();
    const question = page.getByRole("dialog", { name: `Disable the account of ${ada.username}?` });
    expect(await violations(page)).toEqual([]);
    await question.getByRole("button", { name: "Disable account" }).click();
    await page.getByText(`The account of ${ada.username} is disabled`).waitFor();
    await panel.getByRole("button", { name: "Enable account" }).waitFor();
    await there.evaluate(() => void dispatchEvent(new Event("focus")));
    await there.getByRole("dialog", { name: "Your sign-in has ended" }).waitFor();

    // The way back, and the address of a section by itself.
    await page.getByRole("link", { name: /^Sessions/ }).click();
    await page.getByRole("heading", { name: "Sessions", level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/administration/sessions");
    await page.goBack();
    await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Back to the console" }).click();
    await page.getByRole("main").getByText("No servers yet").waitFor();
  });

  it("shows what was done and to whom", async () => {
    const page = await signedIn(root);
    await page.goto("/administration/audit");
    await page.getByRole("button", { name: "Events: all" }).click();
    await page.getByRole("menuitemcheckbox", { name: "accounts" }).click();
    const grid = page.getByRole("grid", { name: "Audit events" });
    const created = grid.getByRole("row", { name: /Account created ada\d*, to user/ });
    await created.first().focus();
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: "Selected event" });
    await panel.getByText("From now on").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
    expect(await violations(page)).toEqual([]);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("howdah-audit.ndjson");
  });

  it("links a sign-in that was refused, and it lets the person in", async () => {
    const refused = (await open(stage.url)).page;
    await signInAtProvider(refused, lin);
    await refused.getByText("username_taken").waitFor();
    const page = await signedIn(root);
    await page.goto("/administration/people");
    await page.getByText("1 waiting to be linked").waitFor();
    await page.getByRole("button", { name: "Review" }).click();
    const dialog = page.getByRole("dialog", { name: "Waiting to be linked" });
    expect(await dialog.getByLabel("Account").inputValue()).toBe("lin@example.com");
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: /^Link lin@example.com/ }).click();
    await dialog.getByText("Nobody is waiting.").waitFor();
    const linked = (await open(stage.url)).page;
    await signInAtProvider(linked, lin);
    await linked.getByRole("button", { name: /^lin@example.com/ }).waitFor();
  });

  it("is for administrators", async () => {
    const page = await signedIn(local);
    await page.goto("/administration/people");
    await page.getByRole("main").getByText("No servers yet").waitFor();
    await page.getByRole("button", { name: /^lin@/ }).click();
    expect(await page.getByRole("menuitem", { name: "Administration" }).count()).toBe(0);
  });
});
