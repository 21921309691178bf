import { beforeEach, describe, expect, it } from "vitest";

import { violations } from "./axe";
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

const plan = () => visit.page.getByRole("treegrid", { name: "Plan" });

describe("explaining", () => {
  it("shows where the time goes, by keyboard, in a table, a diagram and as text", async () => {
    await bench.write("select o.status, count(*) from shop.orders o where o.id < 500 group by 1");
    await visit.page.keyboard.press("Alt+Shift+x");
    await plan()
      .getByRole("row", { name: /Aggregate/ })
      .waitFor();
    await expect.poll(() => bench.results.textContent()).toMatch(/execution.*By table.*orders/s);
    expect(await violations(visit.page)).toEqual([]);
    await visit.page.getByText("Diagram", { exact: true }).click();
    await visit.page.getByRole("tree", { name: "Plan diagram" }).waitFor();
    await visit.page.getByText("Text", { exact: true }).click();
    await expect.poll(() => bench.results.textContent()).toContain('"Node Type"');

    await bench.button("Result options").click();
    await visit.page.getByRole("menuitem", { name: "Pin result" }).click();
    await bench.write("select o.status, count(*) from shop.orders o where o.id < 5 group by 1");
    await visit.page.keyboard.press("Alt+Shift+x");
    await bench.tab("Plan pinned").waitFor();
    await bench.button("Result options").click();
    await visit.page.getByRole("menuitem", { name: /^Compare with Plan/ }).click();
    const both = bench.results.getByRole("region", { name: "Plans side by side" });
    await both.getByRole("columnheader", { name: "Change" }).waitFor();
    await both
      .getByRole("rowheader", { name: /Scan.* orders/ })
      .first()
      .waitFor();
    expect(await violations(visit.page)).toEqual([]);
  });

  it("shows an error that has no place at the statement", async () => {
    await bench.run("begin; select 1/0");
    await visit.page.getByText("The transaction failed at statement 2.").waitFor();
    await bench.write("select 1");
    await visit.page.keyboard.press("Alt+x");
    await bench.editor.getByText("current transaction is aborted").waitFor();
    await bench.button("Roll back").first().click();
    await bench.status.getByText("no transaction").waitFor();

    await bench.write("select 1/(id - id) from shop.orders");
    await visit.page.keyboard.press("Alt+Shift+x");
    await bench.editor.getByText("division by zero").waitFor();
  });

  it("rolls back what an explained statement writes, after asking", async () => {
    await bench.write("create temp table paid (x int);\n\ninsert into paid values (1)");
    await visit.page.keyboard.press("ControlOrMeta+Shift+Enter");
    // The time comes when the run is over.
    await expect.poll(() => bench.status.textContent()).toMatch(/no transaction.*\d m?s$/);
    await visit.page.keyboard.press("ControlOrMeta+End");
    await visit.page.keyboard.press("Alt+Shift+x");
    await bench.button("Run and roll back").click();
    await plan()
      .getByRole("row", { name: /Insert/ })
      .waitFor();
    await bench.run("select count(*) from paid");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");
  });

  it("draws a plan that was pasted, without a database", async () => {
    await bench.write(
      "Sort  (cost=1.00..2.00 rows=100 width=4) (actual time=10.0..12.0 rows=9600 loops=1)\n" +
        "  Sort Key: a\n  Sort Method: external merge  Disk: 2048kB\n" +
        "  ->  Seq Scan on big  (cost=0.00..1.00 rows=100 width=4) (actual time=0.1..9.0 rows=9600 loops=1)",
    );
    await plan()
      .getByRole("row", { name: /Seq Scan/ })
      .waitFor();
    await expect.poll(() => bench.results.textContent()).toContain("The sort went to disk");
    // Also after something has run, and what is cut off is told as that.
    await bench.run("select 1 as one");
    await bench.tab("1 select 1").waitFor();
    await bench.write('[{"Plan": {"Node Type": "Seq Scan", "Total Cost": 1');
    await bench.results.getByText("This cannot be read as a plan.").waitFor();
    await bench.tab("1 select 1").click();
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");
  });
});

describe("formatting", () => {
  it("lays the text out, and one undo takes it back", async () => {
    await bench.write("select a,b from t where x=1");
    await visit.page.keyboard.press("Alt+Shift+f");
    await expect.poll(() => bench.editor.textContent()).toContain("x = 1");
    await bench.editor.click();
    await visit.page.keyboard.press("ControlOrMeta+z");
    await expect.poll(() => bench.editor.textContent()).toContain("x=1");
  });
});
