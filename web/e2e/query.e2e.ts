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

describe("a query", () => {
  it("brings rows, and the status bar says who one is in the database", async () => {
    await bench.run("select 1::bigint as id, 'Für Jonas' as note, null::text as nothing, '' as empty");
    await bench.tab("1 select 1").waitFor();
    await expect.poll(() => bench.cell(0, 1).textContent()).toBe("Für Jonas");
    expect(await bench.cell(0, 2).textContent()).toBe("NULL");
    expect(await bench.cell(0, 3).textContent()).toBe("empty text");
    await expect.poll(() => bench.status.textContent()).toMatch(/you are .+no transaction/);
  });

  it("shows one result for each statement, and what PostgreSQL says in between", async () => {
    await bench.run("select 1 as a; do $$ begin raise notice 'half way'; end $$; values (2), (3)");
    await bench.tab("2 values 2").waitFor();
    await bench.tab("Messages").click();
    await expect.poll(() => bench.results.textContent()).toContain("half way");
  });

  it("pauses at the row limit, and scrolling to the end fetches more", async () => {
    await bench.run("select n from generate_series(1, 25000) as n");
    await bench.tab("1 generate_series 10,000").waitFor();
    await bench.button("Fetch 10,000 more").waitFor();
    await bench.clickGrid(80, 60);
    await visit.page.keyboard.press("ControlOrMeta+End");
    await bench.tab("1 generate_series 20,000").waitFor();
    await bench.button("Fetch all").click();
    await bench.tab("1 generate_series 25,000").waitFor();
    await visit.page.keyboard.press("ControlOrMeta+End");
    await expect.poll(() => bench.cell(24_999, 0).textContent()).toBe("25000");
  });

  it("copies what is selected, and sums it up exactly", async () => {
    await bench.run("select n * 0.1 as tenth from generate_series(1, 3) as n");
    await bench.tab("1 generate_series 3").waitFor();
    await bench.clickGrid(80, 40);
    await visit.page.keyboard.press("Shift+ArrowDown");
    await visit.page.keyboard.press("Shift+ArrowDown");
    await expect.poll(() => bench.status.textContent()).toContain("3 cells, sum 0.6");
    await visit.page.keyboard.press("ControlOrMeta+c");
    await expect.poll(() => visit.page.evaluate(() => navigator.clipboard.readText())).toBe("0.1\n0.2\n0.3");
  });

  it("is painted anew when the theme changes", async () => {
    await bench.run("select 1 as id");
    await bench.tab("1 select 1").waitFor();
    const ground = () =>
      bench.grid.evaluate((canvas: HTMLCanvasElement) =>
        [...(canvas.getContext("2d")?.getImageData(300, 200, 1, 1).data ?? [])].join(),
      );
    expect(await ground()).toBe("255,255,255,255");
    await visit.page.getByRole("button", { name: /ada@/ }).click();
    await visit.page.getByRole("menuitemcheckbox", { name: "Dark" }).click();
    await expect.poll(ground).toBe("21,23,28,255");
  });

  it("runs the statement at the cursor alone, or what is selected", async () => {
    await bench.write("select 'one' as first;\n\nselect 'two' as second;");
    await visit.page.keyboard.press("ControlOrMeta+Home");
    await visit.page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("one");
    await visit.page.keyboard.press("ControlOrMeta+End");
    await visit.page.keyboard.press("Shift+Home");
    await visit.page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("two");
  });
});

describe("an error", () => {
  it("stands under its line, is gone to by key, and offers PostgreSQL's suggestion", async () => {
    await bench.run("select oid,\n  relnam\nfrom pg_class c");
    await expect.poll(() => bench.editor.textContent()).toContain('column "relnam" does not exist42703');
    await bench.tab("Messages 1 error").waitFor();
    await expect.poll(() => bench.results.textContent()).toContain("line 2, column 3, SQLSTATE 42703");
    await visit.page.keyboard.press("Alt+j");
    await expect.poll(() => bench.status.textContent()).toContain("Ln 2, Col 3");
    await visit.page.keyboard.press("Alt+Enter");
    await expect.poll(() => bench.editor.textContent()).toContain("c.relname");
  });
});

describe("a statement that takes long", () => {
  it("is cancelled at once", async () => {
    await bench.run("select pg_sleep(60)");
    await bench.results.getByText(/^Running \d/).waitFor();
    await visit.page.keyboard.press("Alt+c");
    await bench.results.getByText(/^Cancelled after/).waitFor();
    await bench.run("select 'still here' as it");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("still here");
  });
});

describe("a transaction", () => {
  it("is shown, committed and rolled back by button, and the results stay", async () => {
    await bench.run("begin; create temporary table kept (a int); insert into kept values (1); table kept");
    await bench.page.getByText("In transaction", { exact: true }).waitFor();
    await bench.button("Commit").click();
    await bench.status.getByText("no transaction", { exact: true }).waitFor();
    expect(await bench.cell(0, 0).textContent()).toBe("1");

    await bench.runAsked("begin; delete from kept; select 1 / 0; select 2", /^Delete all rows/);
    await bench.results.getByText("The transaction failed at statement 3.").waitFor();
    expect(await bench.button("Commit").isDisabled()).toBe(true);
    await bench.button("Roll back").first().click();
    await bench.status.getByText("no transaction", { exact: true }).waitFor();
    await bench.run("table kept");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");
  });

  it("is asked about when its tab is closed", async () => {
    await bench.run("begin");
    await bench.page.getByText("In transaction", { exact: true }).waitFor();
    await visit.page.keyboard.press("Alt+w");
    const question = visit.page.getByRole("dialog", { name: "Close with an open transaction?" });
    await question.getByRole("button", { name: "Keep the tab" }).click();
    await bench.editor.waitFor();
  });
});

describe("what goes wrong around a query", () => {
  it("is said where the person looks, and the next run has a new session", async () => {
    await bench.run("select pg_terminate_backend(pg_backend_pid())");
    await bench.results.getByText("The session has ended.").waitFor();
    await bench.run("select 'back' as it");
    await bench.results.getByText(/^New session/).waitFor();
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("back");
  });

  it("never costs the text: it is there after a reload", async () => {
    await bench.write("select 'typed and never run'");
    await visit.page.reload();
    await expect.poll(() => bench.editor.textContent()).toBe("select 'typed and never run'");
  });
});
