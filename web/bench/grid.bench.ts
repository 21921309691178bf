import { expect, it } from "vitest";

import { browsing, person, signIn } from "../e2e/visit";
import { Workbench } from "../e2e/workbench";
import { percentile, report } from "./figures";
import { framesDuring } from "./mainThread";

const { open } = browsing();
const ROWS = 1_000_000;
const MOST_MS = 8;
const SERVER = "bench";

it("scrolls a million rows", async () => {
  const { page } = await open();
  await signIn(page, person("ada"));
  const bench = new Workbench(page);
  await bench.newQuery(SERVER);
  // Without it PostgreSQL begins where an earlier scan of the table has ended, and no row has its place.
  await bench.run("set synchronize_seqscans = off; select * from bench_rows");
  await bench.button("Fetch all").click();
  await bench.tab(/ 1,000,000$/).waitFor({ timeout: 60_000 });

  await bench.clickGrid(200, 100);
  await page.keyboard.press("ControlOrMeta+End");
  await expect.poll(() => bench.cell(ROWS - 1, 9).textContent()).toBe("2020-01-01");
  await page.keyboard.press("ControlOrMeta+Home");
  await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");

  const box = await bench.grid.boundingBox();
  if (!box) throw new Error("the grid is not shown");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const wheel = await framesDuring(page, async () => {
    for (let turn = 0; turn < 240; turn += 1) await page.mouse.wheel(0, 300);
  });
  const leaps = await framesDuring(page, async () => {
    for (let turn = 0; turn < 120; turn += 1) await page.mouse.wheel(0, 40_000);
  });
  await expect.poll(() => bench.cell(0, 0).count()).toBe(0);
  for (const [how, frames] of [
    ["by the wheel", wheel],
    ["in leaps", leaps],
  ] as const) {
    await report(`scrolling 1,000,000 rows ${how}, frames`, frames.length, "");
    await report("  main thread a frame, p50", percentile(frames, 50), "ms", MOST_MS);
    await report("  main thread a frame, p95", percentile(frames, 95), "ms", MOST_MS);
    await report("  main thread a frame, p99", percentile(frames, 99), "ms", MOST_MS);
  }
});
