import { fetchHistoryEntry } from "~/api/history";
import { problemFrom } from "~/api/problem";
import type { HistoryEntry } from "~/api/types";
import { openTab } from "~/app/tabs";
import { toast } from "~/ui/toast";

/** The whole text of an entry, of which a list has the beginning. */
export async function wholeStatement({ id, statement, is_cut: isCut }: HistoryEntry): Promise<string> {
  return isCut ? (await fetchHistoryEntry(id)).statement : statement;
}

/** Opens what ran in a tab of its own, there where it ran. False when it cannot be had. */
export function openEntry(entry: HistoryEntry, run = false): Promise<boolean> {
  return attempt(async () => {
    const sql = await wholeStatement(entry);
    const { server_id: serverId = null, database = null } = entry;
    openTab({ sql, serverId, database, runOnOpen: run });
  });
}

/** A plan needs no database: a tab shows it from its text. */
export function openPlan({ id }: HistoryEntry): Promise<boolean> {
  return attempt(async () => {
    const { plan } = await fetchHistoryEntry(id);
    if (plan != null) openTab({ title: "Plan", sql: plan });
  });
}

/** Does what may fail, and says why it did. */
export async function attempt(what: () => Promise<void>): Promise<boolean> {
  try {
    await what();
    return true;
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
    return false;
  }
}
