import {
  ArrowDownAZ,
  ArrowLeftRight,
  Braces,
  Calculator,
  CaseSensitive,
  CircleDot,
  CloudCog,
  Columns3,
  Container,
  Database,
  Eye,
  FileDigit,
  FileText,
  FolderTree,
  HardDrive,
  Hash,
  KeyRound,
  Languages,
  LibraryBig,
  type LucideIcon,
  Paperclip,
  Puzzle,
  Radio,
  Rss,
  ScanEye,
  ScrollText,
  Server,
  Shapes,
  ShieldCheck,
  Sigma,
  SpellCheck,
  SquareFunction,
  SquareTerminal,
  Table2,
  TableProperties,
  TextSearch,
  Unplug,
  UserRound,
  UserRoundCog,
  Users,
  Workflow,
  Zap,
} from "lucide-react";

/** What people call a kind of objects, and the icon that it has everywhere. */
interface KindWords {
  one: string;
  many: string;
  icon: LucideIcon;
}

const words = (one: string, icon: LucideIcon, many = `${one}s`): KindWords => ({ one, many, icon });

/** By the names that the API gives to kinds. */
const kinds: Readonly<Record<string, KindWords>> = {
  access_method: words("access method", Workflow),
  aggregate: words("aggregate", Sigma),
  cast: words("cast", ArrowLeftRight),
  collation: words("collation", CaseSensitive),
  column: words("column", Columns3),
  constraint: words("constraint", CircleDot),
  conversion: words("conversion", ArrowLeftRight),
  database: words("database", Database),
  default: words("default", Braces),
  domain: words("domain", Shapes),
  domain_constraint: words("constraint", CircleDot),
  event_trigger: words("event trigger", Zap),
  extension: words("extension", Puzzle),
  foreign_data_wrapper: words("foreign-data wrapper", CloudCog),
  foreign_server: words("foreign server", Server),
  foreign_table: words("foreign table", Table2),
  function: words("function", SquareFunction),
  group_role: words("group role", Users),
  index: words("index", ArrowDownAZ, "indexes"),
  key_column: words("column", KeyRound),
  language: words("language", Languages),
  large_object: words("large object", Paperclip),
  materialized_view: words("materialized view", ScanEye),
  operator: words("operator", Calculator),
  operator_class: words("operator class", Braces, "operator classes"),
  operator_family: words("operator family", Braces, "operator families"),
  partition: words("partition", TableProperties),
  partitioned_table: words("partitioned table", TableProperties),
  policy: words("policy", ShieldCheck, "policies"),
  procedure: words("procedure", SquareTerminal),
  publication: words("publication", Radio),
  replication_slot: words("replication slot", Unplug),
  role: words("role", UserRound),
  rule: words("rule", ScrollText),
  schema: words("schema", FolderTree),
  sequence: words("sequence", Hash),
  statistics: words("statistics object", FileDigit, "statistics"),
  subscription: words("subscription", Rss),
  table: words("table", Table2),
  tablespace: words("tablespace", HardDrive),
  text_search_configuration: words("text search configuration", TextSearch),
  text_search_dictionary: words("text search dictionary", LibraryBig, "text search dictionaries"),
  text_search_parser: words("text search parser", SpellCheck),
  text_search_template: words("text search template", FileText),
  toast_table: words("TOAST table", Container),
  transform: words("transform", ArrowLeftRight),
  trigger: words("trigger", Zap),
  type: words("type", Shapes),
  user_mapping: words("user mapping", UserRoundCog),
  view: words("view", Eye),
};

/** Names that PostgreSQL gives to kinds where it identifies an object. */
const others: Readonly<Record<string, string>> = {
  composite_type: "type",
  "foreign-data_wrapper": "foreign_data_wrapper",
  server: "foreign_server",
  statistics_object: "statistics",
};

/** The words for a kind; for one that this page does not know, its name. */
export function kindWords(kind: string): KindWords {
  return kinds[others[kind] ?? kind] ?? words(kind.replaceAll("_", " "), Shapes);
}

/** `Foreign servers`, as a folder is called. */
export function folderTitle(kind: string): string {
  const { many } = kindWords(kind);
  return many.charAt(0).toUpperCase() + many.slice(1);
}

const withRows: ReadonlySet<string> = new Set([
  "table",
  "partitioned_table",
  "foreign_table",
  "view",
  "materialized_view",
]);

/** Whether rows can be selected from objects of this kind. */
export function hasRows(kind: string): boolean {
  return withRows.has(kind);
}
