import { expect, it } from "vitest";

import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

it("shows a table as SQL, in its forms, and opens it in a query tab", async () => {
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
  const orders = items(6).filter({ hasText: /^orders/ });
  await orders.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Show DDL" }).click();

  const dialog = page.getByRole("dialog", { name: "DDL of shop.orders" });
  const sql = dialog.getByRole("region", { name: "SQL" });
  await expect.poll(() => sql.textContent()).toContain("CREATE TABLE shop.orders (\n    ");
  expect(await sql.textContent()).toContain("PRIMARY KEY");
  await dialog.getByRole("radio", { name: "Drop" }).check({ force: true });
  await expect.poll(() => sql.textContent()).toBe("DROP TABLE shop.orders;\n");
  expect(await dialog.getByRole("radio", { name: "Replace" }).count()).toBe(0);
  await dialog.getByRole("radio", { name: "Create" }).check({ force: true });
  await expect.poll(() => sql.textContent()).toContain("CREATE TABLE");
  await dialog.getByRole("button", { name: "Open in a query tab" }).click();

  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => bench.editor.textContent()).toContain("CREATE TABLE");
});
