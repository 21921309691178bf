import { describe, expect, it } from "vitest";

import { columnOf } from "../columns.testing";
import { hexDump, readBytes } from "./bytes";
import { formatJson } from "./formatJson";
import { formatXml } from "./formatXml";
import { jsonLines, parseJson } from "./jsonNodes";
import { MAX_READ, viewsOf } from "./views";

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

describe("long values", () => {
  const JSONB = columnOf("value", "jsonb", 3802);

  it("are read up to a bound, and what needs no reading is shown beyond it", () => {
    const kindsOf = (text: string, shown: typeof TEXT) =>
      viewsOf({ kind: "text", text }, shown).map(({ kind }) => kind);
    const string = `"${"x".repeat(MAX_READ - 2)}"`;
    expect(kindsOf(string, JSONB)).toEqual(["json", "formatted_json", "text"]);
    expect(kindsOf(`${string} `, JSONB)).toEqual(["formatted_json", "text"]);
    expect(kindsOf(`\\x${"ab".repeat(MAX_READ)}`, BYTEA)).toEqual(["hex", "text"]);
    expect(kindsOf(`\\x89504e47${"00".repeat(MAX_READ)}`, BYTEA)).toEqual(["image", "hex", "text"]);
    expect(kindsOf(`{${"1,".repeat(MAX_READ)}1}`, columnOf("value", "int4[]", 1007))).toEqual(["text"]);
    expect(kindsOf(`[${" ".repeat(MAX_READ)}]`, TEXT)).toEqual(["text"]);
  });

  it("are bytes, of which as many lines are written as are shown", () => {
    const bytes = readBytes(`\\x${"00ffAb7e".repeat(1_000_000)}`);
    expect(bytes?.length).toBe(4_000_000);
    expect(hexDump(bytes ?? new Uint8Array(), 10)).toBe(
      "000000  00 ff ab 7e 00 ff ab 7e  ...~...~\n000008  00 ff                    ..",
    );
    expect([readBytes("\\x0"), readBytes("\\x0g"), readBytes("ab")]).toEqual([null, null, null]);
  });

  it("are written from their beginning alone", () => {
    expect(formatJson('{"a": [1, "unfini')).toBe('{\n  "a": [\n    1,\n    "unfini');
    expect(formatXml("<a><b>1</b><c")).toBe("<a>\n  <b>1</b>\n  c");
  });

  it("have lines in a tree that say how long they are", () => {
    const root = parseJson(JSON.stringify({ short: "y", long: "x".repeat(3_000_000) }));
    const lines = root ? jsonLines(root, new Set(), "") : [];
    expect(lines.map(({ text }) => text.slice(-24))).toEqual([
      "{2}",
      '"y"',
      "xxx… (3,000,002 characters)".slice(-24),
    ]);
    expect(lines[2]?.text.length).toBeLessThan(2_100);
  });
});
