import { ChevronDown, ChevronUp, Search, X } from "lucide-react";
import type { KeyboardEvent } from "react";

import { IconButton } from "~/ui/Button";
import { formatCount } from "~/ui/format";
import { Input } from "~/ui/Input";
import styles from "./GridBar.module.css";
import type { Find } from "./useFind";

/** Finds text in the rows that are shown. */
export function FindBar({ find, onClose }: { find: Find; onClose: () => void }) {
  const none = find.matches?.count === 0 && !find.searching;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter") find.step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={styles.bar} role="search" aria-label="Find in result" onKeyDown={onKeyDown}>
      <Input
        size="sm"
        icon={Search}
        autoFocus
        aria-label="Find in result"
        placeholder="Find in the rows that are here"
        value={find.text}
        onChange={(event) => find.setText(event.target.value)}
        onFocus={(event) => event.target.select()}
      />
      <IconButton
        icon={ChevronUp}
        size="sm"
        label="Previous match"
        keys="Shift+Enter"
        onClick={() => find.step(-1)}
      />
      <IconButton icon={ChevronDown} size="sm" label="Next match" keys="Enter" onClick={() => find.step(1)} />
      <span className={none ? styles.none : styles.words} role="status">
        {words(find)}
      </span>
      <IconButton className={styles.end} icon={X} size="sm" label="Close find" keys="Esc" onClick={onClose} />
    </div>
  );
}

function words({ text, matches, searching, at }: Find): string {
  if (text === "") return "";
  if (!matches) return "Searching";
  if (matches.count === 0) return searching ? "Searching" : "No match";
  const count = `${formatCount(matches.count)}${matches.more || searching ? "+" : ""}`;
  return `${formatCount(Math.min(at + 1, matches.count))} of ${count}`;
}
