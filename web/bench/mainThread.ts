import type { Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Of `dur`, what a processor has spent on the thread. */
  readonly tdur?: number;
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

/** A frame ends when what it shows is handed to the compositor. The browser's own process does that too, without scripts. */
function workByFrame(events: readonly TraceEvent[]): number[] {
  const script = events.find(({ name }) => name === "FunctionCall");
  if (!script) throw new Error("no script ran");
  const own = events
    .filter(({ ph, pid, tid }) => ph === "X" && pid === script.pid && tid === script.tid)
    .sort((a, b) => a.ts - b.ts);
  const ends = own.filter(({ name }) => name === "Commit").map(({ ts }) => ts);
  const work = ends.map(() => 0);
  let frame = 0;
  for (const { ts, dur = 0, tdur = dur } of own.filter(({ name }) => name === "RunTask")) {
    while (ts > (ends[frame] ?? Infinity)) frame += 1;
    if (frame < work.length) work[frame] = (work[frame] ?? 0) + tdur / 1000;
  }
  return work;
}
