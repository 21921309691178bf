import { create } from "zustand";

/** Whether the dialog with the editor's settings is open. */
export const useEditorSettingsDialog = create<{ open: boolean }>()(() => ({ open: false }));

export function showEditorSettings(): void {
  useEditorSettingsDialog.setState({ open: true });
}

export function closeEditorSettings(): void {
  useEditorSettingsDialog.setState({ open: false });
}
