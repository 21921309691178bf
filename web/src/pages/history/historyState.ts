import { create } from "zustand";

/** Which of the lists is open. */
export type OpenList =
  | { readonly kind: "history" }
  | { readonly kind: "queries" }
  /** Keeps the text of a tab. */
  | { readonly kind: "save"; readonly tabId: string };

export const useOpenList = create<{ readonly open: OpenList | null }>()(() => ({ open: null }));

export const openList = (open: OpenList): void => useOpenList.setState({ open });
export const closeList = (): void => useOpenList.setState({ open: null });
