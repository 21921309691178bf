import { changeQuery, fetchQuery } from "~/api/history";
import { hasCode } from "~/api/problem";
import type { SavedQuery } from "~/api/types";
import { markOf, type SavedLink } from "~/app/tabOptions";
import { type Tab, updateTab, useTabs } from "~/app/tabs";
import { toast } from "~/ui/toast";
import { closeList, openList } from "./historyState";
import { attempt } from "./openEntry";
import { draftOf, refreshQueries } from "./savedQueryActions";

/** What a tab remembers of a saved query that it holds. */
export function linkOf({ id, version, folder, name, owned, sql }: SavedQuery): SavedLink {
  return { id, version, folder, name, owned, mark: markOf(sql ?? "") };
}

/** Makes a tab the place of a saved query: its text is saved there from now on. */
export function holdQuery(tabId: string, query: SavedQuery): void {
  const tab = useTabs.getState().tabs[tabId];
  if (tab) updateTab(tabId, { title: query.name, options: { ...tab.options, saved: linkOf(query) } });
}

/** The tab holds a saved query no longer; its text stays. */
export function letQueryGo(tabId: string): void {
  const tab = useTabs.getState().tabs[tabId];
  if (tab) updateTab(tabId, { options: { ...tab.options, saved: null } });
}

/** Whether a tab's text is another than that of the saved query that it holds. */
export function isChangedSince({ sql, options: { saved } }: Tab): boolean {
  if (saved === null) return false;
  return !saved.mark.startsWith(`${sql.length}-`) || markOf(sql) !== saved.mark;
}

/** Saves a tab's text in the saved query that it holds, or asks where to. */
export async function saveTabQuery(tabId: string): Promise<void> {
  const tab = useTabs.getState().tabs[tabId];
  const saved = tab?.options.saved;
  if (!saved?.owned) return openList({ kind: "save", tabId });
  await attempt(async () => {
    try {
      const now = await fetchQuery(saved.id);
      if (now.version !== saved.version && markOf(now.sql ?? "") !== saved.mark) {
        return openList({ kind: "conflict", tabId, theirs: now });
      }
      await putText(tabId, now);
    } catch (thrown) {
      if (!hasCode(thrown, "not_found")) throw thrown;
      letQueryGo(tabId);
      openList({ kind: "save", tabId });
      toast({ tone: "info", text: `“${saved.name}” was removed meanwhile. Save the text anew.` });
    }
  });
}

/** Puts a tab's text in place of what the query holds now. */
export async function replaceQuery(tabId: string, now: SavedQuery): Promise<void> {
  if (await attempt(() => putText(tabId, now))) closeList();
}

async function putText(tabId: string, now: SavedQuery): Promise<void> {
  const tab = useTabs.getState().tabs[tabId];
  if (!tab) return;
  try {
    holdQuery(tabId, await changeQuery(now.id, { ...draftOf(now), sql: tab.sql }));
  } catch (thrown) {
    // Somebody was faster by a moment.
    if (!hasCode(thrown, "conflict")) throw thrown;
    return openList({ kind: "conflict", tabId, theirs: await fetchQuery(now.id) });
  }
  toast({ tone: "info", text: `Saved “${now.name}”` });
  await refreshQueries();
}
