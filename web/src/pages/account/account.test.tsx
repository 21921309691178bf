import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionSummary } from "~/api/types";
import { MeContext } from "~/app/me";
import { queryClient } from "~/app/queryClient";
import { someone } from "~/app/signIn/someone.testing";
import { QuestionHost } from "~/ui/ask";
import { Toaster } from "~/ui/toast";
import { showPasswordChange, useAccountDialog } from "./accountDialogState";
import { PasswordDialog } from "./PasswordDialog";
import { SessionsDialog } from "./SessionsDialog";

/** Answers of the server by method and path; what is asked is kept. */
let answers: Record<string, () => Response>;
let requests: Request[] = [];

beforeEach(() => {
  requests = [];
  answers = {};
  vi.stubGlobal("fetch", (request: Request) => {
    requests.push(request);
    const answer = answers[`${request.method} ${new URL(request.url).pathname}`];
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("Failed to fetch"));
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  queryClient.clear();
  useAccountDialog.setState({ open: null });
});

const ended = () => new Response(null, { status: 204 });
const problem = (status: number, code: string, detail: string, field?: string) => () =>
  Response.json({ type: "about:blank", status, title: "", code, detail, field }, { status });

describe("your sessions", () => {
  const linux = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
  const session = (id: string, change: Partial<SessionSummary>): SessionSummary => ({
    id,
    created_at: "2026-11-16T09:00:00Z",
    last_used_at: new Date().toISOString(),
    expires_at: "2999-01-01T00:00:00Z",
    client_address: "192.0.2.7",
    user_agent: linux,
    provider_display_name: "Example ID",
    current: false,
    ...change,
  });
  const here = session("here", { current: true });
  const home = session("home", {
    user_agent: linux.replace("X11; Linux x86_64", "Windows NT 10.0"),
    last_used_at: new Date(Date.now() - 12 * 60_000).toISOString(),
    client_address: "198.51.100.4",
    provider_display_name: null,
  });
  const tool = session("tool", { user_agent: "curl/8.14", last_used_at: "2026-11-16T09:00:00Z" });

  function show(...sessions: SessionSummary[]) {
    answers["GET /api/v1/me/sessions"] = () => Response.json({ sessions });
    render(
      <QueryClientProvider client={queryClient}>
        <SessionsDialog />
        <QuestionHost />
        <Toaster />
      </QueryClientProvider>,
    );
  }
  const rows = () => screen.getAllByRole("row").slice(1);
  const texts = () =>
    rows().map((row) => [...row.children].map(({ textContent }) => textContent).slice(0, 5));

  it("are listed in words, the newest use first", async () => {
    show(tool, here, home);
    await screen.findByText("This session");
    expect(texts().map(([name, address, way]) => [name, address, way])).toEqual([
      ["Firefox on LinuxThis session", "192.0.2.7", "Example ID"],
      ["Firefox on Windows", "198.51.100.4", "Local account"],
      ["curl", "192.0.2.7", "Example ID"],
    ]);
    expect(
      texts()
        .map((columns) => columns[4])
        .slice(0, 2),
    ).toEqual(["now", "12 min ago"]);
  });

  it("end one by one, after the question that says what goes with it", async () => {
    show(here, home);
    answers["DELETE /api/v1/me/sessions/home"] = ended;
    await userEvent.click(
      await screen.findByRole("button", { name: "End session of Firefox on Windows, 198.51.100.4" }),
    );
    const question = screen.getByRole("dialog", { name: "End the session of Firefox on Windows?" });
    expect(question.textContent).toContain("what is not committed is rolled back");
    await userEvent.click(within(question).getByRole("button", { name: /^End session/ }));
    await screen.findByText("The session of Firefox on Windows has ended");
    expect(rows()).toHaveLength(1);
    await vi.waitFor(() => expect(document.activeElement?.hasAttribute("data-list")).toBe(true));
  });

  it("that have ended meanwhile are gone as well", async () => {
    show(here, tool);
    answers["DELETE /api/v1/me/sessions/tool"] = problem(404, "not_found", "There is no such session.");
    await userEvent.click(await screen.findByRole("button", { name: /^End session of curl/ }));
    await userEvent.click(within(screen.getByRole("dialog", { name: /curl/ })).getByText("End session"));
    await screen.findByText("The session of curl has ended");
    expect(rows()).toHaveLength(1);
  });

  it("end all at once but this one, and the button says how many", async () => {
    show(here, home, tool);
    answers["DELETE /api/v1/me/sessions"] = () => Response.json({ ended: 2 });
    await userEvent.click(await screen.findByRole("button", { name: "End all others (2)" }));
    const question = screen.getByRole("dialog", { name: "End 2 other sessions?" });
    expect(question.textContent).toContain("Firefox on Windows and curl are signed out at once.");
    await userEvent.click(within(question).getByRole("button", { name: /^End 2 sessions/ }));
    await screen.findByText("2 other sessions have ended");
    expect(rows()).toHaveLength(1);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "End all others (0)" }).disabled).toBe(true);
    screen.getByText("You are signed in nowhere else.");
  });

  it("stay when the server does not end them, and the dialog says why", async () => {
    show(here, home);
    answers["DELETE /api/v1/me/sessions/home"] = problem(503, "store_unavailable", "Try again in a moment.");
    await userEvent.click(await screen.findByRole("button", { name: /^End session of Firefox on Windows/ }));
    await userEvent.click(within(screen.getByRole("dialog", { name: /Windows/ })).getByText("End session"));
    expect((await screen.findByRole("alert")).textContent).toContain("Try again in a moment.");
    expect(rows()).toHaveLength(2);
  });

  it("that cannot be listed say why, and are asked for again", async () => {
    answers["GET /api/v1/me/sessions"] = problem(503, "store_unavailable", "Try again in a moment.");
    render(
      <QueryClientProvider client={queryClient}>
        <SessionsDialog />
      </QueryClientProvider>,
    );
    screen.getByText("Loading your sessions");
    await screen.findByRole("alert");
    answers["GET /api/v1/me/sessions"] = () => Response.json({ sessions: [here] });
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("This session");
  });
});

describe("the change of a password", () => {
  function show() {
    showPasswordChange();
    const local = someone("ada", { provider: null, provider_display_name: null, can_change_password: true });
    render(
      <MeContext value={local}>
        <PasswordDialog />
        <Toaster />
      </MeContext>,
    );
  }
  const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name, { exact: true });
  const below = (name: string) => {
    const id = field(name).getAttribute("aria-describedby");
    return id === null ? null : document.getElementById(id)?.textContent;
  };
  async function fill(current: string, next: string, again: string) {
    const typed = { "Current password": current, "New password": next, "New password again": again };
    for (const [name, text] of Object.entries(typed))
      if (text !== "") await userEvent.type(field(name), text);
    await userEvent.click(screen.getByRole("button", { name: /^Change password/ }));
  }

  it("sends both passwords, and says that the other sessions have ended", async () => {
    answers["POST /api/v1/me/password"] = ended;
    show();
    expect(document.activeElement).toBe(field("Current password"));
    await fill("old secret", "new secret", "new secret");
    await screen.findByText("Your password is changed. Your other sessions have ended.");
    expect(useAccountDialog.getState().open).toBeNull();
    expect(await requests[0]?.json()).toEqual({ current_password: "old secret", new_password: "new secret" });
  });

  it("tells password managers which field is which", () => {
    show();
    const all = [...document.querySelectorAll("input")].map(({ autocomplete }) => autocomplete);
    expect(all).toEqual(["username", "current-password", "new-password", "new-password"]);
  });

  it("asks for what is missing before anything is sent", async () => {
    show();
    await fill("", "", "");
    expect([below("Current password"), below("New password")]).toEqual([
      "Type the current password.",
      "Type the new password.",
    ]);
    expect(document.activeElement).toBe(field("Current password"));
    expect(requests).toEqual([]);
  });

  it("wants both copies to be equal, and forgets the complaint when one changes", async () => {
    show();
    await fill("old secret", "new secret", "new sceret");
    expect(below("New password again")).toBe("The passwords do not match.");
    expect(document.activeElement).toBe(field("New password again"));
    await userEvent.type(field("New password again"), "x");
    expect(below("New password again")).toBeNull();
    expect(requests).toEqual([]);
  });

  it.each([
    ["Current password", problem(422, "wrong_password", "This is not your password.", "current_password")],
    ["New password", problem(422, "invalid_request", "Use 8 characters or more.", "new_password")],
  ])("shows the server's complaint beside the field: %s", async (name, answer) => {
    answers["POST /api/v1/me/password"] = answer;
    show();
    await fill("a", "b", "b");
    await vi.waitFor(() => expect(field(name).getAttribute("aria-invalid")).toBe("true"));
    expect(document.activeElement).toBe(field(name));
    expect(answer().status).toBe(422);
  });

  it.each([
    problem(429, "too_many_attempts", "Wait a minute, then try again."),
    problem(409, "no_password", "You sign in through a provider."),
  ])("shows what is about no field above them", async (answer) => {
    answers["POST /api/v1/me/password"] = answer;
    show();
    await fill("a", "b", "b");
    const { detail } = (await answer().json()) as { detail: string };
    expect((await screen.findByRole("alert")).textContent).toContain(detail);
  });
});
