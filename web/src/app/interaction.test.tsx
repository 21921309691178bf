import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Connected, Prompt } from "~/api/types";
import { connectServer, useInteractions, usePasswordRequest, withCredential } from "./connect";
import { ConnectCancelled, interactionWords, pageOf } from "./interaction";
import { InteractionPrompt } from "./InteractionPrompt";
import { queryClient } from "./queryClient";

const NOW = Date.parse("2026-11-16T10:00:00Z");

const code: Prompt = {
  type: "device_code",
  verification_uri: "https://login.example.com/device",
  user_code: "ABCD-EFGH",
  expires_at: "2026-11-16T10:15:00Z",
};
const redirect: Prompt = { type: "redirect", url: "https://login.example.com/authorize?state=s" };
const connected: Connected = {
  connected: true,
  user: "ada",
  server_version: "18.4",
  credential: { source: "entra", label: "Microsoft Entra ID" },
  password_saved: false,
};

type Answer = Prompt | "connected" | "refused" | "password" | "unreachable";

/** The server's answers to each connect, in their order; the last one stays. */
function answers(...script: Answer[]): { asked: () => number } {
  let asked = 0;
  vi.stubGlobal("fetch", () => {
    const answer = script[Math.min(asked, script.length - 1)];
    asked += 1;
    switch (answer) {
      case "connected":
        return Promise.resolve(Response.json(connected));
      case "unreachable":
        return Promise.reject(new TypeError("Failed to fetch"));
      case "refused":
        return Promise.resolve(problem(502, "credential_failed", "The provider refused: access_denied."));
      case "password":
        return Promise.resolve(problem(428, "password_required", "A password is needed."));
      default:
        return Promise.resolve(problem(428, "interaction_required", "Sign in.", answer));
    }
  });
  return { asked: () => asked };
}

function problem(status: number, code: string, detail: string, prompt?: Prompt): Response {
  return Response.json({ type: "about:blank", title: "", status, code, detail, prompt }, { status });
}

const shown = () => useInteractions.getState().byServer["1"];
const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

/** Begins to connect; tells how it ended, or that it has not. */
function begin(): { ended: () => unknown } {
  let ended: unknown = "waiting";
  connectServer("1").then(
    (result) => (ended = result),
    (thrown: unknown) => (ended = thrown),
  );
  return { ended: () => ended };
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.setSystemTime(NOW);
});

afterEach(() => {
  shown()?.cancel();
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  queryClient.clear();
});

describe("a connection that needs the person", () => {
  it("shows the code, asks every three seconds, and goes on by itself", async () => {
    const { asked } = answers(code, code, "connected");
    const { ended } = begin();
    await pass(0);
    expect(shown()?.view()).toMatchObject({ prompt: code, state: "waiting" });
    await pass(2_900);
    expect([asked(), ended()]).toEqual([1, "waiting"]);
    await pass(200);
    expect([asked(), ended()]).toEqual([2, "waiting"]);
    await pass(3_100);
    expect(ended()).toEqual(connected);
    expect(shown()).toBeUndefined();
    await pass(60_000);
    expect(asked()).toBe(3);
  });

  it("asks at once when the person comes back to the window", async () => {
    const { asked } = answers(redirect, "connected");
    const { ended } = begin();
    await pass(0);
    dispatchEvent(new Event("focus"));
    await pass(10);
    expect([asked(), ended()]).toEqual([2, connected]);
  });

  it("asks once for all who wait", async () => {
    const { asked } = answers(code, "connected");
    const both = [begin(), begin()];
    await pass(3_100);
    expect(both.map(({ ended }) => ended())).toEqual([connected, connected]);
    expect(asked()).toBe(2);
  });

  it("says what went wrong when the person has declined", async () => {
    answers(code, "refused");
    const { ended } = begin();
    await pass(3_100);
    expect(ended()).toMatchObject({ code: "credential_failed" });
    expect(shown()).toBeUndefined();
  });

  it("bears with a network that is away for a moment", async () => {
    answers(code, "unreachable", "connected");
    const { ended } = begin();
    await pass(6_300);
    expect(ended()).toEqual(connected);
  });

  it("can be given up, and asks no more", async () => {
    const { asked } = answers(code);
    const { ended } = begin();
    await pass(0);
    shown()?.cancel();
    await pass(30_000);
    expect(ended()).toBeInstanceOf(ConnectCancelled);
    expect(asked()).toBe(1);
  });

  it("begins no new code unseen when the old one has expired", async () => {
    const later = { ...code, user_code: "WXYZ-1234", expires_at: "2026-11-16T10:31:00Z" };
    const script: Answer[] = [code];
    const { asked } = answers(...script);
    const { ended } = begin();
    await pass(15 * 60_000 + 3_000);
    expect(shown()?.view().state).toBe("expired");
    const before = asked();
    await pass(60_000);
    expect([asked(), ended()]).toEqual([before, "waiting"]);
    answers(later, "connected");
    shown()?.renew();
    await pass(10);
    expect(shown()?.view()).toMatchObject({ prompt: later, state: "waiting" });
    await pass(3_100);
    expect(ended()).toEqual(connected);
  });

  it("shows another code when the server has begun one", async () => {
    const other = { ...code, user_code: "WXYZ-1234" };
    answers(code, other);
    begin();
    await pass(3_100);
    expect(shown()?.view().prompt).toEqual(other);
  });

  it("asks for the password where that comes next", async () => {
    answers(code, "password");
    begin();
    await pass(3_100);
    expect(usePasswordRequest.getState().request?.serverId).toBe("1");
    usePasswordRequest.getState().request?.cancel();
  });

  it("lets what needed it be done again", async () => {
    answers(code, "connected");
    const action = vi.fn<() => Promise<string>>().mockResolvedValue("tables");
    action.mockRejectedValueOnce(await connectServerProblem());
    const result = withCredential("1", action);
    await pass(3_100);
    expect(await result).toBe("tables");
    expect(action).toHaveBeenCalledTimes(2);
  });
});

/** The error that a call of the explorer gives. */
async function connectServerProblem(): Promise<Error> {
  const { ApiError } = await import("~/api/problem");
  const detail = { status: 428, code: "interaction_required", detail: "Sign in.", prompt: code };
  return new ApiError({ type: "about:blank", title: "", ...detail });
}

describe("the prompt", () => {
  async function show(prompt: Prompt) {
    answers(prompt);
    begin();
    await pass(0);
    const interaction = shown();
    if (!interaction) throw new Error("nothing is asked");
    render(<InteractionPrompt interaction={interaction} then="the run" />);
  }

  it("shows the code, the way to the page and the time that is left", async () => {
    await show({ ...code, verification_uri_complete: "https://login.example.com/device?code=ABCD-EFGH" });
    const group = screen.getByRole("group", { name: "Your sign-in is needed" });
    expect(group.textContent).toContain("Type this code at login.example.com/device");
    expect(group.textContent).toContain("ABCD-EFGH");
    const link = screen.getByRole("link", { name: "Open login.example.com" });
    expect(link.getAttribute("href")).toBe("https://login.example.com/device?code=ABCD-EFGH");
    // A slow machine may take a while over this.
    expect(screen.getByRole("timer").textContent).toMatch(/^(?:15:00|14:[345]\d)$/);
    await pass(61_000);
    expect(screen.getByRole("timer").textContent).toMatch(/^13:[2345]\d$/);
  });

  it("keeps the focus when the code has expired", async () => {
    await show(code);
    screen.getByRole("button", { name: "Copy the code" }).focus();
    await pass(15 * 60_000 + 3_000);
    screen.getByRole("button", { name: "Get a new code" });
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Cancel" }));
  });

  it("opens the provider's page from the press, and offers a tab where no window opens", async () => {
    const open = vi.spyOn(window, "open").mockReturnValue(null);
    await show({ ...redirect, reason: "More than a password is asked of you here." });
    screen.getByText("More than a password is asked of you here.");
    const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
    await user.click(screen.getByRole("button", { name: "Continue at login.example.com" }));
    expect(open.mock.calls[0]?.[0]).toBe(redirect.url);
    screen.getByRole("link", { name: /use a new tab/ });
  });
});

it("only pages of the web are opened", () => {
  expect(pageOf("https://login.example.com/device")?.host).toBe("login.example.com");
  expect(pageOf("javascript:alert(1)")).toBeNull();
  expect(pageOf("nothing")).toBeNull();
});

it("a code is read out letter by letter", () => {
  expect(interactionWords({ prompt: code, until: 0, state: "waiting" })).toContain("A B C D - E F G H");
});
