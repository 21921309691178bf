import { type ReactNode, useCallback, useState } from "react";

import { openObject } from "~/app/objectTabs";
import type { Tab } from "~/app/tabs";
import { ObjectBody } from "~/pages/object/ObjectBody";
import { DATA, tabsOf } from "~/pages/object/pageTabs";
import type { PageTab } from "~/pages/object/sections";
import { useObjectPage } from "~/pages/object/useObjectPage";
import { ProblemText } from "~/ui/ProblemText";
import { Skeleton } from "~/ui/Skeleton";
import { SubTabs } from "~/ui/SubTabs";
import styles from "./DataTab.module.css";

interface Parts {
  /** The bar that the parts are chosen by. */
  readonly bar: ReactNode;
  /** What stands in the place of the rows; null while they are shown. */
  readonly other: ReactNode;
}

/** The parts of the page of the tab's table beside its rows, which stay as they are meanwhile. */
export function useTableParts(tab: Tab, table: { oid: number; name: string }, staged: number): Parts {
  const { serverId, database } = tab;
  const [chosen, setChosen] = useState<PageTab | typeof DATA>(DATA);
  const { page, problem } = useObjectPage(serverId ?? "", database ?? "", `pg_class/${table.oid}`);
  const jump = useCallback(
    (address: string, title: string, kind: string) =>
      void openObject({ serverId: serverId ?? "", database: database ?? "", address, kind, title }),
    [serverId, database],
  );
  const tabs = tabsOf(page).map((part) =>
    part.id === DATA && staged > 0 ? { ...part, count: String(staged) } : part,
  );
  const shown = tabs.some(({ id }) => id === chosen) ? chosen : DATA;
  return {
    bar: (
      <div className={styles.parts}>
        <SubTabs
          label={`Page of ${table.name}`}
          tabs={tabs}
          selected={shown}
          onSelect={(id) => setChosen(id as PageTab)}
        />
      </div>
    ),
    other:
      shown === DATA ? null : page ? (
        <ObjectBody
          {...{ tab, page, shown, jump }}
          factsOpen={false}
          showDependencies={() => setChosen("dependencies")}
        />
      ) : (
        <div className={styles.nothing}>
          {problem ? <ProblemText problem={problem} /> : <Skeleton width={320} />}
        </div>
      ),
  };
}
