import { quoteIdentifier } from "~/run/quote";
import type { Names } from "./names";
import { type Offer, RANK } from "./offer";
import { tableOfColumns } from "./place";
import type { Scope, Source } from "./scope";
import { isSymbol, type Word } from "./tokens";

/** Columns of all sources. Where two have the same, it is offered with its source. */
export function columns(sources: readonly Source[]): Offer[] {
  const seen = new Map<string, number>();
  for (const { columns: own } of sources) {
    for (const { name } of own) seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  return sources.flatMap((source) =>
    columnsOf(source.columns, source.name, source.level).map((offer) =>
      (seen.get(offer.label) ?? 0) > 1
        ? { ...offer, insert: `${quoteIdentifier(source.name)}.${offer.insert}` }
        : offer,
    ),
  );
}

/** Names that columns of more than one source have, as USING takes them. */
export function sharedColumns(sources: readonly Source[]): Offer[] {
  const all = sources.flatMap((source) => columnsOf(source.columns, source.name, source.level));
  return all.filter(({ label }, at) => {
    const first = all.findIndex((other) => other.label === label);
    return first === at && all.some((other, index) => index > at && other.label === label);
  });
}

export function columnsOf(known: Source["columns"], source: string, level: number): Offer[] {
  return known.map(({ name, type }, index) => ({
    label: name,
    kind: "column",
    insert: quoteIdentifier(name),
    detail: type === "" ? source : `${type}, ${source}`,
    rank: RANK.column - level * 5 - Math.min(index, 400) / 1000,
  }));
}

/** `o.*` written out, as views and INSERT want it. */
export function star(source: Source): Offer {
  const all = source.columns.map(({ name }) => quoteIdentifier(name));
  const insert = all.join(`, ${quoteIdentifier(source.name)}.`);
  return {
    label: "all columns",
    kind: "snippet",
    insert,
    detail: `${all.length} of ${source.name}`,
    rank: RANK.snippet,
  };
}

export function alias({ name, relation, level }: Source): Offer {
  const detail = relation === null ? "" : relation.name === name ? relation.schema : relation.name;
  return { label: name, kind: "alias", insert: quoteIdentifier(name), detail, rank: RANK.alias - level };
}

/** Columns of the table that the statement is about. */
export function tableColumns(before: readonly Word[], names: Names): Offer[] {
  const at = tableOfColumns(before) ?? before.length;
  const qualified = isSymbol(before[at + 1], ".");
  const name = before[qualified ? at + 2 : at]?.value ?? "";
  const relation = names.relation(name, qualified ? (before[at]?.value ?? null) : null);
  return relation ? columnsOf(relation.columns, relation.name, 0) : [];
}

/** Columns that are not in the list yet, and all of them where it begins. */
export function insertColumns(before: readonly Word[], scope: Scope): Offer[] {
  const [target] = scope.sources.slice(-1);
  if (!target) return [];
  const open = before.findLastIndex((word) => isSymbol(word, "("));
  const listed = new Set(before.slice(open + 1).map(({ value }) => value));
  const offers = columns([target]).filter(({ label }) => !listed.has(label));
  return listed.size > 0 || target.columns.length === 0 ? offers : [...offers, listOf(target)];
}

function listOf({ name, columns: all }: Source): Offer {
  const insert = all.map((column) => quoteIdentifier(column.name)).join(", ");
  return {
    label: "all columns",
    kind: "snippet",
    insert,
    detail: `${all.length} of ${name}`,
    rank: RANK.snippet,
  };
}

/** The list of columns with a place for each value. */
export function insertedRow(scope: Scope): Offer[] {
  const [target] = scope.sources.slice(-1);
  if (!target || target.columns.length === 0) return [];
  // What a template takes for a place of its own.
  const places = target.columns.map(({ name }) => `\${${name.replace(/[{}$]/g, "")}}`);
  return [
    {
      label: "columns and values",
      kind: "snippet",
      insert: `(${listOf(target).insert})\nvalues (${places.join(", ")})`,
      detail: `${target.columns.length} of ${target.name}`,
      rank: RANK.join,
    },
  ];
}
