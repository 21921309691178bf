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
  return everywhere(names, typed, (schema) => functionsIn(schema, names, typed, call));
}

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
