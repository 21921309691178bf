import { describe, expect, it } from "vitest";
import type { ListedObject, Server } from "~/api/types";
import type { List } from "./catalog";
import { flatten, type Row, type TreeInput } from "./flatten";
import {
  databaseNode,
  type FolderNode,
  folderNodes,
  labelOf,
  type Node,
  objectNode,
  schemaNode,
  serverNode,
} from "./nodes";

const server = (id: string, name: string, group: string, connected = true): Server => ({
  id,
  version: 1,
  owned: true,
  connected,
  kept_secrets: [],
  name,
  group,
  host: "db",
  username: "ada",
  credential: { type: "none" },
});

const relation = (oid: number, name: string): ListedObject => ({
  catalog: "pg_class",
  oid,
  name,
  kind: "table",
  badges: [],
});

const prod = server("1", "prod", "Production");
const database = databaseNode("1", { oid: 1, name: "a/b", owner: "ada", may_connect: true });
const schema = schemaNode(database, {
  oid: 1,
  name: "shop",
  owner: "ada",
  system: false,
  may_use: true,
  tables: 3,
  views: 0,
});
const folders = folderNodes(schema, [
  { kind: "table", count: 3 },
  { kind: "view", count: 1 },
  { kind: "operator", count: 0 },
]);
const tables = folders[0];
if (tables === undefined) throw new Error("a schema has a folder of tables");
const relations = [relation(1, "orders"), relation(2, "order_items"), relation(3, "customers")].map((one) =>
  objectNode(tables, one),
);

const ready = (
  items: readonly Node[],
  next: string | null = null,
  below: readonly FolderNode[] = [],
): List => ({
  items,
  folders: below,
  next,
  tag: null,
  state: "ready",
  problem: null,
});

const everything: TreeInput = {
  servers: [prod, server("2", "staging", "Staging", false)],
  lists: {
    "s/1": ready([database]),
    [database.id]: ready([schema]),
    [schema.id]: ready([], null, folders),
    [tables.id]: ready(relations),
  },
  expanded: new Set(["s/1", database.id, schema.id, tables.id]),
  closedGroups: new Set(),
  filter: "",
  waiting: new Set(),
};

/** The tree as a person would draw it. */
function drawn(rows: readonly Row[]): string[] {
  return rows.map((row) => {
    const indent = "  ".repeat(row.level - 1);
    if (row.kind !== "node") return `${indent}<${row.kind}>`;
    const sign = row.expanded === null ? "·" : row.expanded ? "-" : "+";
    return `${indent}${sign} ${labelOf(row.node)}`;
  });
}

const draw = (change: Partial<TreeInput> = {}) => drawn(flatten({ ...everything, ...change }));

describe("the tree", () => {
  it("shows what is open, and nothing below what is closed", () => {
    expect(draw()).toEqual([
      "- Production",
      "  - prod",
      "    - a/b",
      "      - shop",
      "        - Tables",
      "          + orders",
      "          + order_items",
      "          + customers",
      "        + Views",
      "- Staging",
      "  + staging",
    ]);
    expect(draw({ closedGroups: new Set(["g/Production"]) })).toEqual([
      "+ Production",
      "- Staging",
      "  + staging",
    ]);
  });

  it("shows what is asked of the person once, where the first list is waited for", () => {
    const loading: List = { ...ready([]), state: "loading" };
    const waiting = new Set(["1"]);
    expect(draw({ lists: { "s/1": loading }, waiting }).slice(0, 3)).toEqual([
      "- Production",
      "  - prod",
      "    <prompt>",
    ]);
    const lists = {
      ...everything.lists,
      [database.id]: { ...ready([schema]), state: "loading" as const },
      [tables.id]: loading,
    };
    expect(draw({ lists, waiting }).filter((line) => line.includes("<prompt>"))).toHaveLength(1);
  });

  it("says where each node stands among its siblings", () => {
    const row = flatten(everything).find((one) => one.id === relations[1]?.id);
    expect(row).toMatchObject({ level: 6, position: 2, setSize: 3 });
  });

  it("holds the place of children that are on their way, as many as are expected", () => {
    const { [tables.id]: _, ...lists } = everything.lists;
    expect(draw({ lists }).filter((line) => line.includes("<loading>"))).toHaveLength(3);
  });

  it("ends a list that goes on with a line that asks for more, and claims no size", () => {
    const rows = flatten({
      ...everything,
      lists: { ...everything.lists, [tables.id]: ready(relations, "next") },
    });
    expect(rows.find((row) => row.kind === "more")).toMatchObject({ level: 6, parent: { id: tables.id } });
    expect(rows.find((row) => row.id === relations[0]?.id)).toMatchObject({ setSize: -1 });
  });

  it("keeps what is here when the next page fails, and says so below it", () => {
    const problem = {
      type: "about:blank",
      status: 502,
      title: "",
      detail: "Gone.",
      code: "database_unreachable",
    };
    const failed: List = { ...ready(relations, "next"), state: "failed", problem };
    const lines = draw({ lists: { ...everything.lists, [tables.id]: failed } });
    expect(lines.slice(7, 9)).toEqual(["          + customers", "          <failed>"]);
  });

  it("says what would be in an empty list", () => {
    const rows = flatten({ ...everything, lists: { ...everything.lists, [tables.id]: ready([]) } });
    expect(rows.find((row) => row.kind === "note")).toMatchObject({ text: "No tables" });
  });

  it("does not open a server by itself that is not connected, as after a reload", () => {
    const expanded = new Set([...everything.expanded, "s/2"]);
    expect(draw({ expanded }).at(-1)).toBe("  + staging");
    expect(draw({ expanded, lists: { ...everything.lists, "s/2": ready([]) } }).at(-2)).toBe("  - staging");
  });

  it("shows ten thousand relations in a moment", () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      objectNode(tables, relation(index, `t_${index}`)),
    );
    const input = { ...everything, lists: { ...everything.lists, [tables.id]: ready(many) } };
    const before = performance.now();
    expect(flatten(input)).toHaveLength(10_008);
    expect(performance.now() - before).toBeLessThan(200);
  });
});

describe("a filter", () => {
  it("shows the matches and the way to them", () => {
    expect(draw({ filter: " ORDER " })).toEqual([
      "- Production",
      "  - prod",
      "    - a/b",
      "      - shop",
      "        - Tables",
      "          + orders",
      "          + order_items",
    ]);
  });

  it("shows all that is below a match", () => {
    expect(draw({ filter: "shop" }).slice(4)).toEqual([
      "        - Tables",
      "          + orders",
      "          + order_items",
      "          + customers",
      "        + Views",
    ]);
  });

  it("finds a server in a group that is closed", () => {
    expect(draw({ filter: "stag", closedGroups: new Set(["g/Staging"]) })).toEqual([
      "- Staging",
      "  + staging",
    ]);
  });

  it("asks the server where a list has not been read to its end", () => {
    const lists = { ...everything.lists, [tables.id]: ready(relations, "next") };
    const asked = flatten({ ...everything, lists, filter: "zz" }).filter((row) => row.kind === "loading");
    expect(asked[0]).toMatchObject({ filter: "zz", parent: { id: tables.id } });

    const found = objectNode(tables, relation(9, "zzz"));
    const answered = { ...lists, [`${tables.id}?zz`]: ready([found]) };
    expect(draw({ lists: answered, filter: "zz" }).at(-1)).toBe("          + zzz");
  });

  it("leaves nothing where nothing matches", () => {
    expect(draw({ filter: "nosuch" })).toEqual([]);
  });
});

it("an id says its server and database, whatever they are called", async () => {
  const { targetOf } = await import("./nodes");
  expect(targetOf(relations[0]?.id ?? null)).toEqual({ serverId: "1", database: "a/b" });
  expect(targetOf(serverNode(prod).id)).toEqual({ serverId: "1", database: null });
  expect(targetOf("g/Production")).toBeNull();
});
