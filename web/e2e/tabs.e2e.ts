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
    const desk = await open();
    await signIn(desk.page, person("ada"));
    const one = new Workbench(desk.page);
    await one.newQuery();
    await one.write("select 1");
    await saved(desk.page, "select 1");
    const laptop = await open();
    await signInElsewhere(laptop.page, person("ada"));
    const two = new Workbench(laptop.page);
    await expect.poll(() => two.editor.textContent()).toContain("select 1");

    await desk.context.setOffline(true);
    await two.write("select 'laptop'");
    await saved(laptop.page, "laptop");
    await one.write("select 'desk'");
    await desk.context.setOffline(false);

    await desk.page.getByRole("button", { name: "Compare", exact: true }).click();
    const versions = desk.page.getByRole("dialog", { name: "Two versions of “Query 1”" });
    await versions.getByRole("textbox", { name: /^The other copy/ }).waitFor();
    expect(await violations(desk.page)).toEqual([]);
    await desk.page.keyboard.press("Escape");
    await versions.waitFor({ state: "detached" });
    const choice = desk.page.getByRole("button", { name: "Keep both", exact: true });
    await choice.waitFor();
    expect(await one.editor.textContent()).toContain("desk");
    await choice.click();
    await saved(desk.page, "desk");
    await desk.page.getByRole("tab", { name: /other copy/ }).waitFor();
    await expect.poll(async () => (await one.editor.allTextContents()).join()).toContain("laptop");
  });

  it("that two windows change are put together from both", async () => {
    const desk = await open();
    await signIn(desk.page, person("ada"));
    const one = new Workbench(desk.page);
    await one.newQuery();
    await one.write("select 1,\n  2,\n  3");
    await saved(desk.page, "  3");
    const laptop = await open();
    await signInElsewhere(laptop.page, person("ada"));
    const two = new Workbench(laptop.page);
    await expect.poll(() => two.editor.textContent()).toContain("select 1,");

    await desk.context.setOffline(true);
    await two.write("select 'laptop',\n  2,\n  3");
    await saved(laptop.page, "laptop");
    await one.write("select 1,\n  2,\n  'desk'");
    await desk.context.setOffline(false);
    await desk.page.getByRole("button", { name: "Compare", exact: true }).click();
    await desk.page.getByRole("button", { name: "Take these lines over" }).first().click();
    const mine = desk.page.getByRole("textbox", { name: /^Yours/ });
    await mine.press("ControlOrMeta+End");
    await desk.page.keyboard.insertText(" as last");
    await desk.page.keyboard.press("ControlOrMeta+Enter");
    await saved(desk.page, "select 'laptop',\\n  2,\\n  'desk' as last");
    expect(await one.editor.textContent()).toBe("select 'laptop',  2,  'desk' as last");
    // As everything that comes from elsewhere, it can be undone.
    await one.editor.click();
    await desk.page.keyboard.press("ControlOrMeta+z");
    await expect.poll(() => one.editor.textContent()).toBe("select 1,  2,  'desk'");
  });
});
