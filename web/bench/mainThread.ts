import type { Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly args: { readonly name?: string };
}

const CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"];

/** What the page's main thread did, in milliseconds: for each frame all the work since the one before. */
export async function framesDuring(page: Page, work: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error("the page has no browser");
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  return workByFrame(trace.traceEvents);
}

function workByFrame(events: readonly TraceEvent[]): number[] {
  const frames = events.filter(({ name }) => name === "FireAnimationFrame").sort((a, b) => a.ts - b.ts);
  const [first] = frames;
  if (!first) throw new Error("there was no frame");
  const tasks = events.filter(
    ({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && pid === first.pid && tid === first.tid,
  );
  const starts = frames.filter(({ pid, tid }) => pid === first.pid && tid === first.tid).map(({ ts }) => ts);
  // A frame begins with the task that calls back: several callbacks of one task are one frame.
  const begins = tasks
    .filter(({ ts, dur = 0 }) => starts.some((start) => start >= ts && start <= ts + dur))
    .map(({ ts }) => ts)
    .sort((a, b) => a - b);
  const work = new Array<number>(begins.length).fill(0);
  let frame = -1;
  for (const { ts, dur = 0 } of tasks.toSorted((a, b) => a.ts - b.ts)) {
    while (ts >= (begins[frame + 1] ?? Infinity)) frame += 1;
    if (frame >= 0) work[frame] = (work[frame] ?? 0) + dur / 1000;
  }
  return work.slice(0, -1);
}
