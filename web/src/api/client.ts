import createClient from "openapi-fetch";
import type { paths } from "./generated";
import { ApiError, problemOf, UNAVAILABLE, unreachable } from "./problem";
import { passGate, waitForSignIn } from "./signInGate";

/** The typed client. Calls go through `answer`, which turns problems into exceptions. */
export const client = createClient<paths>({ fetch: send });

/** The client for asking past the gate: whoever uses it lives with a 401. */
export const ungatedClient = createClient<paths>({ fetch: attempt });

const unreachableListeners = new Set<() => void>();

/** Tells of each request that no server answered, or one that cannot do its work at the moment. */
export function onUnreachable(listener: () => void): () => void {
  unreachableListeners.add(listener);
  return () => unreachableListeners.delete(listener);
}

/** The body of a request that worked; throws `ApiError` otherwise. */
export async function answer<Data>(
  request: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await request;
  if (!response.ok) throw new ApiError(problemOf(response.status, error));
  return data as Data;
}

/** Sends a request once somebody is signed in; when the sign-in has ended it waits for the next and sends it again. */
async function send(request: Request): Promise<Response> {
  for (;;) {
    await passGate();
    const response = await attempt(request.clone());
    if (response.status !== 401) return response;
    await waitForSignIn();
  }
}

async function attempt(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    if (response.status === UNAVAILABLE) tellUnreachable();
    return response;
  } catch (thrown) {
    if (request.signal.aborted && !ranOutOfTime(request.signal)) throw thrown;
    tellUnreachable();
    throw unreachable();
  }
}

const ranOutOfTime = ({ reason }: AbortSignal) =>
  reason instanceof DOMException && reason.name === "TimeoutError";

function tellUnreachable(): void {
  for (const listener of unreachableListeners) listener();
}
