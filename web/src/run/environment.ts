import { askForSession } from "~/api/querySessions";
import { hasCode, isPassing, problemFrom } from "~/api/problem";
import { fetchServer } from "~/api/servers";
import { isGateShut, onGateChange } from "~/api/signInGate";
import type { ClientMessage, Problem, ServerMessage } from "./protocol";

/** An open or opening WebSocket, as a session uses it. */
export interface Transport {
  send(message: ClientMessage): void;
  /** The session is done with: the server ends it. */
  close(): void;
  /** Gives the socket up without ending the session. */
  abandon(): void;
}

/** A session to go on with. */
export interface Address {
  readonly sessionId: string;
  readonly replica: string;
}

export interface TransportEvents {
  message(message: ServerMessage): void;
  rows(frame: ArrayBuffer): void;
  /** It ended by itself, with a code of RFC 6455; never told after `close`. */
  ended(code: number): void;
}

/** What a session needs of the world. */
export interface SessionEnvironment {
  open(events: TransportEvents): Transport;
  /** Goes on with a session; `received` is the number of the last frame of it, null when the page was loaded anew. */
  reopen(events: TransportEvents, address: Address, received: number | null): Transport;
  /** Whether a session may still be gone on with: `retry`, or why not. */
  explainLoss(address: Address): Promise<Problem | "retry">;
  /** Why the last `open` came to nothing, which a browser does not tell; `retry` when that is over. */
  explain(): Promise<Problem | "retry">;
  /** Calls back when the next frame is about to be drawn. */
  nextFrame(callback: () => void): void;
  after(milliseconds: number, callback: () => void): void;
  /**
   * Calls back whenever the network is there again, until what is returned is called: a socket from before may be dead and
   * not know it.
   */
  onNetwork(callback: () => void): () => void;
  /** Milliseconds since the epoch, never going back. */
  now(): number;
}

/** Of one database of one server, in this browser; the person's history tells what ran under the tab's id. */
export function browserEnvironment(serverId: string, database: string, tabId: string): SessionEnvironment {
  const path = `/api/v1/servers/${encodeURIComponent(serverId)}/databases/${encodeURIComponent(database)}/session`;
  return {
    open: (events) => openSocket(`${path}?${new URLSearchParams({ tab: tabId })}`, events),
    reopen: (events, address, received) => openSocket(`${path}?${queryOf(address, received)}`, events),
    explain: () => explain(serverId),
    explainLoss: (address) => explainLoss(serverId, database, address),
    nextFrame: (callback) => void requestAnimationFrame(callback),
    after: (milliseconds, callback) => void setTimeout(callback, milliseconds),
    onNetwork: (callback) => {
      addEventListener("online", callback);
      return () => removeEventListener("online", callback);
    },
    now: () => performance.timeOrigin + performance.now(),
  };
}

function openSocket(path: string, events: TransportEvents): Transport {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const leaving = new AbortController();
  const { signal } = leaving;
  socket.addEventListener(
    "message",
    ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (data instanceof ArrayBuffer) events.rows(data);
      else events.message(JSON.parse(data) as ServerMessage);
    },
    { signal },
  );
  socket.addEventListener("close", ({ code }) => events.ended(code), { signal });
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close: () => {
      leaving.abort();
      socket.close();
    },
    abandon: () => {
      leaving.abort();
      socket.close(ABANDONED);
    },
  };
}

/** A close code of our own, at which the server waits for the page to come back. */
const ABANDONED = 4002;

function queryOf({ sessionId, replica }: Address, received: number | null): URLSearchParams {
  const known = received === null ? {} : { received: String(received) };
  return new URLSearchParams({ session: sessionId, replica, ...known });
}

/**
 * Asks without a WebSocket whether the session is there, since a browser does not tell why one did not open. A sign-in that
 * has ended is waited for, and what is gone then has gone with it.
 */
async function explainLoss(serverId: string, database: string, address: Address): Promise<Problem | "retry"> {
  const gate = watchGate();
  try {
    await askForSession(serverId, database, address.sessionId, address.replica);
    return "retry";
  } catch (thrown) {
    if (gate.moved() && hasCode(thrown, "session_gone")) {
      return problem(
        "not_signed_in",
        "Your sign-in had ended, so this database session was closed. Your text is kept.",
      );
    }
    // It is there and wants a WebSocket, or another replica has it, or the way there is not open yet.
    const passing =
      isPassing(thrown) || hasCode(thrown, "invalid_request") || hasCode(thrown, "wrong_replica");
    const reason = problemFrom(thrown);
    return passing || reason.status >= 500 ? "retry" : reason;
  } finally {
    gate.unwatch();
  }
}

/**
 * Asks for the server by plain HTTP: whatever keeps the WebSocket from opening is likely to be told there. A sign-in
 * that has ended is waited for.
 */
async function explain(serverId: string): Promise<Problem | "retry"> {
  const gate = watchGate();
  try {
    await fetchServer(serverId);
  } catch (thrown) {
    return problemFrom(thrown);
  } finally {
    gate.unwatch();
  }
  if (gate.moved()) return "retry";
  return problem(
    "session_refused",
    "Howdah answers, but the query session could not be opened. A proxy in between may not pass WebSockets on.",
  );
}

/** Whether the sign-in ended, or was there again, since this was called. */
function watchGate(): { moved: () => boolean; unwatch: () => void } {
  let moved = isGateShut();
  const unwatch = onGateChange(() => (moved = true));
  return { moved: () => moved, unwatch };
}

/** A problem that the browser found by itself, in the form of the server's. */
export function problem(code: string, detail: string): Problem {
  return { type: "about:blank", status: 0, title: "Connection problem", code, detail };
}
