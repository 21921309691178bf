import { create } from "zustand";
import { whoIsThere } from "~/api/account";
import { onUnreachable } from "~/api/client";
import { ownWords } from "~/api/problem";
import { isGateShut, onGateChange, shutGate, signedInAgain } from "~/api/signInGate";
import type { Me } from "~/api/types";
import { meQuery } from "../me";
import { queryClient } from "../queryClient";
import { announceSignIn, onSignIn } from "./signInWindow";

/** How it stands with the sign-in, beside what `meQuery` knows of the person whose page this is. */
interface SignIn {
  /** Somebody else is signed in in this browser now. Then the gate is shut: nothing is asked in their name. */
  another: Me | null;
  /** Somebody else was there: the page is covered until its own person is back, also when nobody is there any more. */
  covered: boolean;
  /** The person wants to sign in again before the session ends. */
  renewing: boolean;
  /** Epoch milliseconds since when Howdah has not answered. */
  unreachableSince: number | null;
  /** What a Howdah says that answers but cannot do its work; null: nothing answers. */
  trouble: string | null;
}

export const useSignIn = create<SignIn>()(() => ({
  another: null,
  covered: false,
  renewing: false,
  unreachableSince: null,
  trouble: null,
}));

const CALM_MS = 60_000;
const WAITING_MS = 5_000;

let latest = 0;
let underWay = 0;
/** When the first of the checks that failed in a row was made. One alone says little: a network blinks. */
let failingSince: number | null = null;

/** Shows the way to sign in again while the session still lasts. */
export function offerRenewal(): void {
  useSignIn.setState({ renewing: true });
}

export function withdrawRenewal(): void {
  useSignIn.setState({ renewing: false });
}

/** Asks who is signed in in this browser now, and acts on it. Of overlapping checks the latest counts. */
export async function checkSignIn(): Promise<void> {
  if (!owner()) return;
  latest += 1;
  const mine = latest;
  underWay += 1;
  try {
    const there = await whoIsThere();
    if (mine === latest) settle(there);
  } catch (thrown) {
    if (mine === latest) fail(thrown);
  } finally {
    underWay -= 1;
  }
}

/**
 * Notices when the sign-in ends, is renewed, or becomes another person's: it asks now and then, often while the page
 * waits, and at once when there is a reason to. Call it once somebody is known. Returns what stops it.
 */
export function watchSignIn(): () => void {
  announceSignIn();
  let timer = setTimeout(check, CALM_MS);
  function schedule() {
    clearTimeout(timer);
    timer = setTimeout(check, isWaiting() ? WAITING_MS : CALM_MS);
  }
  function check() {
    void checkSignIn().finally(schedule);
  }
  const leaving = new AbortController();
  const { signal } = leaving;
  addEventListener("focus", check, { signal });
  addEventListener("online", check, { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check(), {
    signal,
  });
  const stops = [
    onSignIn(check),
    onUnreachable(() => underWay === 0 && check()),
    onGateChange(schedule),
    useSignIn.subscribe(schedule),
    () => leaving.abort(),
    () => clearTimeout(timer),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function isWaiting(): boolean {
  return isGateShut() || failingSince !== null || useSignIn.getState().renewing;
}

function owner(): Me | undefined {
  return queryClient.getQueryData(meQuery.queryKey);
}

function settle(there: Me | null): void {
  failingSince = null;
  const before = owner();
  const same = there !== null && before?.username === there.username;
  const another = same ? null : there;
  useSignIn.setState(({ covered }) => ({
    unreachableSince: null,
    trouble: null,
    another,
    covered: !same && (covered || another !== null),
  }));
  if (!same) return shutGate();
  queryClient.setQueryData(meQuery.queryKey, there);
  if (there.session.created_at !== before.session.created_at) {
    withdrawRenewal();
    // Another session: what was said of the one before, such as which servers are connected, holds no longer.
    void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== meQuery.queryKey[0] });
  }
  if (isGateShut()) signedInAgain();
}

function fail(thrown: unknown): void {
  if (failingSince === null) failingSince = Date.now();
  else useSignIn.setState({ unreachableSince: failingSince, trouble: ownWords(thrown) });
}
