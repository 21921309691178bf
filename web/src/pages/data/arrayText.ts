/** An element of an array; null: NULL. */
export type Element = string | null;

const SPACE = /[ \t\n\r\v\f]/;

/**
 * The elements of an array of one dimension as PostgreSQL writes it (manual, 8.15.6); null for everything else, such as
 * more dimensions or lower bounds of its own, which are edited as text.
 */
export function readArray(text: string): Element[] | null {
  if (text === "{}") return [];
  if (!text.startsWith("{") || !text.endsWith("}")) return null;
  const elements: Element[] = [];
  let at = 1;
  for (;;) {
    const read = text.charAt(at) === '"' ? readQuoted(text, at) : readPlain(text, at);
    if (read === null) return null;
    elements.push(read.element);
    at = read.end;
    if (at === text.length - 1) return elements;
    if (text.charAt(at) !== ",") return null;
    at += 1;
  }
}

interface Read {
  readonly element: Element;
  readonly end: number;
}

function readQuoted(text: string, start: number): Read | null {
  let element = "";
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { element, end: at + 1 };
    if (character === "\\") at += 1;
    element += text.charAt(at);
  }
  return null;
}

function readPlain(text: string, start: number): Read | null {
  let at = start;
  while (at < text.length - 1 && text.charAt(at) !== ",") {
    if (/[{}"\\]/.test(text.charAt(at))) return null;
    at += 1;
  }
  const plain = text.slice(start, at).trim();
  if (plain === "") return null;
  return { element: plain.toLowerCase() === "null" ? null : plain, end: at };
}

/** An array as PostgreSQL writes it: quotes only where they are needed. */
export function writeArray(elements: readonly Element[]): string {
  return `{${elements.map((element) => (element === null ? "NULL" : quoted(element))).join(",")}}`;
}

function quoted(element: string): string {
  const needs =
    element === "" || element.toLowerCase() === "null" || /[{},"\\]/.test(element) || SPACE.test(element);
  return needs ? `"${element.replace(/["\\]/g, "\\$&")}"` : element;
}
