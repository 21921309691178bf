import { useEffect } from "react";
import { Logo } from "~/ui/Logo";
import { announceSignIn } from "./signInWindow";
import styles from "./SignedIn.module.css";

/** Where the small sign-in window ends: it tells the page that waits, and closes. */
export function SignedIn() {
  useEffect(() => {
    announceSignIn();
    window.close();
  }, []);
  return (
    <main className={styles.page}>
      <span className={styles.logo}>
        <Logo size={36} />
      </span>
      <h1>You are signed in</h1>
      <p>This window can be closed. If no other window of Howdah is open, go on here.</p>
      <a href="/">Open Howdah</a>
    </main>
  );
}
