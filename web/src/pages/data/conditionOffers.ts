import type { TableColumn, TableShape } from "~/api/types";
import type { Offer, Offers } from "~/completion/offer";
import { fitting } from "~/completion/match";
import { isName, tokensOf, type Word } from "~/completion/tokens";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";
import type { Strings } from "~/run/strings";
import { readableColumns, tableName } from "./rowsSql";
import { typeWords } from "./typeWords";

/** The statement whose condition is written, and where the condition begins in it. */
export function conditionStatement(shape: TableShape, text: string): { sql: string; offset: number } {
  const before = `select from ${tableName(shape)} where `;
  return { sql: before + text, offset: before.length };
}

/** What the catalogue's names cannot tell of a condition: values of enums, operators by type, and this table's columns. */
export function conditionOffers(
  shape: TableShape,
  text: string,
  position: number,
  strings: Strings,
): Offers | null {
  const before = text.slice(0, position);
  return valueOffers(shape, before, strings) ?? operatorOffers(shape, before, strings) ?? null;
}

/** Columns of the table alone, for as long as nothing else is known of the database. */
export function columnOffers(shape: TableShape, text: string, position: number): Offers {
  const typed = /[\p{L}_][\p{L}\p{N}_$]*$/u.exec(text.slice(0, position))?.[0] ?? "";
  const fits = fitting(typed);
  const offers = readableColumns(shape)
    .filter(({ name }) => fits(name))
    .map((column): Offer => ({
      label: column.name,
      kind: "column",
      insert: quoteIdentifier(column.name),
      detail: typeWords(column.type_name, shape.schema),
      rank: 0,
    }));
  return { from: position - typed.length, to: position, offers };
}

/** What of a value is written: an open string, as the session reads strings, or letters. */
const BEGUN: Readonly<Record<Strings, RegExp>> = {
  standard: /(?:'(?:[^']|'')*|[\p{L}\p{N}_]*)$/u,
  escaping: /(?:'(?:[^'\\]|''|\\.)*|[\p{L}\p{N}_]*)$/su,
};

/** Behind `status = '` or `status in ('a', `: the values of the enum, or true and false. */
function valueOffers(shape: TableShape, before: string, strings: Strings): Offers | null {
  const typed = BEGUN[strings].exec(before)?.[0] ?? "";
  const until = before.length - typed.length;
  const words = tokensOf(before.slice(0, until), 0, until, strings);
  const column = comparedColumn(shape, words);
  const labels = column && labelsOf(column);
  if (!labels) return null;
  const prefix = typed.replace(/^'/, "").toLowerCase();
  const offers = labels
    .filter((label) => label.toLowerCase().startsWith(prefix))
    .map((label): Offer => ({
      label,
      kind: "text",
      insert: column.category === "B" ? label : quoteLiteral(label),
      detail: typeWords(column.type_name, shape.schema),
      rank: 0,
    }));
  return offers.length === 0 ? null : { from: before.length - typed.length, to: before.length, offers };
}

function labelsOf(column: TableColumn): readonly string[] | null {
  return column.category === "B" ? ["true", "false"] : (column.labels ?? column.element_labels ?? null);
}

const COMPARES = /^[=<>!]+$/;

/** The column whose value is about to be written. */
function comparedColumn(shape: TableShape, words: readonly Word[]): TableColumn | null {
  let at = words.length - 1;
  const isSymbol = (...of: string[]) => words[at]?.kind === "symbol" && of.includes(words[at]?.value ?? "");
  if (isSymbol("(", ",")) {
    // Within IN ( … ) the list is walked back to its beginning.
    while (at >= 0 && !isSymbol("(")) at -= 1;
    at -= 1;
    if (words[at]?.value !== "in") return null;
    at -= words[at - 1]?.value === "not" ? 2 : 1;
  } else if (COMPARES.test(words[at]?.value ?? "")) {
    while (COMPARES.test(words[at]?.value ?? "")) at -= 1;
  } else if (words[at]?.value === "from" && words[at - 1]?.value === "distinct") {
    while (["from", "distinct", "not", "is"].includes(words[at]?.value ?? "")) at -= 1;
  } else {
    return null;
  }
  return columnNamed(shape, words[at]);
}

function columnNamed(shape: TableShape, word: Word | undefined): TableColumn | null {
  if (!isName(word)) return null;
  return readableColumns(shape).find(({ name }) => name === word.value) ?? null;
}

/** Behind a column and a space: what it can be compared by. */
function operatorOffers(shape: TableShape, before: string, strings: Strings): Offers | null {
  const typed = /(?<=\s)[a-z]*$/i.exec(before)?.[0];
  if (typed === undefined) return null;
  const from = before.length - typed.length;
  const column = columnNamed(shape, tokensOf(before, 0, from, strings).at(-1));
  if (!column) return null;
  const offers = operatorsFor(column)
    .filter(([label]) => label.startsWith(typed.toLowerCase()))
    .map(([label, detail, insert], at): Offer => ({
      label,
      kind: "keyword",
      insert: insert ?? `${label} `,
      detail,
      rank: -at,
    }));
  return offers.length === 0 ? null : { from, to: before.length, offers };
}

type Operator = readonly [label: string, detail: string, insert?: string];

const EQUAL: readonly Operator[] = [
  ["=", "is"],
  ["<>", "is not"],
  ["in", "is one of", "in (${})"],
];
const ORDER: readonly Operator[] = [
  ["<", "less"],
  ["<=", "at most"],
  [">", "greater"],
  [">=", "at least"],
  ["between", "from … to", "between ${} and ${}"],
];
const NULLS: readonly Operator[] = [
  ["is null", "has no value", "is null"],
  ["is not null", "has a value", "is not null"],
  ["is distinct from", "is not, also of NULL"],
];
const CONTAINS: readonly Operator[] = [
  ["@>", "contains"],
  ["<@", "is contained in"],
  ["&&", "overlaps"],
];

/** Operators of a type, the usual first. */
function operatorsFor(column: TableColumn): readonly Operator[] {
  switch (column.base_type_oid) {
    case JSONB:
      return [
        ["->>", "field as text", "->> '${}'"],
        ["->", "field", "-> '${}'"],
        ["@>", "contains", "@> '${}'"],
        ["?", "has key", "? '${}'"],
        ["@?", "path finds something", "@? '${}'"],
        ...EQUAL.slice(0, 2),
        ...NULLS,
      ];
    case JSON_TEXT:
      return [["->>", "field as text", "->> '${}'"], ["->", "field", "-> '${}'"], ...NULLS.slice(0, 2)];
    case TSVECTOR:
      return [["@@", "matches words", "@@ websearch_to_tsquery('${}')"], ...NULLS];
    default:
  }
  const compared = column.comparable ? [...EQUAL, ...ORDER] : [];
  switch (column.category) {
    case "S":
      return [
        ...EQUAL,
        ["ilike", "is like, any case", "ilike '%${}%'"],
        ["like", "is like", "like '${}%'"],
        ["~*", "matches a pattern, any case", "~* '${}'"],
        ["~", "matches a pattern", "~ '${}'"],
        ...ORDER,
        ...NULLS,
      ];
    case "A":
      return [...CONTAINS, ...compared, ...NULLS];
    case "R":
      return [...CONTAINS, ...compared, ...NULLS];
    case "I":
      return [["<<=", "is within", "<<= '${}'"], [">>=", "holds", ">>= '${}'"], ...compared, ...NULLS];
    default:
      return [...compared, ...NULLS];
  }
}

const JSON_TEXT = 114;
const JSONB = 3802;
const TSVECTOR = 3614;
