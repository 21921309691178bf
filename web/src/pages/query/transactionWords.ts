import type { Transaction } from "~/run/transaction";

type Mode = Pick<Transaction, "readOnly" | "isolation">;

/**
 * What is worth a word of an open transaction: that it is read only, or read write in a session whose transactions begin
 * read only, and an isolation that is not the usual one.
 */
export function modeWords({ readOnly, isolation }: Mode, beginsReadOnly: boolean): string[] {
  return [
    ...accessWords(readOnly, beginsReadOnly),
    ...(isolation === null || isolation === "read_committed" ? [] : [isolation.replace("_", " ")]),
  ];
}

/** Where there is little room: the first of these. */
export function accessWords(readOnly: boolean | null, beginsReadOnly: boolean): string[] {
  if (readOnly === null || readOnly === beginsReadOnly) return [];
  return [readOnly ? "read only" : "read write"];
}

/** All that is known of an open transaction. */
export function transactionTitle({ readOnly, isolation }: Mode): string {
  const access = readOnly === null ? [] : [readOnly ? "read only" : "read write"];
  const level = isolation === null ? [] : [isolation.replace("_", " ")];
  return ["In transaction", ...access, ...level].join(", ");
}
