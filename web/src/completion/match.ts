/** Whether a name answers to what was typed. */
export type Fits = (name: string) => boolean;

/**
 * What answers to what was typed: its letters in order, the first at the name's start or behind a `_`, and each
 * further one next to the one before or at the start of a part. `oi` finds `order_items`, `ditem` does not.
 */
export function fitting(typed: string): Fits {
  if (typed === "") return () => true;
  const wanted = typed.toLowerCase();
  const inside = `_${wanted}`;
  return (name) => {
    const lower = name.toLowerCase();
    return lower.startsWith(wanted) || lower.includes(inside) || byParts(lower, wanted);
  };
}

/** Whether a name begins with what was typed, which is given in small letters. */
export function beginsWith(name: string, typed: string): boolean {
  return name.toLowerCase().startsWith(typed);
}

/** Those that fit, in the order in which they came: what begins as it was typed first, and no more than `limit`. */
export function bestOf<One>(
  all: Iterable<One>,
  nameOf: (one: One) => string,
  typed: string,
  fits: Fits,
  limit: number,
): One[] {
  const begins: One[] = [];
  const others: One[] = [];
  for (const one of all) {
    if (begins.length === limit) break;
    const name = nameOf(one);
    if (!fits(name)) continue;
    if (beginsWith(name, typed)) begins.push(one);
    else if (others.length < limit) others.push(one);
  }
  return [...begins, ...others].slice(0, limit);
}

function byParts(name: string, wanted: string): boolean {
  let at = 0;
  for (let letter = 0; letter < wanted.length; letter += 1) {
    const char = wanted.charAt(letter);
    if (letter > 0 && name.charAt(at) === char) at += 1;
    else {
      const found = startOfPart(name, char, at);
      if (found < 0) return false;
      at = found + 1;
    }
  }
  return true;
}

function startOfPart(name: string, char: string, from: number): number {
  for (let at = from; at < name.length; at += 1) {
    if (name.charAt(at) === char && (at === 0 || name.charAt(at - 1) === "_")) return at;
  }
  return -1;
}
