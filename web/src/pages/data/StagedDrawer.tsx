import { ChevronDown, ChevronUp, GitPullRequestDraft, Info, Pencil, Plus, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";

import type { StagedChange } from "~/app/dataTab";
import { SqlBlock } from "~/editor/SqlBlock";
import { Badge } from "~/ui/Badge";
import { Button, IconButton } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatTime, plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { changeWords, keyWords } from "./changeWords";
import { ConflictChoice } from "./ConflictChoice";
import styles from "./StagedDrawer.module.css";
import type { MovedColumn } from "./movedColumns";
import { MovedColumns } from "./MovedColumns";
import type { Staging } from "./useStaging";

interface StagedDrawerProps {
  readonly staging: Staging;
  /** The statements that will run, by changes. */
  readonly statements: ReadonlyMap<string, string>;
  /** Columns that changes name, and that are something else now. */
  readonly moved: readonly MovedColumn[];
  readonly readAt: Date | null;
  readonly selected: string | null;
  readonly onSelect: (change: StagedChange) => void;
  readonly onDrop: (change: StagedChange) => void;
  readonly onReplace: (change: StagedChange, next: StagedChange | null) => void;
  readonly onCarry: (columns: readonly MovedColumn[]) => void;
  readonly onDropColumns: (columns: readonly MovedColumn[]) => void;
  readonly onDiscard: () => void;
  readonly onOpenInEditor: () => void;
  readonly onApply: () => void;
}

/** What waits to be applied, and the SQL that will run. */
export function StagedDrawer(props: StagedDrawerProps) {
  const { staging, statements, readAt, selected, onSelect, onDrop, onReplace } = props;
  const { staged, attempt, troubles, applying } = staging;
  const [folded, setFolded] = useState(false);
  const count = (type: StagedChange["type"]) => staged.filter((change) => change.type === type).length;
  const [inserts, updates, deletes] = [count("insert"), count("update"), count("delete")];
  const shown = staged.find(({ id }) => id === selected);
  const outcome = shown && attempt?.outcomes.get(shown.id);
  const all = plural(staged.length, "change");
  return (
    <section className={classes(styles.drawer, folded && styles.folded)} aria-label="Staged changes">
      <div className={styles.head}>
        <Icon of={GitPullRequestDraft} />
        <h2>{plural(staged.length, "staged change")}</h2>
        {inserts > 0 && <Badge tone="success">{inserts} new</Badge>}
        {updates > 0 && <Badge tone="warning">{updates} changed</Badge>}
        {deletes > 0 && <Badge tone="danger">{deletes} deleted</Badge>}
        <span className={styles.end}>
          <IconButton
            icon={Undo2}
            label="Undo"
            keys="Mod+Z"
            disabled={!staging.canUndo}
            onClick={staging.undo}
          />
          <Button variant="ghost" disabled={applying} onClick={props.onDiscard}>
            Discard all
          </Button>
          <Button variant="ghost" onClick={props.onOpenInEditor}>
            Open in editor
          </Button>
          <Button variant="primary" keys="Mod+S" aria-busy={applying} onClick={props.onApply}>
            {applying ? `Applying ${all}` : `Apply ${all}`}
          </Button>
          <IconButton
            icon={folded ? ChevronUp : ChevronDown}
            label={folded ? "Unfold the changes" : "Fold the changes"}
            onClick={() => setFolded(!folded)}
          />
        </span>
      </div>
      {!folded && (
        <>
          <MovedColumns moved={props.moved} onCarry={props.onCarry} onDrop={props.onDropColumns} />
          <div className={styles.body}>
            <ul className={styles.changes} aria-label="Changes">
              {staged.map((change) => {
                const trouble = troubles.get(change.id);
                return (
                  <li key={change.id} className={classes(change.id === selected && styles.selected)}>
                    <button type="button" className={styles.change} onClick={() => onSelect(change)}>
                      <Icon of={ICONS[change.type]} size={14} />
                      <span className={styles.key}>{keyWords(change)}</span>
                      <span className={styles.words}>{changeWords(change)}</span>
                      {trouble && <span className={styles.trouble}>{trouble.words}</span>}
                    </button>
                    <IconButton
                      icon={Undo2}
                      size="sm"
                      label={`Undo the change of ${keyWords(change)}`}
                      onClick={() => onDrop(change)}
                    />
                  </li>
                );
              })}
            </ul>
            {shown && attempt && outcome && (outcome.status === "conflict" || outcome.status === "gone") ? (
              <ConflictChoice
                change={shown}
                columns={attempt.columns}
                row={outcome.status === "conflict" ? (outcome.row ?? null) : null}
                gone={outcome.status === "gone"}
                onReplace={(next) => onReplace(shown, next)}
              />
            ) : (
              <pre className={styles.sql} aria-label="SQL that will run" tabIndex={0}>
                <span className={styles.line}>
                  <SqlBlock sql="begin;" />
                </span>
                {staged.map(({ id }) => {
                  const sql = statements.get(id);
                  return sql === undefined ? null : (
                    <span key={id} className={classes(styles.line, id === selected && styles.current)}>
                      <SqlBlock sql={`${sql};`} />
                    </span>
                  );
                })}
                <span className={styles.line}>
                  <SqlBlock sql="commit;" />
                </span>
              </pre>
            )}
          </div>
          <div className={styles.foot}>
            <Icon of={Info} size={14} />
            <span>
              One transaction. Each row is checked against the values you read
              {readAt && ` at ${formatTime(readAt)}`}; if one has changed since, nothing is applied and you
              see both versions.
            </span>
          </div>
        </>
      )}
    </section>
  );
}

const ICONS = { insert: Plus, update: Pencil, delete: Trash2 };
