import { describe, expect, it } from "vitest";

import { withSettings } from "./ran";

describe("a statement that is run again", () => {
  const again = (above: string) =>
    withSettings({ sql: "select :a", parameters: {}, above, strings: "standard" }, "table t");

  it("has what is set above it", () => {
    expect(
      again("select 1;\n\\set a 'it''s' 5\nselect '\\set b 2'; \\echo x\n-- \\set c 3\n\\set b 2\n"),
    ).toBe("\\set a 'it''s' 5\n\\set b 2\ntable t");
  });

  it("is as it was where nothing is set", () => {
    expect(again("select 1;\n\\echo x\n")).toBe("table t");
  });
});
