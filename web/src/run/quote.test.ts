import { expect, it } from "vitest";
import { quoteIdentifier, quoteLiteral } from "./quote";

it.each([
  ["orders", "orders"],
  ["order", '"order"'],
  ["Orders", '"Orders"'],
  ["2024", '"2024"'],
  ['a"b', '"a""b"'],
  ["größe", '"größe"'],
  ["a$1_b", "a$1_b"],
])("writes %s as %s", (name, written) => expect(quoteIdentifier(name)).toBe(written));

it.each([
  ["it's", "'it''s'"],
  ["C:\\new", "E'C:\\\\new'"],
  ["\\'", "E'\\\\'''"],
])("writes the text %s as %s", (text, written) => expect(quoteLiteral(text)).toBe(written));
