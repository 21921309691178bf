import { beforeEach, expect, it } from "vitest";

import { browsing, person, signIn, signInElsewhere, type Visit } from "./visit";
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

/** A list that is being asked for anew takes no press: another one does. */
async function taken(name: RegExp, text: string): Promise<void> {
  await expect
    .poll(async () => {
      const first = option(name).first();
      if (await first.isVisible()) await first.click({ timeout: 2_000 }).catch(() => undefined);
      return bench.editor.textContent();
    })
    .toContain(text);
}

it("completes tables, columns by alias and whole joins, and learns of new tables", async () => {
  await bench.run("create temp table only_here (strange_column int); select 1");
  await bench.tab(/select 1/).waitFor();
  await bench.write("select * from shop.orders o join ");
  await offered(/order_items/);
  await taken(/order_items/, "oi on oi.order_id = o.id");
  await bench.write("select o. from shop.orders o");
  await visit.page.keyboard.press("Home");
  for (let step = 0; step < "select o.".length; step += 1) await visit.page.keyboard.press("ArrowRight");
  await type("pl");
  await option(/placed_at/)
    .first()
    .waitFor();
  await taken(/placed_at/, "select o.placed_at from");
});

it("completes an enum's labels within quotes, types, and by the session's search path", async () => {
  await bench.run("set search_path = billing; select 1");
  await bench.tab(/select 1/).waitFor();
  await bench.write("select * from shop.orders where status = ");
  await offered(/delivered/);
  await visit.page.keyboard.press("Escape");
  await type("'");
  await option(/delivered/).waitFor();
  await type("sh");
  await taken(/shipped/, "status = 'shipped'");
  expect(await bench.editor.textContent()).toMatch(/'shipped'$/);
  await bench.write("select 'paid'::order_s");
  await offered(/order_status/);
  await taken(/order_status/, "'paid'::shop.order_status");
  await bench.write("select * from invo");
  await offered(/invoices/);
  await taken(/invoices/, "from invoices");
});

it("offers to whoever asks what somebody else has made a moment ago", async () => {
  await bench.run("select 1");
  await bench.tab(/select 1/).waitFor();
  await bench.write("select * from shop.made_else");
  await visit.page.keyboard.press("Control+Space");
  const other = await open();
  await signInElsewhere(other.page, person("ada"));
  const there = new Workbench(other.page);
  await there.newQuery();
  await there.run("create table shop.made_elsewhere (n int)");
  await there.results.getByText("CREATE TABLE").first().waitFor();
  try {
    await bench.write("select * from shop.made_else");
    await offered(/^made_elsewhere/);
  } finally {
    await there.runAsked("drop table shop.made_elsewhere", /^Drop|^Run/);
    await there.results.getByText("DROP TABLE").first().waitFor();
  }
});

it("shows a table's columns under the pointer, and opens it with Ctrl", async () => {
  await bench.run("select count(*) from shop.customers");
  await bench.tab(/customers/).waitFor();
  await bench.write("select count(*) from shop.customers");
  await visit.page.keyboard.press("Escape");
  const name = await placeOf("customers");
  await expect
    .poll(async () => {
      // The hint comes when the pointer rests on the name.
      await visit.page.mouse.move(0, 0);
      await visit.page.mouse.move(name.x, name.y, { steps: 3 });
      return hint()
        .textContent({ timeout: 2_000 })
        .catch(() => "");
    })
    .toContain("email");
  await visit.page.keyboard.down("ControlOrMeta");
  await visit.page.mouse.click(name.x, name.y);
  await visit.page.keyboard.up("ControlOrMeta");
  await visit.page.getByRole("tab", { name: /shop\.customers/ }).waitFor();
});

const hint = () => visit.page.locator(".cm-tooltip-hover");

/** Where a word of the editor is on the screen. */
function placeOf(word: string): Promise<{ x: number; y: number }> {
  return bench.editor.evaluate((editor, text) => {
    const walker = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.textContent?.indexOf(text) ?? -1;
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + text.length);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    }
    throw new Error(`the editor does not show ${text}`);
  }, word);
}
