import type { Completion } from "@codemirror/autocomplete";

/** The commands of psql that are asked for most, in the order of the alphabet; `\?` lists all. */
const COMMANDS: readonly (readonly [command: string, what: string])[] = [
  ["\\?", "what commands there are"],
  ["\\conninfo", "who and where you are"],
  ["\\d", "tables and views; with a name, all of one"],
  ["\\da", "aggregate functions"],
  ["\\db", "tablespaces"],
  ["\\dconfig", "settings"],
  ["\\dD", "domains"],
  ["\\ddp", "default privileges"],
  ["\\dE", "foreign tables"],
  ["\\df", "functions"],
  ["\\di", "indexes"],
  ["\\dm", "materialized views"],
  ["\\dn", "schemas"],
  ["\\dP", "partitioned tables and indexes"],
  ["\\dp", "privileges"],
  ["\\drds", "settings of roles and databases"],
  ["\\dRp", "publications"],
  ["\\dRs", "subscriptions"],
  ["\\ds", "sequences"],
  ["\\dt", "tables"],
  ["\\dT", "data types"],
  ["\\du", "roles"],
  ["\\dv", "views"],
  ["\\dx", "extensions"],
  ["\\dX", "extended statistics"],
  ["\\dy", "event triggers"],
  ["\\echo", "says a text in Messages"],
  ["\\encoding", "the session's encoding"],
  ["\\g", "ends a statement"],
  ["\\gx", "ends a statement; its rows are shown as records"],
  ["\\l", "databases"],
  ["\\set", "a name for a text, from there on"],
  ["\\sf", "the source of a function"],
  ["\\sv", "the source of a view"],
  ["\\timing", "where times are"],
  ["\\x", "rows as records, one value a line"],
];

/** Those that begin as it was typed, whatever the case of its letters. */
export function commandsFor(typed: string): Completion[] {
  const begun = typed.toLowerCase();
  return COMMANDS.filter(([command]) => command.toLowerCase().startsWith(begun)).map(([label, detail]) => ({
    label,
    detail,
    type: "keyword",
  }));
}
