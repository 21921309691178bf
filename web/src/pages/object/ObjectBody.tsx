import type { ObjectPage } from "~/api/types";
import type { Tab } from "~/app/tabs";
import { classes } from "~/ui/classes";
import { panelOf } from "~/ui/SubTabs";
import type { Jump } from "./CellText";
import { Facts } from "./Facts";
import styles from "./ObjectTab.module.css";
import { PageBody } from "./PageBody";
import type { PageTab } from "./sections";

interface ObjectBodyProps {
  readonly tab: Tab;
  readonly page: ObjectPage;
  readonly shown: PageTab;
  readonly jump: Jump;
  /** Whether the facts are shown where there is little room. */
  readonly factsOpen: boolean;
  readonly showDependencies: () => void;
}

/** A part of an object's page, with the facts beside it. */
export function ObjectBody({ tab, page, shown, jump, factsOpen, showDependencies }: ObjectBodyProps) {
  return (
    <div className={classes(styles.body, factsOpen && styles.open)}>
      <div className={styles.main} {...panelOf(shown)} data-region="object" data-region-focus tabIndex={0}>
        <PageBody {...{ tab, page, shown, jump }} />
      </div>
      <Facts page={page} jump={jump} showDependencies={showDependencies} />
    </div>
  );
}
