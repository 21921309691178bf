import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

test("what COPY writes is a result of lines, which pauses, is found in, copied and downloaded", async () => {
  const { page } = await open();
  await signIn(page, person("ada"));
  const bench = new Workbench(page);
  await bench.newQuery();
  await bench.run(
    "begin; copy (select g, 'line ' || g from generate_series(1, 30000) g) to stdout (format csv, header);",
  );
  await bench.tab(/ 10,000$/).waitFor();
  await bench.cell(0, 0).getByText("g,?column?").waitFor({ state: "attached" });
  await bench.clickGrid(100, 80);
  await page.keyboard.press("ControlOrMeta+f");
  await page.keyboard.type("line 9998");
  await page.getByText("1 of 1").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+c");
  await page.getByText("Copied 1 cell").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("9998,line 9998");

  await bench.button("Fetch all").click();
  await bench.tab(/ 30,001$/).waitFor();
  await bench.results.getByRole("tab", { name: /^Messages/ }).click();
  await bench.results.getByText("COPY 30000").waitFor();
  await bench.button("Roll back").click();
  await bench.status.getByText("no transaction").waitFor();

  await bench.run("copy (select 1, 'a b') to stdout");
  await bench.cell(0, 0).getByText("1⇥a b").waitFor({ state: "attached" });
  await bench.button("Download").click();
  const file = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "All rows as CSV", exact: true }).click();
  expect(await readFile(await (await file).path(), "utf8")).toBe("1\ta b\n");
});
