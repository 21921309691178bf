import { appendFile } from "node:fs/promises";

/** Hands a figure to the benchmark, which prints it beside its target: one line of JSON in `HOWDAH_BENCH_FIGURES`. */
export async function report(name: string, value: number, unit: string, target?: number): Promise<void> {
  const file = process.env.HOWDAH_BENCH_FIGURES;
  if (file === undefined) throw new Error("HOWDAH_BENCH_FIGURES names no file");
  await appendFile(file, `${JSON.stringify({ name, value, unit, target })}\n`);
}

/** The value that so many of a hundred stay below. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.min(Math.floor((sorted.length * percent) / 100), sorted.length - 1);
  return sorted[place] ?? NaN;
}
