import { beforeEach, expect, it } from "vitest";

import { browsing, person, signIn, type Visit } from "../e2e/visit";
import { Workbench } from "../e2e/workbench";
import { percentile, report } from "./figures";
import { pressAll, watchKeys } from "./keys";

const { open } = browsing();
/** A database with many names, and how a person comes to one of its tables. */
interface Names {
  /** Also what its server is called. */
  readonly database: string;
  readonly size: string;
  readonly schema: string;
  /** Names of tables begin so; letters and digits follow. */
  readonly letters: string;
  readonly digits: string;
  /** How many tables the schema shows at once, at least. */
  readonly shown: number;
}

const many: Names = {
  database: "bench",
  size: "10,000 tables",
  schema: "many",
  letters: "table_0777",
  digits: "123",
  shown: 10,
};
const large: Names = {
  database: "large",
  size: "50,000 tables in 2,000 schemas",
  schema: "schema_0777",
  letters: "table_2",
  digits: "01",
  shown: 10,
};
const all = process.env.HOWDAH_BENCH_LARGE === undefined ? [many] : [many, large];

let visit: Visit;
let bench: Workbench;

beforeEach(async () => {
  visit = await open();
  await signIn(visit.page, person("ada"));
  bench = new Workbench(visit.page);
  await bench.tree.getByRole("treeitem").first().waitFor();
});

it.each(all)("opens $size in the tree", async ({ database, size, schema, shown }) => {
  const { page } = visit;
  const node = (level: number, name: string) =>
    page.locator(`[role="treeitem"][aria-level="${level}"]`).filter({ hasText: name }).first();
  await watchKeys(page, '[role="tree"]');
  await node(2, database).click();
  await page.keyboard.press("ArrowRight");
  await node(3, database).click();
  let before = await bytesReceived();
  const [schemas = NaN] = await pressAll(page, ["ArrowRight"]);
  await report(`${size}: the schemas painted`, schemas, "ms", 300);
  await report("  received for them", ((await bytesReceived()) - before) / 1000, "kB", 200);

  await page.getByPlaceholder("Filter").fill(schema);
  await node(4, schema).click();
  await page.keyboard.press("ArrowRight");
  await node(5, "Tables").click();
  before = await bytesReceived();
  const [tables = NaN] = await pressAll(page, ["ArrowRight"]);
  expect(await page.locator('[role="treeitem"][aria-level="6"]').count()).toBeGreaterThan(shown);
  await report(`${size}: the first tables painted`, tables, "ms", 300);
  await report("  received for them", ((await bytesReceived()) - before) / 1000, "kB", 200);
});

it.each(all)("goes to one of $size by name", async ({ database, size, letters, digits }) => {
  const { page } = visit;
  await beginIn(database);
  await page.keyboard.press("ControlOrMeta+k");
  const box = page.getByRole("combobox", { name: "Go to object or command" });
  // Columns are found among the names that the page knows: once they are, all names have come.
  await box.fill("@id");
  await page.getByRole("option", { name: /\.id/ }).first().waitFor({ timeout: 60_000 });
  await box.fill(letters);
  await page
    .getByRole("option", { name: new RegExp(letters) })
    .first()
    .waitFor({ timeout: 60_000 });
  await box.fill("");
  await watchKeys(page, '[role="listbox"]');
  const times = await pressAll(page, [...lettersOf(letters), "Backspace", ...lettersOf(digits)]);
  await report(`go to one of ${size}: a key, p50`, percentile(times, 50), "ms", 100);
  await report("  the slowest key", percentile(times, 100), "ms", 100);
});

it.each(all)("completes a name among $size", async ({ database, size, schema, letters, digits }) => {
  const { page } = visit;
  await beginIn(database);
  // PostgreSQL's own names are the last that come: once they are there, all are.
  for (const [of, name] of [
    ["information_schema", /applicable_roles/],
    [schema, /table_/],
  ] as const) {
    await page.keyboard.press("Escape");
    await bench.write(`select * from ${of}.`);
    await expect
      .poll(
        async () => {
          await page.keyboard.press("Control+Space");
          return page.getByRole("listbox").getByRole("option", { name }).count();
        },
        { timeout: 60_000 },
      )
      .toBeGreaterThan(0);
  }
  await watchKeys(page, ".cm-tooltip-autocomplete");
  const times = await pressAll(page, [...lettersOf(letters), "Backspace", ...lettersOf(digits)]);
  await report(`completion among ${size}: a key, p50`, percentile(times, 50), "ms", 50);
  await report("  the slowest key", percentile(times, 100), "ms", 50);
});

/** Opens a query in a database and runs something, so that its names are known. */
async function beginIn(database: string): Promise<void> {
  await bench.newQuery(database);
  await bench.run("select 1");
  await bench.tab(/select 1/).waitFor();
}

function lettersOf(text: string): string[] {
  return Array.from(text);
}

/** What answers to the page's requests took on the wire so far. */
async function bytesReceived(): Promise<number> {
  return visit.page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
  );
}
