import { fetchObjects } from "~/api/catalog";
import { fetchDdl } from "~/api/ddl";
import type { ListedObject } from "~/api/types";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";
import { hasRows } from "./kinds";

/** An object that statements are written about. */
export interface Subject {
  readonly serverId: string;
  readonly database: string;
  readonly catalog: string;
  readonly oid: number;
  readonly kind: string;
  readonly schema: string | null;
  readonly name: string;
  /** The table or the like that it belongs to. */
  readonly owner: string | null;
  readonly badges: readonly string[];
  /** What the tree says behind the name: of a function, its arguments. */
  readonly detail: string | null;
}

/** Statements about an object, to be looked at in a query tab before they run. */
export interface Script {
  readonly label: string;
  /** It only reads, so it may be made where nothing may be written. */
  readonly reads?: boolean;
  /** It takes something away. */
  readonly danger?: boolean;
  readonly sql: () => string | Promise<string>;
}

/** What can be written about an object, in groups. */
export function scriptsOf(subject: Subject): Script[][] {
  const groups = [rows(subject), upkeep(subject), states(subject), drops(subject)];
  return groups.filter((group) => group.length > 0);
}

const q = quoteIdentifier;

function named({ schema, name }: Subject): string {
  return schema === null ? q(name) : `${q(schema)}.${q(name)}`;
}

/** The table that a trigger, a constraint, a partition and the like belong to. */
function ownerOf({ schema, owner }: Subject): string {
  return schema === null ? q(owner ?? "") : `${q(schema)}.${q(owner ?? "")}`;
}

function line(label: string, sql: string, more: Omit<Script, "label" | "sql"> = {}): Script {
  return { label, sql: () => `${sql};\n`, ...more };
}

function rows(subject: Subject): Script[] {
  const name = named(subject);
  if (hasRows(subject.kind)) return rowScripts(subject);
  switch (subject.kind) {
    case "function":
      // A trigger calls it, nobody else does.
      if (subject.badges.includes("trigger")) return [];
      return [{ label: "SELECT", sql: () => `select *\nfrom ${name}(${argumentsOf(subject.detail)});\n` }];
    case "procedure":
      return [{ label: "CALL", sql: () => `call ${name}(${argumentsOf(subject.detail)});\n` }];
    case "sequence":
      return [
        line("Last value", `select last_value, is_called\nfrom ${name}`, { reads: true }),
        line("Next value", `select nextval(${quoteLiteral(name)})`),
        line("Set value", `select setval(${quoteLiteral(name)}, 1, false)`),
      ];
    case "type":
      return subject.detail === "enum"
        ? [
            line("Labels", `select unnest(enum_range(null::${name}))`, { reads: true }),
            line("Add a label", `alter type ${name} add value 'new label'`),
          ]
        : [];
    default:
      return [];
  }
}

function upkeep(subject: Subject): Script[] {
  const name = named(subject);
  switch (subject.kind) {
    case "table":
      return [
        line("VACUUM", `vacuum (verbose, analyze) ${name}`),
        line("ANALYZE", `analyze verbose ${name}`),
        line("REINDEX", `reindex table concurrently ${name}`),
        line("TRUNCATE", `truncate ${name}`, { danger: true }),
        line("TRUNCATE, with identities and what refers to it", `truncate ${name} restart identity cascade`, {
          danger: true,
        }),
      ];
    case "partitioned_table":
      return [
        line("ANALYZE", `analyze verbose ${name}`),
        {
          label: "Attach a partition",
          sql: () =>
            `alter table ${name}\n    attach partition ${q(subject.schema ?? "")}.${q(`${subject.name}_new`)} for values …;\n`,
        },
        line("TRUNCATE", `truncate ${name}`, { danger: true }),
      ];
    case "foreign_table":
      return [
        line("ANALYZE", `analyze verbose ${name}`),
        line("TRUNCATE", `truncate ${name}`, { danger: true }),
      ];
    case "materialized_view":
      return [
        line("Refresh", `refresh materialized view ${name}`),
        line("Refresh, while it is read", `refresh materialized view concurrently ${name}`),
        line("Empty it", `refresh materialized view ${name} with no data`, { danger: true }),
      ];
    case "index":
      return [line("REINDEX", `reindex index concurrently ${name}`)];
    case "schema":
      return [line("REINDEX", `reindex schema ${name}`)];
    case "database":
      return [
        line("VACUUM", "vacuum (verbose, analyze)"),
        line("Size", `select pg_size_pretty(pg_database_size(${quoteLiteral(subject.name)}))`, {
          reads: true,
        }),
      ];
    case "extension":
      return [line("Update", `alter extension ${name} update`)];
    case "collation":
      return [line("Refresh its version", `alter collation ${name} refresh version`)];
    case "role":
    case "group_role":
      return [
        line("Give what it owns to another", `reassign owned by ${name} to current_user`),
        line("Drop what it owns", `drop owned by ${name}`, { danger: true }),
      ];
    case "large_object":
      return [line("Export", `select lo_get(${subject.name})`, { reads: true })];
    default:
      return [];
  }
}

function states(subject: Subject): Script[] {
  const name = q(subject.name);
  const { kind, badges } = subject;
  const disabled = badges.includes("disabled");
  switch (kind) {
    case "table":
    case "partitioned_table": {
      const partition = badges.includes("partition");
      const secured = badges.includes("row security");
      return [
        line("Enable all triggers", `alter table ${named(subject)} enable trigger user`),
        line("Disable all triggers", `alter table ${named(subject)} disable trigger user`),
        line(
          `${secured ? "Disable" : "Enable"} row security`,
          `alter table ${named(subject)} ${secured ? "disable" : "enable"} row level security`,
        ),
        ...(partition && subject.owner !== null
          ? [
              line(
                "Detach it from its table",
                `alter table ${ownerOf(subject)}\n    detach partition ${named(subject)}`,
              ),
              line(
                "Detach, while it is used",
                `alter table ${ownerOf(subject)}\n    detach partition ${named(subject)} concurrently`,
              ),
            ]
          : []),
      ];
    }
    case "constraint":
      return badges.includes("not valid")
        ? [line("Validate", `alter table ${ownerOf(subject)}\n    validate constraint ${name}`)]
        : [];
    case "domain_constraint":
      return badges.includes("not valid")
        ? [line("Validate", `alter domain ${ownerOf(subject)}\n    validate constraint ${name}`)]
        : [];
    case "trigger":
    case "rule":
      return [
        line(
          disabled ? "Enable" : "Disable",
          `alter table ${ownerOf(subject)}\n    ${disabled ? "enable" : "disable"} ${kind} ${name}`,
        ),
        line("Enable always", `alter table ${ownerOf(subject)}\n    enable always ${kind} ${name}`),
        line("Enable on replicas", `alter table ${ownerOf(subject)}\n    enable replica ${kind} ${name}`),
      ];
    case "event_trigger":
      return [
        line(
          disabled ? "Enable" : "Disable",
          `alter event trigger ${name} ${disabled ? "enable" : "disable"}`,
        ),
      ];
    case "subscription":
      return [
        line(
          disabled ? "Enable" : "Disable",
          `alter subscription ${name} ${disabled ? "enable" : "disable"}`,
        ),
        line("Look for new tables", `alter subscription ${name} refresh publication`),
      ];
    default:
      return [];
  }
}

const CASCADING: ReadonlySet<string> = new Set([
  ...[
    "access_method",
    "aggregate",
    "cast",
    "collation",
    "constraint",
    "conversion",
    "domain",
    "domain_constraint",
  ],
  ...[
    "event_trigger",
    "extension",
    "foreign_data_wrapper",
    "foreign_server",
    "foreign_table",
    "function",
    "index",
  ],
  ...[
    "language",
    "materialized_view",
    "operator",
    "operator_class",
    "operator_family",
    "partitioned_table",
    "policy",
  ],
  ...[
    "procedure",
    "publication",
    "rule",
    "schema",
    "sequence",
    "statistics",
    "table",
    "text_search_configuration",
  ],
  ...[
    "text_search_dictionary",
    "text_search_parser",
    "text_search_template",
    "transform",
    "trigger",
    "type",
    "view",
  ],
]);

/** PostgreSQL's own objects are not dropped; the server says how a statement for the rest is written. */
function drops(subject: Subject): Script[] {
  const { serverId, database, catalog, oid, kind } = subject;
  if (kind === "column" || kind === "key_column") {
    const drop = `alter table ${ownerOf(subject)}\n    drop column ${q(subject.name)}`;
    return [
      line("Drop", drop, { danger: true }),
      line("Drop, with what uses it", `${drop} cascade`, { danger: true }),
    ];
  }
  if (FIRST_OWN_OID > oid && catalog !== "pg_replication_slots") return [];
  const drop = async () => (await fetchDdl({ serverId, database, catalog, oid }, "drop")).sql;
  const one: Script = { label: "Drop", danger: true, sql: drop };
  if (!CASCADING.has(kind)) return [one];
  const cascade = async () => (await drop()).replace(/;\s*$/, " cascade;\n");
  return [one, { label: "Drop, with what uses it", danger: true, sql: cascade }];
}

/** Oids below it are of what PostgreSQL brings. */
const FIRST_OWN_OID = 16384;

function rowScripts(subject: Subject): Script[] {
  const name = named(subject);
  const columns = () => columnsOf(subject.serverId, subject.database, subject.oid);
  const reading: Script[] = [
    {
      label: "SELECT",
      reads: true,
      sql: async () =>
        `select ${(await columns()).map(({ name: one }) => q(one)).join(",\n       ")}\nfrom ${name};\n`,
    },
    line("Count rows", `select count(*)\nfrom ${name}`, { reads: true }),
  ];
  if (subject.kind === "materialized_view") return reading;
  return [
    ...reading,
    {
      label: "INSERT",
      sql: async () => {
        const set = (await columns()).filter(isGiven);
        const names = set.map((column) => `    ${q(column.name)}`).join(",\n");
        const values = set.map(({ name: one, detail }, index) => {
          const comma = index < set.length - 1 ? "," : "";
          return `    null${comma}  -- ${one}: ${detail ?? ""}`;
        });
        return `insert into ${name} (\n${names}\n) values (\n${values.join("\n")}\n);\n`;
      },
    },
    {
      label: "UPDATE",
      sql: async () => {
        const all = await columns();
        const set = all.filter((column) => isGiven(column) && column.kind !== "key_column");
        const lines = (set.length > 0 ? set : all).map((column) => `    ${q(column.name)} = null`);
        return `update ${name}\nset\n${lines.join(",\n")}\nwhere ${byKey(all)};\n`;
      },
    },
    {
      label: "DELETE",
      danger: true,
      sql: async () => `delete from ${name}\nwhere ${byKey(await columns())};\n`,
    },
  ];
}

/** Whether its values come from whoever writes a row. */
function isGiven({ badges }: ListedObject): boolean {
  return !badges.includes("generated") && !badges.includes("identity");
}

function byKey(columns: readonly ListedObject[]): string {
  const key = columns.filter(({ kind }) => kind === "key_column");
  const which = key.length > 0 ? key : columns.slice(0, 1);
  return which.map((column) => `${q(column.name)} = null`).join(" and ") || "false";
}

/** A line for each argument: what a call puts in, by name where it has one. */
export function argumentsOf(detail: string | null): string {
  const inside = /^\((.*?)\)(?: |$)/s.exec(detail ?? "")?.[1] ?? "";
  const list = splitList(inside).filter((part) => !/^OUT /.test(part));
  if (list.length === 0) return "";
  const lines = list.map((part, index) => {
    const bare = part.replace(/^(IN|INOUT|VARIADIC) /, "");
    const name = /^("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*) (?!precision|varying|with|without)\S/.exec(bare)?.[1];
    const comma = index < list.length - 1 ? "," : "";
    return `    ${name === undefined ? "" : `${name} => `}null${comma}  -- ${bare}`;
  });
  return `\n${lines.join("\n")}\n`;
}

/** Parts between commas that stand in no parentheses and no quotes. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  [...text].forEach((letter, at) => {
    if (letter === '"') quoted = !quoted;
    else if (quoted) return;
    else if (letter === "(") depth += 1;
    else if (letter === ")") depth -= 1;
    else if (letter === "," && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  });
  const last = text.slice(from).trim();
  return last === "" ? parts : [...parts, last];
}

async function columnsOf(serverId: string, database: string, oid: number): Promise<ListedObject[]> {
  const page = await fetchObjects(serverId, database, { kind: "column", of: oid }, { limit: 2000 });
  return page?.list.items ?? [];
}

/** The names of a relation's columns, as a list in SQL. */
export async function columnList(serverId: string, database: string, oid: number): Promise<string> {
  return (await columnsOf(serverId, database, oid)).map(({ name }) => q(name)).join(", ");
}
