import { formatCount } from "~/ui/format";
import { type Estimate, MUCH_OFF_FACTOR } from "./figures";

/** `402.7`, `1,318.4`; tiny times keep their digits. In a column all have the same, see [`msDigits`]. */
export function formatMs(ms: number, digits = ms !== 0 && ms < 0.1 ? 3 : 1): string {
  return ms.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** So many digits of milliseconds tell the parts of a whole from each other. */
export function msDigits(wholeMs: number | null): number {
  if (wholeMs === null || wholeMs >= 100) return 1;
  return wholeMs >= 10 ? 2 : 3;
}

/** Rows of a loop may be a mean: `3`, `0.4`. */
export function formatRows(rows: number): string {
  return Number.isInteger(rows) || rows >= 100
    ? formatCount(Math.round(rows))
    : rows.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** `96 × too low`; nothing for estimates that are about right. */
export function estimateWords(estimate: Estimate | null): string {
  if (!estimate || estimate.factor < 2) return "";
  return `${formatCount(Math.round(estimate.factor))} × too ${estimate.tooLow ? "low" : "high"}`;
}

export function isMuchOff(estimate: Estimate | null): boolean {
  return estimate !== null && estimate.factor > MUCH_OFF_FACTOR;
}

const WARM = 0.2;
const HOT = 0.4;

/** How much of the whole a bar stands for, in three steps. */
export function heatOf(share: number): "cool" | "warm" | "hot" {
  return share >= HOT ? "hot" : share >= WARM ? "warm" : "cool";
}

/** `8.3 GB`: PostgreSQL's blocks are 8 kB unless it was built otherwise. */
export const BLOCK_BYTES = 8192;
