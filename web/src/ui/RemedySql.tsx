import { Copy } from "lucide-react";
import { IconButton } from "./Button";
import styles from "./RemedySql.module.css";
import { toast } from "./toast";

interface RemedySqlProps {
  /** What is amiss, and who runs the SQL. */
  words: string;
  sql: string;
}

/** SQL that puts a problem right, for whoever administers the database. */
export function RemedySql({ words, sql }: RemedySqlProps) {
  return (
    <div className={styles.remedy}>
      <p>{words}</p>
      <div className={styles.sql}>
        <code>{sql}</code>
        <IconButton icon={Copy} size="sm" label="Copy the SQL" onClick={() => void copy(sql)} />
      </div>
    </div>
  );
}

async function copy(sql: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(sql);
    toast({ text: "Copied the SQL" });
  } catch {
    toast({ tone: "danger", text: "The browser did not let Howdah write to the clipboard." });
  }
}
