import { quoteIdentifier } from "~/run/quote";
import type { KnownFunction } from "./catalogue";
import type { Names } from "./names";
import { everywhere, isSystem, named, type Offer, RANK, type Typed } from "./offer";
import { isSymbol, tokensOf } from "./tokens";

/** How something is called: within an expression, by CALL, or by a trigger. */
export type Call = "expression" | "procedure" | "trigger";

const OF_TRIGGERS = ["trigger", "event_trigger"];

function callOf({ kind, result }: KnownFunction): Call {
  if (kind === "p") return "procedure";
  return OF_TRIGGERS.includes(result ?? "") ? "trigger" : "expression";
}

/** Those that can be called so, whatever their schema. */
export function ownFunctions(names: Names, typed: Typed, call: Call = "expression"): Offer[] {
  // Of what is no expression there is little: it is shown from the beginning.
  const all = everywhere(
    names,
    typed,
    (schema) => functionsIn(schema, names, typed, call),
    call !== "expression",
  );
  return call === "expression" ? [...all, ...SYNTAX] : all;
}

/** What is called as a function is, and is none to the catalogue. */
const SYNTAX: readonly Offer[] = (
  [
    ["coalesce", "coalesce(${})", "the first that is not null"],
    ["nullif", "nullif(${value}, ${other})", "null where they are alike"],
    ["greatest", "greatest(${})", "the largest"],
    ["least", "least(${})", "the smallest"],
    ["extract", "extract(${year} from ${})", "a field of a time"],
    ["trim", "trim(${})", "without blanks at its ends"],
    ["position", "position(${} in ${text})", "where a text stands in another"],
    ["overlay", "overlay(${text} placing ${} from ${1})", "with a part replaced"],
    ["grouping", "grouping(${})", "which columns a row is not grouped by"],
    ["xmlelement", "xmlelement(name ${})", "an element of XML"],
    ["cast", "cast(${} as ${type})", "as another type"],
  ] as const
).map(([label, insert, detail]) => ({ label, kind: "function", insert, detail, rank: RANK.function }));

/** Those of a schema that can be called so. */
export function functionsIn(schema: string, names: Names, typed: Typed, call: Call = "expression"): Offer[] {
  const callable = names.functionsIn(schema).filter((known) => callOf(known) === call);
  return named(callable, typed).map(({ name, args, result }) => {
    const bare = quoteIdentifier(name);
    return {
      label: name,
      kind: "function",
      insert: args === "" ? `${bare}()` : `${bare}(\${})`,
      detail: result === null ? `(${args})` : `(${args}) → ${result}`,
      rank: RANK.function - (isSystem(schema) ? 5 : 0),
    };
  });
}

/** Routines as DROP, COMMENT and GRANT name them: with the types of what they take. */
export function signatures(what: string, names: Names, typed: Typed): Offer[] {
  return everywhere(names, typed, (schema) => signaturesIn(schema, what, names, typed), true);
}

/** Those of a schema; `what` is the word that they stand behind. PostgreSQL's own are nobody's to change. */
export function signaturesIn(schema: string, what: string, names: Names, typed: Typed): Offer[] {
  if (isSystem(schema)) return [];
  const fitting = names.functionsIn(schema).filter(({ kind }) => KINDS[what]?.includes(kind) ?? true);
  return named(fitting, typed).map(({ name, args, result }) => ({
    label: name,
    kind: "function",
    insert: `${quoteIdentifier(name)}(${withoutDefaults(args)})`,
    detail: result === null ? `(${args})` : `(${args}) → ${result}`,
    rank: RANK.function,
  }));
}

/** `pg_proc.prokind` of what a word means. */
const KINDS: Readonly<Record<string, string>> = { function: "fw", procedure: "p", aggregate: "a" };

function withoutDefaults(args: string): string {
  return entriesOf(args)
    .map((argument) => argument.replace(/ DEFAULT [^]*$/, ""))
    .join(", ");
}

/** Cuts a list at commas outside of parentheses and quotes. */
export function entriesOf(list: string): string[] {
  const entries: string[] = [];
  let begin = 0;
  const words = tokensOf(list, 0, list.length);
  for (const word of words) {
    if (word.depth > 0 || !isSymbol(word, ",")) continue;
    entries.push(list.slice(begin, word.from).trim());
    begin = word.to;
  }
  return [...entries, list.slice(begin).trim()].filter((entry) => entry !== "");
}
