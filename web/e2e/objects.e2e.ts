import { expect, it } from "vitest";

import { violations } from "./axe";
import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
const SERVER = "shop (local)";

it("leads from the tree to a table's page, to what it names, and back to the tree", async () => {
  const { page } = await open();
  await signIn(page, person("ada"));
  const bench = new Workbench(page);
  const steps = [SERVER, "shop", "shop", "Tables"];
  for (const [index, name] of steps.entries()) {
    const level = page.locator(`[aria-level="${index + 2}"]`);
    await page.getByRole("treeitem").and(level).filter({ hasText: name }).first().click();
    await page.keyboard.press("ArrowRight");
  }

  await bench.tree.getByRole("treeitem", { name: /^orders/ }).click();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "orders", exact: true, level: 2 }).waitFor();
  const columns = page.getByRole("region", { name: "Columns" });
  await columns.getByRole("row", { name: /key id bigint not null/ }).waitFor();
  await page
    .getByRole("region", { name: "Indexes" })
    .getByRole("row", { name: /orders_pkey/ })
    .waitFor();
  const facts = page.getByRole("complementary", { name: "Facts" });
  await facts.getByText("Analyzed").waitFor();
  expect(await violations(page)).toEqual([]);

  await columns.getByRole("button", { name: "shop.customers(id)" }).click();
  await page.getByRole("heading", { name: "customers", exact: true, level: 2 }).waitFor();
  await page.getByRole("tab", { name: "Privileges" }).click();
  await page
    .getByRole("region", { name: "Privileges" })
    .getByText(/SELECT/)
    .first()
    .waitFor();
  await page.getByRole("tab", { name: /^Dependencies/ }).click();
  await page
    .getByRole("region", { name: "Used by" })
    .getByRole("button", { name: "shop.orders", exact: true })
    .click();
  await page.getByRole("heading", { name: "orders", exact: true, level: 2 }).waitFor();

  await page.getByRole("button", { name: "Collapse all" }).click();
  await page.getByRole("button", { name: "More about orders" }).click();
  await page.getByRole("menuitem", { name: "Show in explorer" }).click();
  await bench.tree.getByRole("treeitem", { name: /^orders/, selected: true }).waitFor();

  // What is open is open again after a reload.
  await page.reload();
  await page.getByRole("heading", { name: "orders", exact: true, level: 2 }).waitFor();
});

it("finds an object by its name or its text, and says when it is gone", async () => {
  const { page } = await open();
  await signIn(page, person("ada"));
  const bench = new Workbench(page);
  await bench.newQuery(SERVER);
  await bench.runAsked(
    `drop table if exists shop."Soon gone"; create table shop."Soon gone" (id int);
     comment on table shop."Soon gone" is 'made for a moment'; select 1`,
    /^Drop/,
  );
  await expect.poll(() => bench.cell(0, 0).textContent(), { timeout: 20_000 }).toBe("1");

  const asked = page.getByRole("combobox", { name: "Go to object or command" });
  await page.keyboard.press("ControlOrMeta+k");
  await asked.fill("f:noise");
  await page.getByRole("option", { name: /^noise\(/ }).waitFor({ timeout: 20_000 });
  await asked.fill("ordit");
  await page.getByRole("option", { name: /^order_items/ }).waitFor();
  await asked.fill("made for a moment");
  await page.getByRole("option", { name: /Search bodies and comments/ }).click();
  await page.getByRole("option", { name: /in its comment/ }).click();
  await page.getByRole("heading", { name: "Soon gone", level: 2 }).waitFor();
  await page.getByRole("complementary", { name: "Facts" }).getByText("made for a moment").waitFor();

  await page.getByRole("tab", { name: /^Query 1/ }).click();
  await bench.runAsked(`drop table shop."Soon gone"; select 2`, /^Drop/);
  await expect.poll(() => bench.cell(0, 0).textContent(), { timeout: 20_000 }).toBe("2");
  await page.getByRole("tab", { name: /Soon gone/ }).click();
  await page.getByRole("button", { name: "Read again" }).first().click();
  await page.getByText(/This table is not there any more/).waitFor();
  await page.getByRole("region", { name: "Columns" }).getByText("integer").waitFor();
});

it("takes names of whatever letters, and says what others do to an object meanwhile", async () => {
  const { page } = await open();
  await signIn(page, person("ada"));
  const bench = new Workbench(page);
  // 63 bytes, as many as PostgreSQL keeps.
  const name = `it's "a"\nÜnï💡 table ${"z".repeat(38)}`;
  const quoted = `shop."${name.replaceAll('"', '""')}"`;
  // The statement has a tab of the same name behind it.
  const objectTab = page.getByRole("tab", { name: /^shop\.it's/ }).first();
  await bench.newQuery(SERVER);
  await bench.runAsked(
    `drop table if exists ${quoted}; create table ${quoted} (id int primary key, "Größe ""x""" text default ''); select 1`,
    /^Drop/,
  );
  await expect.poll(() => bench.cell(0, 0).textContent(), { timeout: 20_000 }).toBe("1");

  // Found by letters, of its kind, and by the prefix that the list of kinds has.
  const asked = page.getByRole("combobox", { name: "Go to object or command" });
  await page.keyboard.press("ControlOrMeta+k");
  await asked.fill(":inde");
  await page.getByRole("option", { name: /^Indexes/ }).click();
  await expect.poll(() => asked.inputValue()).toBe("i:");
  await page.keyboard.insertText("üpkey");
  await page.getByRole("option", { name: /z_pkey shop/ }).waitFor({ timeout: 20_000 });
  await asked.fill("t:ünï");
  await page.getByRole("option", { name: /z shop/ }).click();
  const heading = page.getByRole("heading", { name, level: 2 });
  await heading.waitFor({ timeout: 20_000 });
  expect(await violations(page)).toEqual([]);
  await page.getByRole("tab", { name: "DDL" }).click();
  await page
    .getByText(/CREATE TABLE shop\."it's ""a""/)
    .first()
    .waitFor({ timeout: 20_000 });

  // Its statements are written, not run; its name goes where it is dragged.
  await page.getByRole("button", { name: /^More about it's/ }).click();
  await page.getByRole("menuitem", { name: "Statements" }).press("ArrowRight");
  await page.getByRole("menuitem", { name: "INSERT" }).click();
  await expect.poll(() => bench.editor.textContent(), { timeout: 20_000 }).toContain('"Größe ""x"""');
  await objectTab.click();
  await heading.waitFor();
  await page.getByRole("button", { name: /^More about it's/ }).click();
  await page.getByRole("menuitem", { name: "Show in explorer" }).click();
  const line = bench.tree.getByRole("treeitem", { name: /Ünï💡 table/, selected: true });
  await line.waitFor({ timeout: 20_000 });
  await page.keyboard.press("ControlOrMeta+c");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(quoted);
  await page.getByRole("tab", { name: /^Query 1/ }).click();
  await bench.write("");
  await line.dragTo(bench.editor);
  await expect.poll(() => bench.editor.textContent()).toContain(`"it's ""a""`);
  // With Shift held at the drop it leaves its columns, once it is open.
  await line.click();
  await page.keyboard.press("ArrowRight");
  await bench.tree.getByRole("treeitem", { name: /^Größe/ }).waitFor();
  await bench.write("");
  await line.hover();
  await page.mouse.down();
  await bench.editor.hover();
  await page.keyboard.down("Shift");
  await bench.editor.hover({ position: { x: 40, y: 8 } });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await expect.poll(() => bench.editor.textContent()).toContain('"Größe ""x"""');

  // Somebody else holds a lock on it, and then gives it another name.
  await bench.run(`begin; lock table ${quoted}; select 2`);
  await expect.poll(() => bench.cell(0, 0).textContent(), { timeout: 20_000 }).toBe("2");
  await objectTab.click();
  await page.getByRole("button", { name: "Read again" }).first().click();
  await page.getByText(/The lock is held by ada with Howdah/).waitFor({ timeout: 20_000 });
  await page.getByRole("tab", { name: "DDL" }).click();
  await page.getByText(/needs a lock that is held by ada/).waitFor({ timeout: 20_000 });
  await page.getByRole("tab", { name: /^Query 1/ }).click();
  await bench.run(`rollback; alter table ${quoted} rename to plain_name; select 3`);
  await expect.poll(() => bench.cell(0, 0).textContent(), { timeout: 20_000 }).toBe("3");
  await objectTab.click();
  await page.getByRole("button", { name: "Read again" }).first().click();
  await page.getByRole("heading", { name: "plain_name", level: 2 }).waitFor({ timeout: 20_000 });
  await page.getByRole("tab", { name: "shop.plain_name" }).waitFor();
});

it("says what somebody may not read, and shows the rest of it", async () => {
  const { page } = await open();
  await signIn(page, person("grace"));
  const bench = new Workbench(page);
  await bench.newQuery(SERVER);
  await bench.run("select 1");
  await expect.poll(() => bench.cell(0, 0).textContent(), { timeout: 20_000 }).toBe("1");

  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("combobox", { name: "Go to object or command" }).fill("t:payments");
  await page.getByRole("option", { name: /^payments shop/ }).click({ timeout: 20_000 });
  await page.getByRole("heading", { name: "payments", exact: true, level: 2 }).waitFor({ timeout: 20_000 });
  await page.getByText("You have no SELECT privilege on it").waitFor();
  expect(await page.getByRole("button", { name: "Rows", exact: true }).isDisabled()).toBe(true);
  await page.getByRole("region", { name: "Constraints" }).getByText("PRIMARY KEY (id)").waitFor();

  await page.getByRole("button", { name: "More about payments" }).click();
  await page.getByRole("menuitem", { name: "Show in explorer" }).click();
  const line = bench.tree.getByRole("treeitem", { name: /^payments.*no SELECT privilege/, selected: true });
  await line.waitFor({ timeout: 20_000 });
  await line.click({ button: "right" });
  const rows = page.getByRole("menuitem", { name: /^Select rows.*no SELECT privilege/ });
  await rows.waitFor();
  expect(await rows.getAttribute("aria-disabled")).toBe("true");
  await page.keyboard.press("Escape");
  await rows.waitFor({ state: "detached" });
});
