import { create } from "zustand";

export const usePalette = create<{ open: boolean; initial: string }>()(() => ({ open: false, initial: "" }));

/** Opens the palette, with `>` for commands only. */
export function openPalette(initial = ""): void {
  usePalette.setState({ open: true, initial });
}

export function closePalette(): void {
  usePalette.setState({ open: false });
}
