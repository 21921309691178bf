const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"|[{},]|[^{},"]+/gs;

/** An element of an array as it is listed; null is NULL. */
export interface ArrayItem {
  /** `1`, or `1.2` in an array of arrays; counted from the array's own lower bounds where these are 1. */
  readonly place: string;
  readonly text: string | null;
}

/** The elements of an array (manual, 8.15.6); null when the text is none. */
export function arrayItems(text: string): ArrayItem[] | null {
  const begin = text.indexOf("{");
  if (begin < 0 || !text.endsWith("}")) return null;
  const items: ArrayItem[] = [];
  const places: number[] = [];
  for (const [token, quoted] of text.slice(begin).matchAll(TOKEN)) {
    if (token === "{") places.push(1);
    else if (token === "}") places.pop();
    else if (token === ",") places[places.length - 1] = (places.at(-1) ?? 0) + 1;
    else {
      const plain = token.toLowerCase() === "null" ? null : token;
      items.push({
        place: places.join("."),
        text: quoted === undefined ? plain : quoted.replace(/\\(.)/gs, "$1"),
      });
    }
  }
  return items;
}
