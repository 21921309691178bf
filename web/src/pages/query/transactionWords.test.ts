import { expect, it } from "vitest";

import { modeWords, transactionTitle } from "./transactionWords";

it("says of a transaction what is not usual", () => {
  const unknown = { readOnly: null, isolation: null };
  expect(modeWords(unknown, false)).toEqual([]);
  expect(modeWords({ readOnly: false, isolation: "read_committed" }, false)).toEqual([]);
  expect(modeWords({ readOnly: true, isolation: "repeatable_read" }, false)).toEqual([
    "read only",
    "repeatable read",
  ]);
  // The session says that it is read only.
  expect(modeWords({ readOnly: true, isolation: null }, true)).toEqual([]);
  expect(modeWords({ readOnly: false, isolation: null }, true)).toEqual(["read write"]);
  expect(transactionTitle(unknown)).toBe("In transaction");
  expect(transactionTitle({ readOnly: false, isolation: "read_committed" })).toBe(
    "In transaction, read write, read committed",
  );
});
