import { EXPLAIN_OPTIONS, KEYWORDS, SNIPPETS } from "./keywords";
import { type Offer, RANK } from "./offer";
import { isSymbol, openingOf, type Word } from "./tokens";

/** Words of SQL, alike in rank. */
export function words(all: readonly string[]): Offer[] {
  return all.map((word) => ({ label: word, kind: "keyword", insert: word, detail: "", rank: RANK.keyword }));
}

/** What is left of the phrases that begin as it was written. */
export function phrases(all: readonly string[], begun: readonly Word[]): Offer[] {
  const written = begun.map(({ value }) => `${value} `).join("");
  return words(
    all.filter((phrase) => phrase.startsWith(written)).map((phrase) => phrase.slice(written.length)),
  );
}

export function keywords(): Offer[] {
  return words(KEYWORDS);
}

export function snippets(): Offer[] {
  return SNIPPETS.map(({ label, insert, detail }) => ({
    label,
    kind: "snippet",
    insert,
    detail,
    rank: RANK.snippet,
  }));
}

/** Options of EXPLAIN that are not there yet, or what the last one may be. A version of 0 is not known. */
export function explainOptions(before: readonly Word[], version: number): Offer[] {
  const known = EXPLAIN_OPTIONS.filter(({ since = 0 }) => version === 0 || version >= since * 10_000);
  const last = before.at(-1);
  if (!isSymbol(last, "(") && !isSymbol(last, ",")) {
    const option = known.find(({ name }) => name === last?.value);
    return words(option ? (option.values ?? ["on", "off"]) : []);
  }
  const written = new Set(before.slice(openingOf(before) + 1).map(({ value }) => value));
  return known
    .filter(({ name }) => !written.has(name))
    .map(({ name, detail, values }, place) => ({
      label: name,
      kind: "keyword",
      insert: values ? `${name} ` : name,
      detail,
      rank: RANK.keyword - place / 1000,
    }));
}
