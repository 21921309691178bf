import { useQuery } from "@tanstack/react-query";
import { FolderInput, FolderPlus, Link2, PencilLine, Search, SquarePen, Trash2 } from "lucide-react";
import { useMemo, useRef, useState } from "react";

import { fetchQueries, fetchQuery, removeQuery } from "~/api/history";
import { problemFrom } from "~/api/problem";
import type { SavedQuery } from "~/api/types";
import { keepFolders, useQueryFolders } from "~/app/queryFolders";
import { ask } from "~/ui/ask";
import { Button, IconButton } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Input } from "~/ui/Input";
import { Menu } from "~/ui/Menu";
import { toast } from "~/ui/toast";
import { copyQueryLink } from "./copyQueryLink";
import { closeList } from "./historyState";
import { attempt } from "./openEntry";
import { openSavedQuery } from "./openSavedQuery";
import styles from "./QueriesDialog.module.css";
import { QueryForm } from "./QueryForm";
import { QueryPreview } from "./QueryPreview";
import { folderOfLine, type Moved, movedOf, parentOfLine, QueryTree } from "./QueryTree";
import { movedFolder, nameOfFolder, ownFolders, type TreeLine, treeLines, within } from "./queryTree";
import { folderWithin, placeFolder, placeQuery, QUERIES_KEY, refreshQueries } from "./savedQueryActions";

/** Queries that the person keeps in folders, and those that others share with them. */
export function QueriesDialog() {
  const queries = useQuery({ queryKey: QUERIES_KEY, queryFn: fetchQueries, staleTime: 0 });
  const made = useQueryFolders(({ folders }) => folders);
  const search = useRef<HTMLInputElement>(null);
  const tree = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const [shut, setShut] = useState<ReadonlySet<string>>(new Set());
  const [chosenKey, setChosenKey] = useState<string | null>(null);
  const [renaming, setRenaming] = useState<string | null>(null);
  const [cut, setCut] = useState<Moved | null>(null);
  const [edited, setEdited] = useState<SavedQuery | null>(null);
  const lines = useMemo(
    () => treeLines(queries.data ?? [], made, shut, text),
    [queries.data, made, shut, text],
  );
  const folders = useMemo(() => ownFolders(queries.data ?? [], made), [queries.data, made]);
  const line = lines.find(({ key }) => key === chosenKey);
  const chosen = line?.kind === "query" ? line.query : null;
  const moved = line ? movedOf(line) : null;
  const focusTree = () => tree.current?.querySelector<HTMLElement>('[role="tree"]')?.focus();

  const open = async (query: SavedQuery) => {
    if (await openSavedQuery(query.id)) closeList();
  };
  const fold = (key: string, opened: boolean) => {
    const next = new Set(shut);
    if (opened) next.delete(key);
    else next.add(key);
    setShut(next);
  };
  const move = async (what: Moved, folder: string) => {
    setCut(null);
    if (what.kind === "query") {
      if (what.query.folder !== folder) await attempt(() => placeQuery(what.query, { folder }));
      return;
    }
    const to = folderWithin(what.path, folder);
    if (to === null) return;
    if (await attempt(() => placeFolder(what.path, to))) setChosenKey(`/${to}`);
  };
  const rename = async (renamed: TreeLine, name: string | null) => {
    setRenaming(null);
    focusTree();
    if (name === null) return;
    if (renamed.kind === "query") {
      if (name !== renamed.query.name) await attempt(() => placeQuery(renamed.query, { name }));
      return;
    }
    if (name.includes("/")) return toast({ tone: "danger", text: "The name of a folder holds no slash." });
    const to = within(parentOfLine(renamed), name);
    if (await attempt(() => placeFolder(renamed.path, to))) setChosenKey(`/${to}`);
  };
  const newFolder = () => {
    const parent = folderOfLine(line);
    let name = "New folder";
    for (let number = 2; folders.includes(within(parent, name)); number += 1) name = `New folder ${number}`;
    const path = within(parent, name);
    keepFolders([...made, path]);
    setText("");
    if (parent !== "") fold(`/${parent}`, true);
    setChosenKey(`/${path}`);
    setRenaming(`/${path}`);
  };
  const remove = async (removed: TreeLine) => {
    if (!movedOf(removed)) return;
    if (removed.kind === "folder") {
      if (removed.count > 0)
        return toast({
          tone: "info",
          text: `${removed.name} holds queries. Move or remove them first.`,
        });
      keepFolders(made.filter((folder) => movedFolder(folder, removed.path, "") === null));
      return setChosenKey(null);
    }
    const sure = await ask({
      title: `Remove ${removed.query.name}?`,
      body: "Its text is gone, and links to it lead nowhere, also for those it is shared with.",
      confirm: "Remove query",
      danger: true,
    });
    if (!sure) return;
    await attempt(() => removeQuery(removed.query.id));
    setChosenKey(null);
    await refreshQueries();
  };
  const edit = ({ id }: SavedQuery) => attempt(async () => setEdited(await fetchQuery(id)));

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
          <Button variant="ghost" icon={Trash2} disabled={!moved} onClick={() => line && void remove(line)}>
            {line?.kind === "folder" ? "Remove folder" : "Remove query"}
          </Button>
          <Button variant="ghost" disabled={!chosen?.owned} onClick={() => chosen && void edit(chosen)}>
            Rename, move, share
          </Button>
        </>
      }
      foot={
        <>
          <Button icon={Link2} disabled={!chosen} onClick={() => chosen && void copyQueryLink(chosen.id)}>
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
      <div className={styles.bar}>
        <span className={styles.find}>
          <Input
            ref={search}
            type="search"
            icon={Search}
            aria-label="Find in saved queries"
            placeholder="Find by folder or name"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === "ArrowDown" && (event.preventDefault(), focusTree())}
          />
        </span>
        <IconButton icon={FolderPlus} label="New folder" onClick={newFolder} />
        <IconButton
          icon={PencilLine}
          label="Rename"
          keys="Alt+R"
          disabled={!moved}
          onClick={() => line && setRenaming(line.key)}
        />
        <Menu
          align="end"
          trigger={<IconButton icon={FolderInput} label="Move to folder" disabled={!moved} />}
          entries={["", ...folders].map((folder) => ({
            kind: "action",
            label: folder === "" ? "No folder" : folder,
            disabled: moved === null || !canGo(moved, folder),
            run: () => moved && void move(moved, folder),
          }))}
        />
      </div>
      {queries.error && <p role="alert">{problemFrom(queries.error).detail}</p>}
      <div className={styles.body} ref={tree}>
        <QueryTree
          lines={lines}
          chosen={chosenKey}
          renaming={renaming}
          cut={cut}
          empty={
            text === ""
              ? queries.data &&
                "Nothing is saved yet. “Save query” in the palette keeps the text of a tab here."
              : `No saved query is called like “${text}”.`
          }
          onChoose={({ key }) => setChosenKey(key)}
          onOpen={(query) => void open(query)}
          onFold={fold}
          onRename={(renamed, name) => void rename(renamed, name)}
          onStartRename={({ key }) => setRenaming(key)}
          onCut={(what) => {
            setCut(what);
            if (what) toast({ tone: "info", text: `${nameOf(what)}: choose a folder and paste it there` });
          }}
          onMove={(what, folder) => void move(what, folder)}
          onRemove={(removed) => void remove(removed)}
        />
        {chosen && <QueryPreview key={chosen.id} query={chosen} />}
      </div>
    </Dialog>
  );
}

function canGo(moved: Moved, folder: string): boolean {
  return moved.kind === "query" ? moved.query.folder !== folder : folderWithin(moved.path, folder) !== null;
}

function nameOf(moved: Moved): string {
  return moved.kind === "query" ? moved.query.name : nameOfFolder(moved.path);
}
