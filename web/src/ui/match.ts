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
  return matcher(query)(text);
}

/** As [`match`], for one query and many texts. */
export function matcher(query: string): (text: string) => Match | null {
  const whole = query.toLowerCase().trim();
  const letters = whole.replaceAll(/\s+/g, "");
  if (letters === "") return () => ({ cost: 0, at: [] });
  return (text) => {
    const lower = text.toLowerCase();
    const found = lower.indexOf(whole);
    return found === -1 ? byLetters(letters, text, lower) : inOnePiece(whole.length, text, found);
  };
}

function inOnePiece(length: number, text: string, from: number): Match {
  const at: number[] = [];
  for (let index = 0; index < length; index += 1) at.push(from + index);
  return { cost: (isWordStart(text, from) ? 0 : 10) + from * 0.1 + text.length * 0.01, at };
}

function byLetters(letters: string, text: string, lower: string): Match | null {
  if (!isIn(letters, lower)) return null;
  const at: number[] = [];
  let cost = 20 + text.length * 0.01;
  let from = 0;
  for (const letter of letters) {
    const found = nextPlace(text, lower, letter, from);
    if (found === -1) return null;
    if (found !== from || at.length === 0) cost += isWordStart(text, found) ? 1 : 5;
    at.push(found);
    from = found + 1;
  }
  return { cost, at };
}

/** Whether all letters are there in order: most texts are done with here. */
function isIn(letters: string, lower: string): boolean {
  let from = 0;
  for (const letter of letters) {
    from = lower.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}

/** The next place of a letter; the start of a word is preferred to a place inside one, unless it goes straight on. */
function nextPlace(text: string, lower: string, letter: string, from: number): number {
  const first = lower.indexOf(letter, from);
  if (first === from || first === -1) return first;
  for (let at = first; at !== -1; at = lower.indexOf(letter, at + 1)) if (isWordStart(text, at)) return at;
  return first;
}

const BETWEEN_WORDS = new Set(" \t\r\n\u00a0._-/()");

function isWordStart(text: string, at: number): boolean {
  return at === 0 || BETWEEN_WORDS.has(text.charAt(at - 1));
}
