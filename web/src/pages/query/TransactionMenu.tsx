import { ChevronDown } from "lucide-react";

import { Button } from "~/ui/Button";
import { Menu } from "~/ui/Menu";
import { changeTabOptions, useTabOptions } from "./tabOptions";

/** Who commits: each statement by itself, or the person. */
export function TransactionMenu({ tabId }: { tabId: string }) {
  const { manual, savepoints } = useTabOptions(tabId);
  const change = (options: Parameters<typeof changeTabOptions>[1]) => changeTabOptions(tabId, options);
  return (
    <Menu
      trigger={
        <Button
          variant="ghost"
          iconAfter={ChevronDown}
          title={
            manual
              ? "Howdah begins a transaction with the first statement; you commit it"
              : "Every statement commits by itself"
          }
        >
          {manual ? "Manual commit" : "Autocommit"}
        </Button>
      }
      entries={[
        {
          kind: "choice",
          label: "Autocommit: each statement by itself",
          chosen: !manual,
          run: () => change({ manual: false }),
        },
        {
          kind: "choice",
          label: "Manual commit: Howdah sends BEGIN",
          chosen: manual,
          run: () => change({ manual: true }),
        },
        { kind: "separator" },
        { kind: "caption", label: "Within a transaction" },
        {
          kind: "choice",
          label: "Savepoint for each statement: an error undoes it alone",
          chosen: savepoints,
          run: () => change({ savepoints: !savepoints }),
        },
      ]}
    />
  );
}
