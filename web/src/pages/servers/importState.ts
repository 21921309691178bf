import { create } from "zustand";

import { problemFrom } from "~/api/problem";
import { readPgadminServers } from "~/api/servers";
import type { PgadminServer } from "~/api/types";
import { chooseFiles } from "~/ui/chooseFiles";
import { toast } from "~/ui/toast";

/** A file of servers that was read, and that a person chooses from. */
export interface ServerFile {
  readonly name: string;
  readonly servers: readonly PgadminServer[];
}

export const useImportDialog = create<{ file: ServerFile | null }>()(() => ({ file: null }));

/** What the server takes in at once. */
const MAX_BYTES = 4 * 1024 * 1024;
const REMEDY =
  "In pgAdmin, choose Tools, Import/Export Servers, Export. Whoever runs Howdah can bring a whole pgAdmin over, with its settings and pgadmin4.db: howdah import pgadmin.";

/** Asks for a file that pgAdmin exported. */
export function importFromPgadmin(): void {
  chooseFiles({ accept: ".json,application/json", multiple: false }, (file) => void readFile(file));
}

export function closeImport(): void {
  useImportDialog.setState({ file: null });
}

async function readFile(file: File): Promise<void> {
  const refuse = (why: string) => toast({ tone: "danger", text: `${file.name} ${why} ${REMEDY}` });
  if (file.size > MAX_BYTES) return refuse("is larger than 4 MiB.");
  const servers = entriesOf(await file.text());
  if (!servers) return refuse("is no file of servers that pgAdmin exported.");
  try {
    const read = await readPgadminServers({ Servers: servers });
    if (read.servers.length === 0) return refuse("has no servers in it.");
    useImportDialog.setState({ file: { name: file.name, servers: read.servers } });
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

function entriesOf(text: string): Record<string, never> | null {
  try {
    const whole = JSON.parse(text.replace(/^\uFEFF/, "")) as { Servers?: unknown } | null;
    const servers = whole?.Servers;
    const isMap = typeof servers === "object" && servers !== null && !Array.isArray(servers);
    return isMap ? (servers as Record<string, never>) : null;
  } catch {
    return null;
  }
}
