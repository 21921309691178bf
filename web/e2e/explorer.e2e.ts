import { expect, it } from "vitest";

import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

it("leads from a server to a table and its rows", async () => {
  const { page } = await open();
  await signIn(page, person("ada"));
  const bench = new Workbench(page);
  const items = (level: number) => page.getByRole("treeitem").and(page.locator(`[aria-level="${level}"]`));

  await items(2).first().click();
  await page.keyboard.press("ArrowRight");
  await items(3).filter({ hasText: "shop" }).first().click();
  await page.keyboard.press("ArrowRight");
  await items(4).filter({ hasText: "shop" }).first().click();
  await page.keyboard.press("ArrowRight");
  await items(5).filter({ hasText: "Tables" }).click();
  await page.keyboard.press("ArrowRight");
  await items(6)
    .filter({ hasText: /^orders/ })
    .click();
  await page.keyboard.press("Alt+Enter");

  await bench.tab(/^1 orders/).waitFor();
  await expect.poll(() => bench.cell(0, 0).textContent()).toMatch(/^\d+$/);
});
