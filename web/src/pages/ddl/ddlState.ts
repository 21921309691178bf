import { create } from "zustand";
import type { ObjectAt } from "~/api/ddl";

/** An object whose DDL is shown, and what people call it. */
export interface DdlSubject extends ObjectAt {
  readonly title: string;
}

export const useDdlDialog = create<{ subject: DdlSubject | null }>()(() => ({ subject: null }));

/** Shows the DDL of an object. */
export function showDdl(subject: DdlSubject): void {
  useDdlDialog.setState({ subject });
}

export function closeDdl(): void {
  useDdlDialog.setState({ subject: null });
}
