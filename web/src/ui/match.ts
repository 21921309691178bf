/** How a text answers a query: the better the lower. `at` are the places of the letters that were found. */
export interface Match {
  cost: number;
  at: readonly number[];
}

/**
 * Finds the letters of the query in the text, in order. A run of letters and the start of a word cost least, so that
 * `ordit` finds `order_items` before `ordinary_transit`.
 */
export function match(query: string, text: string): Match | null {
  const wanted = query.toLowerCase().replaceAll(/\s+/g, "");
  if (wanted === "") return { cost: 0, at: [] };
  const lower = text.toLowerCase();
  const whole = lower.indexOf(query.toLowerCase().trim());
  if (whole !== -1) {
    const at = Array.from({ length: query.trim().length }, (_, index) => whole + index);
    return { cost: (isWordStart(text, whole) ? 0 : 10) + whole * 0.1 + text.length * 0.01, at };
  }
  const at: number[] = [];
  let cost = 20 + text.length * 0.01;
  let from = 0;
  for (const letter of wanted) {
    const found = nextPlace(text, lower, letter, from);
    if (found === -1) return null;
    if (found !== from || at.length === 0) cost += isWordStart(text, found) ? 1 : 5;
    at.push(found);
    from = found + 1;
  }
  return { cost, at };
}

/** The next place of a letter; the start of a word is preferred to a place inside one, unless it goes straight on. */
function nextPlace(text: string, lower: string, letter: string, from: number): number {
  const first = lower.indexOf(letter, from);
  if (first === from || first === -1) return first;
  for (let at = first; at !== -1; at = lower.indexOf(letter, at + 1)) if (isWordStart(text, at)) return at;
  return first;
}

function isWordStart(text: string, at: number): boolean {
  return at === 0 || /[\s._\-/()]/.test(text[at - 1] ?? "");
}
