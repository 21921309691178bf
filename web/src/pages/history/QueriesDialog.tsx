import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2, Search, SquarePen, Trash2 } from "lucide-react";
import { useRef, useState } from "react";

import { fetchQueries, fetchQuery, removeQuery } from "~/api/history";
import { problemFrom } from "~/api/problem";
import type { SavedQuery } from "~/api/types";
import { paths } from "~/app/paths";
import { ask } from "~/ui/ask";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Input } from "~/ui/Input";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import { toast } from "~/ui/toast";
import styles from "./HistoryDialog.module.css";
import { closeList } from "./historyState";
import { openSavedQuery } from "./openSavedQuery";
import { QueryForm } from "./QueryForm";

/** Queries that the person keeps, and those that others share with them. */
export function QueriesDialog() {
  const queries = useQuery({ queryKey: ["saved-queries"], queryFn: fetchQueries, staleTime: 0 });
  const client = useQueryClient();
  const search = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<SavedQuery | null>(null);
  const [edited, setEdited] = useState<SavedQuery | null>(null);
  const wanted = text.trim().toLowerCase();
  const rows = queries.data?.filter(({ name, folder }) => `${folder}/${name}`.toLowerCase().includes(wanted));
  const open = async (query: SavedQuery) => {
    if (await openSavedQuery(query.id)) closeList();
  };
  const copyLink = async ({ id }: SavedQuery) => {
    await navigator.clipboard.writeText(new URL(paths.savedQuery(id), location.href).href);
    toast({ tone: "info", text: "Copied the link. It opens the query and runs nothing." });
  };
  const edit = async ({ id }: SavedQuery) => {
    try {
      setEdited(await fetchQuery(id));
    } catch (thrown) {
      toast({ tone: "danger", text: problemFrom(thrown).detail });
    }
  };
  const remove = async ({ id, name }: SavedQuery) => {
    const sure = await ask({
      title: `Remove ${name}?`,
      body: "Its text is gone, and links to it lead nowhere, also for those it is shared with.",
      confirm: "Remove query",
      danger: true,
    });
    if (!sure) return;
    try {
      await removeQuery(id);
    } catch (thrown) {
      toast({ tone: "danger", text: problemFrom(thrown).detail });
    }
    setChosen(null);
    await client.invalidateQueries({ queryKey: ["saved-queries"] });
  };
  if (edited) return <QueryForm query={edited} onClose={() => setEdited(null)} />;
  return (
    <Dialog
      title="Saved queries"
      size="lg"
      description="Queries that you keep, and those that others share with you"
      initialFocus={search}
      onClose={closeList}
      {...(chosen && { onPrimary: () => void open(chosen) })}
      footStart={
        <>
          <Button
            variant="ghost"
            icon={Trash2}
            disabled={!chosen?.owned}
            onClick={() => chosen && void remove(chosen)}
          >
            Remove query
          </Button>
          <Button variant="ghost" disabled={!chosen?.owned} onClick={() => chosen && void edit(chosen)}>
            Rename, move, share
          </Button>
        </>
      }
      foot={
        <>
          <Button icon={Link2} disabled={!chosen} onClick={() => chosen && void copyLink(chosen)}>
            Copy link
          </Button>
          <Button
            variant="primary"
            icon={SquarePen}
            keys="Mod+Enter"
            disabled={!chosen}
            onClick={() => chosen && void open(chosen)}
          >
            Open in a tab
          </Button>
        </>
      }
    >
      <div className={styles.find}>
        <Input
          ref={search}
          type="search"
          icon={Search}
          aria-label="Find in saved queries"
          placeholder="Find by folder or name"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {queries.error && <p role="alert">{problemFrom(queries.error).detail}</p>}
      <div className={styles.list}>
        <ListTable
          label="Saved queries"
          columns={columns}
          rows={rows}
          total={rows?.length ?? 0}
          keyOf={({ id }) => id}
          empty="Nothing is saved yet. “Save query” in the palette keeps the text of a tab here."
          selected={chosen?.id ?? null}
          onSelect={setChosen}
          onMore={null}
        />
      </div>
    </Dialog>
  );
}

const columns: readonly ListColumn<SavedQuery>[] = [
  { key: "folder", head: "Folder", width: 200, cell: ({ folder }) => <span title={folder}>{folder}</span> },
  { key: "name", head: "Name", cell: ({ name }) => <span title={name}>{name}</span> },
  {
    key: "owner",
    head: "Whose",
    width: 220,
    cell: ({ owned, owner, audience }) =>
      owned ? (audience === "private" ? "yours" : "yours, shared") : `shared by ${owner}`,
  },
];
