import { saveAnswer } from "~/api/downloads";
import { problemFrom } from "~/api/problem";
import type { Problem } from "~/api/types";
import { withCredential } from "~/app/connect";
import type { Tab } from "~/app/tabs";
import { nextToken } from "~/editor/sqlLexer";
import { item } from "~/run/item";
import type { ResultTableHandle } from "~/grid/ResultTable";
import { writeRows, type RowFormat } from "~/grid/writeRows";
import { ask } from "~/ui/ask";
import { plural } from "~/ui/format";
import { toast, toastUntil } from "~/ui/toast";
import { type Ran, withSettings } from "./ran";

/** Formats of the server's downloads, as the API names them. */
export type DownloadFormat = "csv" | "tsv" | "json" | "ndjson" | "sql" | "markdown" | "xlsx";

interface FormatFacts {
  readonly format: DownloadFormat;
  readonly label: string;
  readonly ending: string;
  readonly mediaType: string;
  /** What the page itself can write, of the rows that it has. */
  readonly atHand: RowFormat | null;
}

export const DOWNLOAD_FORMATS: readonly FormatFacts[] = [
  { format: "csv", label: "CSV", ending: "csv", mediaType: "text/csv", atHand: "csv" },
  { format: "tsv", label: "TSV", ending: "tsv", mediaType: "text/tab-separated-values", atHand: "tsv" },
  { format: "xlsx", label: "Excel workbook", ending: "xlsx", mediaType: "", atHand: null },
  { format: "json", label: "JSON", ending: "json", mediaType: "application/json", atHand: "json" },
  {
    format: "ndjson",
    label: "NDJSON",
    ending: "ndjson",
    mediaType: "application/x-ndjson",
    atHand: "ndjson",
  },
  { format: "sql", label: "SQL INSERT", ending: "sql", mediaType: "application/sql", atHand: "sql" },
  { format: "markdown", label: "Markdown", ending: "md", mediaType: "text/markdown", atHand: "markdown" },
];

const READS_ONLY = new Set(["select", "values", "table", "show", "explain", "("]);

/**
 * Downloads the result of a statement by running it anew on a connection of its own, with the values that its placeholders
 * had, also by `\set`. The browser writes the file as it comes.
 */
export async function download(
  tab: Tab,
  ran: Ran,
  format: DownloadFormat,
  transactionOpen: boolean,
): Promise<void> {
  const { parameters } = ran;
  const warnings = [
    ...(readsOnly(ran.sql) ? [] : ["This statement may change data, and a download runs it once more."]),
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
  await saveExport(tab, {
    sql: withSettings(ran),
    format,
    header: "true",
    file_name: fileName(tab.title),
    ...(parameters && { parameters: JSON.stringify(parameters) }),
  });
}

/** Saves the one value that a query answers, as it is. The name ends as the file is to. */
export function downloadValue(tab: Tab, sql: string, name: string): void {
  void saveExport(tab, { sql, format: "raw", file_name: fileName(name) });
}

async function saveExport(
  { serverId, database }: Tab,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  if (serverId === null || database === null) return;
  const path = `/api/v1/servers/${encodeURIComponent(serverId)}/databases/${encodeURIComponent(database)}/export`;
  const stop = new AbortController();
  const begun = toastUntil({
    tone: "info",
    text: "PostgreSQL runs this for the file",
    action: { label: "Stop", run: () => stop.abort() },
  });
  try {
    await withCredential(serverId, () => saveAnswer(path, fields, stop.signal));
  } catch (thrown) {
    if (!stop.signal.aborted) toast({ tone: "danger", text: failureWords(problemFrom(thrown)) });
  } finally {
    begun();
  }
}

function failureWords({ detail, database_message: said, sqlstate }: Problem): string {
  return said == null
    ? `There is no file. ${detail}`
    : `There is no file. PostgreSQL: ${said} (${sqlstate ?? ""})`;
}

/** Saves the rows that are in the page, as they are shown. */
export function saveRows(
  { title }: Tab,
  { cells, columns, block }: ReturnType<ResultTableHandle["shown"]>,
  { ending, mediaType, atHand }: FormatFacts,
  table: string,
): void {
  if (atHand === null) return;
  const cut: string[] = [];
  const noteCut = (row: number, column: number) => {
    if (cut.length === 0) cut.push(`${item(columns, column).name}, row ${row + 1}`);
  };
  const pieces = [...writeRows(cells, columns, block, { format: atHand, header: true, table }, noteCut)];
  save(new Blob(pieces, { type: mediaType }), `${fileName(title)}.${ending}`);
  const rows = plural(cells.rowCount, "row");
  if (cut.length === 0) return toast({ text: `Saved ${rows} from the page` });
  const words = `Saved ${rows} from the page, but only the beginning of long values: ${cut.join()}. Run again for all of them.`;
  toast({ tone: "info", text: words });
}

/** Has the browser write a file. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Whether a statement that had a result does nothing but read. */
export function readsOnly(sql: string): boolean {
  const words = firstWords(sql, 3);
  // Of COPY there are rows to be saved only where it writes them to the client.
  const word = words[0] !== "copy" ? words[0] : words[1] === "(" ? words[2] : "table";
  return word !== undefined && READS_ONLY.has(word);
}

function firstWords(sql: string, count: number): string[] {
  const words: string[] = [];
  for (let token = nextToken(sql, 0); token && words.length < count; token = nextToken(sql, token.to)) {
    if (token.kind !== "comment") words.push(sql.slice(token.from, token.to).toLowerCase());
  }
  return words;
}

function fileName(title: string): string {
  return title.replace(/\.sql$/i, "").replace(/[^\p{L}\p{N}._ -]+/gu, "_");
}
