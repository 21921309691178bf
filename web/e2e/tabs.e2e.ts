import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

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

    const choice = desk.page.getByRole("button", { name: "Keep both", exact: true });
    await choice.waitFor();
    expect(await one.editor.textContent()).toContain("desk");
    await choice.click();
    await saved(desk.page, "desk");
    await desk.page.getByRole("tab", { name: /other copy/ }).waitFor();
    await expect.poll(async () => (await one.editor.allTextContents()).join()).toContain("laptop");
  });
});
