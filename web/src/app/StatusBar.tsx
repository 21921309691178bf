import {
  CircleDashed,
  Database,
  GitCommitHorizontal,
  KeyRound,
  Lock,
  LockOpen,
  type LucideIcon,
  OctagonX,
  ShieldAlert,
  ShieldCheck,
  TriangleAlert,
  Unplug,
  UserRound,
} from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useShallow } from "zustand/react/shallow";
import type { Me } from "~/api/types";
import { classes } from "~/ui/classes";
import { formatClock, formatCount, formatDuration } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { credentialWords } from "./credentialWords";
import { nameOf, useMe } from "./me";
import { useSection } from "./place";
import { environmentOf, useServer } from "./servers";
import { type CredentialFacts, type StatusFacts, type TransactionFacts, useStatus } from "./status";
import { goToTab, type Tab, useTabs } from "./tabs";
import { useTransactions } from "./transactions";
import styles from "./StatusBar.module.css";

/** Who you are in the database, where, and in what state. Always in sight. */
export function StatusBar() {
  const tab = useTabs(
    useShallow((state) => factsOf(state.active === null ? undefined : state.tabs[state.active])),
  );
  const published = useStatus((state) => (tab ? state.byTab[tab.id] : undefined));
  const server = useServer(tab?.serverId ?? null);
  const facts: StatusFacts | null =
    published ??
    (tab && server
      ? { ...nothingKnown, environment: environmentOf(server), server: server.name, database: tab.database }
      : null);
  const administers = useSection() !== null;
  const production = facts?.environment === "production" && !administers;
  return (
    <footer
      className={classes(styles.status, production && styles.production)}
      aria-label="Status"
      data-region="status"
      tabIndex={0}
    >
      {administers && <AdministratorFacts />}
      {!administers && (facts ? <SessionFacts facts={facts} /> : <AccountFacts />)}
      {!administers && facts && <ResultFacts facts={facts} activeTab={tab?.id ?? null} />}
      {(administers || !facts) && (
        <>
          <span className={styles.fill} />
          <OpenElsewhere activeTab={null} />
          <span>Howdah {HOWDAH_VERSION}</span>
        </>
      )}
    </footer>
  );
}

/** What the bar asks of a tab: it is not drawn anew for each letter that is typed in it. */
function factsOf(tab: Tab | undefined) {
  return tab && { id: tab.id, serverId: tab.serverId, database: tab.database };
}

export const nothingKnown: StatusFacts = {
  environment: "unmarked",
  server: null,
  database: null,
  sessionUser: null,
  credential: null,
  readOnly: null,
  unlocked: false,
  transaction: null,
  selection: null,
  rows: null,
  durationMs: null,
  atStake: { transaction: false, statement: false },
  error: null,
};

function AdministratorFacts() {
  const me = useMe();
  return (
    <Fact icon={ShieldCheck}>
      <span>
        {me.role} <b>{nameOf(me)}</b>
      </span>
    </Fact>
  );
}

function AccountFacts() {
  const me = useMe();
  return (
    <>
      <Fact icon={Unplug}>not connected</Fact>
      <Fact icon={UserRound}>
        signed in as <b>{nameOf(me)}</b>
      </Fact>
      {me.provider_display_name != null && (
        <Fact icon={KeyRound}>
          <span>
            {me.provider_display_name}
            {providerState(me)}
          </span>
        </Fact>
      )}
    </>
  );
}

function providerState({ provider_status }: Me): string {
  switch (provider_status?.state) {
    case "refused":
      return ", sign in to renew";
    case "unavailable":
      return ", does not answer";
    case "ok":
    case undefined:
      return "";
  }
}

function SessionFacts({ facts }: { facts: StatusFacts }) {
  return (
    <>
      {facts.environment === "production" && (
        <span className={styles.environment}>
          <Icon of={ShieldAlert} size={14} />
          Production
        </span>
      )}
      {facts.server !== null && (
        <Fact icon={Database} shrinks>
          {facts.database === null ? (
            <b>{facts.server}</b>
          ) : (
            <span>
              <b>{facts.database}</b> on {facts.server}
            </span>
          )}
        </Fact>
      )}
      {facts.sessionUser === null ? (
        <Fact icon={Unplug}>not connected</Fact>
      ) : (
        <Fact icon={UserRound} shrinks>
          <span>
            you are <b>{facts.sessionUser}</b>
          </span>
        </Fact>
      )}
      {facts.credential && <Credential credential={facts.credential} />}
      {facts.readOnly !== null && (
        <Fact icon={Lock} title={facts.readOnly}>
          read only
        </Fact>
      )}
      {facts.unlocked && facts.readOnly === null && (
        <span className={styles.warned} title="This server is read only by default; you unlocked writing">
          <Icon of={LockOpen} size={14} />
          writing unlocked
        </span>
      )}
      {facts.transaction && <Transaction transaction={facts.transaction} />}
    </>
  );
}

function Credential({ credential }: { credential: CredentialFacts }) {
  const me = useMe();
  const now = useNowAt(credential.goodUntil);
  const { source, label, fetchedAt, goodUntil, renewsAt, renewalProblem } = credential;
  const provider = me.provider_status?.state;
  const { text, tip, warning } = useMemo(
    () => credentialWords({ source, label, fetchedAt, goodUntil, renewsAt, renewalProblem }, provider, now),
    [source, label, fetchedAt, goodUntil, renewsAt, renewalProblem, provider, now],
  );
  return (
    <span className={classes(styles.shrinks, warning && styles.warned)} title={tip}>
      <Icon of={warning ? TriangleAlert : KeyRound} size={14} />
      <span>{text}</span>
    </span>
  );
}

/** The time when it was first asked for, and again once the given moment has passed. */
function useNowAt(moment: string | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (moment === null) return;
    const left = Date.parse(moment) - Date.now();
    // A browser's timers count to 24 days; nothing that is good for longer is looked at again.
    if (left > 2 ** 31 - 1) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, left) + 500);
    return () => clearTimeout(timer);
  }, [moment]);
  return now;
}

function Transaction({ transaction }: { transaction: TransactionFacts }) {
  switch (transaction.state) {
    case "idle":
      return <Fact icon={CircleDashed}>no transaction</Fact>;
    case "in_transaction":
      return (
        <span className={styles.open}>
          <Icon of={GitCommitHorizontal} size={14} />
          <span>
            {["In transaction", ...transaction.words].join(", ")} <Clock since={transaction.since} />
          </span>
        </span>
      );
    case "failed":
      return (
        <span className={styles.failed}>
          <Icon of={OctagonX} size={14} />
          Transaction failed, roll back to go on
        </span>
      );
  }
}

function Clock({ since }: { since: number | null }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return since === null ? null : formatClock(now - since);
}

/** Tabs in the background that hold a transaction open; pressed, it leads to the one that idles the longest. */
function OpenElsewhere({ activeTab }: { activeTab: string | null }) {
  const byTab = useTransactions((state) => state.byTab);
  const tabs = useTabs((state) => state.tabs);
  const others = Object.entries(byTab)
    .filter(([id]) => id !== activeTab && tabs[id] !== undefined)
    .sort(([, one], [, other]) => (one.idleSince ?? Infinity) - (other.idleSince ?? Infinity));
  const [first] = others;
  if (!first) return null;
  const [id, { state, idleSince }] = first;
  const title = tabs[id]?.title ?? "";
  const words =
    state === "failed" ? "transaction failed" : idleSince === null ? "in transaction" : "idle in transaction";
  return (
    <button type="button" className={styles.elsewhere} title={`Go to “${title}”`} onClick={() => goToTab(id)}>
      <Icon of={TriangleAlert} size={14} />
      <span>
        {title}: {words} {idleSince !== null && <Clock since={idleSince} />}
        {others.length > 1 && `, and ${others.length - 1} more`}
      </span>
    </button>
  );
}

function ResultFacts({ facts, activeTab }: { facts: StatusFacts; activeTab: string | null }) {
  const numbers = [
    facts.rows !== null && `${formatCount(facts.rows)} ${facts.rows === 1 ? "row" : "rows"}`,
    facts.durationMs !== null && formatDuration(facts.durationMs),
  ].filter((text) => text !== false);
  return (
    <>
      <span className={styles.fill} />
      <OpenElsewhere activeTab={activeTab} />
      {facts.selection !== null && <span className={styles.optional}>{facts.selection}</span>}
      {(facts.error !== null || numbers.length > 0) && (
        <span>
          <b>{[facts.error, ...numbers].filter(Boolean).join(" · ")}</b>
        </span>
      )}
    </>
  );
}

interface FactProps {
  icon: LucideIcon;
  /** Gives way, with an ellipsis, before others do. */
  shrinks?: boolean;
  title?: string | undefined;
  children: ReactNode;
}

function Fact({ icon, shrinks = false, title, children }: FactProps) {
  return (
    <span className={shrinks ? styles.shrinks : undefined} title={title}>
      <Icon of={icon} size={14} />
      {children}
    </span>
  );
}
