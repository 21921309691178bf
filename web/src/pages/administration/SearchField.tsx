import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { Input } from "~/ui/Input";
import styles from "./SearchField.module.css";

/** How long one may go on typing before it is looked for. */
const PAUSE_MS = 200;

/** What to look for; it is told when the person has stopped typing. */
export function SearchField({ label, onSearch }: { label: string; onSearch: (search: string) => void }) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => {
      setAsked(text);
      onSearch(text.trim());
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, asked, onSearch]);
  return (
    <span className={styles.search}>
      <Input
        type="search"
        quiet
        icon={Search}
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </span>
  );
}
