import { readFile } from "node:fs/promises";
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
    const begun = visit.page.waitForEvent("download");
    await bench.button("Download").click();
    await visit.page.getByRole("menuitem", { name, exact: true }).click();
    const content = await readFile(await (await begun).path(), "utf8");
    expect(content.slice(0, text === "PK" ? 2 : undefined)).toBe(text);
  }
});

it("a download has the values that the result's placeholders had, and so has the same in PostgreSQL", async () => {
  const { page } = visit;
  await bench.run("select n as id, :word as word from generate_series(1, 2) n");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("it's");
  await dialog.getByRole("button", { name: /^Run with these values/ }).click();
  await bench.tab("1 generate_series 2").waitFor();
  const begun = page.waitForEvent("download");
  await bench.button("Download").click();
  await page.getByRole("menuitem", { name: "All rows as CSV", exact: true }).click();
  expect(await readFile(await (await begun).path(), "utf8")).toBe("id,word\n1,it's\n2,it's\n");
  await expect.poll(() => page.getByText("PostgreSQL runs this for the file").count()).toBe(0);

  await bench.clickGrid(80, 40);
  await page.keyboard.press("ContextMenu");
  await page.getByRole("menuitem", { name: "Only rows with this value" }).click();
  await bench.button("Filter in PostgreSQL").click();
  await expect.poll(() => dialog.getByRole("textbox").inputValue()).toBe("it's");
  await dialog.getByRole("button", { name: /^Run with these values/ }).click();
  await bench.tab("1 generate_series 1").waitFor();
});

it("a download that cannot begin says so in the page, and one that takes long is stopped there", async () => {
  const { page } = visit;
  await bench.run("create temporary table here_only as select 1 as one; select one from here_only");
  await bench.tab("1 here_only 1").waitFor();
  await bench.button("Download").click();
  await page.getByRole("menuitem", { name: "All rows as CSV", exact: true }).click();
  await page.getByText('There is no file. PostgreSQL: relation "here_only" does not exist (42P01)').waitFor();

  await bench.run(
    "set demo.quick = on; select pg_sleep(case when current_setting('demo.quick', true) = 'on' then 0 else 600 end)",
  );
  await bench.tab("1 select 1").waitFor();
  await bench.button("Download").click();
  await page.getByRole("menuitem", { name: "All rows as JSON", exact: true }).click();
  await bench.run(SLEEPING);
  await bench.tab("1 pg_stat_activity 1").waitFor();
  await bench.button("Stop").click();
  await expect
    .poll(async () => {
      await bench.run(SLEEPING);
      return bench.tab(/^1 pg_stat_activity/).textContent();
    })
    .toBe("1 pg_stat_activity0");
  expect(await page.getByText("PostgreSQL runs this for the file").count()).toBe(0);
  expect(visit.context.pages()).toHaveLength(1);
});

const SLEEPING = "select pid from pg_stat_activity where query like 'COPY%demo.quick%' and state = 'active'";
