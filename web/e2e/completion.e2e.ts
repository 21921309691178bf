import { beforeEach, expect, it } from "vitest";

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

const option = (name: RegExp) => visit.page.getByRole("listbox").getByRole("option", { name });

/** Types behind what is there, letter by letter as a person does. */
async function type(text: string): Promise<void> {
  await visit.page.keyboard.type(text, { delay: 20 });
}

/** Names come with the first session; asking again until they are there is what a person does. */
async function offered(name: RegExp): Promise<void> {
  await expect
    .poll(async () => {
      await visit.page.keyboard.press("Control+Space");
      return option(name).count();
    })
    .toBeGreaterThan(0);
}

it("completes tables, columns by alias and whole joins, and learns of new tables", async () => {
  await bench.run("create temp table only_here (strange_column int); select 1");
  await bench.tab(/select 1/).waitFor();
  await bench.write("select * from shop.orders o join ");
  await offered(/order_items/);
  await option(/order_items/)
    .first()
    .click();
  await expect.poll(() => bench.editor.textContent()).toContain("oi on oi.order_id = o.id");
  await bench.write("select o. from shop.orders o");
  await visit.page.keyboard.press("Home");
  for (let step = 0; step < "select o.".length; step += 1) await visit.page.keyboard.press("ArrowRight");
  await type("pl");
  await option(/placed_at/).waitFor();
  await visit.page.keyboard.press("Enter");
  await expect.poll(() => bench.editor.textContent()).toContain("select o.placed_at from");
});

it("shows a table's columns under the pointer, and opens it with Ctrl", async () => {
  await bench.run("select count(*) from shop.customers");
  await bench.tab(/customers/).waitFor();
  await bench.write("select count(*) from shop.customers");
  const name = bench.editor.getByText("customers");
  await expect
    .poll(async () => {
      await visit.page.mouse.move(0, 0);
      await name.hover();
      await visit.page.waitForTimeout(600);
      return visit.page
        .locator(".cm-tooltip")
        .textContent({ timeout: 1000 })
        .catch(() => "");
    })
    .toContain("email");
  await name.click({ modifiers: ["ControlOrMeta"] });
  await visit.page.getByRole("tab", { name: /shop\.customers/ }).waitFor();
});
