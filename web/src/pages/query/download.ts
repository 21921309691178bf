import type { Tab } from "~/app/tabs";
import { nextToken } from "~/editor/sqlLexer";
import { ask } from "~/ui/ask";
import { toast } from "~/ui/toast";

const READS_ONLY = new Set(["select", "values", "table", "show", "explain", "("]);

/**
 * Downloads the result of a statement by running it anew on a connection of its own. The browser writes the file as it
 * comes; a form is the way to have it do so with a POST.
 */
export async function downloadCsv(
  { serverId, database, title }: Tab,
  sql: string,
  transactionOpen: boolean,
): Promise<void> {
  if (serverId === null || database === null) return;
  const warnings = [
    ...(readsOnly(sql) ? [] : ["This statement may change data, and a download runs it once more."]),
    ...(transactionOpen ? ["The download does not see what the open transaction has changed."] : []),
  ];
  if (warnings.length > 0) {
    const yes = await ask({
      title: "Run the statement again?",
      body: warnings.join(" "),
      confirm: "Run and download",
    });
    if (!yes) return;
  }
  const path = `/api/v1/servers/${encodeURIComponent(serverId)}/databases/${encodeURIComponent(database)}/export`;
  submit(path, { sql, format: "csv", header: "true", file_name: fileName(title) });
  toast({ tone: "info", text: "The statement runs again, and its rows go to a file" });
}

function readsOnly(sql: string): boolean {
  let token = nextToken(sql, 0);
  while (token?.kind === "comment") token = nextToken(sql, token.to);
  return token !== null && READS_ONLY.has(sql.slice(token.from, token.to).toLowerCase());
}

function fileName(title: string): string {
  return title.replace(/\.sql$/i, "").replace(/[^\p{L}\p{N}._ -]+/gu, "_");
}

/** In a window of its own: it closes by itself when the download begins, and shows what is wrong otherwise. */
function submit(path: string, fields: Readonly<Record<string, string>>): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  form.target = "_blank";
  form.hidden = true;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("textarea");
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
  form.remove();
}
