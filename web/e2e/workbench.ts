import type { Locator, Page } from "playwright-core";

/** The parts of the page, by role and name. */
export class Workbench {
  readonly page: Page;
  readonly editor: Locator;
  readonly results: Locator;
  readonly status: Locator;
  readonly tree: Locator;

  constructor(page: Page) {
    this.page = page;
    this.editor = page.getByRole("textbox", { name: /^SQL of/ });
    this.results = page.getByRole("region", { name: "Results", exact: true });
    this.status = page.getByRole("contentinfo", { name: "Status" });
    this.tree = page.getByRole("tree", { name: "Objects" });
  }

  /** Opens an empty query on a server of the demo's. */
  async newQuery(server = "shop (local)"): Promise<void> {
    await this.tree.getByRole("treeitem", { name: server }).waitFor();
    await this.page
      .getByRole("button", { name: /^New query/ })
      .first()
      .click();
    await this.editor.waitFor();
    const target = this.page.getByRole("button", { name: /^Runs on/ });
    if ((await target.textContent())?.includes(server)) return;
    await target.click();
    await this.page.getByRole("menuitemcheckbox", { name: `${server} /` }).click();
    await this.page.getByRole("button", { name: `Runs on ${server}` }).waitFor();
  }

  async write(sql: string): Promise<void> {
    await this.editor.click();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.insertText(sql);
  }

  /** Runs a text, all of it. */
  async run(sql: string): Promise<void> {
    await this.write(sql);
    await this.page.keyboard.press("ControlOrMeta+Shift+Enter");
  }

  /** As `run`, for what Howdah asks about first; answered with this button. */
  async runAsked(sql: string, answer: RegExp): Promise<void> {
    await this.run(sql);
    await this.page.getByRole("dialog").getByRole("button", { name: answer }).click();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  tab(name: string | RegExp): Locator {
    return this.results.getByRole("tab", { name });
  }

  /** The canvas with the rows; in it stands the table that assistive technology reads. */
  get grid(): Locator {
    return this.results.getByTestId("data-grid-canvas");
  }

  /** A value as assistive technology reads it. Rows and columns count from 0. */
  cell(row: number, column: number): Locator {
    return this.grid.locator(`tr[aria-rowindex="${row + 2}"] td[aria-colindex="${column + 1}"]`);
  }

  /** Presses into the grid, which paints its cells itself: so many pixels from its upper left corner. */
  async clickGrid(x: number, y: number): Promise<void> {
    const box = await this.grid.boundingBox();
    if (!box) throw new Error("the grid is not shown");
    await this.page.mouse.click(box.x + x, box.y + y);
    await this.status.getByText(/^1 cell/).waitFor();
  }

  /** Opens a node of the tree, and waits for what is below it. */
  async expand(name: string | RegExp): Promise<void> {
    const node = this.tree.getByRole("treeitem", { name }).first();
    await node.click();
    if ((await node.getAttribute("aria-expanded")) === "false") await this.page.keyboard.press("ArrowRight");
  }
}
