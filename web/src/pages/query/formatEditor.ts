import type { SqlEditorHandle } from "~/editor/SqlEditor";
import { toast } from "~/ui/toast";

/** Formats the selection, or the whole text when nothing is selected. One undo takes it back. */
export async function formatEditor(editor: SqlEditorHandle | null): Promise<void> {
  if (!editor) return;
  const { formatSql } = await import("~/editor/formatSql");
  const { text, strings, replace } = editor.formattable();
  const formatted = formatSql(text, strings);
  if (formatted.kind === "refused") {
    toast({ tone: "info", text: `The SQL could not be formatted: ${formatted.why} It stays as it is.` });
  } else if (!replace(formatted.sql)) {
    toast({ tone: "info", text: "The text was changed meanwhile. Format it again." });
  }
}
