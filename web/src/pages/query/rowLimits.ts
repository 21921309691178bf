import type { RowLimit } from "~/app/tabOptions";
import { formatCount } from "~/ui/format";

export function rowLimitLabel(limit: RowLimit): string {
  return limit === null ? "No limit" : `Limit ${formatCount(limit)}`;
}
