import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { violations } from "./axe";
import type { Person } from "./demo";
import { CODE_CLIENT, Stage } from "./stage";
import { browsing, signIn } from "./visit";

const { open } = browsing();
const lin: Person = { username: "lin", password: "lin at example" };
let stage: Stage;
let page: Page;
let context: BrowserContext;

beforeAll(async () => {
  stage = await Stage.start([lin]);
});
afterAll(() => stage.stop());

beforeEach(async () => {
  ({ page, context } = await open(stage.url));
  // The provider's own pages would fetch a font.
  await context.route("https://fonts.googleapis.com/**", (route) => route.abort());
  await signIn(page, lin);
  await page.getByRole("button", { name: /^lin@/ }).waitFor();
});

/** Fills the dialog in with a server that nobody listens at: what matters here comes before PostgreSQL. */
async function fillIn(name: string): Promise<Locator> {
  await page
    .getByRole("button", { name: /^Add server/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog", { name: "Add server" });
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Host").fill("127.0.0.1");
  await dialog.getByLabel("Port").fill("1");
  await dialog.getByRole("radio", { name: "OAuth client" }).check({ force: true });
  await dialog.getByLabel("Issuer").fill(stage.issuer);
  await dialog.getByLabel("Client id").fill(CODE_CLIENT);
  await dialog.getByLabel("Scope").fill("openid offline_access");
  await dialog.getByLabel("Database user").fill("lin");
  return dialog;
}

const promptIn = (place: Locator) => place.getByRole("group", { name: "Your sign-in is needed" });

async function codeIn(prompt: Locator): Promise<string> {
  const text = await prompt.locator("code").textContent();
  expect(text).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
  return text ?? "";
}

/** Does at the provider what the prompt asks for. */
async function approve(prompt: Locator): Promise<void> {
  const opening = context.waitForEvent("page");
  await prompt.getByRole("link", { name: /^Open 127/ }).click();
  const provider = await opening;
  await provider.getByRole("button", { name: "Continue" }).click();
  const done = provider.getByRole("heading", { name: "Sign-in Success" });
  const password = provider.getByLabel("Password");
  await done.or(password).first().waitFor();
  if ((await password.count()) > 0) {
    await provider.getByLabel("User name").fill(lin.username);
    await password.fill(lin.password);
    await provider.getByRole("button", { name: "Sign in" }).click();
    await done.waitFor();
  }
  await provider.close();
}

describe("a device code", () => {
  it("appears in the step of a test, and the test goes on by itself", async () => {
    const dialog = await fillIn("by code");
    await dialog.getByRole("button", { name: /^Test connection/ }).click();
    const report = dialog.getByRole("region", { name: "Test connection" });
    const prompt = promptIn(report);
    await prompt.waitFor();
    await report.getByText("waiting for you", { exact: true }).waitFor();
    await codeIn(prompt);
    expect(await violations(page)).toEqual([]);
    await approve(prompt);
    await report.getByText(/^failed at step/).waitFor();
    expect(await report.textContent()).toMatch(/OAuth, for lin.*TCP.*refused/is);
  });

  it("appears in the explorer, and can be given up and asked for again", async () => {
    const dialog = await fillIn("in the tree");
    await dialog.getByRole("button", { name: "Add server" }).click();
    const tree = page.getByRole("tree", { name: "Objects" });
    const prompt = promptIn(tree);
    await prompt.waitFor();
    expect(await violations(page)).toEqual([]);
    const first = await codeIn(prompt);
    await page
      .getByRole("status")
      .filter({ hasText: [...first].join(" ") })
      .waitFor({ state: "attached" });

    await prompt.getByRole("button", { name: "Cancel" }).click();
    await expect.poll(() => prompt.count()).toBe(0);
    await expect.poll(() => tree.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("ArrowRight");
    await prompt.waitFor();
    await approve(prompt);
    await tree.getByText(/127\.0\.0\.1:1 cannot be reached/).waitFor();
  });

  it("appears above the results of a query that waits for it", async () => {
    const dialog = await fillIn("for a query");
    await dialog.getByRole("button", { name: "Add server" }).click();
    const node = page.getByRole("treeitem", { name: "for a query" });
    await node.click({ button: "right" });
    await page.getByRole("menuitem", { name: "New query" }).click();
    await page.getByRole("textbox", { name: /^SQL of/ }).click();
    await page.keyboard.insertText("select 1");
    await page.keyboard.press("ControlOrMeta+Enter");
    const results = page.getByRole("region", { name: "Results", exact: true });
    await promptIn(results).waitFor();
    expect(await violations(page)).toEqual([]);
    await approve(promptIn(results));
    await results.getByText("The session could not be opened.").waitFor();
  });
});
