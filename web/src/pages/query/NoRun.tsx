import type { Tab } from "~/app/tabs";
import { Kbd } from "~/ui/Kbd";
import styles from "./NoRun.module.css";

/** What stands where rows will be. */
export function NoRun({ tab }: { tab: Tab }) {
  return (
    <div className={styles.empty}>
      <h2>Nothing has run yet</h2>
      {tab.database === null ? (
        <p>Choose the database that this tab runs on, in the bar above.</p>
      ) : (
        <p>
          <Kbd keys="Mod+Enter" /> runs the statement at the cursor or the selection,{" "}
          <Kbd keys="Mod+Shift+Enter" /> runs all of them. The session opens with the first run and stays
          open.
        </p>
      )}
    </div>
  );
}
