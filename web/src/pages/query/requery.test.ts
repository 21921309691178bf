import { describe, expect, it } from "vitest";

import { plainArrangement, type Condition, type SortKey } from "~/grid/arrangement";
import { columnOf } from "~/grid/columns.testing";
import { requery } from "./requery";

describe("a statement around another", () => {
  const columns = [columnOf("id", "integer", 23), columnOf("id", "text", 25), columnOf("doc", "json", 114)];
  const asked = (conditions: Condition[], sort: SortKey[]) =>
    requery("select 1 -- one", columns, { ...plainArrangement(3), conditions, sort });

  it("tells columns of one name apart", () => {
    expect(asked([{ column: 1, operator: "equals", text: "it's" }], [{ column: 0, descending: true }])).toBe(
      "select *\nfrom (\nselect 1 -- one\n) as result (id, id_2, doc)\nwhere id_2 = 'it''s'\norder by id desc",
    );
  });

  it("compares as text what PostgreSQL does not compare", () => {
    const [, rest] =
      asked([{ column: 2, operator: "differs", text: "{}" }], [{ column: 2, descending: false }])?.split(
        "\nwhere ",
      ) ?? [];
    expect(rest).toBe("doc::text is distinct from '{}'\norder by doc::text");
  });

  it("is none around what cannot stand in another", () => {
    expect(requery("show all", columns, plainArrangement(3))).toBeNull();
  });
});
