import type { Locator } from "playwright-core";
import { expect } from "vitest";

import type { Workbench } from "./workbench";

const HEAD = 28;
const ROW = 24;

/** The rows of a table in a tab of their own. */
export class Rows {
  readonly bench: Workbench;
  readonly region: Locator;
  readonly canvas: Locator;
  readonly staged: Locator;

  constructor(bench: Workbench, table: string) {
    this.bench = bench;
    const { page } = bench;
    this.region = page.getByRole("region", { name: `Rows of ${table}`, exact: true });
    this.canvas = this.region.getByTestId("data-grid-canvas");
    this.staged = page.getByRole("region", { name: "Staged changes" });
  }

  cell(row: number, column: number): Locator {
    return this.canvas.locator(`tr[aria-rowindex="${row + 2}"] td[aria-colindex="${column + 1}"]`);
  }

  async reads(row: number, column: number, text: string | RegExp): Promise<void> {
    const value = expect.poll(() => this.cell(row, column).textContent());
    await (typeof text === "string" ? value.toBe(text) : value.toMatch(text));
  }

  /** Selects the first cell of a row, then goes right. */
  async select(row: number, column: number): Promise<void> {
    await this.cell(row, 0).waitFor({ state: "attached" });
    const box = await this.canvas.boundingBox();
    if (!box) throw new Error("the grid is not shown");
    const { page } = this.bench;
    await page.mouse.click(box.x + 60, box.y + HEAD + row * ROW + ROW / 2);
    await page.waitForFunction(() => document.activeElement?.closest('[data-testid="data-grid-canvas"]'));
    await this.bench.status.getByText(/^1 cell/).waitFor();
    for (let step = 0; step < column; step += 1) await page.keyboard.press("ArrowRight");
  }

  async menu(row: number, name: string | RegExp): Promise<void> {
    const box = await this.canvas.boundingBox();
    if (!box) throw new Error("the grid is not shown");
    const { page } = this.bench;
    await page.mouse.click(box.x + 60, box.y + HEAD + row * ROW + ROW / 2, { button: "right" });
    await page.getByRole("menuitem", { name }).click();
  }
}

/** Makes tables in a schema of the test's own. */
export async function makeTables(bench: Workbench, schema: string, sql: string): Promise<void> {
  await bench.runAsked(
    `drop schema if exists ${schema} cascade; create schema ${schema}; set search_path to ${schema};
    ${sql}; select 'made' as tables`,
    /^Drop/,
  );
  await bench.tab(/made|select/).waitFor();
}

/** Opens the rows of a table of the shop's by the explorer. */
export async function openRows(
  bench: Workbench,
  server: string,
  schema: string,
  table: string,
): Promise<Rows> {
  const { page } = bench;
  const items = (level: number, name: string | RegExp) =>
    page
      .getByRole("treeitem", { name })
      .and(page.locator(`[aria-level="${level}"]`))
      .first();
  const path: [number, string | RegExp][] = [
    [2, server],
    [3, /^shop/],
    [4, new RegExp(`^${schema}`)],
    [5, /^Tables/],
  ];
  for (const [level, name] of path) {
    await items(level, name).click();
    if ((await items(level, name).getAttribute("aria-expanded")) === "false")
      await page.keyboard.press("ArrowRight");
  }
  await items(6, new RegExp(`^${table}`)).click();
  await page.keyboard.press("Shift+Enter");
  await page.getByRole("heading", { name: table, exact: true }).waitFor();
  return new Rows(bench, table);
}
