import { readFile } from "node:fs/promises";
import type { Download } from "playwright-core";
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

it("a download runs the statement again, or saves the rows that are here, in each format", async () => {
  await bench.run("select n as id, 'a, \"b\"' as note from generate_series(1, 2) n");
  await bench.tab("1 generate_series 2").waitFor();
  const json = '[\n{"id":1,"note":"a, \\"b\\""},\n{"id":2,"note":"a, \\"b\\""}\n]\n';
  const expected = [
    ["All rows as CSV", 'id,note\n1,"a, ""b"""\n2,"a, ""b"""\n'],
    ["All rows as TSV", 'id\tnote\n1\t"a, ""b"""\n2\t"a, ""b"""\n'],
    ["All rows as JSON", json],
    ["All rows as NDJSON", '{"id":1,"note":"a, \\"b\\""}\n{"id":2,"note":"a, \\"b\\""}\n'],
    ["All rows as SQL INSERT", "INSERT INTO result (id, note) VALUES\n(1, 'a, \"b\"'),\n(2, 'a, \"b\"');\n"],
    ["All rows as Markdown", '| id | note |\n| ---: | --- |\n| 1 | a, "b" |\n| 2 | a, "b" |\n'],
    ["All rows as Excel workbook", "PK"],
    ["Rows here as JSON", json],
  ];
  for (const [name = "", text = ""] of expected) {
    const begun = firstDownload(visit);
    await bench.button("Download").click();
    await visit.page.getByRole("menuitem", { name, exact: true }).click();
    const content = await readFile(await (await begun).path(), "utf8");
    expect(content.slice(0, text === "PK" ? 2 : undefined)).toBe(text);
  }
});

/** The browser reports it of the page that asked, or of the window in which it began. */
function firstDownload({ page, context }: Visit): Promise<Download> {
  return new Promise((resolve) => {
    page.once("download", resolve);
    context.once("page", (window) => window.once("download", resolve));
  });
}
