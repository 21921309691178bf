import { create } from "zustand";
import { hasCode } from "~/api/problem";
import { connect } from "~/api/servers";
import type { Connected } from "~/api/types";
import { setConnected } from "./servers";

/** The person closed the password prompt: what waited for the connection is not done, and that is no error. */
export class ConnectCancelled extends Error {
  override name = "ConnectCancelled";
}

/** A password that somebody waits for. `PasswordPrompt` shows it. */
interface PasswordRequest {
  serverId: string;
  /** Tries a password; rejects with what the server said of it. */
  attempt: (password: string) => Promise<void>;
  cancel: () => void;
}

export const usePasswordRequest = create<{ request: PasswordRequest | null }>()(() => ({ request: null }));

const connecting = new Map<string, Promise<Connected>>();

/** Connects, asking for a password where one is needed. All who ask at the same time wait for the same prompt. */
export function connectServer(serverId: string): Promise<Connected> {
  const under = connecting.get(serverId);
  if (under) return under;
  const attempt = connectOrAsk(serverId).finally(() => connecting.delete(serverId));
  connecting.set(serverId, attempt);
  return attempt;
}

/** Does something that needs a server's password, asks for it if it is missing, and then does it again by itself. */
export async function withPassword<Result>(serverId: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (thrown) {
    if (!hasCode(thrown, "password_required")) throw thrown;
    await connectServer(serverId);
    return await action();
  }
}

async function connectOrAsk(serverId: string): Promise<Connected> {
  let connected: Connected;
  try {
    connected = await connect(serverId);
  } catch (thrown) {
    if (!hasCode(thrown, "password_required")) throw thrown;
    connected = await askForPassword(serverId);
  }
  setConnected(serverId, true);
  return connected;
}

function askForPassword(serverId: string): Promise<Connected> {
  usePasswordRequest.getState().request?.cancel();
  return new Promise((resolve, reject) => {
    const done = () => usePasswordRequest.setState({ request: null });
    const request: PasswordRequest = {
      serverId,
      async attempt(password) {
        const connected = await connect(serverId, password);
        done();
        resolve(connected);
      },
      cancel() {
        done();
        reject(new ConnectCancelled());
      },
    };
    usePasswordRequest.setState({ request });
  });
}
