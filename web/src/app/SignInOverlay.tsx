import { CircleCheck, TriangleAlert } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { isGateShut, onGateChange, signedInAgain } from "~/api/signInGate";
import type { Me } from "~/api/types";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { useReturnFocus } from "~/ui/useReturnFocus";
import { nameOf } from "./me";
import { paths } from "./paths";
import { onSignIn, openSignInWindow } from "./signInWindow";
import { flushTabs, useTabs } from "./tabs";
import styles from "./SignInOverlay.module.css";

/** Stands over the page while the sign-in has ended. Nothing below it is touched; requests wait and then go on. */
export function SignInOverlay({ me }: { me: Me | null }) {
  const shut = useSyncExternalStore(onGateChange, isGateShut);
  const [other, setOther] = useState<string | null>(null);

  useEffect(() => {
    if (!shut) return;
    flushTabs();
    // Nobody is known yet, so there is nothing to keep: the whole page may go to the sign-in.
    if (!me) location.assign(paths.login(location.pathname));
    return onSignIn(() => {
      void whoIsThere().then((username) => {
        if (username === null || !me) return;
        if (username === me.username) {
          setOther(null);
          signedInAgain();
        } else setOther(username);
      });
    });
  }, [shut, me]);

  if (!shut || !me) return null;
  return <Overlay me={me} other={other} />;
}

function Overlay({ me, other }: { me: Me; other: string | null }) {
  const [blocked, setBlocked] = useState(false);
  const open = () => setBlocked(!openSignInWindow());
  const returnFocus = useReturnFocus();
  const action = useRef<HTMLButtonElement>(null);
  const stay = (event: Event) => event.preventDefault();
  return (
    <Dialog.Root open modal>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.over} />
        <Dialog.Content
          className={styles.again}
          aria-describedby={undefined}
          onEscapeKeyDown={stay}
          onInteractOutside={stay}
          onCloseAutoFocus={returnFocus}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            action.current?.focus();
          }}
        >
          <div className={styles.body}>
            <Dialog.Title className={styles.title}>Your sign-in has ended</Dialog.Title>
            <p className={styles.second}>This page stays as it is; sign in and go on.</p>
            <ul className={styles.facts}>
              <SavedTabs />
              {other !== null && (
                <li className={styles.warning}>
                  <Icon of={TriangleAlert} size={14} />
                  <span>
                    You signed in as <b>{other}</b>, but this page belongs to <b>{me.username}</b>. Sign in as{" "}
                    {me.username} again, or reload the page to go on as {other}.
                  </span>
                </li>
              )}
              {blocked && (
                <li className={styles.warning}>
                  <Icon of={TriangleAlert} size={14} />
                  <span>
                    The browser did not let the window open. Allow windows of this page, or sign in in a new
                    tab.
                  </span>
                </li>
              )}
            </ul>
            <Button ref={action} variant="primary" size="lg" wide keys="Enter" onClick={open}>
              {me.provider_display_name == null
                ? "Sign in again"
                : `Continue with ${me.provider_display_name}`}
            </Button>
            <p className={styles.hint}>Opens a small window and comes back by itself</p>
          </div>
          <div className={styles.foot}>
            <span>Signed in until now as {nameOf(me)}</span>
            {other === null ? (
              <a href={paths.login("/")} onClick={flushTabs}>
                Sign in as somebody else
              </a>
            ) : (
              <a href="/" onClick={flushTabs}>
                Reload as {other}
              </a>
            )}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function SavedTabs() {
  const count = useTabs((state) => state.order.length);
  const failed = useTabs((state) => state.storageFailed);
  if (count === 0 || failed) return null;
  return (
    <li className={styles.saved}>
      <Icon of={CircleCheck} size={14} />
      <span>{savedWords(count)}, up to the last key</span>
    </li>
  );
}

function savedWords(count: number): string {
  if (count === 1) return "Your tab is saved";
  return count === 2 ? "Both tabs are saved" : `All ${count} tabs are saved`;
}

/** The account that the cookie now belongs to, asked past the gate. */
async function whoIsThere(): Promise<string | null> {
  try {
    const response = await fetch("/api/v1/me");
    if (!response.ok) return null;
    return ((await response.json()) as Me).username;
  } catch {
    return null;
  }
}
