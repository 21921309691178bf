import { readFile } from "node:fs/promises";

import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";

import { violations } from "./axe";
import { browsing, person, signIn, type Visit } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
let visit: Visit;
let bench: Workbench;

beforeEach(async () => {
  visit = await open();
});

async function begin(): Promise<void> {
  await signIn(visit.page, person("ada"));
  bench = new Workbench(visit.page);
  await bench.newQuery();
}

/** Runs a command by its name in the palette. */
async function command(title: string): Promise<void> {
  await visit.page.keyboard.press("ControlOrMeta+k");
  await visit.page.getByRole("combobox").fill(`>${title}`);
  await visit.page.getByRole("option", { name: title }).first().waitFor();
  await visit.page.keyboard.press("Enter");
}

async function downloadCsv(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("menuitem", { name: "All rows as CSV" }).click();
}

describe("what psql users type", () => {
  it("is answered in the session, with records, and others' notifications arrive", async () => {
    await begin();
    await bench.run(
      "create temporary table passing (id int primary key, note text);\n\\d passing\n\\dt pass*",
    );
    await bench.tab("passing: more 1").waitFor();
    await bench.tab("Tables 1").click();
    await expect.poll(() => bench.cell(0, 1).textContent()).toBe("passing");
    await bench.run("select 1 as id, 'a  b' as note \\gx");
    const records = bench.results.getByRole("region", { name: /^Records of 1 select/ });
    await expect.poll(() => records.textContent()).toContain("notetexta  b");
    await bench.run("\\x");
    await bench.results.getByText("Expanded display is switched.").waitFor();
    await bench.run("select 2 as id");
    await records.getByText("Record 1", { exact: true }).waitFor();
    await bench.run("\\x off");
    await bench.results.getByText("Expanded display is off.").waitFor();
    await bench.run("select 3 as id");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("3");
    await bench.run(
      "\\set t (values (4), (5)) v (n)\nselect n::numeric(3, 1) from :t \\gdesc\nselect n from :t",
    );
    await bench.tab("Columns 1").click();
    await expect.poll(() => bench.cell(0, 1).textContent()).toBe("numeric(3,1)");
    // A download of it runs the same text.
    await bench.tab(/ 2$/).click();
    const [file] = await Promise.all([visit.page.waitForEvent("download"), downloadCsv(visit.page)]);
    expect(await readFile(await file.path(), "utf8")).toBe("n\n4\n5\n");
    await bench.write("\\d orde");
    await expect
      .poll(async () => {
        await visit.page.keyboard.press("Control+Space");
        return visit.page.getByRole("option", { name: /^order_items/ }).count();
      })
      .toBeGreaterThan(0);
    await visit.page.keyboard.press("Escape");
    await bench.run("\\conifno");
    await bench.results.getByText("Did you mean `\\conninfo`?").waitFor();

    await visit.page.keyboard.press("Alt+Shift+n");
    await visit.page.getByLabel("Channel", { exact: true }).fill("News of ada");
    await visit.page.keyboard.press("Enter");
    await bench.results.getByRole("button", { name: "Stop listening to News of ada" }).waitFor();
    await bench.newQuery();
    await bench.run(`notify "News of ada", 'it is out'`);
    await bench.results.getByText("Done", { exact: false }).first().waitFor();
    await visit.page.getByRole("tab", { name: /^Query 1/ }).click();
    await bench.results.getByRole("region", { name: "Notifications" }).getByText("it is out").waitFor();
    expect(await violations(visit.page)).toEqual([]);
    await bench.results.getByRole("button", { name: "Stop listening to News of ada" }).click();
    await expect.poll(() => bench.results.getByRole("button", { name: /^Stop listening/ }).count()).toBe(0);
  });
});

describe("the editor", () => {
  it("works as a person likes it, with their keys, snippets and files", async () => {
    // Browsers without the File System Access API ask with an input and save as a download.
    await visit.page.addInitScript(() => {
      Object.assign(window, { showOpenFilePicker: undefined, showSaveFilePicker: undefined });
    });
    await begin();
    const { page } = visit;
    await command("Editor settings");
    const settings = page.getByRole("dialog", { name: "Editor settings" });
    await settings.getByLabel("Font size").selectOption("18");
    await settings.getByLabel("Keys like").selectOption("datagrip");
    await settings.getByRole("button", { name: "Add snippet" }).click();
    await settings.getByLabel("Name of snippet 1").fill("rowsof");
    await settings.getByLabel("Text of snippet 1").fill("select * from ${table} limit 5");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect
      .poll(() => bench.editor.evaluate((editor) => getComputedStyle(editor).fontSize))
      .toBe("18px");

    await bench.write("one\ntwo");
    await page.keyboard.press("ControlOrMeta+d");
    await expect.poll(() => bench.editor.textContent()).toBe("onetwotwo");
    await page.keyboard.press("ControlOrMeta+y");
    await command("Upper case");
    await expect.poll(() => bench.editor.textContent()).toBe("oneTWO");
    await bench.write("");
    // What is typed asks by itself; asked again, the list would be another one under the mouse.
    await page.keyboard.type("rowso");
    await page.getByRole("option", { name: /^rowsof/ }).click();
    await page.keyboard.insertText("orders");
    await expect.poll(() => bench.editor.textContent()).toBe("select * from orders limit 5");

    const download = page.waitForEvent("download");
    await page.keyboard.press("ControlOrMeta+s");
    const saved = await download;
    expect(saved.suggestedFilename()).toBe("Query 1.sql");
    expect(await readFile(await saved.path(), "utf8")).toBe("select * from orders limit 5");
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("ControlOrMeta+o");
    const content = Buffer.from("select 'aus der Datei: ü' as it");
    await (await chooser).setFiles({ name: "of mine.sql", mimeType: "application/sql", buffer: content });
    await page.getByRole("tab", { name: /^of mine\.sql/ }).waitFor();
    await expect.poll(() => bench.editor.textContent()).toBe("select 'aus der Datei: ü' as it");
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["select 'dropped'"], "dropped.sql"));
      return transfer;
    });
    await bench.editor.dispatchEvent("drop", { dataTransfer: dropped });
    await expect.poll(() => bench.editor.textContent()).toBe("select 'dropped'");
  });

  it("is reached, used and left by keyboard alone, and says what goes on", async () => {
    await begin();
    const { page } = visit;
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
    await page.keyboard.press("Alt+n");
    await expect.poll(focused).toMatch(/^SQL of Query 2/);
    await page.keyboard.insertText("select n, n * 2 as twice from generate_series(1, 3) n");
    await page.keyboard.press("ControlOrMeta+Enter");
    const said = page.getByRole("status").filter({ hasText: /3 rows/ });
    await said.first().waitFor({ state: "attached" });
    await page.keyboard.press("Alt+PageDown");
    await expect
      .poll(() =>
        page.evaluate(() => document.activeElement?.closest("[data-region]")?.getAttribute("data-region")),
      )
      .toBe("results");
    const inGrid = () => page.evaluate(() => document.activeElement?.tagName === "CANVAS");
    for (let tabs = 0; tabs < 20 && !(await inGrid()); tabs += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Value" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Alt+PageUp");
    await expect.poll(focused).toMatch(/^SQL of Query 2/);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText("select pg_sleep(60)");
    // Run cannot be pressed while it runs: the focus waits at Cancel, and comes back.
    const run = bench.button("Run");
    await run.focus();
    await page.keyboard.press("Enter");
    await expect.poll(focused).toBe("Cancel");
    await page.keyboard.press("Enter");
    await expect.poll(() => run.evaluate((button) => button === document.activeElement)).toBe(true);
    await bench.editor.focus();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText("select nosuch");
    await page.keyboard.press("ControlOrMeta+Enter");
    await page
      .getByRole("status")
      .filter({ hasText: /nosuch/ })
      .first()
      .waitFor({ state: "attached" });
    await page.keyboard.press("Alt+w");
    await expect.poll(() => page.getByRole("tab", { name: /^Query/ }).count()).toBe(1);
  });
});
