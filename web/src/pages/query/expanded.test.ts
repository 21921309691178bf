import { expect, it } from "vitest";

import { expansion } from "./expanded";

it.each([
  ["\\x holds from there on", ["select 1", "\\x", "select 2"], false, [false, true, true], true],
  ["\\x switches back", ["\\x", "select 1", "\\x;", "select 2"], true, [false, false, true, true], true],
  ["\\x says which", ["\\x on", "\\x off", "select 1"], false, [true, false, false], false],
  ["\\gx is for one statement", ["select 1", "\\gx", "select 2"], false, [true, false, false], false],
  ["nothing changes without them", ["select 1"], true, [true], true],
])("%s", (_, statements, before, each, after) => {
  expect(expansion(statements, before)).toEqual({ each, after });
});
