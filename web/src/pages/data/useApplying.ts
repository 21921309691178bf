import type { Server, TableShape } from "~/api/types";
import type { DataContent } from "~/app/dataTab";
import { environmentOf } from "~/app/servers";
import type { Tab } from "~/app/tabs";
import { ask } from "~/ui/ask";
import { plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import type { Display } from "./display";
import { changedRows } from "./keptRows";
import type { MovedColumn } from "./movedColumns";
import type { TableRows } from "./tableRows";
import type { Doubt } from "./useDoubt";
import type { Staging } from "./useStaging";
import type { Unlocking } from "./useUnlocking";

interface Applying {
  readonly tab: Tab;
  readonly server: Server | undefined;
  readonly shape: TableShape;
  readonly content: DataContent;
  readonly rows: TableRows;
  readonly display: Display;
  readonly staging: Staging;
  readonly unlocking: Unlocking;
  readonly doubt: Doubt;
  /** Columns that changes name and that are something else now. */
  readonly strayed: readonly MovedColumn[];
  /** Asks anew what is known of the table. */
  readonly onReadShape: () => void;
}

/** Applies what is staged, once everything that must be asked before has been answered, and reads the rows again. */
export function useApplying(given: Applying): () => Promise<void> {
  const { server, shape, content, rows, display, staging, unlocking, doubt, strayed, onReadShape } = given;
  return async () => {
    const { staged } = staging;
    if (staged.length === 0 || staging.applying) return;
    if (strayed.length > 0) {
      const names = strayed.map(({ from }) => from).join(", ");
      return toast({ tone: "info", text: `Say first what becomes of what is staged for ${names}.` });
    }
    // What may have been applied already is looked for before it is applied again.
    if (doubt.state !== "none" && !(await doubt.look())) return;
    const words = plural(staged.length, "change");
    const reason = unlocking.lock === "none" ? null : await unlocking.ask(`apply ${words}`);
    if (unlocking.lock !== "none" && reason === null) return;
    if (environmentOf(server) === "production" && unlocking.lock !== "locked") {
      const yes = await ask({
        title: `Apply ${words} on production?`,
        body: `${words} of ${shape.schema}.${shape.name} on ${server?.name ?? "this server"}, which is marked as production. They run in one transaction: all or none.`,
        confirm: `Apply ${words}`,
        danger: true,
      });
      if (!yes) return;
    }
    const applied = await staging.apply(reason);
    if (!applied) return;
    const { sent, report } = applied;
    if (!report.applied) {
      // A column that is not there any more may have another name.
      if (report.outcomes.some((outcome) => outcome.status === "invalid" && outcome.column != null))
        onReadShape();
      return;
    }
    const hidden = report.outcomes.filter(({ status }) => status === "hidden").length;
    if (hidden > 0) {
      toast({
        tone: "info",
        text: `Applied ${words}. ${plural(hidden, "new row")} cannot be seen by you: a policy of the table hides it.`,
      });
    } else if (report.commit_error) {
      toast({
        tone: "info",
        text: `The connection was lost, and ${words} had been committed: PostgreSQL says so.`,
      });
    } else toast({ text: `Applied ${words}` });
    const inserts = sent.filter(({ type }) => type === "insert").length;
    const changed = changedRows(sent, report, shape, (change) => {
      const at = change.type === "insert" ? null : display.placeOf(change);
      return at === null ? null : at - inserts;
    });
    const { moved } = await rows.readChanged({ shape, content }, changed);
    if (moved > 0) {
      const [are, they] = moved === 1 ? ["is", "it"] : ["are", "they"];
      toast({
        tone: "info",
        text: `${plural(moved, "changed row")} ${are} further on now: ${they} will come as you scroll.`,
      });
    }
  };
}
