import { expect, it } from "vitest";

import { readsOnly } from "./download";

it("a statement is run again for a file without a question only where it changes nothing", () => {
  const reads = [
    "-- all\nSELECT 1",
    "(select 1)",
    "table t",
    "copy t (a) to stdout",
    "COPY (values (1)) TO STDOUT",
  ];
  expect(reads.filter((sql) => !readsOnly(sql))).toEqual([]);
  const writes = ["delete from t returning a", "with x as (delete from t) select 1", "", "copy"];
  const copied = [
    "copy (delete from t returning a) to stdout",
    "copy /* now */ ( -- so\ninsert into t values (1) returning a) to stdout",
  ];
  expect([...writes, ...copied].filter(readsOnly)).toEqual(["copy"]);
});
