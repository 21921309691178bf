import type { KnownColumn, KnownFunction } from "./catalogue";
import { entriesOf } from "./functionOffers";
import type { Names } from "./names";
import { nameOf } from "./tokens";

/** The columns that a function in FROM brings, as far as its signature tells. */
export function columnsOfCall(name: string, schema: string | null, names: Names): KnownColumn[] {
  const schemas = schema === null ? names.searchPath : [schema];
  for (const place of schemas) {
    const known = names.functionsIn(place).filter((one) => one.name === name && one.kind !== "p");
    // Of several with one name the first that brings columns.
    const columns = known.map((one) => columnsOf(one, names)).find((found) => found.length > 0);
    if (columns) return columns;
  }
  return [];
}

function columnsOf({ args, result }: KnownFunction, names: Names): KnownColumn[] {
  const table = /^TABLE\(([^]*)\)$/.exec(result ?? "")?.[1];
  if (table !== undefined) return entriesOf(table).flatMap(columnOf);
  const out = entriesOf(args).flatMap((argument) => {
    const entry = /^(?:OUT|INOUT) ([^]*)$/.exec(argument)?.[1];
    return entry === undefined ? [] : columnOf(entry);
  });
  if (out.length > 0) return out;
  const [, schema, relation = ""] = /^(?:SETOF )?(?:("[^"]+"|\w+)\.)?("[^"]+"|\w+)$/.exec(result ?? "") ?? [];
  return [...(names.relation(nameOf(relation), schema === undefined ? null : nameOf(schema))?.columns ?? [])];
}

function columnOf(entry: string): KnownColumn[] {
  const [, name, type = ""] = /^("(?:[^"]|"")+"|\S+) ([^]*)$/.exec(entry) ?? [];
  return name === undefined
    ? []
    : [{ name: nameOf(name), type: type.replace(/ DEFAULT [^]*$/, ""), notNull: false }];
}
