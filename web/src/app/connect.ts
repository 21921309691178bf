import { create } from "zustand";
import { ApiError, hasCode, promptOf } from "~/api/problem";
import { connect } from "~/api/servers";
import type { Connected, Problem, Prompt } from "~/api/types";
import { ConnectCancelled, Interaction } from "./interaction";
import { requireMasterPassword } from "./masterPassword";
import { secretsChanged } from "./secrets";
import { setConnected } from "./servers";

/** A password that somebody waits for. `PasswordPrompt` shows it. */
interface PasswordRequest {
  serverId: string;
  /** Who asks: PostgreSQL, or the SSH server before it, which may want a key's passphrase. */
  asked: PasswordAsked;
  /** Why, where that is not plain: another one was refused. */
  reason: string | null;
  /** Tries a password, and has it saved if it works; rejects with what the server said of it. */
  attempt: (password: string, save: boolean) => Promise<void>;
  cancel: () => void;
}

export type PasswordAsked = "password" | "tunnel.password" | "tunnel.passphrase";

export const usePasswordRequest = create<{ request: PasswordRequest | null }>()(() => ({ request: null }));

/** What people are asked to do before a server connects, by server. It is shown where the connection is waited for. */
interface Interactions {
  byServer: Readonly<Record<string, Interaction<Connected>>>;
}

export const useInteractions = create<Interactions>()(() => ({ byServer: {} }));

export function useInteraction(serverId: string | null): Interaction<Connected> | undefined {
  return useInteractions(({ byServer }) => (serverId === null ? undefined : byServer[serverId]));
}

const connecting = new Map<string, Promise<Connected>>();

/**
 * Connects, asking for a password or for a sign-in at a provider where one is needed. All who ask at the same time wait
 * for the same answer.
 */
export function connectServer(serverId: string): Promise<Connected> {
  const under = connecting.get(serverId);
  if (under) return under;
  const attempt = connectOrAsk(serverId).finally(() => connecting.delete(serverId));
  connecting.set(serverId, attempt);
  return attempt;
}

/** Whether a person can put it right: by a password, their master password, or at a provider's page. */
export function needsPerson(code: string): boolean {
  return (
    code === "password_required" || code === "master_password_required" || code === "interaction_required"
  );
}

/** Does something that needs a server's credential, has the person act if it must be, and then does it again by itself. */
export async function withCredential<Result>(
  serverId: string,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || !needsPerson(thrown.code)) throw thrown;
    await connectServer(serverId);
    return await action();
  }
}

/** Gives up waiting for a person, as when the server is removed or defined anew. */
export function cancelInteraction(serverId: string): void {
  useInteractions.getState().byServer[serverId]?.cancel();
}

async function connectOrAsk(serverId: string): Promise<Connected> {
  const connected = await attemptFor(serverId, () => connect(serverId));
  setConnected(serverId, true);
  return connected;
}

async function attemptFor(serverId: string, attempt: () => Promise<Connected>): Promise<Connected> {
  try {
    return await attempt();
  } catch (thrown) {
    const prompt = promptOf(thrown);
    if (prompt) return attemptFor(serverId, () => waitForPerson(serverId, prompt));
    if (hasCode(thrown, "master_password_required")) {
      await requireMasterPassword();
      return attemptFor(serverId, attempt);
    }
    if (hasCode(thrown, "password_required"))
      return attemptFor(serverId, () => askForPassword(serverId, thrown.problem));
    throw thrown;
  }
}

async function waitForPerson(serverId: string, prompt: Prompt): Promise<Connected> {
  const interaction = new Interaction(prompt, () => connect(serverId));
  useInteractions.setState(({ byServer }) => ({ byServer: { ...byServer, [serverId]: interaction } }));
  try {
    return await interaction.result;
  } finally {
    useInteractions.setState(({ byServer: { [serverId]: _, ...byServer } }) => ({ byServer }));
  }
}

function askForPassword(serverId: string, problem: Problem): Promise<Connected> {
  const asked = askedBy(problem);
  usePasswordRequest.getState().request?.cancel();
  return new Promise((resolve, reject) => {
    const done = () => usePasswordRequest.setState({ request: null });
    const request: PasswordRequest = {
      serverId,
      asked,
      reason: reasonOf(problem),
      async attempt(password, save) {
        try {
          const connected = await connectSaving(serverId, asked, password, save);
          done();
          resolve(connected);
        } catch (thrown) {
          const other = hasCode(thrown, "password_required") && askedBy(thrown.problem) !== asked;
          if (!(thrown instanceof ApiError) || (!other && promptOf(thrown) === null)) throw thrown;
          // This one is known now, and the person must do something else.
          done();
          reject(thrown);
        }
      },
      cancel() {
        done();
        reject(new ConnectCancelled());
      },
    };
    usePasswordRequest.setState({ request });
  });
}

/** Connects with a password that was typed. Nothing is lost of it while a master password is asked for first. */
async function connectSaving(
  serverId: string,
  asked: PasswordAsked,
  password: string,
  save: boolean,
): Promise<Connected> {
  const body =
    asked === "password"
      ? { password, save_password: save }
      : { tunnel_password: password, save_tunnel_password: save };
  try {
    const connected = await connect(serverId, body);
    if (save) secretsChanged();
    return connected;
  } catch (thrown) {
    if (!hasCode(thrown, "master_password_required")) throw thrown;
    await requireMasterPassword();
    return connectSaving(serverId, asked, password, save);
  }
}

/** Why a password is asked for, where that is not plain: another was refused, or a saved one cannot be used. */
function reasonOf({ sqlstate, field, detail }: Problem): string | null {
  return sqlstate == null && field == null ? null : detail;
}

function askedBy({ field }: Problem): PasswordAsked {
  return field === "tunnel.password" || field === "tunnel.passphrase" ? field : "password";
}
