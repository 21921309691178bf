import { CircleCheck, CircleSlash, TriangleAlert } from "lucide-react";
import { Icon } from "~/ui/Icon";
import { useStatus } from "../status";
import { useTabs } from "../tabs";
import styles from "./Card.module.css";

/** What is safe and what ends with the session, one line each; `ahead` of its end there is something to be done. */
export function Facts({ ahead = false }: { ahead?: boolean }) {
  const byTab = useStatus((state) => state.byTab);
  const all = Object.values(byTab);
  const statements = all.filter(({ atStake }) => atStake.statement);
  const transactions = all.filter(({ atStake }) => atStake.transaction);
  return (
    <>
      <SavedTabs />
      {statements.length > 0 && (
        <li className={styles.ended}>
          <Icon of={CircleSlash} size={14} />
          <Cancelled on={statements} ahead={ahead} />
        </li>
      )}
      {transactions.length > 0 && (
        <li className={styles.warning}>
          <Icon of={TriangleAlert} size={14} />
          <RolledBack on={transactions} ahead={ahead} />
        </li>
      )}
    </>
  );
}

function SavedTabs() {
  const count = useTabs((state) => state.order.length);
  const failed = useTabs((state) => state.storageFailed);
  if (count === 0) return null;
  if (failed) {
    return (
      <li className={styles.warning}>
        <Icon of={TriangleAlert} size={14} />
        <span>This browser keeps no more text; it lives as long as this page is open</span>
      </li>
    );
  }
  return (
    <li className={styles.saved}>
      <Icon of={CircleCheck} size={14} />
      <span>{savedWords(count)}, up to the last key</span>
    </li>
  );
}

function savedWords(count: number): string {
  if (count === 1) return "Your tab is saved";
  return count === 2 ? "Both tabs are saved" : `All ${count} tabs are saved`;
}

interface AtStakeProps {
  on: readonly Place[];
  ahead: boolean;
}

function Cancelled({ on, ahead }: AtStakeProps) {
  const one = on.length === 1;
  const what = one ? "The running statement" : `${on.length} running statements`;
  return (
    <span>
      {what} on <Places of={on} /> {one ? "is" : "are"} cancelled{ahead && " when you have signed in"}
    </span>
  );
}

function RolledBack({ on, ahead }: AtStakeProps) {
  const one = on.length === 1;
  const what = one ? "open transaction" : `${on.length} open transactions`;
  if (ahead) {
    return (
      <span>
        Commit your {what} on <Places of={on} /> first: a new sign-in rolls {one ? "it" : "them"} back
      </span>
    );
  }
  return (
    <span>
      Your {what} on <Places of={on} /> {one ? "is" : "are"} rolled back
    </span>
  );
}

interface Place {
  server: string | null;
}

function Places({ of }: { of: readonly Place[] }) {
  const names = [...new Set(of.map(({ server }) => server ?? "a removed server"))];
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 && (index === names.length - 1 ? " and " : ", ")}
      <b>{name}</b>
    </span>
  ));
}
