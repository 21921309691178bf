import { beforeEach, describe, expect, it } from "vitest";

import { browsing, person, signIn, type Visit } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
let visit: Visit;
let bench: Workbench;

/** A poor mobile connection, by the tools that Chromium has for it: WebSockets are slowed down as well. */
const POOR = { offline: false, latency: 300, downloadThroughput: 200_000, uploadThroughput: 50_000 };

beforeEach(async () => {
  visit = await open();
  await signIn(visit.page, person("ada"));
  bench = new Workbench(visit.page);
  await bench.newQuery();
  await bench.run("select 'ready' as it");
  await expect.poll(() => bench.cell(0, 0).textContent()).toBe("ready");
  const tools = await visit.context.newCDPSession(visit.page);
  await tools.send("Network.enable");
  await tools.send("Network.emulateNetworkConditions", POOR);
});

/** So many rows of 1 kB. */
const rows = (count: number) => `select n, repeat('x', 1000) as filler from generate_series(1, ${count}) n`;

/** How many rows are told to have come. */
async function arrived(): Promise<number> {
  const words = (await bench.results.textContent()) ?? "";
  return Number(/Running [^,]*, ([\d,]+) row/.exec(words)?.[1]?.replaceAll(",", "") ?? 0);
}

describe("on a slow network", () => {
  it("the first rows are there early, the page goes on being used, and a cancel takes a moment", async () => {
    // More than PostgreSQL makes before it hears of the cancel: while that is on its way, rows are read and dropped.
    await bench.run(rows(1_000_000));
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");
    await expect.poll(arrived).toBeGreaterThan(100);
    // 200 rows a second: what the grid shows can be read while more come in, by a screen reader too.
    expect(await arrived()).toBeLessThan(2_000);

    await bench.clickGrid(80, 40);
    await visit.page.keyboard.press("ArrowDown");
    await visit.page.keyboard.press("Alt+Shift+c");
    const copied = () => visit.page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toMatch(/^n\n\d+$/);
    await bench.write("select 'typed meanwhile'");
    await expect.poll(() => bench.editor.textContent()).toBe("select 'typed meanwhile'");

    const before = await arrived();
    await expect.poll(arrived).toBeGreaterThan(before);
    // The rows up to the limit would take longer than is waited for.
    await visit.page.keyboard.press("Alt+c");
    await bench.results.getByText(/until it was cancelled/).waitFor();
  });

  it("nothing is lost", async () => {
    await bench.run(rows(800));
    await bench.tab("1 generate_series 800").waitFor();
    await bench.clickGrid(80, 40);
    await visit.page.keyboard.press("ControlOrMeta+End");
    await expect.poll(() => bench.cell(799, 0).textContent()).toBe("800");
    await expect.poll(() => bench.cell(799, 1).textContent()).toMatch(/^x+$/);
  });
});
