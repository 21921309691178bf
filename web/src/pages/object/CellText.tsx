import { kindWords } from "~/explorer/kinds";
import { Badge } from "~/ui/Badge";
import { formatAgo, formatBytes, formatCount, formatEstimate, formatInstant } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { CircleDot, KeyRound, Link2, type LucideIcon } from "lucide-react";
import styles from "./ObjectTab.module.css";
import type { Cell } from "./sections";

/** Opens another object, by its address and its name. */
export type Jump = (address: string, title: string, kind: string) => void;

const marks: Readonly<Record<string, LucideIcon>> = {
  key: KeyRound,
  link: Link2,
  check: CircleDot,
};
const plainForms: ReadonlySet<string> = new Set([
  "ago",
  "bytes",
  "code",
  "count",
  "estimate",
  "hidden",
  "percent",
  "time",
  "warning",
]);

/** A value as people read it. What names another object leads there. */
export function CellText({ cell, jump }: { cell: Cell; jump: Jump }) {
  const { text, form, address } = cell;
  if (text == null) return null;
  const kind = form != null && form !== "column" && !plainForms.has(form) ? form : null;
  const content =
    address == null ? (
      <FormedText text={text} form={form ?? null} />
    ) : (
      <button
        type="button"
        className={kind === null || form === "code" ? styles.jump : styles.jumpName}
        title={text}
        onClick={() => jump(address, text, kind !== null && !(kind in marks) ? kind : "")}
      >
        {text}
      </button>
    );
  if (kind === null) return content;
  return (
    <span className={styles.named}>
      <Icon
        of={marks[kind] ?? kindWords(kind).icon}
        size={14}
        {...(kind === "key" && { className: styles.key })}
      />
      {kind === "key" && <span className="visually-hidden">key </span>}
      {content}
    </span>
  );
}

function FormedText({ text, form }: { text: string; form: string | null }) {
  switch (form) {
    case "bytes":
      return formatBytes(Number(text));
    case "count":
      return <span title={formatCount(Number(text))}>{formatEstimate(Number(text))}</span>;
    case "estimate":
      return formatEstimate(Number(text));
    case "percent":
      return `${text} %`;
    case "ago":
      return <Ago text={text} />;
    case "time":
      return <Ago text={text} />;
    case "code":
      return <code title={text}>{text}</code>;
    case "warning":
      return <span className={styles.warning}>{text}</span>;
    case "hidden":
      return <span className={styles.hidden}>{text}</span>;
    default:
      return text === "you" ? <Badge tone="accent">you</Badge> : <span title={text}>{text}</span>;
  }
}

function Ago({ text }: { text: string }) {
  const at = timeOf(text);
  if (at === null) return <span className={text === "never" ? styles.warning : undefined}>{text}</span>;
  return <span title={formatInstant(at)}>{formatAgo(at)}</span>;
}

/** An instant as PostgreSQL writes it; null for what is none. */
export function timeOf(text: string): Date | null {
  const at = new Date(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  return Number.isNaN(at.getTime()) ? null : at;
}
