import {
  Ellipsis,
  Lock,
  PanelRight,
  Play,
  RefreshCw,
  Search,
  ShieldCheck,
  SquareTerminal,
  Table2,
} from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import type { ObjectPage, Server } from "~/api/types";
import { openTableData } from "~/app/dataTab";
import { newQuery } from "~/app/newQuery";
import { describeObjectTab, openObject } from "~/app/objectTabs";
import { environmentOf, useServer } from "~/app/servers";
import { publishStatus } from "~/app/status";
import { nothingKnown } from "~/app/StatusBar";
import type { Tab } from "~/app/tabs";
import { browseRows } from "~/explorer/actions";
import { hasRows, kindWords } from "~/explorer/kinds";
import { revealObject } from "~/explorer/reveal";
import { scriptEntries } from "~/explorer/scriptEntries";
import type { Subject } from "~/explorer/scripts";
import { Badge } from "~/ui/Badge";
import { Banner } from "~/ui/Banner";
import { Button, IconButton } from "~/ui/Button";
import { formatTime } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Menu, type MenuEntry } from "~/ui/Menu";
import { ProblemText } from "~/ui/ProblemText";
import { Skeleton } from "~/ui/Skeleton";
import { SubTabs } from "~/ui/SubTabs";
import { copyToClipboard } from "../query/clipboard";
import type { Jump } from "./CellText";
import styles from "./ObjectTab.module.css";
import { ObjectBody } from "./ObjectBody";
import { DATA, tabsOf } from "./pageTabs";
import type { PageTab } from "./sections";
import { useObjectPage } from "./useObjectPage";

interface ObjectTabProps {
  tab: Tab;
  serverId: string;
  database: string;
  address: string;
}

/** The page of an object: what it is, what it holds, and what it has to do with others. */
export function ObjectTab({ tab, serverId, database, address }: ObjectTabProps) {
  const server = useServer(serverId);
  const { page, readAt, problem, gone, busy, refresh } = useObjectPage(serverId, database, address);
  const [chosen, setChosen] = useState<PageTab>("overview");
  const [factsOpen, setFactsOpen] = useState(false);
  const jump: Jump = useCallback(
    (to, title, kind) => void openObject({ serverId, database, address: to, kind, title }),
    [serverId, database],
  );
  useEffect(() => {
    if (page) describeObjectTab(tab, page.kind, titleOf(page));
  }, [tab, page]);
  useEffect(() => {
    publishStatus(tab.id, {
      ...nothingKnown,
      environment: environmentOf(server),
      server: server?.name ?? null,
      database,
      sessionUser: page?.reader ?? null,
      readOnly: server?.read_only === true ? "Sessions on this server are read only by default" : null,
      selection: page ? `read at ${formatTime(readAt)}` : null,
    });
    // The instant changes with the page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tab.id, server, database, page]);

  if (!page) {
    return problem ? (
      <div className={styles.failed} data-region="object">
        <ProblemText problem={problem} />
        <Button icon={RefreshCw} busy={busy} onClick={refresh}>
          Try again
        </Button>
      </div>
    ) : (
      <div className={styles.waiting} aria-busy="true" aria-label={tab.title}>
        {[180, 420, 360, 400, 320].map((width) => (
          <Skeleton key={width} width={width} />
        ))}
      </div>
    );
  }

  const tabs = tabsOf(page, page.no_rows == null);
  const shown = tabs.some(({ id }) => id === chosen) ? chosen : "overview";
  return (
    <div className={styles.page}>
      <Head {...{ tab, page, server, database, busy, refresh }} />
      <div className={styles.tabs}>
        <SubTabs
          label={`Page of ${page.name}`}
          tabs={tabs}
          selected={shown}
          onSelect={(id) => (id === DATA ? void openRows(tab, page) : setChosen(id as PageTab))}
          end={
            <span className={styles.narrowOnly}>
              <IconButton
                icon={PanelRight}
                size="sm"
                label="Facts"
                on={factsOpen}
                onClick={() => setFactsOpen(!factsOpen)}
              />
            </span>
          }
        />
      </div>
      {gone && (
        <Banner tone="warning" actions={<AskAgain busy={busy} refresh={refresh} />}>
          This {kindWords(page.kind).one} is not there any more, or not yours to see. Below is what was read
          at {formatTime(readAt)}.
        </Banner>
      )}
      {problem && !gone && (
        <Banner tone="danger" actions={<AskAgain busy={busy} refresh={refresh} />}>
          {problem.detail} Below is what was read at {formatTime(readAt)}.
        </Banner>
      )}
      {page.left_out != null && !problem && (
        <Banner tone="warning" actions={<AskAgain busy={busy} refresh={refresh} />}>
          <LeftOut left={page.left_out} kind={page.kind} />
        </Banner>
      )}
      <ObjectBody
        {...{ tab, page, shown, jump, factsOpen }}
        showDependencies={() => setChosen("dependencies")}
      />
    </div>
  );
}

function AskAgain({ busy, refresh }: { busy: boolean; refresh: () => void }) {
  return (
    <Button size="sm" icon={RefreshCw} busy={busy} onClick={refresh}>
      Read again
    </Button>
  );
}

function LeftOut({ left, kind }: { left: NonNullable<ObjectPage["left_out"]>; kind: string }) {
  const { sqlstate, message, held_by: holders } = left;
  const locked = sqlstate === "55P03";
  return (
    <>
      {locked
        ? `Another session holds a lock on this ${kindWords(kind).one}, so sizes and definitions are left out.`
        : "PostgreSQL did not answer the whole question, so sizes and definitions are left out."}{" "}
      {holders.length > 0 && `The lock is held by ${holders.join("; ")}. `}
      <code>
        {sqlstate}: {message}
      </code>
    </>
  );
}

/** Kinds that are the same from each database. */
const ofServer: ReadonlySet<string> = new Set([
  "database",
  "group_role",
  "replication_slot",
  "role",
  "tablespace",
]);

interface HeadProps {
  tab: Tab;
  page: ObjectPage;
  server: Server | undefined;
  database: string;
  busy: boolean;
  refresh: () => void;
}

function Head({ tab, page, server, database, busy, refresh }: HeadProps) {
  const { name, kind, schema, of, badges, identity } = page;
  const words = kindWords(kind);
  const serverId = tab.serverId ?? "";
  const go = (address: string, title: string, to: string) =>
    void openObject({ serverId, database, address, kind: to, title });
  const relation = { serverId, database, schema: schema?.text ?? "", name };
  const more: MenuEntry[] = [
    ...(hasRows(kind)
      ? [
          {
            kind: "action",
            label: "Select rows",
            icon: Play,
            reason: page.no_rows == null ? undefined : "no right",
            run: () => void browseRows(relation),
          } as const,
        ]
      : []),
    ...scriptEntries(subjectOfPage(page, serverId, database)),
    { kind: "separator" },
    {
      kind: "action",
      label: "Copy name",
      run: () => void copyToClipboard(name, `Copied ${name}`),
    },
    {
      kind: "action",
      label: "Copy qualified name",
      disabled: identity == null,
      run: () => void copyToClipboard(identity ?? name, `Copied ${identity ?? name}`),
    },
    {
      kind: "action",
      label: "Show in explorer",
      icon: Search,
      run: () => void revealObject(serverId, database, page),
    },
  ];
  return (
    <div className={styles.head}>
      <Icon of={words.icon} />
      <h2 title={identity ?? name}>{name}</h2>
      <span className={styles.of}>
        {words.one}
        {of != null && (
          <>
            {" of "}
            <button type="button" className={styles.jump} onClick={() => go(of.address, of.text, "")}>
              {of.text}
            </button>
          </>
        )}
        {" in "}
        {server?.name}
        {!ofServer.has(kind) && ` / ${database}`}
        {schema != null && (
          <>
            {" / "}
            <button
              type="button"
              className={styles.jump}
              onClick={() => go(schema.address, schema.text, "schema")}
            >
              {schema.text}
            </button>
          </>
        )}
      </span>
      {server?.environment === "production" && <Badge tone="production">Prod</Badge>}
      {badges.map((badge) => (
        <Badge key={badge} tone={badge === "invalid" || badge === "not valid" ? "warning" : "plain"}>
          {badge === "row security" && <Icon of={ShieldCheck} size={12} />}
          {badge}
        </Badge>
      ))}
      {page.no_rows != null && (
        <Badge tone="warning">
          <Icon of={Lock} size={12} />
          {page.no_rows}
        </Badge>
      )}
      <span className={styles.actions}>
        {hasRows(kind) && (
          <Button
            icon={Table2}
            disabled={page.no_rows != null}
            title={page.no_rows ?? undefined}
            onClick={() => void openRows(tab, page)}
          >
            Rows
          </Button>
        )}
        <Button fold icon={SquareTerminal} onClick={() => void newQuery({ serverId, database })}>
          Query
        </Button>
        <IconButton icon={RefreshCw} label="Read again" aria-busy={busy} onClick={refresh} />
        <Menu
          align="end"
          trigger={<IconButton icon={Ellipsis} label={`More about ${name}`} />}
          entries={more}
        />
      </span>
    </div>
  );
}

/** The object of a page as statements name it. */
function subjectOfPage(page: ObjectPage, serverId: string, database: string): Subject {
  const { catalog, oid, kind, name, schema, of, badges } = page;
  // An index is named by its schema alone, though it belongs to a table.
  const owner = of?.text ?? null;
  return {
    serverId,
    database,
    catalog,
    oid,
    kind,
    name,
    schema: schema?.text ?? null,
    owner,
    badges,
    detail: null,
  };
}

/** Shows the rows of a page's table, to be changed, in a tab that has these parts too. */
function openRows({ serverId, database }: Tab, { oid, schema, name }: ObjectPage): string {
  return openTableData({ serverId, database, table: { oid, schema: schema?.text ?? "", name } });
}

function titleOf({ schema, of, name }: ObjectPage): string {
  if (schema != null && of == null) return `${schema.text}.${name}`;
  return name;
}
