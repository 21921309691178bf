import { useQuery } from "@tanstack/react-query";
import { Copy, SquareTerminal } from "lucide-react";
import { useState } from "react";
import { fetchDdl } from "~/api/ddl";
import { problemFrom } from "~/api/problem";
import type { DdlForm } from "~/api/types";
import { SqlBlock } from "~/editor/SqlBlock";
import { Button } from "~/ui/Button";
import { ProblemText } from "~/ui/ProblemText";
import { Segmented } from "~/ui/Segmented";
import { Skeleton } from "~/ui/Skeleton";
import { copySql, openSql } from "./ddlActions";
import type { DdlSubject } from "./ddlState";
import styles from "./DdlPanel.module.css";

/** What is longer is shown in part; a query tab takes all of it. */
const SHOWN = 100_000;

const labels: Readonly<Record<DdlForm, string>> = {
  create: "Create",
  replace: "Replace",
  alter: "Alter",
  drop: "Drop",
};

interface DdlPanelProps {
  subject: DdlSubject;
  /** Called behind the opening of a query tab. */
  onOpened?: () => void;
}

/** An object as SQL, in each form that there is of it. */
export function DdlPanel({ subject, onOpened }: DdlPanelProps) {
  const [form, setForm] = useState<DdlForm>("create");
  const { serverId, database, catalog, oid, title } = subject;
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["ddl", serverId, database, `${catalog}/${oid}`, form],
    queryFn: () => fetchDdl(subject, form),
    // The last one stays in sight while another form is on its way.
    placeholderData: (previous) => previous,
    staleTime: 0,
    retry: false,
  });
  const sql = data?.sql ?? "";
  const open = () => {
    openSql(sql, { title, serverId, database });
    onOpened?.();
  };
  return (
    <section className={styles.panel} aria-label={`DDL of ${title}`} aria-busy={isFetching}>
      <div className={styles.bar}>
        <Segmented
          label="Form"
          value={form}
          choices={(data?.forms ?? (["create"] as const)).map((value) => ({ value, label: labels[value] }))}
          onChange={setForm}
        />
        <div className={styles.actions}>
          <Button icon={Copy} size="sm" disabled={sql === ""} onClick={() => void copySql(sql, title)}>
            Copy
          </Button>
          <Button icon={SquareTerminal} size="sm" disabled={sql === ""} onClick={open}>
            Open in a query tab
          </Button>
        </div>
      </div>
      {error && (
        <div className={styles.problem}>
          <ProblemText problem={problemFrom(error)} />
          <Button size="sm" busy={isFetching} onClick={() => void refetch()}>
            Try again
          </Button>
        </div>
      )}
      {(data || !error) && (
        <pre className={styles.sql} tabIndex={0} role="region" aria-label="SQL">
          {data ? <SqlBlock sql={sql} limit={SHOWN} /> : <Skeleton width={320} />}
          {sql.length > SHOWN && <span className={styles.rest}>The rest is in the query tab.</span>}
        </pre>
      )}
    </section>
  );
}
