import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { connectServer } from "./connect";
import { ConnectCancelled } from "./interaction";
import { MasterPasswordPrompt } from "./MasterPasswordPrompt";
import { MeContext } from "./me";
import { queryClient } from "./queryClient";
import { someone } from "./signIn/someone.testing";

const CONNECT = "POST /api/v1/servers/s1/connect";
const UNLOCK = "POST /api/v1/me/master-password/unlock";
const refusal = (status: number, code: string, more: object = {}) =>
  Response.json({ type: "about:blank", status, title: "", code, detail: `${code}.`, ...more }, { status });
const connected = () => Response.json({ connected: true });
const done = () => new Response(null, { status: 204 });

/** Answers in the order of their requests, by method and path; the last one stays. */
function answerWith(answers: Record<string, (() => Response)[]>) {
  const sent: string[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    const what = `${request.method} ${new URL(request.url).pathname}`;
    sent.push(what);
    const left = answers[what] ?? [];
    const answer = left.length > 1 ? left.shift() : left[0];
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("Failed to fetch"));
  });
  return sent;
}

const state = (master_password: string) => () => Response.json({ master_password });
const needed = () => refusal(428, "master_password_required", { master_password: "locked" });

function show() {
  render(
    <QueryClientProvider client={queryClient}>
      <MeContext value={someone("ada")}>
        <MasterPasswordPrompt />
      </MeContext>
    </QueryClientProvider>,
  );
}

configure({ asyncUtilTimeout: 20_000 });
vi.setConfig({ testTimeout: 60_000 });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  queryClient.clear();
});

it("a wrong one shows how long to wait, and the right one lets all go on that waited", async () => {
  const user = userEvent.setup({ pointerEventsCheck: 0 });
  const blocked = () => refusal(429, "too_many_attempts", { retry_after_secs: 3 });
  const sent = answerWith({
    [CONNECT]: [needed, connected],
    "POST /api/v1/servers/s2/connect": [needed, connected],
    "GET /api/v1/me/secrets": [state("locked")],
    [UNLOCK]: [() => refusal(422, "wrong_password"), blocked, done],
  });
  show();
  const both = Promise.all([connectServer("s1"), connectServer("s2")]);
  const field = await screen.findByLabelText("Master password");
  const unlock = () => user.click(screen.getByRole("button", { name: /^Unlock/ }));
  await user.type(field, "one");
  await unlock();
  await screen.findByText("wrong_password.");
  await unlock();
  expect((await screen.findByRole("timer")).textContent).toMatch(/^00:0[123]$/);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: /^Unlock/ }).disabled).toBe(true);
  await waitFor(() => expect(screen.queryByRole("timer")).toBeNull());
  await unlock();
  expect(await both).toEqual([{ connected: true }, { connected: true }]);
  expect(sent.filter((what) => what === UNLOCK).length).toBe(3);
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("what was typed elsewhere meanwhile is not asked for, and to give up is no error", async () => {
  const answers = {
    [CONNECT]: [needed, connected, needed],
    "GET /api/v1/me/secrets": [state("unlocked"), state("locked")],
  };
  answerWith(answers);
  show();
  expect(await connectServer("s1")).toEqual({ connected: true });
  const given = connectServer("s1").catch((thrown: unknown) => thrown);
  await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(await given).toBeInstanceOf(ConnectCancelled);
});
