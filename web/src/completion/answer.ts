import { Catalogue } from "./catalogue";
import type { Strings } from "~/editor/strings";
import { codeAround } from "./code";
import { complete } from "./complete";
import { findNames } from "./find";
import type { AnswerOf, NamedRelation, Request, StatementPlace } from "./messages";
import { Names } from "./names";
import { MAX_CANDIDATES, MAX_OFFERS } from "./offer";
import { packed } from "./packedOffers";
import { scopeAt } from "./scope";
import { isName, isSymbol, tokensOf } from "./tokens";

const catalogues = new Map<string, Catalogue>();
/** Databases whose names are kept; the one that was asked least lately goes first. */
const MAX_DATABASES = 8;

/** Does what the page asks. */
export function answer(request: Request): AnswerOf<Request["type"]> {
  const catalogue = catalogueOf(request.database);
  switch (request.type) {
    case "update":
      return { schemas: catalogue.update(request.heads), serverTag: catalogue.server.tag };
    case "fill":
      catalogue.fill(request.heads, request.objects);
      return null;
    case "fillServer":
      catalogue.fillServer(request.objects, request.tag);
      return null;
    case "complete":
      return fitting(request, catalogue, MAX_OFFERS);
    case "candidates": {
      const all = fitting(request, catalogue, MAX_CANDIDATES);
      return all?.whole ? packed(all.offers) : null;
    }
    case "find":
      return findNames(catalogue, request.query, request.filter, request.limit);
    case "relation":
      return relationAt(request, new Names(catalogue, request.path));
  }
}

function catalogueOf(database: string): Catalogue {
  const catalogue = catalogues.get(database) ?? new Catalogue();
  catalogues.delete(database);
  catalogues.set(database, catalogue);
  for (const oldest of catalogues.keys()) {
    if (catalogues.size <= MAX_DATABASES) break;
    catalogues.delete(oldest);
  }
  return catalogue;
}

function fitting(
  { statement, position, strings, path }: StatementPlace,
  catalogue: Catalogue,
  limit: number,
) {
  const names = new Names(catalogue, path);
  return complete(statement, { start: 0, end: statement.length }, position, names, strings, limit);
}

/** The relation that a name or an alias at a place means. */
export function relationAt(
  { statement, position, strings }: StatementPlace,
  names: Names,
): NamedRelation | null {
  return relationIn(statement, { start: 0, end: statement.length }, position, names, strings);
}

function relationIn(
  text: string,
  { start, end }: { start: number; end: number },
  position: number,
  names: Names,
  strings: Strings,
): NamedRelation | null {
  const words = tokensOf(text, start, end, strings);
  const code = codeAround(words, text, position, strings);
  if (code) return relationIn(text.slice(0, code.end), code, position, names, strings);
  const at = words.findIndex(({ from, to }) => from <= position && position <= to);
  const word = words[at];
  if (!isName(word)) return null;
  const schema = words[at - 2];
  const qualified = isSymbol(words[at - 1], ".") && isName(schema);
  const relation = qualified
    ? names.relation(word.value, schema.value)
    : (scopeAt(words, position, names).sources.find(
        ({ name, relation: found }) => found && name === word.value,
      )?.relation ?? names.relation(word.value, null));
  return relation && { relation, from: qualified ? schema.from : word.from, to: word.to };
}
