import { type Ref, useState } from "react";
import type { Me } from "~/api/types";
import { Button } from "~/ui/Button";
import { flushTabs } from "../tabs";
import styles from "./Card.module.css";
import { openSignInWindow, signInAddress } from "./signInWindow";

type Opened = "not yet" | "waiting" | "blocked";

/** The way that the person signed in before, in a small window, and in a tab where the browser opens no window. */
export function SignInAgain({ me, ref }: { me: Me; ref: Ref<HTMLButtonElement> }) {
  const [opened, setOpened] = useState<Opened>("not yet");
  const open = () => {
    flushTabs();
    setOpened(openSignInWindow(me) ? "waiting" : "blocked");
  };
  return (
    <>
      <Button ref={ref} variant="primary" size="lg" wide keys="Enter" onClick={open}>
        {me.provider_display_name == null ? "Sign in again" : `Continue with ${me.provider_display_name}`}
      </Button>
      <p className={styles.hint} role="status">
        {words(opened)}{" "}
        <a href={signInAddress(me)} target="_blank" rel="noopener" onClick={flushTabs}>
          {opened === "blocked" ? "Sign in in a new tab" : "Use a new tab"}
        </a>
      </p>
    </>
  );
}

function words(opened: Opened): string {
  switch (opened) {
    case "not yet":
      return "Opens a small window and comes back by itself.";
    case "waiting":
      return "Waiting for the small window. No window?";
    case "blocked":
      return "The browser did not open the window.";
  }
}
