import { create } from "zustand";

/** Which dialog about the editor is open: its settings, or all keys. */
export const useEditorSettingsDialog = create<{ open: "settings" | "shortcuts" | null }>()(() => ({
  open: null,
}));

export function showEditorSettings(): void {
  useEditorSettingsDialog.setState({ open: "settings" });
}

export function showShortcuts(): void {
  useEditorSettingsDialog.setState({ open: "shortcuts" });
}

export function closeEditorSettings(): void {
  useEditorSettingsDialog.setState({ open: null });
}
