import { create } from "zustand";

import { labelOf, type Node, whyClosed } from "./nodes";

interface Refusal {
  readonly id: string;
  readonly words: string;
}

/** What was asked of a line of the tree last and could not be done; null when something else is selected. */
export const useRefusal = create<{ refusal: Refusal | null }>()(() => ({ refusal: null }));

/** Says at a line why its rows are not to be had. False where nothing keeps them from being read. */
export function refuseRows(node: Node): boolean {
  const why = whyClosed(node);
  if (why === null) return false;
  useRefusal.setState({ refusal: { id: node.id, words: `No rows of ${labelOf(node)}: ${why}.` } });
  return true;
}

export function forgetRefusal(): void {
  useRefusal.setState({ refusal: null });
}
