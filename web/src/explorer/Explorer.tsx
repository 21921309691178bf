import { useQuery } from "@tanstack/react-query";
import { ChevronsDownUp, ListFilter, Plus, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { problemFrom } from "~/api/problem";
import { mayEdit, useMe } from "~/app/me";
import { serversQuery } from "~/app/servers";
import { editServer } from "~/pages/servers/serverDialogState";
import { Button, IconButton } from "~/ui/Button";
import { Input } from "~/ui/Input";
import { ProblemText } from "~/ui/ProblemText";
import { Skeleton } from "~/ui/Skeleton";
import { refreshOpen } from "./catalog";
import { collapseAll } from "./expansion";
import styles from "./Explorer.module.css";
import { Tree } from "./Tree";

/** The servers and what is in them. */
export function Explorer() {
  const { data: servers, error, refetch, isFetching } = useQuery(serversQuery);
  const [typed, setTyped] = useState("");
  const filter = useSettled(typed, 150);
  const edits = mayEdit(useMe());
  const some = servers !== undefined && servers.length > 0;

  const refresh = () => {
    void refetch();
    refreshOpen();
  };

  return (
    <>
      <div className={styles.head}>
        <h2>Explorer</h2>
        <IconButton
          icon={Plus}
          size="sm"
          label="Add server"
          keys="Alt+A"
          disabled={!edits}
          title={edits ? undefined : "You are a viewer here: viewers add no servers"}
          onClick={() => editServer({ mode: "add" })}
        />
        {some && (
          <>
            <IconButton icon={RefreshCw} size="sm" label="Refresh" onClick={refresh} />
            <IconButton icon={ChevronsDownUp} size="sm" label="Collapse all" onClick={collapseAll} />
          </>
        )}
      </div>
      {some && (
        <div className={styles.filter}>
          <Input
            type="search"
            size="sm"
            quiet
            icon={ListFilter}
            aria-label="Filter"
            placeholder="Filter"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && setTyped("")}
          />
        </div>
      )}
      {some && <Tree servers={servers} filter={filter} />}
      {servers?.length === 0 && (
        <div className={styles.empty}>
          <p>
            {edits
              ? "Your servers will be listed here."
              : "Servers that are shared with you will be listed here."}
          </p>
          {edits && (
            <Button icon={Plus} size="sm" onClick={() => editServer({ mode: "add" })}>
              Add server
            </Button>
          )}
        </div>
      )}
      {!servers && error && (
        <div className={styles.empty}>
          <ProblemText problem={problemFrom(error)} />
          <Button icon={RefreshCw} size="sm" busy={isFetching} onClick={() => void refetch()}>
            Try again
          </Button>
        </div>
      )}
      {!servers && !error && (
        <div className={styles.waiting} aria-busy="true" aria-label="Servers">
          {[120, 88, 104].map((width) => (
            <Skeleton key={width} width={width} />
          ))}
        </div>
      )}
    </>
  );
}

/** A value, once it has not changed for a while. */
function useSettled(value: string, milliseconds: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === "" ? 0 : milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
