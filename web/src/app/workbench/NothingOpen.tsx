import { Plus, Search } from "lucide-react";
import { Button } from "~/ui/Button";
import { newQuery } from "../newQuery";
import { openPalette } from "../palette/paletteState";
import styles from "./NothingOpen.module.css";

export function NothingOpen() {
  return (
    <div className={styles.center} data-region="start">
      <div className={styles.empty}>
        <h2>No tab is open</h2>
        <p>Open a table from the explorer with Enter, or start with an empty query.</p>
        <div className={styles.actions}>
          <Button icon={Plus} keys="Alt+N" onClick={() => newQuery()}>
            New query
          </Button>
          <Button icon={Search} keys="Mod+K" variant="ghost" onClick={() => openPalette()}>
            Go to object or command
          </Button>
        </div>
      </div>
    </div>
  );
}
