import { create } from "zustand";
import type { Server } from "~/api/types";
import type { FromString } from "./connectionString";

/** Which server the dialog is about; `said` is what a pasted connection string says of a new one, `like` what it copies. */
export type ServerDialogTask =
  { mode: "add"; group?: string; said?: FromString; like?: Server } | { mode: "edit"; server: Server };

/** An open dialog; the key tells one opening from the next. */
export type OpenServerDialog = ServerDialogTask & { key: number };

export const useServerDialog = create<{ dialog: OpenServerDialog | null }>()(() => ({ dialog: null }));

let lastKey = 0;

/** Opens the dialog that adds or edits a server. */
export function editServer(task: ServerDialogTask): void {
  if (useServerDialog.getState().dialog) return;
  useServerDialog.setState({ dialog: { ...task, key: ++lastKey } });
}

export function closeServerDialog(): void {
  useServerDialog.setState({ dialog: null });
}
