import { quoteLiteral } from "~/run/quote";
import type { KnownColumn } from "./catalogue";
import type { Names, Values } from "./names";
import { type Offer, RANK } from "./offer";
import { insertedRowAt } from "./place";
import type { Scope } from "./scope";
import { type Chain, chainBefore, isName, isSymbol, isWord, openingOf, type Word } from "./tokens";

/** The values that may stand behind `before`: labels of an enum, true and false. */
export function values(before: readonly Word[], scope: Scope, names: Names): Offer[] {
  const expected = expectedAt(before, scope, names);
  const known = expected && names.valuesOf(expected.type);
  if (!known) return [];
  return offersOf(known, expected.form);
}

/** The same within a quote that is open. */
export function quotedValues(
  before: readonly Word[],
  after: readonly Word[],
  scope: Scope,
  names: Names,
): Offer[] {
  const expected = expectedAt(before, scope, names);
  const written = expected?.form === "one" ? expected.type : castBehind(after);
  const known = written === null ? null : names.valuesOf(written);
  return known ? offersOf({ ...known, isText: true }, "one") : [];
}

function offersOf({ labels, type, isText }: Values, form: Form): Offer[] {
  return labels.map((label, place) => ({
    label,
    kind: "text",
    insert: form === "array" ? quoteLiteral(`{${element(label)}}`) : isText ? quoteLiteral(label) : label,
    detail: type,
    rank: RANK.value - Math.min(place, 5000) / 1000,
  }));
}

/** A label within the text of an array. */
function element(label: string): string {
  return /^[\p{L}\p{N}_-]+$/u.test(label) && !/^null$/i.test(label)
    ? label
    : `"${label.replace(/["\\]/g, "\\$&")}"`;
}

/** A value alone, or the text of an array of them. */
type Form = "one" | "array";

interface Expected {
  readonly type: string;
  readonly form: Form;
}

const COMPARING = ["=", "<", ">", "!"];
const QUANTIFIERS = ["any", "some", "all"] as const;

/** The type of the value that is about to be written: that of the column that it is compared with or put into. */
function expectedAt(before: readonly Word[], scope: Scope, names: Names): Expected | null {
  const last = before.at(-1);
  const one = (type: string | null): Expected | null => (type === null ? null : { type, form: "one" });
  const column = (end: number) => typeOf(chainBefore(before, end), scope, names);
  if (isSymbol(last, "(") || isSymbol(last, ",") || isSymbol(last, "[")) {
    const open = openingOf(before);
    const head = before[open - 1];
    if (isWord(head, "in")) return one(column(isWord(before[open - 2], "not") ? open - 2 : open - 1));
    if (isWord(head, ...QUANTIFIERS)) {
      const type = column(behindComparison(before, open - 1));
      const inArray = isWord(before[open + 1], "array");
      return type === null ? null : { type, form: inArray ? "one" : "array" };
    }
    return one(insertedType(before, open, names));
  }
  const compared = behindComparison(before, before.length);
  if (compared < before.length) return one(column(compared));
  if (isWord(last, "between")) {
    return one(column(isWord(before.at(-2), "not") ? before.length - 2 : before.length - 1));
  }
  if (isWord(last, "when")) return one(casedType(before, scope, names));
  return null;
}

/** Where what is compared ends, if `end` is behind an operator that compares; else `end`. */
function behindComparison(words: readonly Word[], end: number): number {
  let at = end;
  while (words[at - 1]?.kind === "symbol" && COMPARING.includes(words[at - 1]?.value ?? "")) at -= 1;
  if (at < end) return at;
  if (!isWord(words[end - 1], "from") || !isWord(words[end - 2], "distinct")) return end;
  while (isWord(words[at - 1], "from", "distinct", "not", "is")) at -= 1;
  return at;
}

/** `case status when |` */
function casedType(before: readonly Word[], scope: Scope, names: Names): string | null {
  const depth = before.at(-1)?.depth;
  const begin = before.findLastIndex((word) => isWord(word, "case") && word.depth === depth);
  const first = before.findIndex((word, at) => at > begin && isWord(word, "when") && word.depth === depth);
  const chain = chainBefore(before, first);
  return begin >= 0 && chain?.from === begin + 1 ? typeOf(chain, scope, names) : null;
}

/** `insert into shop.orders (id, status) values (1, |` */
function insertedType(before: readonly Word[], open: number, names: Names): string | null {
  const row = insertedRowAt(before, open);
  if (!row) return null;
  const depth = (before[open]?.depth ?? 0) + 1;
  const place = before.slice(open).filter((word) => isSymbol(word, ",") && word.depth === depth).length;
  return columnsInto(before.slice(row.into + 1, row.values), names)[place]?.type ?? null;
}

/** The columns that an INSERT names between INTO and VALUES, or all. */
function columnsInto(words: readonly Word[], names: Names): readonly KnownColumn[] {
  const [first, dot, second] = words;
  const qualified = isSymbol(dot, ".") && isName(second);
  if (!isName(first)) return [];
  const relation = names.relation(qualified ? second.value : first.value, qualified ? first.value : null);
  const open = words.findIndex((word) => isSymbol(word, "("));
  if (!relation || open < 0) return relation?.columns ?? [];
  const close = words.findIndex((word, at) => at > open && isSymbol(word, ")"));
  return words
    .slice(open + 1, close < 0 ? undefined : close)
    .filter(isName)
    .flatMap(({ value }) => relation.columns.find(({ name }) => name === value) ?? NOT_KNOWN);
}

/** Keeps the place of a column that is not there. */
const NOT_KNOWN: KnownColumn = { name: "", type: "", notNull: false };

/** The type of the column that a name means. */
function typeOf(chain: Chain | null, scope: Scope, names: Names): string | null {
  const [column = "", source, schema] = chain?.names.toReversed() ?? [];
  const among = (columns: readonly KnownColumn[]) =>
    columns.find(({ name }) => name === column)?.type ?? null;
  if (source === undefined) {
    const found = scope.sources.find(({ columns }) => columns.some(({ name }) => name === column));
    return found ? among(found.columns) : null;
  }
  if (schema !== undefined) return among(names.relation(source, schema)?.columns ?? []);
  return among(scope.sources.find(({ name }) => name === source)?.columns ?? []);
}

/** `'op|'::shop.order_status` */
function castBehind(after: readonly Word[]): string | null {
  const [cast, first, dot, second] = after;
  if (!isSymbol(cast, "::") || !isName(first)) return null;
  const written = (word: Word) => `"${word.value.replaceAll('"', '""')}"`;
  return isSymbol(dot, ".") && isName(second) ? `${written(first)}.${written(second)}` : written(first);
}
