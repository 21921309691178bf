import { problemFrom } from "~/api/problem";
import { fetchServer } from "~/api/servers";
import { onGateChange } from "~/api/signInGate";
import type { ClientMessage, Problem, ServerMessage } from "./protocol";

/** An open or opening WebSocket, as a session uses it. */
export interface Transport {
  send(message: ClientMessage): void;
  close(): void;
}

export interface TransportEvents {
  message(message: ServerMessage): void;
  rows(frame: ArrayBuffer): void;
  /** It ended by itself; never told after `close`. */
  ended(): void;
}

/** What a session needs of the world. */
export interface SessionEnvironment {
  open(events: TransportEvents): Transport;
  /** Why the last `open` came to nothing, which a browser does not tell; `retry` when that is over. */
  explain(): Promise<Problem | "retry">;
  /** Calls back when the next frame is about to be drawn. */
  nextFrame(callback: () => void): void;
  after(milliseconds: number, callback: () => void): void;
  /** Milliseconds since the epoch, never going back. */
  now(): number;
}

/** Of one database of one server, in this browser. */
export function browserEnvironment(serverId: string, database: string): SessionEnvironment {
  const path = `/api/v1/servers/${encodeURIComponent(serverId)}/databases/${encodeURIComponent(database)}/session`;
  return {
    open: (events) => openSocket(path, events),
    explain: () => explain(serverId),
    nextFrame: (callback) => void requestAnimationFrame(callback),
    after: (milliseconds, callback) => void setTimeout(callback, milliseconds),
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
  socket.addEventListener("close", () => events.ended(), { signal });
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close: () => {
      leaving.abort();
      socket.close();
    },
  };
}

/**
 * Asks for the server by plain HTTP: whatever keeps the WebSocket from opening is likely to be told there. A sign-in
 * that has ended is waited for.
 */
async function explain(serverId: string): Promise<Problem | "retry"> {
  const gate = { moved: false };
  const unwatch = onGateChange(() => (gate.moved = true));
  try {
    await fetchServer(serverId);
  } catch (thrown) {
    return problemFrom(thrown);
  } finally {
    unwatch();
  }
  if (gate.moved) return "retry";
  return problem(
    "session_refused",
    "Howdah answers, but the query session could not be opened. A proxy in between may not pass WebSockets on.",
  );
}

/** A problem that the browser found by itself, in the form of the server's. */
export function problem(code: string, detail: string): Problem {
  return { type: "about:blank", status: 0, title: "Connection problem", code, detail };
}
