import { createStore, del, getMany, keys, set, type UseStore } from "idb-keyval";

/**
 * Texts that local storage has no room for: all of it is some millions of characters, and a staged picture or an opened
 * script may be larger. IndexedDB takes what the disk takes, but answers later.
 */
let opened: UseStore | null = null;
const store = () => (opened ??= createStore("howdah", "large-texts"));

/** So many UTF-16 units may stand in local storage. */
export const LARGE_TEXT = 200_000;
/** A browser whose database does not answer must not keep anybody from their other tabs. */
const PATIENCE_MS = 5_000;

/** All texts whose names begin with `prefix`; none where the browser has no database or does not open it. */
export function readLargeTexts(prefix: string): Promise<Map<string, string>> {
  return withinPatience(read(prefix));
}

/** What a database answers, or nothing where it does not. */
export function withinPatience<Value>(answer: Promise<Map<string, Value>>): Promise<Map<string, Value>> {
  const late = new Promise<Map<string, Value>>((resolve) =>
    setTimeout(() => resolve(new Map()), PATIENCE_MS),
  );
  return Promise.race([answer.catch(() => new Map<string, Value>()), late]);
}

async function read(prefix: string): Promise<Map<string, string>> {
  const names = (await keys<string>(store())).filter((name) => name.startsWith(prefix));
  const texts = await getMany<string>(names, store());
  return new Map(names.map((name, at) => [name, texts[at] ?? ""]));
}

export async function keepLargeText(name: string, text: string): Promise<void> {
  await set(name, text, store());
}

export async function forgetLargeText(name: string): Promise<void> {
  await del(name, store());
}
