import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { violations } from "./axe";
import { connectDemo } from "./connectDemo";
import { type Person, ROLE } from "./demo";
import { Stage } from "./stage";
import { browsing } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
const root: Person = { username: "root", password: "correct horse" };
/** Accounts of each test's own, as a test may be tried twice. */
let ada: Person;
let bea: Person;
let people = 0;
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.start([]);
  await stage.addAccount(root, "administrator");
});
beforeEach(async () => {
  people += 1;
  ada = { username: `ada${people}`, password: "correct horse" };
  bea = { username: `bea${people}`, password: "battery staple" };
  await stage.addAccount(ada);
  await stage.addAccount(bea);
});
afterAll(() => stage.stop());

async function fillForm(page: Page, { username, password }: Person): Promise<void> {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

const account = (page: Page, who: Person) =>
  page.getByRole("button", { name: new RegExp(`^${who.username}@`) });

/** A browser in which ada has a transaction open, in which rows come in. */
async function midRun(): Promise<{ page: Page; bench: Workbench }> {
  const { page, expectLostSockets } = await open(stage.url);
  await page.goto("/");
  await fillForm(page, ada);
  await account(page, ada).waitFor();
  await connectDemo(page, stage.url);
  await page.reload();
  const bench = new Workbench(page);
  await bench.newQuery("demo");
  await bench.run(
    "begin; create temporary table kept (n int); select generate_series(1, 4000) as n, repeat('x', 9000), pg_sleep(0.01)",
  );
  await expect.poll(() => bench.results.textContent()).toMatch(/Running .*\d rows/);
  // A page that is slow to hear that its session was closed looks for it in vain.
  expectLostSockets();
  return { page, bench };
}

/** As an administrator does who does not trust the person's browsers any more. */
async function endAllSessions(who: Person): Promise<void> {
  const { page } = await open(stage.url);
  await page.goto("/");
  await fillForm(page, root);
  await account(page, root).waitFor();
  const headers = { origin: stage.url };
  const found = await page.request.get(`/api/v1/admin/people?search=${who.username}`);
  const { people } = (await found.json()) as { people: { id: string }[] };
  const ended = await page.request.delete(`/api/v1/admin/people/${people[0]?.id}/sessions`, { headers });
  expect(ended.status(), await ended.text()).toBeLessThan(300);
}

/** Signs in through the small window that a button of the page opens. */
async function signInBy(page: Page, button: Locator, who: Person): Promise<void> {
  const popup = page.waitForEvent("popup");
  await button.click();
  await fillForm(await popup, who);
}

describe("a sign-in that an administrator ends in mid-run", () => {
  it("leaves rows and text where they are, and says what is gone", async () => {
    const { page, bench } = await midRun();
    await endAllSessions(ada);
    const dialog = page.getByRole("dialog", { name: "Your sign-in has ended" });
    await dialog.getByText("The running statement on demo is cancelled").waitFor();
    await dialog.getByText("Your open transaction on demo is rolled back").waitFor();
    await signInBy(page, dialog.getByRole("button", { name: "Sign in again" }), ada);
    await dialog.waitFor({ state: "detached" });

    const told = "The open transaction was rolled back. The running statement was cancelled";
    await bench.results.getByText(told).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await bench.editor.textContent()).toContain("create temporary table kept");
    await bench.results.getByText(/^\d+ rows before it ended$/).waitFor();
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");
    // The password that was typed is forgotten with the sign-in: it is asked for, and then the run goes on by itself.
    await bench.run("select to_regclass('kept') is null as rolled_back");
    const prompt = page.getByRole("dialog", { name: "Connect to demo" });
    await prompt.getByLabel(/^Password/).fill(ROLE.password);
    await page.keyboard.press("Enter");
    await bench.tab("1 select 1").waitFor();
    await expect.poll(() => bench.cell(0, 0).textContent()).toMatch(/^t/);
  });

  it("shows nothing of it to another person, and all of it to the first one again", async () => {
    const { page, bench } = await midRun();
    await endAllSessions(ada);
    const ended = page.getByRole("dialog", { name: "Your sign-in has ended" });
    await signInBy(page, ended.getByRole("button", { name: "Sign in again" }), bea);
    const another = page.getByRole("dialog", { name: `${bea.username}@local.example is signed in now` });
    await another.waitFor();
    expect(await page.locator("body").innerText()).not.toMatch(/generate_series|rows before/);
    expect(await bench.editor.isVisible()).toBe(false);
    await signInBy(page, another.getByRole("button", { name: /^Sign in as ada/ }), ada);
    await another.waitFor({ state: "detached" });
    await bench.results.getByText(/^\d+ rows before it ended$/).waitFor();
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");
    expect(await bench.editor.textContent()).toContain("create temporary table kept");
  });
});
