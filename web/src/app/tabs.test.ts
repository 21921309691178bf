import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  activateTab,
  anyTabAsks,
  closeQuestionOf,
  closeTab,
  flushTabs,
  goToTab,
  guardClose,
  openTab,
  renameTab,
  restoreTabs,
  takeFocus,
  takeRun,
  updateTab,
  useTabs,
} from "./tabs";

const state = () => useTabs.getState();

/** What a reload does: everything that was only in memory is gone. */
function reload(account = "ada") {
  useTabs.setState({ tabs: {}, order: [], active: null, focusWanted: null });
  restoreTabs(account);
}

beforeEach(() => {
  localStorage.clear();
  reload();
});

describe("tabs", () => {
  it("are numbered by the first free title", () => {
    const first = openTab();
    openTab();
    closeTab(first);
    openTab();
    expect(Object.values(state().tabs).map((tab) => tab.title)).toEqual(["Query 2", "Query 1"]);
  });

  it("give way to the neighbour on the right, then on the left", () => {
    const [left, middle, right] = [openTab(), openTab(), openTab()];
    activateTab(middle);
    closeTab(middle);
    expect(state().active).toBe(right);
    closeTab(right);
    expect(state().active).toBe(left);
    closeTab(left);
    expect(state().active).toBeNull();
  });

  it("run once when they were opened to run", () => {
    const id = openTab({ runOnOpen: true, sql: "select 1" });
    expect(takeRun(id)).toBe(true);
    expect(takeRun(id)).toBe(false);
  });

  it("take the focus once when the person has gone to them", () => {
    const id = openTab();
    expect(takeFocus(id)).toBe(true);
    expect(takeFocus(id)).toBe(false);
    goToTab(id);
    expect(takeFocus(id)).toBe(true);
  });

  it("ask before closing only while their guard has a question", () => {
    const id = openTab();
    let open = true;
    const question = { title: "Close?", body: "A transaction is open.", confirm: "Roll back and close" };
    const stop = guardClose(id, () => (open ? question : null));
    expect(closeQuestionOf(id)).toBe(question);
    expect(anyTabAsks()).toBe(true);
    open = false;
    expect(anyTabAsks()).toBe(false);
    open = true;
    stop();
    expect(closeQuestionOf(id)).toBeNull();
  });
});

describe("what is kept", () => {
  it("brings text, title, target and cursor back after a reload", () => {
    const id = openTab({ serverId: "1", database: "shop" });
    renameTab(id, "late orders.sql");
    updateTab(id, { sql: "select 1;", cursor: 7 });
    flushTabs();
    reload();
    expect(state().tabs[id]).toMatchObject({
      title: "late orders.sql",
      serverId: "1",
      database: "shop",
      sql: "select 1;",
      cursor: 7,
    });
    expect(state().active).toBe(id);
  });

  it("is written within a moment of typing, without a reload", () => {
    vi.useFakeTimers();
    const id = openTab();
    updateTab(id, { sql: "sel" });
    updateTab(id, { sql: "select" });
    vi.advanceTimersByTime(300);
    vi.useRealTimers();
    reload();
    expect(state().tabs[id]?.sql).toBe("select");
  });

  it("does not run again what ran when it was opened", () => {
    const id = openTab({ runOnOpen: true });
    reload();
    expect(takeRun(id)).toBe(false);
  });

  it("belongs to one account", () => {
    openTab({ sql: "select secret" });
    reload("grace");
    expect(state().order).toEqual([]);
  });

  it("forgets a tab that was closed, also while its text was still to be written", () => {
    const id = openTab();
    updateTab(id, { sql: "gone" });
    closeTab(id);
    flushTabs();
    reload();
    expect(state().order).toEqual([]);
    expect(Object.keys(localStorage).filter((key) => key.includes(id))).toEqual([]);
  });

  it("survives records that something else has damaged", () => {
    const id = openTab({ sql: "good" });
    const broken = openTab({ sql: "bad" });
    localStorage.setItem(`howdah:ada:tab:${broken}`, "{");
    reload();
    expect(state().order).toEqual([id]);
    expect(state().active).toBe(id);
  });

  it("says so when the browser takes no more", () => {
    const id = openTab();
    const full = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    vi.stubGlobal("localStorage", { getItem: () => null, removeItem: full, setItem: full });
    updateTab(id, { sql: "x" });
    flushTabs();
    expect(state().storageFailed).toBe(true);
    vi.unstubAllGlobals();
    updateTab(id, { sql: "xy" });
    flushTabs();
    expect(state().storageFailed).toBe(false);
  });
});
