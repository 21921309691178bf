import { Dialog } from "radix-ui";
import { useEffect, useSyncExternalStore } from "react";
import { isGateShut, onGateChange } from "~/api/signInGate";
import type { Me } from "~/api/types";
import { classes } from "~/ui/classes";
import { useReturnFocus } from "~/ui/useReturnFocus";
import { paths } from "../paths";
import { flushTabs } from "../tabs";
import { AnotherPerson } from "./AnotherPerson";
import styles from "./Card.module.css";
import { Ended } from "./Ended";
import { Renew } from "./Renew";
import { useSignIn, withdrawRenewal } from "./signIn";

/** Stands over the page while it needs somebody to sign in. Nothing below it is touched. */
export function SignInOverlay({ me }: { me: Me | null }) {
  const shut = useSyncExternalStore(onGateChange, isGateShut);
  const renewing = useSignIn((state) => state.renewing);

  useEffect(() => {
    if (!shut) return;
    flushTabs();
    // Nobody is known yet, so there is nothing to keep: the whole page may go to the sign-in.
    if (!me) location.assign(paths.login(location.pathname));
  }, [shut, me]);

  return me && (shut || renewing) && <Overlay me={me} shut={shut} />;
}

function Overlay({ me, shut }: { me: Me; shut: boolean }) {
  const another = useSignIn((state) => state.another);
  const covered = useSignIn((state) => state.covered);
  useHiddenTitle(covered);
  const returnFocus = useReturnFocus();
  return (
    <Dialog.Root open modal onOpenChange={(open) => !open && !shut && withdrawRenewal()}>
      <Dialog.Portal>
        <Dialog.Overlay className={classes(styles.over, covered && styles.cover)} />
        <Dialog.Content
          className={styles.card}
          onInteractOutside={(event) => event.preventDefault()}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={returnFocus}
        >
          {another ? (
            <AnotherPerson me={me} another={another} />
          ) : shut ? (
            <Ended me={me} />
          ) : (
            <Renew me={me} />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The title of the window names the open tab, which is not for another person. */
function useHiddenTitle(hidden: boolean) {
  useEffect(() => {
    if (!hidden) return;
    const { title } = document;
    document.title = "Howdah";
    return () => {
      document.title = title;
    };
  }, [hidden]);
}
