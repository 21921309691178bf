import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ownWords, problemFrom } from "~/api/problem";
import { restoreExpansion } from "~/explorer/expansion";
import { Button } from "~/ui/Button";
import { ProblemText } from "~/ui/ProblemText";
import { restoreLayout } from "./layout";
import { MeContext, meQuery } from "./me";
import { routeOf } from "./paths";
import { queryClient } from "./queryClient";
import { Shell } from "./Shell";
import { useSignIn, watchSignIn } from "./signIn/signIn";
import { SignInOverlay } from "./signIn/SignInOverlay";
import { isSignInWindow } from "./signIn/signInWindow";
import { activateTab } from "./tabs";
import { restoreWorkspace } from "./workspace";
import styles from "./Account.module.css";

/** Finds out who is signed in and brings back what they had open. */
export function Account() {
  return (
    <QueryClientProvider client={queryClient}>
      <SignedInPage />
    </QueryClientProvider>
  );
}

/** A page that could not begin asks again so often. */
const AGAIN_MS = 5_000;

function SignedInPage() {
  const {
    data: me,
    error,
    refetch,
    isFetching,
  } = useQuery({
    ...meQuery,
    refetchInterval: ({ state }) => state.status === "error" && AGAIN_MS,
  });
  const username = me?.username;
  const covered = useSignIn((state) => state.covered);
  const restoredFor = useRef<string | null>(null);
  const [restored, setRestored] = useState(false);

  useEffect(() => {
    if (username === undefined) return;
    const stop = watchSignIn();
    if (isSignInWindow()) window.close();
    return stop;
  }, [username]);

  useEffect(() => {
    if (username === undefined || restoredFor.current === username) return;
    restoredFor.current = username;
    restoreLayout(username);
    restoreExpansion(username);
    void restoreWorkspace(username).then(() => {
      const route = routeOf(location.pathname);
      if (route.page === "workbench" && route.tabId !== null) activateTab(route.tabId);
      setRestored(true);
    });
  }, [username]);

  return (
    <>
      {me && restored && (
        <div className={covered ? styles.covered : undefined}>
          <MeContext value={me}>
            <Shell />
          </MeContext>
        </div>
      )}
      {!me && error && (
        <main className={styles.failed}>
          <h1>{ownWords(error) === null ? "Howdah does not answer" : "Howdah cannot work at the moment"}</h1>
          <ProblemText problem={problemFrom(error)} />
          <Button variant="primary" busy={isFetching} onClick={() => void refetch()}>
            {isFetching ? "Trying again" : "Try again"}
          </Button>
        </main>
      )}
      <SignInOverlay me={me ?? null} />
    </>
  );
}
