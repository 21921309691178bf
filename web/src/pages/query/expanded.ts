import type { Run } from "~/run/runRecord";

/** How rows were to be shown when a tab's run began, and when it had ended: psql's `\x`. */
interface Expansion {
  readonly run: number;
  readonly before: boolean;
  readonly after: boolean;
}

const byTab = new Map<string, Expansion>();

/** Whether each statement of a run shows its rows as records. `\x` holds from there on, `\gx` for the one before it. */
export function expandedStatements(tabId: string, run: Run): readonly boolean[] {
  const known = byTab.get(tabId);
  const before = known?.run === run.id ? known.before : (known?.after ?? false);
  const { each, after } = expansion(
    run.statements.map(({ sql, state }) => (state.kind === "finished" ? sql : "")),
    before,
  );
  byTab.set(tabId, { run: run.id, before, after });
  return each;
}

/** Exported for tests: what `\x` and `\gx` among statements come to. */
export function expansion(
  statements: readonly string[],
  before: boolean,
): { readonly each: readonly boolean[]; readonly after: boolean } {
  let now = before;
  const each: boolean[] = [];
  statements.forEach((sql, index) => {
    const [command, argument] = sql.split(/[\s;]+/);
    if (command === "\\gx" && index > 0) each[index - 1] = true;
    if (command === "\\x") now = argument === "" || argument === undefined ? !now : argument !== "off";
    each.push(now);
  });
  return { each, after: now };
}
