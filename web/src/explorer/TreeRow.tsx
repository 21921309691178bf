import { ChevronDown, ChevronRight, CircleX, Lock, Pencil, RefreshCw, UsersRound } from "lucide-react";
import type { MouseEvent, Ref } from "react";
import type { Server } from "~/api/types";
import { useInteraction } from "~/app/connect";
import { InteractionPrompt } from "~/app/InteractionPrompt";
import { editServer } from "~/pages/servers/serverDialogState";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatBytes, formatCount, formatEstimate } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { codesOf, hostKeyRemedy } from "~/ui/problemCodes";
import { Skeleton } from "~/ui/Skeleton";
import { retry } from "./catalog";
import type { NodeRow, Row } from "./flatten";
import { iconOf } from "./icons";
import { kindWords } from "./kinds";
import { labelOf, type Node, type ParentNode, whyClosed } from "./nodes";
import { qualifiedName } from "./qualifiedName";
import { useRefusal } from "./refusal";
import styles from "./TreeRow.module.css";

interface TreeRowProps {
  ref?: Ref<HTMLDivElement> | undefined;
  id: string;
  index: number;
  /** Distance from the top of the list. */
  top: number;
  row: Row;
  filter: string;
  selected: boolean;
}

/** One line of the tree. Presses are handled by the tree. */
export function TreeRow({ ref, id, index, top, row, filter, selected }: TreeRowProps) {
  const place = {
    ref,
    "data-index": index,
    style: { transform: `translateY(${top}px)`, "--level": row.level - 1 },
  };
  switch (row.kind) {
    case "node":
      return (
        <div
          {...place}
          id={id}
          role="treeitem"
          aria-level={row.level}
          aria-posinset={row.position}
          aria-setsize={row.setSize}
          aria-selected={selected}
          {...(row.expanded === null ? {} : { "aria-expanded": row.expanded })}
          className={classes(styles.row, looks(row.node), selected && styles.selected)}
          draggable={qualifiedName(row.node) !== null}
          title={tooltipOf(row.node)}
        >
          <NodeLine row={row} filter={filter} />
          {selected && <Refused id={row.node.id} />}
        </div>
      );
    case "loading":
    case "more":
      return (
        <div {...place} className={styles.row} aria-hidden="true">
          <span className={styles.twisty} />
          <Skeleton width={16} height={14} />
          <Skeleton width={72 + ((index * 37) % 56)} />
        </div>
      );
    case "note":
      return (
        <div
          {...place}
          id={id}
          role="treeitem"
          aria-level={row.level}
          aria-selected={false}
          className={styles.row}
        >
          <span className={styles.twisty} />
          <span className={styles.note}>{row.text}</span>
        </div>
      );
    case "prompt":
      return (
        <div
          {...place}
          id={id}
          role="treeitem"
          aria-level={row.level}
          aria-selected={selected}
          className={classes(styles.prompt, selected && styles.selectedFailed)}
        >
          <ServerPrompt serverId={row.serverId} />
        </div>
      );
    case "failed":
      return (
        <div
          {...place}
          id={id}
          role="treeitem"
          aria-level={row.level}
          aria-selected={selected}
          className={classes(styles.failed, selected && styles.selectedFailed)}
        >
          <Icon of={CircleX} size={14} />
          <div className={styles.problem}>
            <p>{row.problem.detail}</p>
            {row.problem.host_key != null && <p>{hostKeyRemedy(row.problem)}</p>}
            {row.problem.database_message != null && <code>{row.problem.database_message}</code>}
            {row.problem.command_output != null && <pre>{row.problem.command_output}</pre>}
            <p className={styles.codes}>{codesOf(row.problem)}</p>
            <div className={styles.ways}>
              <Button icon={RefreshCw} size="sm" onClick={(event) => tryAgain(event, row)}>
                Try again
              </Button>
              <EditServer parent={row.parent} />
            </div>
          </div>
        </div>
      );
  }
}

/** The prompt goes when the person has done it or gives up; the focus then stays in the tree. */
function ServerPrompt({ serverId }: { serverId: string }) {
  const interaction = useInteraction(serverId);
  return interaction && <InteractionPrompt interaction={interaction} then="the list" narrow />;
}

function tryAgain(event: MouseEvent, row: Extract<Row, { kind: "failed" }>): void {
  // The button goes with the line, and the focus must not.
  event.currentTarget.closest<HTMLElement>('[role="tree"]')?.focus();
  void retry(row.parent, row.filter);
}

/** Most of what fails at a server is put right in its definition. */
function EditServer({ parent }: { parent: ParentNode }) {
  if (parent.kind !== "server" || !parent.server.owned) return null;
  const { server } = parent;
  return (
    <Button icon={Pencil} size="sm" onClick={() => editServer({ mode: "edit", server })}>
      Edit server
    </Button>
  );
}

function NodeLine({ row, filter }: { row: NodeRow; filter: string }) {
  const { node, expanded } = row;
  const note = noteOf(node);
  return (
    <>
      <span className={styles.twisty} data-twisty>
        {expanded !== null && <Icon of={expanded ? ChevronDown : ChevronRight} size={14} />}
      </span>
      {node.kind !== "group" && <Icon of={iconOf(node)} className={styles.icon} />}
      <span className={styles.name}>
        <Label text={labelOf(node)} filter={node.kind === "folder" ? "" : filter} />
      </span>
      {node.kind === "object" && <ObjectWords node={node} />}
      {node.kind === "server" && node.server.environment === "production" && (
        <span className={styles.badge}>
          <Badge tone="production">Prod</Badge>
        </span>
      )}
      {node.kind === "server" && node.server.sharing && (
        <span className={styles.shared}>
          <Icon of={UsersRound} size={14} />
          <span className="visually-hidden">, {sharedWords(node.server.sharing)}</span>
        </span>
      )}
      <Closed node={node} />
      {note !== null && <span className={styles.meta}>{note}</span>}
    </>
  );
}

function said(words: string | null): string[] {
  return words === null ? [] : [words.charAt(0).toUpperCase() + words.slice(1)];
}

/** What could not be done with the line, under it. */
function Refused({ id }: { id: string }) {
  const refusal = useRefusal(({ refusal }) => refusal);
  if (refusal?.id !== id) return null;
  return <span className={styles.refused}>{refusal.words}</span>;
}

/** Says that the person may not look inside. */
function Closed({ node }: { node: Node }) {
  const why = whyClosed(node);
  if (why === null) return null;
  return (
    <span className={styles.shared}>
      <Icon of={Lock} size={12} />
      <span className="visually-hidden">, {why}</span>
    </span>
  );
}

/** Badges that are said in the line itself; the others are in the tooltip. */
const SAID: ReadonlySet<string> = new Set([
  "disabled",
  "expired",
  "foreign",
  "inactive",
  "invalid",
  "lost",
  "not populated",
  "not valid",
  "partitioned",
  "row security",
  "superuser",
  "unlogged",
  "update available",
]);

/** What is shorter to see than to hear, as the tree is narrow. */
const SHORT: Readonly<Record<string, string>> = { partitioned: "parts", "row security": "RLS" };

const WRONG: ReadonlySet<string> = new Set(["invalid", "lost", "not valid", "expired"]);

function ObjectWords({ node }: { node: Extract<Node, { kind: "object" }> }) {
  const { kind, detail, badges } = node.object;
  const said = badges.filter((badge) => SAID.has(badge));
  return (
    <>
      {kind === "key_column" && <span className="visually-hidden">, primary key</span>}
      {detail != null && <span className={styles.type}>{detail}</span>}
      {said.length > 0 && (
        <span className={styles.badges}>
          {said.map((badge) => (
            <Badge key={badge} tone={WRONG.has(badge) ? "warning" : "plain"}>
              <BadgeWords badge={badge} />
            </Badge>
          ))}
        </span>
      )}
    </>
  );
}

function BadgeWords({ badge }: { badge: string }) {
  const short = SHORT[badge];
  if (short === undefined) return badge;
  return (
    <>
      <span aria-hidden="true">{short}</span>
      <span className="visually-hidden">{badge}</span>
    </>
  );
}

function Label({ text, filter }: { text: string; filter: string }) {
  const wanted = filter.trim().toLowerCase();
  const at = wanted === "" ? -1 : text.toLowerCase().indexOf(wanted);
  if (at === -1) return text;
  const end = at + wanted.length;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, end)}</mark>
      {text.slice(end)}
    </>
  );
}

function looks(node: Node): string | false | undefined {
  switch (node.kind) {
    case "group":
      return styles.group;
    case "folder":
      return styles.folder;
    case "server":
      return !node.server.connected && styles.off;
    case "database":
      return !node.database.may_connect && styles.off;
    case "schema":
      return (node.schema.system || !node.schema.may_use) && styles.off;
    default:
      return undefined;
  }
}

function noteOf(node: Node): string | null {
  switch (node.kind) {
    case "database":
      return node.database.size_bytes == null ? null : formatBytes(node.database.size_bytes);
    case "folder":
      return formatCount(node.count);
    case "object":
      return node.object.estimated_rows == null ? null : formatEstimate(node.object.estimated_rows);
    default:
      return null;
  }
}

function tooltipOf(node: Node): string {
  const lines = [labelOf(node)];
  switch (node.kind) {
    case "server":
      lines.push(
        node.server.host === ""
          ? `Service ${node.server.connection_parameters?.service ?? ""}`
          : `${node.server.host}:${node.server.port ?? 5432}`,
        node.server.connected ? "Connected" : "Not connected",
      );
      if (node.server.sharing) lines.push(sharedWords(node.server.sharing));
      break;
    case "database":
      lines.push(`Owner ${node.database.owner}`);
      lines.push(...said(whyClosed(node)));
      break;
    case "schema":
      lines.push(`Owner ${node.schema.owner}`);
      lines.push(...said(whyClosed(node)));
      break;
    case "object": {
      const { name, detail, badges, estimated_rows: rows } = node.object;
      const place = node.owner ?? node.schema;
      lines[0] = `${place === null ? "" : `${place}.`}${name}, ${kindWords(node.object.kind).one}`;
      if (detail != null) lines.push(detail);
      if (badges.length > 0) lines.push(badges.join(", "));
      lines.push(...said(whyClosed(node)));
      if (rows != null) lines.push(`About ${formatCount(Math.round(rows))} rows, by the last ANALYZE`);
      break;
    }
    default:
      break;
  }
  const comment = commentOf(node);
  if (comment != null && comment !== "") lines.push(comment);
  return lines.join("\n");
}

/** Whose a server is that is not the person's own. */
function sharedWords({ shared_by: by }: NonNullable<Server["sharing"]>): string {
  return by == null ? "From the config" : `Shared by ${by}`;
}

function commentOf(node: Node): string | null | undefined {
  switch (node.kind) {
    case "server":
      return node.server.comment;
    case "database":
      return node.database.comment;
    case "schema":
      return node.schema.comment;
    case "object":
      return node.object.comment;
    default:
      return null;
  }
}
