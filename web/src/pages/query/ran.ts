import type { ParameterValue } from "~/api/types";
import { splitStatements } from "~/editor/statements";
import type { Run } from "~/run/runRecord";
import type { Strings } from "~/run/strings";

/** A statement that ran, with all that it takes to run it again elsewhere. */
export interface Ran {
  readonly sql: string;
  /** What its placeholders stood for, where it had some. */
  readonly parameters: Readonly<Record<string, ParameterValue>> | undefined;
  /** What stood above it in its run. */
  readonly above: string;
  readonly strings: Strings;
}

/** A statement that needs nothing beside it. */
export function statementAlone(sql: string): Ran {
  return { sql, parameters: undefined, above: "", strings: "standard" };
}

/** A statement of a run; an empty one where nothing is known of it. */
export function ranIn(run: Run | null, index: number): Ran {
  const { sql, above } = run?.statements[index] ?? { sql: "", above: "" };
  return {
    sql,
    parameters: run?.request.options?.parameters ?? undefined,
    above,
    strings: run?.strings ?? "standard",
  };
}

/** A text that may stand in its place, with the `\set` commands above that tell what names stand for. */
export function withSettings({ sql, above, strings }: Ran, text = sql): string {
  if (!above.includes("\\set")) return text;
  const commands = splitStatements(above, strings).map(({ from, to }) => above.slice(from, to));
  return [...commands.filter((command) => /^\\set\s/.test(command)), text].join("\n");
}
