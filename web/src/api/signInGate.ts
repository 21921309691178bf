/**
 * The gate that requests wait at when the sign-in has ended. Whoever gets a 401 calls `waitForSignIn` and tries again
 * when it resolves; the page shows the way to sign in while the gate is shut.
 */
let waiting: { promise: Promise<void>; open: () => void } | null = null;
const listeners = new Set<() => void>();

/** Shuts the gate, if it is not shut yet, and resolves when somebody has signed in. */
export function waitForSignIn(): Promise<void> {
  if (!waiting) {
    let open = () => {};
    const promise = new Promise<void>((resolve) => {
      open = resolve;
    });
    waiting = { promise, open };
    tell();
  }
  return waiting.promise;
}

/** Shuts the gate until somebody who may go on here has signed in. */
export function shutGate(): void {
  void waitForSignIn();
}

/** Resolves at once while the gate is open, otherwise when it opens. */
export function passGate(): Promise<void> {
  return waiting?.promise ?? Promise.resolve();
}

/** Opens the gate: everything that waits goes on. */
export function signedInAgain(): void {
  const open = waiting?.open;
  waiting = null;
  tell();
  open?.();
}

export function isGateShut(): boolean {
  return waiting !== null;
}

export function onGateChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}
