import { describe, expect, it } from "vitest";

import { columnOf } from "../columns.testing";
import { viewsOf } from "./views";

const TEXT = columnOf("value", "text", 25);
const BYTEA = columnOf("value", "bytea", 17);
const POINT = "0101000020E61000000000000000000840000000000000F03F";
const SVG = '<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg"/>';
const hex = (text: string) =>
  `\\x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

describe("the ways to look at a value", () => {
  it.each([
    ["json in a text", TEXT, '{"a": 1}', ["text", "json"]],
    ["GeoJSON in a text", TEXT, '{"type": "Point", "coordinates": [1, 2]}', ["text", "map", "json"]],
    ["braces that are no json", TEXT, "{a}", ["text"]],
    ["EWKB in a text", TEXT, POINT, ["text", "map"]],
    ["digits that are no geometry", TEXT, "1234567890".repeat(5), ["text"]],
    ["WKT in a text", TEXT, "POINT(1 2)", ["map", "text"]],
    ["WKB in bytes", BYTEA, `\\x${POINT}`, ["hex", "map", "text"]],
    ["SVG in bytes", BYTEA, hex(SVG), ["image", "hex", "text"]],
    ["SVG in a text", TEXT, SVG, ["text", "image"]],
    ["SVG in xml", columnOf("value", "xml", 142), SVG, ["xml", "text", "image"]],
    ["xml that holds SVG further in", columnOf("value", "xml", 142), "<a><svg/></a>", ["xml", "text"]],
  ])("of %s", (_, shown, text, kinds) => {
    expect(viewsOf({ kind: "text", text }, shown).map(({ kind }) => kind)).toEqual(kinds);
  });
});
