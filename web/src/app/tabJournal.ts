import { createStore, type UseStore } from "idb-keyval";
import { withinPatience } from "./largeTexts";

/**
 * The records of tabs a second time. A browser writes local storage to its disk seconds later (Chromium: 5), and what it
 * has not written goes with a browser that is killed; what IndexedDB has committed is out of its hands within
 * milliseconds. Local storage is what is read and what a page writes while it goes; the journal is as new as the last
 * keys, and is looked at once, when the page is loaded.
 */
let opened: UseStore | null = null;
const store = () => (opened ??= createStore("howdah-journal", "records"));

/** A record with the time of its writing, which never goes back. */
export type Stamped<Value extends object = Record<string, unknown>> = Value & { readonly at: number };

let last = 0;

export function stamped<Value extends object>(value: Value): Stamped<Value> {
  last = Math.max(last + 1, Date.now());
  return { ...value, at: last };
}

/** Writes a record, or that there is none. A browser without a database still has local storage. */
export function journal(key: string, record: Stamped<object> | null): void {
  void write(key, record).catch(() => undefined);
}

async function write(key: string, record: Stamped<object> | null): Promise<void> {
  await store()("readwrite", (records) => {
    if (record) records.put(record, key);
    else records.delete(key);
    // A page that is killed cannot commit later.
    records.transaction.commit();
  });
}

/** All records whose keys begin with `prefix`; none where the browser has no database or does not open it. */
export function readJournal(prefix: string): Promise<Map<string, Stamped>> {
  return withinPatience(read(prefix));
}

async function read(prefix: string): Promise<Map<string, Stamped>> {
  const found = new Map<string, Stamped>();
  await store()("readonly", (records) => {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const cursor = records.openCursor(range);
    return new Promise<void>((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error ?? new Error("the journal cannot be read"));
      cursor.onsuccess = () => {
        if (!cursor.result) return resolve();
        const { key, value } = cursor.result as { key: IDBValidKey; value: Stamped };
        if (typeof key === "string") found.set(key, value);
        cursor.result.continue();
      };
    });
  });
  return found;
}
