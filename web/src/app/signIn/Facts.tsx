import { CircleCheck, CircleSlash, TriangleAlert } from "lucide-react";
import { Icon } from "~/ui/Icon";
import { useStatus } from "../status";
import { useTabs } from "../tabs";
import styles from "./Card.module.css";

/** What is safe and what ends with the session, one line each. */
export function Facts() {
  return (
    <>
      <SavedTabs />
      <AtStake />
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

function AtStake() {
  const byTab = useStatus((state) => state.byTab);
  const all = Object.values(byTab);
  const transactions = all.filter(({ atStake }) => atStake.transaction);
  const statements = all.filter(({ atStake }) => atStake.statement);
  return (
    <>
      {statements.length > 0 && (
        <li className={styles.ended}>
          <Icon of={CircleSlash} size={14} />
          <span>
            {statements.length === 1 ? "The running statement" : `${statements.length} running statements`} on{" "}
            <Places of={statements} /> {statements.length === 1 ? "is" : "are"} cancelled
          </span>
        </li>
      )}
      {transactions.length > 0 && (
        <li className={styles.warning}>
          <Icon of={TriangleAlert} size={14} />
          <span>
            {transactions.length === 1
              ? "Your open transaction"
              : `Your ${transactions.length} open transactions`}{" "}
            on <Places of={transactions} /> {transactions.length === 1 ? "is" : "are"} rolled back
          </span>
        </li>
      )}
    </>
  );
}

function Places({ of }: { of: readonly { server: string | null }[] }) {
  const names = [...new Set(of.map(({ server }) => server ?? "a removed server"))];
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 && (index === names.length - 1 ? " and " : ", ")}
      <b>{name}</b>
    </span>
  ));
}
