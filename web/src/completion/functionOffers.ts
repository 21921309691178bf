import { quoteIdentifier } from "~/run/quote";
import type { KnownFunction } from "./catalogue";
import type { Names } from "./names";
import { everywhere, isSystem, named, type Offer, RANK, type Typed } from "./offer";

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
