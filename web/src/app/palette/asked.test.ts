import { expect, it } from "vitest";
import { askedKinds, askedOf, prefixOf } from "./asked";

it("takes the beginning of what a kind is called, and a letter for the usual ones", () => {
  const kinds = (query: string) => askedOf(query).kinds;
  expect(askedOf("t:ord")).toEqual({ filter: "tables", kinds: ["table"], text: "ord", alone: true });
  expect(askedOf("@ord")).toEqual({ filter: "columns", kinds: null, text: "ord", alone: true });
  expect(askedOf("f: ord").filter).toBe("functions");
  expect(askedOf("c:").kinds).toEqual(["constraint", "domain_constraint"]);
  expect(kinds("tri:touch")).toEqual(["trigger", "event_trigger"]);
  expect(kinds("slot:a")).toEqual(["replication_slot"]);
  expect(kinds("event tr: a")).toEqual(["event_trigger"]);
  expect(kinds("indexes:a")).toEqual(["index"]);
  expect(kinds("operator:=")).toEqual(["operator"]);
});

it("takes a text with a colon that is no kind for a text", () => {
  expect(askedOf("xyz:ord")).toEqual({ filter: "all", kinds: [], text: "xyz:ord", alone: false });
  expect(askedOf("shop.ord").kinds).toEqual([]);
});

it("has a prefix for each kind that asks for it", () => {
  for (const one of askedKinds.filter(({ kind }) => kind !== "column")) {
    expect(askedOf(prefixOf(one)).kinds).toContain(one.kind);
  }
});
