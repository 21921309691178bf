import { describe, expect, it } from "vitest";

import { Catalogue } from "./catalogue";
import { complete } from "./complete";
import { Names } from "./names";
import { Narrowing } from "./narrowing";
import { MAX_CANDIDATES, MAX_OFFERS, type Offer } from "./offer";
import { packed, unpacked } from "./packedOffers";

const HEADS = [
  { oid: 11, name: "pg_catalog", version: "1", search_place: 1 },
  { oid: 20, name: "shop", version: "1", search_place: 2 },
  { oid: 30, name: "many", version: "1" },
];
const COLUMNS = ["id", "customer_id", "placed_at", "Total Net"].map((name) => [name, "integer", false]);
const OBJECTS = [
  ["relation", 1, 20, "orders", "r", COLUMNS],
  ["relation", 2, 20, "order_items", "r", COLUMNS],
  ["relation", 3, 20, "customers", "v", COLUMNS],
  ["function", 11, "lower", "f", "text", "text"],
  ["function", 11, "now", "f", "", "timestamp with time zone"],
  ["foreign_key", 2, ["id"], 1, ["id"]],
  ...Array.from({ length: 3_000 }, (_, n) => ["relation", 100 + n, 30, `table_${n}`, "r", []]),
];
const catalogue = new Catalogue();
catalogue.fill(catalogue.update(HEADS), OBJECTS);

const at = (text: string, limit?: number) =>
  complete(text, { start: 0, end: text.length }, text.length, new Names(catalogue), "standard", limit);

/** What the page makes of the answer at the end of `text` once `more` was typed behind it. */
function narrowed(text: string, typed: string, isCurrent = true): readonly Offer[] | null {
  const [found, all] = [at(text), at(text, MAX_CANDIDATES)];
  if (!found || !all) throw new Error("nothing fits");
  const narrowing = new Narrowing(found, () => isCurrent);
  if (!found.whole) narrowing.learn(packed(all.offers));
  return narrowing.to(typed);
}

describe("what still fits when one types on", () => {
  it.each([
    ["select * from many.", "table_12"],
    ["select * from many.t", "tab"],
    ["select * from many.t", "t12"],
    ["select * from ", "ord"],
    ["select * from ", "oi"],
    ["select * from ", "T"],
    ["select * from orders o join ", "or"],
    ["select * from orders o where ", "pl"],
    ["select * from orders o where ", "tn"],
    ["select o.", "c"],
    ["sel", "select"],
    ["select l", "lower"],
    ["select 1::", "ti"],
    ["explain (", "an"],
    ["select * from orders o, customers c where ", "i"],
    ["with late as (select 1 as at) select * from ", "la"],
    ["select * from ", "zzz"],
  ])("behind %j is for %j what would be found anew", (text, typed) => {
    const before = /[\w]*$/.exec(text)?.[0] ?? "";
    expect(narrowed(text, typed)).toEqual(at(text.slice(0, text.length - before.length) + typed)?.offers);
  });

  it.each([
    ["names that have come since may fit too", "select * from many.", "ta", false],
    ["a quoted name is read otherwise", "select * from many.", '"ta', true],
    ["another word has begun", "select * from many.ta", "tx", true],
  ])("is asked for where %s", (_why, text, typed, isCurrent) => {
    expect(narrowed(text, typed, isCurrent)).toBe(null);
  });

  it("is not known before all that fits is", () => {
    const found = at("select * from many.");
    expect(found).toMatchObject({ whole: false, offers: { length: MAX_OFFERS } });
    expect(found && new Narrowing(found, () => true).to("t")).toBe(null);
  });
});

it("offers come out of their package as they went in", () => {
  const all = at("select * from orders o where ", MAX_CANDIDATES)?.offers ?? [];
  expect(all.length).toBeGreaterThan(10);
  expect(unpacked(packed(all))).toEqual(all);
  expect(unpacked(packed([]))).toEqual([]);
});
