import { beforeEach, describe, expect, it } from "vitest";
import type { BrowserContext, Page } from "playwright-core";

import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
let page: Page;
let context: BrowserContext;
let bench: Workbench;

beforeEach(async () => {
  ({ page, context } = await open());
  await signIn(page, person("ada"));
  bench = new Workbench(page);
  await bench.tree.getByRole("treeitem").first().waitFor();
});

/** The line that the tree's keyboard is at. */
async function current(): Promise<string> {
  const id = (await bench.tree.getAttribute("aria-activedescendant")) ?? "";
  return (await page.locator(`[id="${id}"]`).textContent()) ?? "";
}

const isFocused = (element: Element) => element === document.activeElement;

describe("what was typed", () => {
  it("is there again after a reload, in its tab and with its title", async () => {
    await bench.newQuery();
    await bench.write("select 'kept'");
    await page.getByRole("tab", { name: "Query 1" }).dblclick();
    await page.keyboard.type("late orders.sql");
    await page.keyboard.press("Enter");
    await page.reload();
    await expect.poll(() => bench.editor.textContent()).toContain("select 'kept'");
    expect(await page.title()).toBe("late orders.sql - Howdah");
  });

  it("stays on the page while somebody signs in again, and what waited goes on", async () => {
    await bench.newQuery();
    await bench.write("select 'still here'");
    await context.clearCookies();
    // By itself the page may have noticed already, and stands behind the overlay.
    await page.getByRole("button", { name: "Refresh", includeHidden: true }).dispatchEvent("click");
    const overlay = page.getByRole("dialog", { name: "Your sign-in has ended" });
    await overlay.getByText("Your tab is saved").waitFor();

    const popup = page.waitForEvent("popup");
    await overlay.getByRole("button", { name: /^Continue with/ }).click();
    const small = await popup;
    // Without its cookies the provider knows nobody, and asks.
    const { username, password } = person("ada");
    await small.getByLabel("User name").fill(username);
    await small.getByLabel("Password").fill(password);
    await small.getByRole("button", { name: "Sign in" }).click();
    await overlay.waitFor({ state: "detached" });
    expect(await bench.editor.textContent()).toContain("select 'still here'");
    await bench.tree.getByRole("treeitem").first().waitFor();
  });
});

describe("a sign-in that ends while a transaction is open", () => {
  it("is noticed at once, and the page says what goes with it", async () => {
    await bench.newQuery();
    await bench.run("begin; select 1 as kept");
    await page.getByText("In transaction", { exact: true }).waitFor();
    await page.evaluate(async () => {
      const answer = await fetch("/api/v1/me/sessions");
      const { sessions } = (await answer.json()) as { sessions: { id: string; current: boolean }[] };
      const id = sessions.find(({ current }) => current)?.id ?? "";
      await fetch(`/api/v1/me/sessions/${id}`, { method: "DELETE" });
    });
    const overlay = page.getByRole("dialog", { name: "Your sign-in has ended" });
    await overlay.getByText("Your open transaction on shop (local) is rolled back").waitFor();
    await overlay.getByText("Your tab is saved, up to the last key").waitFor();
  });
});

it("the tree is walked by keyboard, and gives the focus to what it opens", async () => {
  await bench.tree.focus();
  await page.keyboard.press("Home");
  const group = await current();
  await page.keyboard.press("ArrowRight");
  const server = await current();
  expect(server).not.toBe(group);
  await page.keyboard.press("ArrowRight");
  await bench.tree.locator('[aria-level="3"]').first().waitFor();
  await page.keyboard.type("shop");
  expect(await current()).toMatch(/^shop/);
  await page.keyboard.press("ArrowLeft");
  expect(await current()).toBe(server);
  await page.keyboard.press("Alt+n");
  await expect.poll(() => bench.editor.evaluate(isFocused)).toBe(true);
});

it("the palette does what it is asked for, and goes to a database", async () => {
  await bench.tree.focus();
  for (const key of ["Home", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  await bench.tree.locator('[aria-level="3"]').filter({ hasText: "shop" }).first().waitFor();

  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type(">high contrast");
  await page.getByRole("option", { name: /High contrast/i }).waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => page.locator("html").getAttribute("data-theme")).toBe("contrast");

  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("shop");
  const database = page.getByRole("option", { name: /^shop.*new query/ });
  await database.waitFor();
  // What was gone to by key stays chosen, though objects of that name may still come in above it.
  do await page.keyboard.press("ArrowDown");
  while ((await database.getAttribute("aria-selected")) !== "true");
  await page.keyboard.press("Enter");
  await bench.editor.waitFor();
});

it("tabs close by key, and the regions are gone round", async () => {
  await bench.newQuery();
  // A new query takes the focus once its editor is there.
  await expect.poll(() => bench.editor.evaluate(isFocused)).toBe(true);
  const tab = page.getByRole("tab", { name: "Query 1" });
  await tab.focus();
  const visited = new Set<string>();
  for (let step = 0; step < 7; step += 1) {
    await page.keyboard.press("Alt+PageDown");
    visited.add(
      await page.evaluate(
        () => document.activeElement?.closest("[data-region]")?.getAttribute("data-region") ?? "tabs",
      ),
    );
  }
  expect([...visited].sort()).toEqual([
    "editor",
    "explorer",
    "results",
    "status",
    "tabs",
    "toolbar",
    "topbar",
  ]);
  await tab.focus();
  expect(await tab.evaluate(isFocused)).toBe(true);
  await page.keyboard.press("Delete");
  await page.getByRole("heading", { name: "No tab is open" }).waitFor();
});
