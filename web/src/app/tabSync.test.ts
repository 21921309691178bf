import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StoredTab } from "~/api/types";
import { USUAL } from "./tabOptions";
import { closeTab, flushTabs, openTab, restoreTabs, updateTab, useTabs, watchTabs } from "./tabs";
import { keepBoth, keepMine, mergeWorkspace, startTabSync, takeTheirs, useTabSync } from "./tabSync";

interface Sent {
  readonly method: string;
  readonly id: string;
  readonly body: { version: number; sql: string } | null;
}

/** What was asked of Howdah, and how it answers the next questions. */
let sent: Sent[] = [];
let answers: (() => Response | Promise<Response>)[] = [];

const json = (status: number, body: unknown) => () => Response.json(body, { status });
const saved = (version: number) => json(200, { version });
const conflict = (tab: StoredTab | null) =>
  json(409, {
    type: "about:blank",
    status: 409,
    title: "Conflict",
    detail: "changed",
    code: "conflict",
    tab,
  });

const theirs = (id: string, version: number, sql: string): StoredTab => ({
  id,
  version,
  title: "Query 1",
  server_id: null,
  database: null,
  sql,
  cursor: 0,
  options: {},
  updated_at: "2026-11-26T05:00:00Z",
});

const state = () => useTabs.getState();
const tabOf = (id: string) => state().tabs[id];
const merge = (...tabs: StoredTab[]) => mergeWorkspace({ tabs, settings: [] }, Date.now() + 1);

function reload(): void {
  useTabs.setState({ tabs: {}, order: [], active: null, focusWanted: null });
  useTabSync.setState({ conflicts: {}, problems: {}, waits: {} });
  restoreTabs("ada");
  startTabSync("ada");
}

/** Lets the delays of saving pass, and what follows. */
async function pass(milliseconds = 1_000): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

/** A tab that the server has as version 1. */
async function savedTab(sql: string): Promise<string> {
  answers.push(saved(1));
  const id = openTab({ sql });
  await pass();
  return id;
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sent = [];
  answers = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const text = await request.clone().text();
    const id = new URL(request.url, "http://howdah.test").pathname.split("/").at(-1) ?? "";
    sent.push({ method: request.method, id, body: text === "" ? null : (JSON.parse(text) as Sent["body"]) });
    const answer = answers.shift();
    if (!answer) throw new TypeError("no network");
    return answer();
  });
  reload();
});

afterEach(() => {
  watchTabs(null);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("tabs on the server", () => {
  it("takes options along with the text, and never asks because of them alone", async () => {
    const id = await savedTab("select 1");
    answers.push(saved(2));
    updateTab(id, {
      options: { ...USUAL, manual: true, parameters: { id: { type: "number", value: "7" } } },
    });
    await pass();
    const options = { manual: true, parameters: { id: { type: "number", value: "7" } } };
    expect(sent.at(-1)).toMatchObject({ method: "PUT", body: { version: 1, options } });

    const readOnly: object = { readOnly: true };
    merge({ ...theirs(id, 3, "select 1"), options: readOnly as Record<string, never> });
    expect(tabOf(id)?.options).toMatchObject({ manual: false, readOnly: true, parameters: {} });

    answers.push(saved(5));
    updateTab(id, { options: { ...USUAL, savepoints: true } });
    merge({ ...theirs(id, 4, "select 1"), options: readOnly as Record<string, never> });
    expect(useTabSync.getState().conflicts).toEqual({});
    await pass();
    expect(sent.at(-1)).toMatchObject({ body: { version: 4, options: { savepoints: true } } });
  });

  it("are saved a moment after typing, naming the version that they were made from", async () => {
    const id = await savedTab("select 1");
    answers.push(saved(2));
    updateTab(id, { sql: "select 2" });
    updateTab(id, { sql: "select 23" });
    await pass();
    expect(sent.map(({ method, body }) => [method, body?.version, body?.sql])).toEqual([
      ["PUT", 0, "select 1"],
      ["PUT", 1, "select 23"],
    ]);
    expect(tabOf(id)).toMatchObject({ version: 2, unsaved: false });
  });

  it("are saved once the server is back, also after a reload", async () => {
    const id = openTab({ sql: "typed while away" });
    await pass();
    expect(tabOf(id)?.unsaved).toBe(true);
    flushTabs();
    reload();
    answers.push(saved(1));
    await pass(6_000);
    expect(tabOf(id)).toMatchObject({ sql: "typed while away", version: 1, unsaved: false });
  });

  it("come from other devices, and follow them while nothing was changed here", async () => {
    merge(theirs("a", 1, "from the laptop"));
    expect(tabOf("a")?.sql).toBe("from the laptop");
    merge(theirs("a", 2, "and on"));
    expect(tabOf("a")).toMatchObject({ sql: "and on", version: 2, unsaved: false, revision: 1 });
    merge();
    expect(state().order).toEqual([]);
    await pass();
    expect(sent).toEqual([]);
  });

  it("stay when they were closed elsewhere but changed here", async () => {
    const id = await savedTab("select 1");
    updateTab(id, { sql: "mine" });
    merge();
    answers.push(saved(1));
    await pass();
    expect(sent.at(-1)).toMatchObject({ method: "PUT", body: { version: 0, sql: "mine" } });
    expect(tabOf(id)).toMatchObject({ sql: "mine", unsaved: false });
  });

  it("are forgotten there when they are closed, later if the server is away", async () => {
    const id = await savedTab("select 1");
    closeTab(id);
    await pass();
    reload();
    answers.push(() => new Response(null, { status: 204 }));
    merge(theirs(id, 1, "select 1"));
    await pass();
    expect(sent.filter(({ method }) => method === "DELETE")).toHaveLength(2);
    expect(state().order).toEqual([]);
    merge();
    expect(localStorage.getItem("howdah:ada:closed")).toBe("{}");
  });

  it("say why they are kept in this browser alone", async () => {
    answers.push(json(413, { status: 413, code: "too_large", detail: "The text is larger than 1 MiB" }));
    const id = openTab({ sql: "x" });
    await pass();
    expect(useTabSync.getState().problems[id]?.code).toBe("too_large");
    answers.push(saved(1));
    updateTab(id, { sql: "shorter" });
    await pass();
    expect(useTabSync.getState().problems).toEqual({});
  });

  it("are not sent to be refused where they are too long for certain", async () => {
    const id = openTab({ sql: "x".repeat((1 << 20) + 1) });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(useTabSync.getState().problems[id]?.detail).toContain("kept in this browser only");
    expect(sent).toEqual([]);
  });
});

describe("a tab that Howdah cannot take", () => {
  it("says so in Howdah's words, and is sent until it is taken", async () => {
    const full = json(503, { status: 503, code: "store_unavailable", detail: "The disk is full." });
    answers.push(full, full);
    const id = openTab({ sql: "kept here" });
    await pass();
    expect(useTabSync.getState().waits[id]).toBe("The disk is full.");
    expect(tabOf(id)).toMatchObject({ sql: "kept here", unsaved: true });
    await pass(5_000);
    answers.push(saved(1));
    await pass(5_000);
    expect(useTabSync.getState().waits).toEqual({});
    expect(tabOf(id)).toMatchObject({ version: 1, unsaved: false });
  });
});

describe("a tab that two windows change", () => {
  async function conflicting(): Promise<string> {
    const id = await savedTab("select 1");
    answers.push(conflict(theirs(id, 2, "theirs")));
    updateTab(id, { sql: "mine" });
    await pass();
    return id;
  }

  it("is not overwritten: the person is asked, and both texts stay meanwhile", async () => {
    const id = await conflicting();
    expect(useTabSync.getState().conflicts[id]?.sql).toBe("theirs");
    expect(tabOf(id)?.sql).toBe("mine");
    updateTab(id, { sql: "mine, and more" });
    await pass(10_000);
    expect(sent).toHaveLength(2);
    // The other window writes its text under the same name; the page is lost before the person has chosen.
    flushTabs();
    localStorage.setItem(
      `howdah:ada:tab:${id}`,
      JSON.stringify({ sql: "theirs", version: 2, unsaved: false }),
    );
    reload();
    expect(Object.values(state().tabs).map(({ title, sql }) => [title, sql])).toEqual([
      ["Query", "theirs"],
      ["Query 1 (my copy)", "mine, and more"],
    ]);
  });

  it("is mine when I keep mine", async () => {
    const id = await conflicting();
    answers.push(saved(3));
    keepMine(id);
    await pass();
    expect(sent.at(-1)?.body).toMatchObject({ version: 2, sql: "mine" });
    expect([tabOf(id)?.version, useTabSync.getState().conflicts]).toEqual([3, {}]);
  });

  it("is theirs when I take theirs", async () => {
    const id = await conflicting();
    takeTheirs(id);
    await pass();
    expect(tabOf(id)).toMatchObject({ sql: "theirs", version: 2, unsaved: false });
    expect(sent).toHaveLength(2);
  });

  it("becomes two tabs when I keep both", async () => {
    const id = await conflicting();
    answers.push(saved(3), saved(1));
    keepBoth(id);
    await pass();
    expect(Object.values(state().tabs).map(({ title, sql }) => [title, sql])).toEqual([
      ["Query 1", "mine"],
      ["Query 1 (other copy)", "theirs"],
    ]);
  });

  it("is no conflict when the other text was sent from here and its answer was lost, also before a reload", async () => {
    const id = await savedTab("select 1");
    updateTab(id, { sql: "select 12" });
    await pass();
    updateTab(id, { sql: "select 123" });
    flushTabs();
    reload();
    merge(theirs(id, 2, "select 12"));
    expect(useTabSync.getState().conflicts).toEqual({});
    answers.push(saved(3));
    await pass(6_000);
    expect(sent.at(-1)?.body).toMatchObject({ version: 2, sql: "select 123" });
    // What somebody else made of it since is another matter.
    updateTab(id, { sql: "select 1234" });
    await pass();
    answers.push(conflict(theirs(id, 5, "select 1234")));
    updateTab(id, { sql: "select 12345" });
    await pass(6_000);
    expect(useTabSync.getState().conflicts[id]?.version).toBe(5);
  });

  it("is no conflict when both wrote the same, or when only the caret moved here", async () => {
    const id = await savedTab("select 1");
    answers.push(conflict(theirs(id, 2, "same")));
    updateTab(id, { sql: "same" });
    await pass();
    expect(tabOf(id)).toMatchObject({ version: 2, unsaved: false });
    answers.push(conflict(theirs(id, 3, "newer")));
    updateTab(id, { cursor: 2 });
    await pass(4_000);
    expect(tabOf(id)).toMatchObject({ sql: "newer", version: 3 });
    expect(useTabSync.getState().conflicts).toEqual({});
  });
});
