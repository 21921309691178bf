import { readable, type Shortcut } from "./keys";
import styles from "./Kbd.module.css";

/** A shortcut, printed where its action stands. */
export function Kbd({ keys, bare = false }: { keys: Shortcut; bare?: boolean }) {
  return (
    <kbd className={bare ? styles.bare : styles.kbd} aria-hidden="true">
      {readable(keys)}
    </kbd>
  );
}
