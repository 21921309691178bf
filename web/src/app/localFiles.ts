import { chooseFiles } from "~/ui/chooseFiles";
import { plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { currentTarget } from "./newQuery";
import { openTab, updateTab, useTabs } from "./tabs";

/** What the File System Access API gives; not every browser has it. */
interface FileHandle {
  readonly name: string;
  getFile(): Promise<File>;
  createWritable(): Promise<{ write(text: string): Promise<void>; close(): Promise<void> }>;
}
interface FilePickers {
  showOpenFilePicker?: (options: object) => Promise<FileHandle[]>;
  showSaveFilePicker?: (options: object) => Promise<FileHandle>;
}

const pickers = (): FilePickers => window as unknown as FilePickers;
const TYPES = [{ description: "SQL", accept: { "application/sql": [".sql", ".txt", ".ddl", ".psql"] } }];
/** A longer text is no script to read in an editor. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The files that tabs were opened from or saved to, while the page is there. */
const handles = new Map<string, FileHandle>();
/** Tabs whose file ends its lines as Windows does. The editor knows line feeds alone. */
const withCarriageReturns = new Set<string>();

/** Asks for files of the person's own computer and opens each in a tab. */
export async function openFiles(): Promise<void> {
  const pick = pickers().showOpenFilePicker;
  if (!pick) return openFromInput();
  const chosen = await chose(pick.call(window, { multiple: true, types: TYPES }));
  for (const handle of chosen ?? []) await openFile(await handle.getFile(), handle);
}

/** Opens a file in a tab of its own, on the database where the person is. */
export async function openFile(file: File, handle: FileHandle | null = null): Promise<void> {
  if (file.size > MAX_BYTES) {
    return toast({ tone: "danger", text: `${file.name} is larger than 8 MiB. Run it with psql instead.` });
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const read = textOf(bytes);
  if (read === null) {
    return toast({ tone: "danger", text: `${file.name} is no text, so it was not opened.` });
  }
  const { text, encoding } = read;
  if (encoding !== "utf-8") {
    const look = encoding === "windows-1252" ? "look at its accents" : "saving writes UTF-8";
    toast({
      tone: "info",
      text: `${file.name} is not in UTF-8. It was read as ${ENCODING_WORDS[encoding]}: ${look}.`,
    });
  }
  const id = openTab({ ...currentTarget(), title: file.name, sql: text });
  if (text.includes("\r\n")) withCarriageReturns.add(id);
  if (handle) handles.set(id, handle);
}

const ENCODING_WORDS = { "utf-16le": "UTF-16", "utf-16be": "UTF-16", "windows-1252": "Windows-1252" };
type Encoding = "utf-8" | keyof typeof ENCODING_WORDS;

/** What is in a file: UTF-16 where it says so, UTF-8, or else the usual encoding of older files on Windows. Null: no text. */
export function textOf(bytes: Uint8Array): { readonly text: string; readonly encoding: Encoding } | null {
  const marked = markedEncoding(bytes);
  // UTF-8 may have zero bytes, but PostgreSQL takes none.
  if (marked === "utf-8" && bytes.includes(0)) return null;
  try {
    return { text: new TextDecoder(marked, { fatal: true }).decode(bytes), encoding: marked };
  } catch {
    if (marked !== "utf-8") return null;
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" };
  }
}

/** What the file's first bytes say, as Windows' programs write them. */
function markedEncoding([first, second]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

function openFromInput(): void {
  chooseFiles({ accept: ".sql,.txt,.ddl,.psql,text/plain", multiple: true }, (file) => void openFile(file));
}

/** Writes a tab's text into its file, or asks for one; without the API it is a download. */
export async function saveTab(id: string): Promise<void> {
  const tab = useTabs.getState().tabs[id];
  if (!tab) return;
  const name = /\.\w+$/.test(tab.title) ? tab.title : `${tab.title}.sql`;
  const pick = pickers().showSaveFilePicker;
  const text = withCarriageReturns.has(id) ? tab.sql.replace(/\r?\n/g, "\r\n") : tab.sql;
  if (!pick) return download(text, name);
  const known = handles.get(id);
  const handle = known ?? (await chose(pick.call(window, { suggestedName: name, types: TYPES })));
  if (!handle) return;
  try {
    const writable = await handle.createWritable();
    await writable.write(text);
    await writable.close();
  } catch (error) {
    handles.delete(id);
    const why = error instanceof Error ? error.message : String(error);
    return toast({
      tone: "danger",
      text: `${handle.name} was not saved: ${why} Save again to choose a file.`,
    });
  }
  handles.set(id, handle);
  updateTab(id, { title: handle.name });
  toast({ text: `Saved ${handle.name}` });
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/sql" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** What was picked; null when the person changed their mind. */
async function chose<Chosen>(picked: Promise<Chosen>): Promise<Chosen | null> {
  try {
    return await picked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/** Files that are dropped anywhere open in tabs: without this the browser would leave the page for them. */
export function takeDroppedFiles(): () => void {
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") === true;
  const onDragOver = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  };
  const onDrop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > MAX_DROPPED) {
      return toast({
        tone: "info",
        text: `${plural(files.length, "file")} are too many at once: up to ${MAX_DROPPED} open.`,
      });
    }
    for (const file of files) void openFile(file);
  };
  addEventListener("dragover", onDragOver, true);
  addEventListener("drop", onDrop, true);
  return () => {
    removeEventListener("dragover", onDragOver, true);
    removeEventListener("drop", onDrop, true);
  };
}

const MAX_DROPPED = 20;

// A file goes with its tab.
useTabs.subscribe(({ tabs }) => {
  for (const id of handles.keys()) if (!tabs[id]) handles.delete(id);
});
