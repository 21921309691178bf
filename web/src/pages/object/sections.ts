import type { ObjectPage } from "~/api/types";

/** A column of a section: its head, and its width in pixels; one without takes what is left. */
interface Column {
  head: string;
  width?: number;
  numeric?: boolean;
  mono?: boolean;
  /** A type's name, which is said as short as SQL can. */
  type?: boolean;
}

export type PageTab =
  "overview" | "ddl" | "dependencies" | "triggers" | "policies" | "privileges" | "statistics";

interface Section {
  id: string;
  tab: PageTab;
  title: string;
  columns: readonly Column[];
  /** What is said where there is nothing, in sections that are always shown. */
  none?: string;
}

const name = { head: "Name", width: 272 };
const definition = { head: "Definition", mono: true };

/** Every section that a page can have, in the order in which they stand. */
export const sections: readonly Section[] = [
  {
    id: "columns",
    tab: "overview",
    title: "Columns",
    columns: [
      { head: "Name", width: 172 },
      { head: "Type", width: 148, mono: true, type: true },
      { head: "Null", width: 72 },
      { head: "Default", width: 140, mono: true },
      { head: "References", width: 164 },
      { head: "Comment" },
    ],
  },
  {
    id: "attributes",
    tab: "overview",
    title: "Attributes",
    columns: [{ head: "Name", width: 200 }, { head: "Type", width: 240, mono: true }, { head: "Comment" }],
  },
  { id: "labels", tab: "overview", title: "Labels", columns: [{ head: "Label" }] },
  {
    id: "indexes",
    tab: "overview",
    title: "Indexes",
    columns: [
      name,
      { head: "Kind", width: 132 },
      definition,
      { head: "Size", width: 84, numeric: true },
      { head: "Scans", width: 84, numeric: true },
      { head: "Last used", width: 104, numeric: true },
    ],
  },
  {
    id: "constraints",
    tab: "overview",
    title: "Constraints",
    columns: [name, { head: "Kind", width: 132 }, definition],
  },
  {
    id: "referenced",
    tab: "overview",
    title: "Referenced by",
    columns: [name, { head: "Table", width: 172 }, definition],
  },
  {
    id: "partitions",
    tab: "overview",
    title: "Partitions",
    columns: [
      name,
      { head: "Holds", mono: true },
      { head: "Rows, about", width: 104, numeric: true },
      { head: "State", width: 120 },
    ],
  },
  {
    id: "member_of",
    tab: "overview",
    title: "Member of",
    columns: membershipColumns("Role"),
  },
  { id: "members", tab: "overview", title: "Members", columns: membershipColumns("Member") },
  {
    id: "owns",
    tab: "overview",
    title: "What depends on it",
    columns: [
      { head: "Database", width: 272 },
      { head: "Owned", width: 104, numeric: true },
      { head: "Granted or otherwise", width: 160, numeric: true },
      { head: "" },
    ],
  },
  {
    id: "settings",
    tab: "overview",
    title: "Settings",
    columns: [
      { head: "Database", width: 200 },
      { head: "Role", width: 200 },
      { head: "Setting", mono: true },
    ],
  },
  {
    id: "parameters",
    tab: "overview",
    title: "Parameters of the server",
    columns: [{ head: "Parameter", width: 272 }, { head: "May", width: 200 }, { head: "Granted by" }],
  },
  {
    id: "versions",
    tab: "overview",
    title: "Versions",
    columns: [
      { head: "Version", width: 120 },
      { head: "State", width: 120 },
      { head: "Installed by", width: 200 },
      { head: "Needs" },
    ],
  },
  {
    id: "published",
    tab: "overview",
    title: "Tables",
    columns: [name, { head: "Columns", width: 272 }, { head: "Rows where", mono: true }],
  },
  { id: "published_schemas", tab: "overview", title: "Schemas", columns: [{ head: "Schema" }] },
  {
    id: "subscribed",
    tab: "overview",
    title: "Tables",
    columns: [name, { head: "State" }],
  },
  {
    id: "options",
    tab: "overview",
    title: "Options",
    columns: [
      { head: "Option", width: 272 },
      { head: "Value", mono: true },
    ],
  },
  {
    id: "user_mappings",
    tab: "overview",
    title: "User mappings",
    columns: [
      { head: "Role", width: 272 },
      { head: "Options", mono: true },
    ],
  },
  { id: "servers", tab: "overview", title: "Servers", columns: [{ head: "Server" }] },
  {
    id: "mappings",
    tab: "overview",
    title: "Dictionaries",
    columns: [
      { head: "Token", width: 172 },
      { head: "What it is", width: 272 },
      { head: "Dictionaries, in order" },
    ],
  },
  { id: "contents", tab: "overview", title: "Contents", columns: [{ head: "Object" }] },
  {
    id: "triggers",
    tab: "triggers",
    title: "Triggers",
    columns: [
      { head: "Name", width: 200 },
      { head: "State", width: 104 },
      { head: "Runs", width: 200 },
      definition,
    ],
  },
  {
    id: "rules",
    tab: "triggers",
    title: "Rules",
    columns: [{ head: "Name", width: 200 }, { head: "State", width: 104 }, definition],
  },
  {
    id: "policies",
    tab: "policies",
    title: "Policies",
    columns: [
      { head: "Name", width: 172 },
      { head: "For", width: 84 },
      { head: "Kind", width: 104 },
      { head: "Roles", width: 140 },
      { head: "Rows that are seen", mono: true },
      { head: "Rows that are written", mono: true },
    ],
  },
  {
    id: "privileges",
    tab: "privileges",
    title: "Privileges",
    columns: [
      { head: "Role", width: 160 },
      { head: "Column", width: 96 },
      { head: "May" },
      { head: "How", width: 160 },
      { head: "Also", width: 168 },
      { head: "", width: 64 },
    ],
    none: "Nobody has been granted a privilege, the owner aside.",
  },
  {
    id: "default_privileges",
    tab: "privileges",
    title: "Privileges on what will be made",
    columns: [
      { head: "Made by", width: 200 },
      { head: "On", width: 120 },
      { head: "Role", width: 200 },
      { head: "May" },
    ],
  },
  {
    id: "column_statistics",
    tab: "statistics",
    title: "Values of columns",
    columns: [
      { head: "Column", width: 172 },
      { head: "NULL", width: 84, numeric: true },
      { head: "Distinct values", width: 160, numeric: true },
      { head: "Width", width: 84, numeric: true },
      { head: "Correlation", width: 104, numeric: true },
      { head: "Most common", mono: true },
    ],
  },
  {
    id: "statistics",
    tab: "statistics",
    title: "Statistics objects",
    columns: [name, definition],
  },
  {
    id: "uses",
    tab: "dependencies",
    title: "Uses",
    columns: [{ head: "Object", width: 420 }, { head: "Kind", width: 200 }, { head: "By" }],
  },
  {
    id: "used_by",
    tab: "dependencies",
    title: "Used by",
    columns: [{ head: "Object", width: 420 }, { head: "Kind", width: 200 }, { head: "By" }],
  },
];

function membershipColumns(first: string): Column[] {
  return [
    { head: first, width: 272 },
    { head: "Inherits", width: 92 },
    { head: "May set", width: 92 },
    { head: "Admin", width: 92 },
    { head: "Granted by" },
  ];
}

export const tabTitles: Readonly<Record<PageTab, string>> = {
  overview: "Overview",
  ddl: "DDL",
  dependencies: "Dependencies",
  triggers: "Triggers",
  policies: "Policies",
  privileges: "Privileges",
  statistics: "Statistics",
};

export type Rows = ObjectPage["sections"][number]["rows"];
export type Row = Rows[number];
export type Cell = Row[number];

/** The rows of a section; none where the page has no such section. */
export function rowsOf(page: ObjectPage, id: string): Rows {
  return page.sections.find((section) => section.id === id)?.rows ?? [];
}

/** How many objects there are in all in a list of dependencies, of which the first are shown. */
export function totalOf(rows: Rows): number {
  return Number(rows[0]?.[3]?.text ?? rows.length);
}

/** A type by its short name: `timestamptz(0)` for `timestamp(0) with time zone`. */
export function shortType(name: string): string {
  return name
    .replace(
      /^(timestamp|time)(\(\d\))? with time zone/,
      (_, base: string, digits = "") => `${base}tz${digits}`,
    )
    .replace(/^(timestamp|time)(\(\d\))? without time zone/, "$1$2")
    .replace(/^character varying/, "varchar")
    .replace(/^character\b/, "char")
    .replace(/^double precision/, "float8");
}
