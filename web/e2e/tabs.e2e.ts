import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { violations } from "./axe";
import { browsing, person, signIn, signInElsewhere } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

/** Waits until the server has a tab with such a text. */
async function saved(page: Page, text: string): Promise<void> {
  const kept = async () => (await page.request.get("/api/v1/me/workspace")).text();
  await expect.poll(kept).toContain(text);
}

/** Two browsers of one person's with the same tab, whose text was changed in the second while the first was cut off, and then in the first. */
async function changedInBoth(
  before: string,
  there: string,
  here: string,
): Promise<{ desk: Page; one: Workbench }> {
  const desk = await open();
  await signIn(desk.page, person("ada"));
  const one = new Workbench(desk.page);
  await one.newQuery();
  await one.write(before);
  await saved(desk.page, JSON.stringify(before).slice(1, -1));
  const laptop = await open();
  await signInElsewhere(laptop.page, person("ada"));
  const two = new Workbench(laptop.page);
  await expect.poll(() => two.editor.textContent()).toBe(before.replaceAll("\n", ""));

  await desk.context.setOffline(true);
  await two.write(there);
  await saved(laptop.page, JSON.stringify(there).slice(1, -1));
  await one.write(here);
  await desk.context.setOffline(false);
  return { desk: desk.page, one };
}

describe("tabs", () => {
  it("are there on another computer after the page was killed", async () => {
    const desk = await open();
    await signIn(desk.page, person("ada"));
    const workbench = new Workbench(desk.page);
    await workbench.newQuery();
    await workbench.write("select 'typed at the desk'");
    await saved(desk.page, "typed at the desk");
    await desk.context.close();

    const laptop = await open();
    await signInElsewhere(laptop.page, person("ada"));
    const there = new Workbench(laptop.page);
    await expect.poll(() => there.editor.textContent()).toContain("typed at the desk");
  });

  it("that two windows change are shown side by side rather than overwritten", async () => {
    const { desk, one } = await changedInBoth("select 1", "select 'laptop'", "select 'desk'");
    await desk.getByRole("button", { name: "Compare", exact: true }).click();
    const versions = desk.getByRole("dialog", { name: "Two versions of “Query 1”" });
    await versions.getByRole("textbox", { name: /^The other copy/ }).waitFor();
    expect(await violations(desk)).toEqual([]);
    await desk.keyboard.press("Escape");
    await versions.waitFor({ state: "detached" });
    const choice = desk.getByRole("button", { name: "Keep both", exact: true });
    await choice.waitFor();
    expect(await one.editor.textContent()).toContain("desk");
    await choice.click();
    await saved(desk, "desk");
    await desk.getByRole("tab", { name: /other copy/ }).waitFor();
    await expect.poll(async () => (await one.editor.allTextContents()).join()).toContain("laptop");
  });

  it("that two windows change are put together from both", async () => {
    const { desk, one } = await changedInBoth(
      "select 1,\n  2,\n  3",
      "select 'laptop',\n  2,\n  3",
      "select 1,\n  2,\n  'desk'",
    );
    await desk.getByRole("button", { name: "Compare", exact: true }).click();
    await desk.getByRole("button", { name: "Take these lines over" }).first().click();
    const mine = desk.getByRole("textbox", { name: /^Yours/ });
    await mine.press("ControlOrMeta+End");
    await desk.keyboard.insertText(" as last");
    await desk.keyboard.press("ControlOrMeta+Enter");
    await saved(desk, "select 'laptop',\\n  2,\\n  'desk' as last");
    expect(await one.editor.textContent()).toBe("select 'laptop',  2,  'desk' as last");
    // As everything that comes from elsewhere, it can be undone.
    await one.editor.click();
    await desk.keyboard.press("ControlOrMeta+z");
    await expect.poll(() => one.editor.textContent()).toBe("select 1,  2,  'desk'");
  });
});
