import { act, cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";

import { Interaction } from "~/app/interaction";
import { IDLE_AFTER_MS } from "~/app/transactions";
import type { SessionState, SessionView } from "~/run/sessionState";
import { NO_TRANSACTION, type Transaction } from "~/run/transaction";
import { NOTHING_HEARD } from "~/run/notifications";
import { RunRecord, type Run } from "~/run/runRecord";
import { CONNECTED, failed, finished, runFinished, ScriptedServer } from "~/run/scriptedServer.testing";
import type { MessageOf, RunMessage, TimeLimit } from "~/run/protocol";
import { problem } from "~/run/environment";
import { MessagesView } from "./MessagesView";
import { namedTable, resultName } from "./resultName";
import { announcement, outcomeWords } from "./runWords";
import { SessionBanner, type SessionActions } from "./SessionBanner";

afterEach(cleanup);

const SCRIPT = "begin;\nupdate orders set x = 1;\ncommit";
const RANGES = [
  { start: 0, end: 5 },
  { start: 7, end: 30 },
  { start: 32, end: 38 },
];

function runOf(...messages: Exclude<RunMessage, MessageOf<"run_started">>[]): Run {
  const request = { sql: SCRIPT, cursor: null, documentOffset: 0, document: SCRIPT, rowLimit: null };
  const record = new RunRecord(1, request, RANGES, {
    startedAt: 0,
    waitedMs: 0,
    newSession: false,
    strings: "standard",
  });
  for (const message of messages) record.apply(message, 0);
  return record.view();
}

const failedRun = () =>
  runOf(finished(0, "BEGIN", "in_transaction"), failed(1, "failed", 25), runFinished(1, "failed", "failed"));

function viewOf(state: SessionState, change: Partial<SessionView> = {}): SessionView {
  return {
    state,
    awaySince: null,
    missedRows: 0,
    transaction: NO_TRANSACTION,
    strings: "standard",
    run: null,
    command: null,
    listening: NOTHING_HEARD,
    rejected: null,
    question: null,
    settings: null,
    restart: null,
    ...change,
  };
}

const READY: SessionState = { kind: "ready", connection: CONNECTED };

function actionsOf(): SessionActions {
  return {
    retry: vi.fn(),
    editServer: vi.fn(),
    commit: vi.fn(),
    rollBack: vi.fn(),
    rollBackAndRunAll: vi.fn(),
    allowMoreMemory: vi.fn(),
    download: vi.fn(),
    unlock: vi.fn(),
    cancel: vi.fn(),
    dismissRestart: vi.fn(),
  };
}

describe("the banner of a session", () => {
  it("says why there is no connection, in PostgreSQL's words too, and offers what can be done", async () => {
    const reason = {
      ...problem("database_login_refused", "PostgreSQL did not accept the password."),
      sqlstate: "28P01",
      database_message: 'password authentication failed for user "ada"',
    };
    const actions = actionsOf();
    render(<SessionBanner view={viewOf({ kind: "refused", problem: reason })} actions={actions} />);
    const banner = screen.getByRole("alert");
    expect(banner.textContent).toContain("PostgreSQL did not accept the password. SQLSTATE 28P01");
    expect(banner.textContent).toContain('password authentication failed for user "ada"');
    await userEvent.click(screen.getByRole("button", { name: "Edit server" }));
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(actions.editServer).toHaveBeenCalledOnce();
    expect(actions.retry).toHaveBeenCalledOnce();
  });

  it("says where the key of an SSH server is confirmed", () => {
    const reason = {
      ...problem("database_unreachable", "Nobody has confirmed the key yet."),
      host_key: { algorithm: "ssh-ed25519", fingerprint: "SHA256:abc", key: "ssh-ed25519 AAAA" },
    };
    render(<SessionBanner view={viewOf({ kind: "refused", problem: reason })} actions={actionsOf()} />);
    expect(screen.getByRole("alert").textContent).toContain(
      "open the server's settings and test the connection.",
    );
  });

  it("tells how much of a full tab is pinned", () => {
    const running = { kind: "running", connection: CONNECTED, startedAt: 0, cancelling: false } as const;
    const state = { ...running, full: true };
    render(<SessionBanner view={viewOf(state)} actions={actionsOf()} pinned={3_500_000} />);
    expect(document.body.textContent).toContain("holds 3.3 MB of rows, 3.3 MB in pinned results, and");
  });

  it("asks the person for their sign-in in place, and says no error", () => {
    const state: SessionState = { kind: "refused", problem: problem("interaction_required", "Sign in.") };
    const prompt = { type: "redirect" as const, url: "https://login.example.com/" };
    const interaction = new Interaction<never>(prompt, () => new Promise<never>(() => {}));
    interaction.result.catch(() => {});
    render(<SessionBanner view={viewOf(state)} actions={actionsOf()} interaction={interaction} />);
    screen.getByRole("button", { name: "Continue at login.example.com" });
    expect(screen.queryByRole("alert")).toBeNull();
    expect(announcement(viewOf(state))).toBe("");
    interaction.cancel();
  });

  it("tells a viewer why nothing can be written", () => {
    const refused = failed(0, "idle", 1);
    const run = runOf({ ...refused, error: { ...refused.error, code: "25006" } }, runFinished(0, "failed"));
    const viewer: SessionState = { kind: "ready", connection: { ...CONNECTED, writes: "forbidden" } };
    render(<SessionBanner view={viewOf(viewer, { run })} actions={actionsOf()} />);
    expect(screen.getByRole("status").textContent).toContain("You are a viewer");
  });

  it("points at a transaction that is left open, and at what its locks do", () => {
    vi.useFakeTimers();
    try {
      // The page may have been loaded anew meanwhile.
      const idleSince = Date.now() - 1_000;
      const transaction: Transaction = { ...NO_TRANSACTION, state: "in_transaction", since: 0, idleSince };
      render(<SessionBanner view={viewOf(READY, { transaction })} actions={actionsOf()} />);
      expect(screen.queryByRole("status")).toBeNull();
      act(() => {
        vi.advanceTimersByTime(IDLE_AFTER_MS - 1_000);
      });
      expect(screen.getByRole("status").textContent).toContain("It keeps its locks");
      screen.getByRole("button", { name: "Commit" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("says what was lost with the connection", () => {
    const reason = problem("connection_lost", "The connection to Howdah was lost.");
    const state: SessionState = {
      kind: "lost",
      problem: reason,
      transaction: "in_transaction",
      wasRunning: true,
    };
    render(<SessionBanner view={viewOf(state)} actions={actionsOf()} />);
    expect(screen.getByRole("alert").textContent).toContain(
      "The open transaction was rolled back. What the running statement did is not known. Your text is as it was.",
    );
  });

  it("offers to roll a failed transaction back, and to run all again", async () => {
    const actions = actionsOf();
    const view = viewOf(READY, {
      run: failedRun(),
      transaction: { ...NO_TRANSACTION, state: "failed", since: 0 },
    });
    render(<SessionBanner view={view} actions={actions} />);
    expect(screen.getByRole("alert").textContent).toContain(
      "The transaction failed at statement 2. PostgreSQL accepts only a rollback now.",
    );
    await userEvent.click(screen.getByRole("button", { name: "Roll back and run all again" }));
    expect(actions.rollBackAndRunAll).toHaveBeenCalledOnce();
  });

  it("is not there when all is well", () => {
    const { container } = render(<SessionBanner view={viewOf(READY)} actions={actionsOf()} />);
    expect(container.textContent).toBe("");
  });
});

describe("the messages of a run", () => {
  it("tell of every statement what became of it", () => {
    render(<MessagesView run={failedRun()} onGoToError={vi.fn()} onCopy={vi.fn()} />);
    const rows = screen.getAllByRole("row").map((row) => within(row).queryAllByRole("cell"));
    const words = rows
      .filter((cells) => cells.length === 6)
      .map((cells) => cells.map((cell) => cell.textContent));
    expect(words).toEqual([
      ["1", "", "begin", "BEGIN", "", "2.0 ms"],
      ["2", "", "update orders set x = 1", "error 42703, line 2", "", "1.0 ms"],
      ["3", "", "commit", "Not run", "", ""],
    ]);
    expect(screen.getByRole("img", { name: "failed" })).toBeTruthy();
  });

  it("marks what failed in a function's query", () => {
    const inFunction = failed(1, "failed");
    Object.assign(inFunction.error, { internal_query: "select '😀',\n  nope from t", internal_position: 15 });
    render(
      <MessagesView
        run={runOf(inFunction, runFinished(1, "failed"))}
        onGoToError={vi.fn()}
        onCopy={vi.fn()}
      />,
    );
    expect(document.querySelector("mark")?.textContent).toBe("nope");
    expect(screen.getByText("line 2, column 3")).toBeTruthy();
  });

  it("show an error whole, and lead to it", async () => {
    const goToError = vi.fn();
    const copy = vi.fn();
    render(<MessagesView run={failedRun()} onGoToError={goToError} onCopy={copy} />);
    expect(screen.getByText("line 2, column 19, SQLSTATE 42703")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Go to error" }));
    await userEvent.click(screen.getByRole("button", { name: "Copy as text" }));
    expect(goToError).toHaveBeenCalledOnce();
    expect(copy).toHaveBeenCalledWith(
      'Message: column "x" does not exist\nWhere: line 2, column 19, SQLSTATE 42703',
    );
  });
});

describe("a statement that took too long", () => {
  const ended = (limit: TimeLimit) => {
    const error = {
      severity: "ERROR",
      code: "57014",
      message: "canceling statement due to statement timeout",
    };
    const failure = { ...failed(1, "idle"), error, time_limit: limit };
    const run = runOf(finished(0, "BEGIN"), failure, runFinished(1, "failed"));
    render(<MessagesView run={run} onGoToError={vi.fn()} onCopy={vi.fn()} />);
    return screen.getByText("Limit").nextElementSibling?.textContent;
  };

  it("says that the limit is the tab's, and where it is raised", () => {
    expect(ended({ limit_ms: 5_000, origin: "tab" })).toBe(
      "This tab's own limit of 5 s. Raise it, or take it away, under “A statement may take” in the session settings.",
    );
  });

  it("says where a limit comes from that is not the tab's", () => {
    expect(ended({ limit_ms: 1_500, origin: "role" })).toMatch(
      /^A limit of 1500 ms that is not this tab's: it is set for your role/,
    );
    cleanup();
    expect(ended({ limit_ms: 300_000, origin: "database" })).toMatch(/^A limit of 5 minutes that is not/);
    cleanup();
    expect(ended({ limit_ms: null, origin: "unknown" })).toMatch(
      /^If it took too long, the limit is not this tab's/,
    );
  });
});

describe("the words of a run", () => {
  it("tell a screen reader how it goes", () => {
    const server = new ScriptedServer();
    const running: SessionState = {
      kind: "running",
      connection: CONNECTED,
      startedAt: server.time,
      cancelling: false,
      full: false,
    };
    expect(announcement(viewOf({ kind: "connecting", startedAt: 0 }))).toBe("Connecting");
    expect(announcement(viewOf(running))).toBe("Running");
    expect(announcement(viewOf({ ...running, cancelling: true }))).toBe("Cancelling");
    expect(announcement(viewOf(READY, { run: failedRun() }))).toBe(
      'Error 42703 in line 2: column "x" does not exist',
    );
  });

  it("say where a run stopped", () => {
    expect(outcomeWords(failedRun())).toBe("Stopped at statement 2 of 3 after 5.0 ms");
    expect(outcomeWords(runOf(runFinished(1, "cancelled")))).toBe("Cancelled after 5.0 ms");
  });
});

describe("the name of a result", () => {
  it.each([
    ["select * from shop.orders o", "orders"],
    ['select * from "Shop"."Order ""Lines"""', 'Order "Lines"'],
    ["-- from nowhere\nselect 1", "select"],
    ["select 'from x', * from generate_series(1, 3)", "generate_series"],
    ["insert into carts values (1) returning id", "carts"],
    ["update only_one set a = 1 returning *", "only_one"],
    ["table products", "products"],
    ["select * from (select 1) s", "select"],
    ["values (1)", "values"],
    ["", "result"],
    ["with a as (select * from carts) select * from orders join a using (id)", "orders"],
    ["select extract(year from placed_at), trim(both from note) from orders", "orders"],
    ["select extract(year from now())", "select"],
    ["select a is distinct from b from orders", "orders"],
    ["select * from only orders", "orders"],
    ["select * from (select * from carts) c", "carts"],
    ["select (select max(total) from orders)", "orders"],
  ])("is taken from %s", (sql, name) => {
    expect(resultName(sql, "standard")).toBe(name);
  });

  it.each([
    ["select * from shop.orders o", "shop.orders"],
    ['select 1 from "Shop"."Or""ders"', '"Shop"."Or""ders"'],
    ["select 1", null],
  ])("says where the rows of %s belong", (sql, table) => {
    expect(namedTable(sql, "standard")).toBe(table);
  });

  it("is taken from what stands outside of strings, as the session reads them", () => {
    const sql = "select 'it\\'s from carts' from orders";
    expect(resultName(sql, "escaping")).toBe("orders");
    expect(resultName(sql, "standard")).toBe("carts");
  });
});
