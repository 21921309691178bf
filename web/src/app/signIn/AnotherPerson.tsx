import { CircleCheck, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import type { Me } from "~/api/types";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { nameOf } from "../me";
import { flushTabs } from "../tabs";
import { Card } from "./Card";
import styles from "./Card.module.css";
import { openSignInWindow, openSignOutWindow } from "./signInWindow";

interface AnotherPersonProps {
  /** Whose page this is. */
  me: Me;
  /** Who is signed in now. */
  another: Me;
}

/** Somebody else is signed in in this browser: nothing of the first person's is shown to them, and nothing is lost. */
export function AnotherPerson({ me, another }: AnotherPersonProps) {
  const first = useRef<HTMLButtonElement>(null);
  const [blocked, setBlocked] = useState(false);
  const goOn = () => {
    flushTabs();
    location.assign("/");
  };
  const signInAsBefore = () => {
    const opened = another.provider == null ? openSignInWindow(me) : openSignOutWindow();
    setBlocked(!opened);
  };
  return (
    <Card
      title={`${nameOf(another)} is signed in now`}
      second={`This page belongs to ${nameOf(me)}, so it is covered, and nothing is sent from it.`}
      first={first}
      facts={
        <>
          <li className={styles.saved}>
            <Icon of={CircleCheck} size={14} />
            <span>What {nameOf(me)} had open is kept for their next sign-in</span>
          </li>
          {blocked && (
            <li className={styles.warning}>
              <Icon of={TriangleAlert} size={14} />
              <span role="alert">
                The browser did not open the window. Allow windows of this page, then try again
              </span>
            </li>
          )}
        </>
      }
      actions={
        <>
          <Button ref={first} variant="primary" size="lg" wide keys="Enter" onClick={goOn}>
            Go on as {nameOf(another)}
          </Button>
          <Button size="lg" wide onClick={signInAsBefore}>
            Sign in as {nameOf(me)}
          </Button>
          <p className={styles.hint}>
            {another.provider == null
              ? "Opens a small window and comes back by itself"
              : `Signs ${nameOf(another)} out first, in a small window`}
          </p>
        </>
      }
    />
  );
}
