import type { Locator } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";

import { browsing, person, signIn, type Visit } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
let visit: Visit;
let bench: Workbench;

beforeEach(async () => {
  visit = await open();
  await signIn(visit.page, person("ada"));
  bench = new Workbench(visit.page);
  await bench.newQuery();
});

const clipboard = () => visit.page.evaluate(() => navigator.clipboard.readText());
const menuItem = (name: string): Locator => visit.page.getByRole("menuitem", { name, exact: true });

/** Opens the menu of a cell, at a place of the canvas, and chooses. */
async function choose(x: number, y: number, name: string): Promise<void> {
  const box = await bench.grid.boundingBox();
  if (!box) throw new Error("the grid is not shown");
  await visit.page.mouse.click(box.x + x, box.y + y, { button: "right" });
  await menuItem(name).click();
  // Until it is gone the menu has the keys.
  await visit.page.getByRole("menu").waitFor({ state: "detached" });
}

const HEAD_Y = 14;

/** Where the first column ends, in pixels from the grid's left edge: there the pointer says that it can be moved. */
async function firstBorder(): Promise<number> {
  const box = await bench.grid.boundingBox();
  if (!box) throw new Error("the grid is not shown");
  for (let x = 100; x < 300; x += 4) {
    await visit.page.mouse.move(box.x + x, box.y + HEAD_Y);
    const cursor = await bench.grid.evaluate((canvas) => getComputedStyle(canvas).cursor);
    if (cursor.includes("resize")) return x + 2;
  }
  throw new Error("no border of a column was found");
}

async function dragBorder(x: number, by: number): Promise<void> {
  const box = await bench.grid.boundingBox();
  const { mouse } = visit.page;
  const [left, y] = [box?.x ?? 0, (box?.y ?? 0) + HEAD_Y];
  await mouse.move(left + x, y);
  await mouse.down();
  await mouse.move(left + x + by / 2, y, { steps: 4 });
  await mouse.move(left + x + by, y, { steps: 4 });
  await mouse.up();
}

async function doublePressBorder(x: number): Promise<void> {
  const box = await bench.grid.boundingBox();
  const { mouse } = visit.page;
  const [left, y] = [(box?.x ?? 0) + x, (box?.y ?? 0) + HEAD_Y];
  await mouse.move(left - 4, y);
  await mouse.move(left, y);
  await expect
    .poll(() => bench.grid.evaluate((canvas) => getComputedStyle(canvas).cursor))
    .toContain("resize");
  await mouse.dblclick(left, y);
}

describe("the clipboard", () => {
  it("takes what is selected in the grid, whatever is selected in the editor", async () => {
    await bench.run("select 1 as id, '  abc123 ' as note union all select 2, null order by 1");
    await bench.tab("1 select 2").waitFor();
    // pgAdmin #7920: the editor has a selection of its own.
    await bench.editor.click();
    await visit.page.keyboard.press("ControlOrMeta+a");
    // pgAdmin #8273: not what was copied before.
    await visit.page.keyboard.press("ControlOrMeta+c");
    await expect.poll(clipboard).toContain("select 1 as id");
    await bench.clickGrid(160, 40);
    await visit.page.keyboard.press("ControlOrMeta+c");
    await expect.poll(clipboard).toBe("  abc123 ");
    // Pressed again, on a cell that is selected already: the grid has the keys all the same.
    await bench.editor.click();
    await bench.clickGrid(160, 40);
    await visit.page.keyboard.press("ControlOrMeta+a");
    await visit.page.keyboard.press("ControlOrMeta+c");
    await expect.poll(clipboard).toBe("1\t  abc123 \n2\t");
    await bench.clickGrid(160, 40);
    // pgAdmin #9372: a part of a value is copied as it is marked.
    await visit.page.keyboard.press("Enter");
    const value = visit.page.getByLabel("Text of the value");
    await value.evaluate((element) => {
      const text = element.firstChild;
      if (text) getSelection()?.setBaseAndExtent(text, 3, text, 7);
    });
    await visit.page.keyboard.press("ControlOrMeta+c");
    await expect.poll(clipboard).toBe("bc12");
    // And it goes into the editor in the place of what is selected there.
    await bench.editor.click();
    await visit.page.keyboard.press("ControlOrMeta+a");
    await visit.page.keyboard.press("ControlOrMeta+v");
    await expect.poll(() => bench.editor.textContent()).toBe("bc12");
  });

  it("takes rows in every format, by menu and by key", async () => {
    await bench.run("select 1 as id, 'it''s' as note union all select 2, null order by 1");
    await bench.tab("1 select 2").waitFor();
    await bench.clickGrid(80, 40);
    await visit.page.keyboard.press("ControlOrMeta+a");
    await visit.page.keyboard.press("Alt+Shift+c");
    await expect.poll(clipboard).toBe("id\tnote\n1\tit's\n2\t");
    const expected = [
      ["Copy as CSV with column names", "id,note\n1,it's\n2,"],
      ["Copy as JSON", '[\n{"id":1,"note":"it\'s"},\n{"id":2,"note":null}\n]'],
      ["Copy as Markdown", "| id | note |\n| ---: | --- |\n| 1 | it's |\n| 2 | *NULL* |"],
      ["Copy as SQL INSERT", "INSERT INTO result (id, note) VALUES\n(1, 'it''s'),\n(2, NULL);"],
      ["Copy as IN list", "((1, 'it''s'))"],
    ];
    for (const [name = "", text] of expected) {
      await bench.button("Copy rows").click();
      await menuItem(name).click();
      await expect.poll(clipboard).toBe(text);
    }
  });
});

describe("the rows of a result", () => {
  it("are found, sorted and filtered in the page, and by PostgreSQL when asked to", async () => {
    await bench.run(
      "select n as id, case when n % 2 = 0 then 'even' else 'odd' end as kind from generate_series(1, 25000) as n",
    );
    await bench.tab("1 generate_series 10,000").waitFor();
    await bench.clickGrid(80, 40);
    await visit.page.keyboard.press("ControlOrMeta+f");
    await visit.page.keyboard.insertText("999");
    await bench.results.getByText("1 of 19", { exact: true }).waitFor();
    await expect.poll(() => bench.cell(998, 0).textContent()).toBe("999");
    await visit.page.keyboard.press("Enter");
    await bench.results.getByText("2 of 19", { exact: true }).waitFor();
    await visit.page.keyboard.press("Shift+Enter");
    await bench.results.getByText("1 of 19", { exact: true }).waitFor();
    await visit.page.keyboard.press("Escape");

    await choose(80, 60, "Sort descending");
    await bench.results.getByText("10,000 of the 10,000 rows fetched", { exact: true }).waitFor();
    await visit.page.keyboard.press("ControlOrMeta+Home");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("10000");
    await choose(160, 40, "Only rows with this value");
    await bench.results.getByText("5,000 of the 10,000 rows fetched", { exact: true }).waitFor();
    await bench.button("Filter and sort in PostgreSQL").click();
    await expect.poll(() => bench.editor.textContent()).toContain("where kind = 'even'order by id desc");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("25000");
  });

  it("are a million, fetched to the end, gone through, searched and sorted", async () => {
    await bench.run("select n as id, 'row ' || n as note from generate_series(1, 1000000) n");
    await bench.tab("1 generate_series 10,000").waitFor();
    await bench.button("Fetch all").click();
    await bench.tab("1 generate_series 1,000,000").waitFor({ timeout: 40_000 });
    await bench.clickGrid(80, 40);
    await visit.page.keyboard.press("ControlOrMeta+End");
    await expect.poll(() => bench.cell(999_999, 1).textContent()).toBe("row 1000000");
    await visit.page.keyboard.press("ControlOrMeta+f");
    await visit.page.keyboard.insertText("row 777777");
    await bench.results.getByText("1 of 1", { exact: true }).waitFor();
    await expect.poll(() => bench.cell(777_776, 1).textContent()).toBe("row 777777");
    await visit.page.keyboard.press("Escape");
    await choose(80, 60, "Sort descending");
    await bench.results.getByText("1,000,000 of 1,000,000 rows", { exact: true }).waitFor();
    await visit.page.keyboard.press("ControlOrMeta+Home");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1000000");
  });

  it("take a key that comes with the press into them, which is none for the editor any more", async () => {
    await bench.run("select 1 as id");
    await bench.tab("1 select 1").waitFor();
    await bench.editor.click();
    const box = await bench.grid.boundingBox();
    await visit.page.mouse.move((box?.x ?? 0) + 80, (box?.y ?? 0) + 40);
    const { mouse, keyboard } = visit.page;
    await Promise.all([mouse.down(), keyboard.press("z"), mouse.up()]);
    await expect.poll(() => bench.cell(0, 0).getAttribute("aria-selected")).toBe("true");
    expect(await bench.editor.textContent()).toBe("select 1 as id");
  });

  it("have columns that are made wider, hidden, moved, frozen and shown again", async () => {
    await bench.run("select 1 as first, 2 as second, 3 as third");
    await bench.tab("1 select 1").waitFor();
    const isSelected = (column: number) =>
      expect.poll(() => bench.cell(0, column).getAttribute("aria-selected")).toBe("true");
    const border = await firstBorder();
    await bench.clickGrid(border + 30, 40);
    await isSelected(1);
    await dragBorder(border, 200);
    await bench.clickGrid(border + 30, 40);
    await isSelected(0);
    // It is remembered for the next run, until twice pressed: then it is as wide as what it holds.
    await bench.run("select 10 as first, 2 as second, 3 as third");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("10");
    await expect.poll(() => bench.cell(0, 0).getAttribute("aria-selected")).toBe("false");
    await bench.clickGrid(border + 30, 40);
    await isSelected(0);
    await doublePressBorder(border + 200);
    await bench.clickGrid(border + 30, 40);
    await isSelected(1);
    await choose(100, 40, "Hide column");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("2");
    await choose(100, 40, "Move right");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("3");
    await choose(100, 40, "Freeze up to here");
    await choose(100, 40, "Show all columns");
    await expect.poll(() => bench.cell(0, 2).textContent()).toBe("2");
  });

  it("stay when they are pinned, and are compared with those of a later run", async () => {
    const rows = (second: string) => `select * from (values (1, 'a'), (2, '${second}')) v(id, note)`;
    await bench.run(rows("b"));
    await bench.tab("1 select 2").waitFor();
    await bench.tab("1 select 2").dblclick();
    await visit.page.getByLabel("Name", { exact: true }).fill("before");
    await bench.button("Rename result").click();
    await bench.button("Result options").click();
    await menuItem("Pin result").click();
    await bench.run(rows("changed"));
    await bench.tab(/^1 select 2/).waitFor();
    await bench.tab(/^before 2 ?pinned/).waitFor();
    await bench.button("Result options").click();
    await menuItem("Compare with before").click();
    await bench.results.getByText("1 row changed, 0 only right, 0 only left, 1 alike").waitFor();
    const right = bench.results.getByRole("region", { name: "1 select", exact: true });
    await expect.poll(() => right.locator("td").allTextContents()).toContain("changed: changed");
    await visit.page.getByLabel("Only differences").check();
    await expect.poll(() => right.locator("td").allTextContents()).not.toContain("a");

    // Where there is nothing to compare, nothing is counted.
    await bench.run("select 1 as another");
    await bench.tab(/^1 select 1/).waitFor();
    await bench.button("Result options").click();
    await menuItem("Compare with before").click();
    await bench.results.getByText("The two results have no column of the same name.").waitFor();
    expect(await bench.results.textContent()).not.toContain("alike");
  });

  it("are drawn as a chart", async () => {
    await bench.run("select kind, n from (values ('a', 3), ('b', 5)) v(kind, n)");
    await bench.tab("1 select 2").waitFor();
    await bench.button("Show as chart").click();
    await bench.results.getByRole("img", { name: /^bar chart of n by kind, 2 points/ }).waitFor();
    await bench.results.getByText("Scatter").click();
    await bench.results.getByRole("img", { name: /^scatter chart of n by kind/ }).waitFor();
    await bench.button("Show as rows").click();
    await expect.poll(() => bench.cell(1, 1).textContent()).toBe("5");
  });
});

describe("a value", () => {
  it("is looked at as its type is best looked at", async () => {
    await bench.run(
      "select '{\"a\": [1, {\"b\": 9007199254740993}]}'::jsonb as doc, array['x', null] as list, '\\x89504e47'::bytea as bytes, '((0,0),(4,0),(4,4))'::polygon as area, '<a><b>1</b></a>'::xml as xml",
    );
    await bench.tab("1 select 1").waitFor();
    await bench.clickGrid(80, 40);
    await visit.page.keyboard.press("Enter");
    const value = visit.page.getByRole("complementary", { name: "Value" });
    await value.getByRole("treeitem", { name: /^b:? ?9007199254740993/ }).click();
    await value.getByRole("button", { name: "Copy path" }).click();
    await expect.poll(clipboard).toBe("$.a[1].b");
    await value.getByRole("button", { name: "Copy as SQL" }).click();
    await expect.poll(clipboard).toBe("doc -> 'a' -> 1 ->> 'b'");
    await bench.grid.focus();
    const next = () => visit.page.keyboard.press("ArrowRight");
    await next();
    await value.getByRole("listitem").nth(1).getByText("NULL").waitFor();
    await next();
    await value.getByText("Hex").click();
    await value.getByText("0000 89 50 4e 47").waitFor();
    await bench.grid.focus();
    await next();
    await value.getByRole("img", { name: "Drawing of 1 shape, 3 points" }).waitFor();
    await next();
    await expect
      .poll(() => value.getByLabel("Text of the value").textContent())
      .toBe("<a>\n  <b>1</b>\n</a>");
    await bench.grid.focus();
    await visit.page.keyboard.press("Shift+F10");
    const copy = visit.page.getByRole("menuitem", { name: /^Copy ?Ctrl/ });
    await expect.poll(() => copy.evaluate((entry) => entry === document.activeElement)).toBe(true);
    // A key's menu stands at its cell, not in the corner of the window.
    const [menu, grid] = await Promise.all([copy.boundingBox(), bench.grid.boundingBox()]);
    expect(menu?.x).toBeGreaterThan(grid?.x ?? Infinity);
    await visit.page.keyboard.press("Escape");
    await copy.waitFor({ state: "detached" });
    await bench.grid.focus();
    await visit.page.keyboard.press("Escape");
    await value.waitFor({ state: "detached" });
  });
});
