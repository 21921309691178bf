import { expect, it } from "vitest";

import { comparePlans } from "./comparePlans";
import { readPlan } from "./readPlan";

const BEFORE = `Sort  (cost=1..2 rows=1 width=4) (actual time=9.0..9.5 rows=1 loops=1)
  Sort Key: a
  ->  Seq Scan on orders  (cost=0..1 rows=1 width=4) (actual time=0.1..8.0 rows=1 loops=1)
        Filter: (id = 7)
Execution Time: 10.0 ms`;
const AFTER = `Sort  (cost=1..2 rows=1 width=4) (actual time=0.4..0.5 rows=1 loops=1)
  Sort Key: a
  ->  Index Scan using orders_pkey on orders  (cost=0..1 rows=1 width=4) (actual time=0.1..0.3 rows=1 loops=1)
        Index Cond: (id = 7)
Execution Time: 1.0 ms`;

it("pairs the nodes of two plans, and tells those that only one has", () => {
  const [left, right] = [readPlan(BEFORE), readPlan(AFTER)];
  if (!left || !right) throw new Error("these are plans");
  const titles = comparePlans(left, right)?.map((line) => [
    line.left?.node.title ?? null,
    line.right?.node.title ?? null,
  ]);
  expect(titles).toEqual([
    ["Sort", "Sort"],
    ["Seq Scan", null],
    [null, "Index Scan"],
  ]);
  expect(comparePlans(left, left)?.every((line) => line.left?.node === line.right?.node)).toBe(true);
});
