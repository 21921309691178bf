import { create } from "zustand";
import { fetchSecrets } from "~/api/secrets";
import { ConnectCancelled } from "./interaction";
import { secretsChanged } from "./secrets";

/** The master password that something waits for. `MasterPasswordPrompt` shows it. */
export interface MasterPasswordRequest {
  /** Whether the first one is to be set, or the one that there is to be typed. */
  state: "unset" | "locked";
  /** It is set or typed, or forgotten with all that it sealed: what waits goes on. */
  done: () => void;
  cancel: () => void;
}

export const useMasterPasswordRequest = create<{ request: MasterPasswordRequest | null }>()(() => ({
  request: null,
}));

let waiting: Promise<void> | null = null;

/**
 * Has the person set or type their master password. All who need it at the same time wait for the same answer; rejects
 * with `ConnectCancelled` when there is none.
 */
export function requireMasterPassword(): Promise<void> {
  waiting ??= ask().finally(() => {
    waiting = null;
  });
  return waiting;
}

async function ask(): Promise<void> {
  // It may have been typed since, here for something else or in another tab.
  const { master_password: state } = await fetchSecrets();
  if (state !== "unset" && state !== "locked") return;
  await new Promise<void>((resolve, reject) => {
    const close = () => useMasterPasswordRequest.setState({ request: null });
    const request: MasterPasswordRequest = {
      state,
      done() {
        close();
        secretsChanged();
        resolve();
      },
      cancel() {
        close();
        reject(new ConnectCancelled());
      },
    };
    useMasterPasswordRequest.setState({ request });
  });
}
