import { fetchDdl, fetchDatabaseDdl } from "~/api/ddl";
import { problemFrom } from "~/api/problem";
import type { DdlForm } from "~/api/types";
import { openTab } from "~/app/tabs";
import { toast } from "~/ui/toast";
import type { DdlSubject } from "./ddlState";

/** Puts a script on the clipboard. */
export async function copySql(sql: string, title: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(sql);
    toast({ text: `Copied the DDL of ${title}` });
  } catch {
    toast({ tone: "danger", text: "The browser did not let Howdah write to the clipboard." });
  }
}

/** Puts a script into a query tab of its own; nothing runs. */
export function openSql(sql: string, on: { title: string; serverId: string; database: string }): string {
  return openTab({ title: on.title, serverId: on.serverId, database: on.database, sql });
}

/** Fetches an object's DDL and puts it on the clipboard. */
export async function copyDdl(subject: DdlSubject): Promise<void> {
  const sql = await fetched(async () => (await fetchDdl(subject)).sql);
  if (sql !== null) await copySql(sql, subject.title);
}

/** Fetches an object's DDL and puts it into a query tab. */
export async function openDdl(subject: DdlSubject, form: DdlForm = "create"): Promise<void> {
  const sql = await fetched(async () => (await fetchDdl(subject, form)).sql);
  if (sql !== null) openSql(sql, subject);
}

/** Fetches the DDL of all that a database holds and puts it into a query tab. */
export async function openDatabaseDdl(serverId: string, database: string): Promise<void> {
  const sql = await fetched(async () => (await fetchDatabaseDdl(serverId, database)).sql);
  if (sql !== null) openSql(sql, { title: `All of ${database}`, serverId, database });
}

async function fetched(action: () => Promise<string>): Promise<string | null> {
  try {
    return await action();
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
    return null;
  }
}
