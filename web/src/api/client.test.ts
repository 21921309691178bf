import { afterEach, describe, expect, it, vi } from "vitest";
import { answer, client } from "./client";
import { ApiError, problemFrom, UNREACHABLE, UNREADABLE } from "./problem";
import { isGateShut, signedInAgain } from "./signInGate";

/** The network: answers in the order in which they are given, and keeps what was asked. */
function network(...answers: (Response | Error)[]) {
  const requests: Request[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    requests.push(request);
    const next = answers.shift();
    return next instanceof Response
      ? Promise.resolve(next)
      : Promise.reject(next ?? new Error("nothing left"));
  });
  return requests;
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status });
}

const notSignedIn = () => json(401, { status: 401, code: "not_signed_in", detail: "Sign in." });
const me = { username: "ada" };
const askMe = () => answer(client.GET("/api/v1/me"));

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const thrown: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ApiError);
  return thrown as ApiError;
}

afterEach(() => vi.unstubAllGlobals());

describe("a request", () => {
  it("gives the body of what worked", async () => {
    network(json(200, me));
    expect(await askMe()).toEqual(me);
  });

  it("throws the problem that the server told, whole", async () => {
    const problem = { status: 403, code: "database_login_refused", detail: "No.", sqlstate: "28P01" };
    network(json(403, problem));
    const error = await failure(askMe());
    expect(error.problem).toEqual(problem);
    expect(error.message).toBe("No.");
  });

  it("says that something else answered when the answer is no problem of Howdah's", async () => {
    network(new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "content-type": "text/html" } }));
    expect((await failure(askMe())).code).toBe(UNREADABLE);
  });

  it("says that nothing answers when the network is gone", async () => {
    network(new TypeError("Failed to fetch"));
    expect((await failure(askMe())).code).toBe(UNREACHABLE);
  });

  it("takes a connection that says nothing for one that is not there", async () => {
    const late = new DOMException("late", "TimeoutError");
    network(late);
    const request = answer(client.GET("/api/v1/me", { signal: AbortSignal.abort(late) }));
    await expect(request).rejects.toMatchObject({ code: "unreachable" });
  });

  it("keeps being aborted apart from being unreachable", async () => {
    const abort = new AbortController();
    abort.abort();
    network(new DOMException("aborted", "AbortError"));
    const request = answer(client.GET("/api/v1/me", { signal: abort.signal }));
    await expect(request).rejects.not.toBeInstanceOf(ApiError);
  });
});

describe("an ended sign-in", () => {
  it("holds requests at the gate and sends them again, body included, once somebody has signed in", async () => {
    const created = { id: "1", name: "shop" };
    const requests = network(notSignedIn(), json(201, created));
    const body = { name: "shop", host: "db", username: "ada", credential: { type: "password" as const } };
    const request = answer(client.POST("/api/v1/servers", { body }));
    await vi.waitUntil(isGateShut);
    expect(requests).toHaveLength(1);

    signedInAgain();
    expect(await request).toEqual(created);
    expect(isGateShut()).toBe(false);
    expect(await requests[1]?.json()).toEqual(body);
  });

  it("shuts the gate again when the new sign-in ends at once", async () => {
    network(notSignedIn(), notSignedIn(), json(200, me));
    const request = askMe();
    await vi.waitUntil(isGateShut);
    signedInAgain();
    await vi.waitUntil(isGateShut);
    signedInAgain();
    expect(await request).toEqual(me);
  });
});

it("anything that was thrown can be shown", () => {
  expect(problemFrom(new Error("broken")).detail).toBe("broken");
  expect(problemFrom("odd").detail).toBe("odd");
});
