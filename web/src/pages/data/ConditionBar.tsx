import { X } from "lucide-react";
import { useId, useState } from "react";

import type { TablePlace } from "~/api/tableData";
import type { TableShape } from "~/api/types";
import { Button, IconButton } from "~/ui/Button";
import { Input } from "~/ui/Input";
import styles from "./DataTab.module.css";

interface ConditionBarProps {
  readonly tabId: string;
  readonly place: TablePlace;
  readonly shape: TableShape;
  readonly where: string;
  readonly onWhere: (where: string) => void;
  readonly onClose: () => void;
}

/** A condition in SQL, for what filters cannot say. */
export function ConditionBar({ where, onWhere, onClose }: ConditionBarProps) {
  const id = useId();
  const [text, setText] = useState(where);
  return (
    <form
      className={styles.condition}
      aria-label="Condition in SQL"
      onSubmit={(event) => {
        event.preventDefault();
        onWhere(text);
      }}
    >
      <label htmlFor={id}>where</label>
      <div>
        <Input
          id={id}
          size="sm"
          mono
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Button size="sm" type="submit" disabled={text === where}>
        Filter
      </Button>
      <IconButton icon={X} size="sm" label="Remove the condition" onClick={onClose} />
    </form>
  );
}
