import type { Strings } from "~/editor/strings";
import {
  alias,
  columns,
  columnsOf,
  insertColumns,
  insertedRow,
  sharedColumns,
  star,
  tableColumns,
} from "./columnOffers";
import { functionsIn, ownFunctions, signatures, signaturesIn } from "./functionOffers";
import { COLUMN_ACTIONS, COLUMN_CONSTRAINTS, TABLE_ACTIONS, TABLE_ELEMENTS } from "./keywords";
import { type Code, codeAround, variableOffers } from "./code";
import { fitting } from "./match";
import type { Names } from "./names";
import { type BestOffers, MAX_OFFERS, named, type Offer, ordered, RANK, type Typed } from "./offer";
import { alteredTable, type Place, placeOf } from "./place";
import { conditions, joins, relationOffer, relations, schemas } from "./relationOffers";
import { type Scope, scopeAt } from "./scope";
import { parameters, parameterValues, quotedParameters, roles } from "./settingOffers";
import { type Chain, chainBefore, isSymbol, isWord, nameOf, tokensOf, type Word } from "./tokens";
import { types, typesIn } from "./typeOffers";
import { quotedValues, values } from "./valueOffers";
import { explainOptions, keywords, phrases, snippets } from "./wordOffers";

/** What fits at `position` of the statement between `start` and `end` of `text`: the best, and no more than `limit`. */
export function complete(
  text: string,
  { start, end }: { start: number; end: number },
  position: number,
  names: Names,
  strings: Strings = "standard",
  limit = MAX_OFFERS,
  variables: Code["variables"] = new Map(),
): BestOffers | null {
  const words = tokensOf(text, start, end, strings);
  const code = codeAround(words, text, position, strings);
  if (code) {
    const all = new Map([...variables, ...code.variables]);
    return complete(text.slice(0, code.end), code, position, names, strings, limit, all);
  }
  const quote = openQuote(words, text, position);
  if (quote) {
    const blank = text.slice(0, quote.from) + " ".repeat(quote.to - quote.from) + text.slice(quote.to);
    return withinQuote(tokensOf(blank, start, end, strings), quote, { text, position, names, limit });
  }
  if (inside(words, text, position)) return null;
  const word = typedAt(words, text, position);
  const before = words.filter(({ to }) => to <= word.from);
  const scope = scopeAt(words, position, names);
  const typed = typedOf(word.prefix, limit);
  const found = offersFor(before, { ...scope, variables }, names, typed);
  return bestOf(found, typed, { from: word.from, to: position, limit });
}

function typedOf(prefix: string, limit: number): Typed {
  // One more than is wanted tells whether there are more.
  return { prefix, fits: fitting(prefix), limit: limit + 1 };
}

function bestOf(
  found: readonly Offer[],
  typed: Typed,
  { from, to, limit }: { from: number; to: number; limit: number },
): BestOffers {
  const offers = ordered(
    found.filter(({ label }) => typed.fits(label)),
    typed,
  );
  const whole = offers.length <= limit;
  return { from, to, offers: offers.slice(0, limit), prefix: typed.prefix, whole };
}

/** A text in quotes that is being written. */
interface Quote {
  readonly from: number;
  /** Behind its closing quote, or the cursor where it has none. */
  readonly to: number;
}

/** What closes a text right behind the place, or behind the rest of a word. */
const REST = /^[\p{L}\p{N}_-]*'$/u;

function openQuote(words: readonly Word[], text: string, position: number): Quote | null {
  const word = words.find(({ from, to }) => from < position && position <= to);
  if (word?.kind !== "text" || !text.startsWith("'", word.from)) return null;
  const isClosed = /^'(?:[^']|'')*'$/.test(text.slice(word.from, word.to));
  if (isClosed && position === word.to) return null;
  // A quote much further on closes another text: this one is still open.
  const closes = isClosed && REST.test(text.slice(position, word.to));
  return { from: word.from, to: closes ? word.to : position };
}

function withinQuote(
  words: readonly Word[],
  quote: Quote,
  at: { text: string; position: number; names: Names; limit: number },
): BestOffers | null {
  const { text, position, names, limit } = at;
  const prefix = text
    .slice(quote.from + 1, position)
    .replaceAll("''", "'")
    .toLowerCase();
  const before = words.filter(({ to }) => to <= quote.from);
  const after = words.filter(({ from }) => from >= quote.to);
  const typed = typedOf(prefix, limit);
  const scope = scopeAt(words, position, names);
  const found = [...quotedValues(before, after, scope, names), ...quotedParameters(before, names, typed)];
  return found.length > 0 ? bestOf(found, typed, { ...quote, limit }) : null;
}

/** Nothing is offered in a text or right behind it, in a number or in a comment. */
function inside(words: readonly Word[], text: string, position: number): boolean {
  const word = words.find(({ from, to }) => from < position && position <= to);
  if (word?.kind === "text") return true;
  const line = text.slice(text.lastIndexOf("\n", position - 1) + 1, position);
  return /--[^']*$/.test(line) || /(?:^|[^\w"$.])\d[\d.]*\w*$/.test(line);
}

function typedAt(words: readonly Word[], text: string, position: number): { from: number; prefix: string } {
  const word = words.find(
    ({ from, to, kind }) => from < position && position <= to && kind !== "symbol" && kind !== "text",
  );
  if (!word) return { from: position, prefix: "" };
  return { from: word.from, prefix: nameOf(text.slice(word.from, position)) };
}

/** What is many is left out already here where it does not fit: an offer is made for none of it. */
function offersFor(before: readonly Word[], scope: Scope, names: Names, typed: Typed): Offer[] {
  if (isSymbol(before.at(-1), ".")) {
    const qualifier = chainBefore(before, before.length - 1);
    return qualifier ? qualifiedOffers(before.slice(0, qualifier.from), qualifier, scope, names, typed) : [];
  }
  const place = placeOf(before);
  switch (place) {
    case "relation":
      return [...joins(before, scope, names), ...relations(scope, names, typed)];
    case "condition":
      return [...conditions(scope, names), ...expressions(before, scope, names, typed)];
    case "insert_columns":
      return insertColumns(before, scope);
    case "inserted":
      return [...insertedRow(scope), ...keywords()];
    case "inserted_value":
      // No column can be spoken of here but by a subquery.
      return expressions(before, { ...scope, sources: [] }, names, typed);
    case "table_columns": {
      const isIndex = before.some((word) => isWord(word, "index"));
      const isAction = isWord(before.at(-1), "alter", "drop", "rename");
      return [
        ...tableColumns(before, names),
        ...(isIndex ? ownFunctions(names, typed) : []),
        ...(isAction ? phrases(TABLE_ACTIONS, before.slice(-1)) : []),
      ];
    }
    case "assigned":
      return scope.sources.slice(0, 1).flatMap(({ columns, name }) => columnsOf(columns, name, 0));
    case "shared_columns":
      return sharedColumns(scope.sources);
    case "signature":
      return [...signatures(before.at(-1)?.value ?? "", names, typed), ...schemas(names)];
    case "start":
      return [...keywords(), ...snippets()];
    case "type":
    case "column_type":
      return [...types(names, typed, place === "column_type"), ...schemas(names)];
    case "table_element":
      return phrases(isWord(before[0], "alter") ? ["column", ...TABLE_ELEMENTS] : TABLE_ELEMENTS, []);
    case "table_action":
    case "column_action": {
      const action = alteredTable(before)?.action ?? [];
      const named = isWord(action[1], "column") ? 3 : 2;
      const begun =
        place === "table_action"
          ? phrases(TABLE_ACTIONS, action)
          : phrases(COLUMN_ACTIONS, action.slice(named));
      return begun.length > 0 ? begun : expressions(before, scope, names, typed);
    }
    case "column_constraint": {
      const begun = [3, 2, 1].map((words) => phrases(COLUMN_CONSTRAINTS, before.slice(-words)));
      return begun.find((offers) => offers.length > 0) ?? phrases(COLUMN_CONSTRAINTS, []);
    }
    case "procedure":
      return [...ownFunctions(names, typed, "procedure"), ...schemas(names)];
    case "trigger_function":
      return [...ownFunctions(names, typed, "trigger"), ...schemas(names)];
    case "explain_option":
      return explainOptions(before, names.server.version);
    case "parameter":
      return parameters(before, names, typed);
    case "parameter_value":
      return parameterValues(before, names);
    case "role":
      return roles(before, names, typed);
    case "expression":
      return expressions(before, scope, names, typed);
  }
}

function expressions(before: readonly Word[], scope: Scope, names: Names, typed: Typed): Offer[] {
  return [
    ...values(before, scope, names),
    ...columns(scope.sources),
    ...scope.sources.map((source) => alias(source)),
    ...(proposes(before) ? [EXCLUDED] : []),
    ...variableOffers(scope.variables),
    ...ownFunctions(names, typed),
    ...schemas(names),
    ...keywords(),
  ];
}

/** Behind ON CONFLICT the row that was to be inserted can be spoken of. */
function proposes(before: readonly Word[]): boolean {
  return before.some((word, at) => isWord(word, "conflict") && isWord(before[at - 1], "on"));
}

const EXCLUDED: Offer = {
  label: "excluded",
  kind: "alias",
  insert: "excluded",
  detail: "the row that was to be inserted",
  rank: RANK.alias,
};

/** What fits behind `qualifier.` where `before` stands before that. */
function qualifiedOffers(
  before: readonly Word[],
  { names: chain }: Chain,
  scope: Scope,
  names: Names,
  typed: Typed,
): Offer[] {
  const place: Place = placeOf(before);
  const [outer = "", inner] = chain;
  if (place === "parameter") return parameters(before, names, typed, `${chain.join(".")}.`);
  if (inner !== undefined) {
    const relation = names.relation(inner, outer);
    return relation ? columnsOf(relation.columns, relation.name, 0) : [];
  }
  if (place === "type" || place === "column_type") return typesIn(outer, names, typed);
  if (place === "procedure") return functionsIn(outer, names, typed, "procedure");
  if (place === "trigger_function") return functionsIn(outer, names, typed, "trigger");
  if (place === "signature") return signaturesIn(outer, before.at(-1)?.value ?? "", names, typed);
  if (outer === "excluded" && proposes(before)) {
    return scope.sources.slice(0, 1).flatMap(({ columns }) => columnsOf(columns, outer, 0));
  }
  // A schema that is being written looks like a source without columns.
  const aliased = scope.sources.filter(({ name, columns }) => name === outer && columns.length > 0);
  const source = aliased.sort((a, b) => a.level - b.level)[0];
  if (source) return [...columnsOf(source.columns, source.name, 0), star(source)];
  return [
    ...named(names.relationsIn(outer), typed).map((relation) => relationOffer(relation, false)),
    ...functionsIn(outer, names, typed),
  ];
}
