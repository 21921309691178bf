import { splitTab } from "./workbench/dock";
import { goToTab, kindOf, openTab, type Tab, updateTab, useTabs } from "./tabs";

/** Which object a tab shows. */
export interface ShownObject {
  /** Catalog and oid, such as `pg_class/16384`. */
  readonly address: string;
  /** Its kind as the API names it; empty until it is known. */
  readonly kind: string;
}

/** An object of a database. */
export interface ObjectPlaceName extends ShownObject {
  readonly serverId: string;
  readonly database: string;
  readonly title: string;
}

// What a tab holds is its text: of an object's tab, its address and kind.
const HELD = /^(pg_\w+\/\d+) (\w*)$/;

/** The object that a tab shows; null for a query tab. */
export function objectOf({ id, sql }: Pick<Tab, "id" | "sql">): ShownObject | null {
  if (kindOf(id) !== "object") return null;
  const [, address, kind] = HELD.exec(sql) ?? [];
  return address === undefined ? null : { address, kind: kind ?? "" };
}

function textOf({ address, kind }: ShownObject): string {
  return `${address} ${kind}`;
}

/** Shows an object: in the tab that already does, or in a new one. Returns the tab's id. */
export function openObject(object: ObjectPlaceName): string {
  const { serverId, database, title } = object;
  const { tabs, order } = useTabs.getState();
  const there = order.find((id) => {
    const tab = tabs[id];
    return (
      tab?.serverId === serverId && tab.database === database && objectOf(tab)?.address === object.address
    );
  });
  if (there !== undefined) {
    goToTab(there);
    return there;
  }
  return openTab({ title, serverId, database, sql: textOf(object) }, "object");
}

export function openObjectBeside(object: ObjectPlaceName): void {
  splitTab(openObject(object), "right");
}

/** Keeps a tab's title and kind in step with what the object is called now. */
export function describeObjectTab(tab: Tab, kind: string, title: string): void {
  const object = objectOf(tab);
  if (object === null) return;
  const sql = textOf({ address: object.address, kind });
  if (tab.sql !== sql || tab.title !== title) updateTab(tab.id, { sql, title });
}
