import { create } from "zustand";

import type { SavedQuery } from "~/api/types";

/** Which of the lists is open. */
export type OpenList =
  | { readonly kind: "history" }
  | { readonly kind: "queries" }
  /** Keeps the text of a tab. */
  | { readonly kind: "save"; readonly tabId: string }
  /** The saved query of a tab has another text by now. */
  | { readonly kind: "conflict"; readonly tabId: string; readonly theirs: SavedQuery };

export const useOpenList = create<{ readonly open: OpenList | null }>()(() => ({ open: null }));

export const openList = (open: OpenList): void => useOpenList.setState({ open });
export const closeList = (): void => useOpenList.setState({ open: null });
