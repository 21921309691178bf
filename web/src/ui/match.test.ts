import { expect, it } from "vitest";
import { match } from "./match";

const best = (query: string, texts: string[]) =>
  texts
    .flatMap((text) => {
      const found = match(query, text);
      return found ? [{ text, cost: found.cost }] : [];
    })
    .sort((a, b) => a.cost - b.cost)
    .map(({ text }) => text);

it("prefers the start of a name, then the start of a word, then the inside of one", () => {
  expect(best("ord", ["record", "open_orders", "orders"])).toEqual(["orders", "open_orders", "record"]);
});

it("finds letters that begin words, and prefers them", () => {
  expect(best("oi", ["ordinary", "order_items"])).toEqual(["order_items", "ordinary"]);
});

it("says where the letters are", () => {
  expect(match("ord", "open_orders")?.at).toEqual([5, 6, 7]);
  expect(match("oit", "order_items")?.at).toEqual([0, 6, 7]);
});

it("finds nothing where a letter is missing, and everything with nothing asked", () => {
  expect(match("xyz", "orders")).toBeNull();
  expect(match("", "orders")).toEqual({ cost: 0, at: [] });
});
