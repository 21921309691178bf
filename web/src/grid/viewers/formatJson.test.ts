import { describe, expect, it } from "vitest";

import { formatJson } from "./formatJson";

describe("formatted JSON", () => {
  it("has a line per member and leaves empty containers alone", () => {
    expect(formatJson('{"a": [1, {"b": null}], "c": {}, "d": []}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
  });

  it("keeps numbers, repeated keys and what is in strings as they are", () => {
    const text = '{"n": 12345678901234567890.10, "n": 1e400, "s": "a, {b}: \\" c"}';
    expect(formatJson(text).replace(/\n */g, " ")).toBe(text.replace("{", "{ ").replace(/}$/, " }"));
  });

  it("shows the beginning of a value that was cut", () => {
    expect(formatJson('[1, "ab')).toBe('[\n  1,\n  "ab');
  });
});
