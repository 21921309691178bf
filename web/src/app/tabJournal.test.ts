import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { LARGE_TEXT } from "./largeTexts";
import { readJournal } from "./tabJournal";
import { closeTab, flushTabs, openTab, restoreAllTabs, setAside, updateTab, useTabs } from "./tabs";

const state = () => useTabs.getState();
/** As long as a text of a few lines waits at most until it is in the journal, and a timer's delay. */
const MOMENT_MS = 80;

const pass = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the browser had written to its disk when it was killed. */
let onDisk: Record<string, string> = {};
const keepDisk = () => {
  onDisk = Object.fromEntries(Object.keys(localStorage).map((key) => [key, localStorage.getItem(key) ?? ""]));
};

/** The browser is killed and opened again: local storage is as it was on the disk. */
async function kill() {
  useTabs.setState({ tabs: {}, order: [], active: null, focusWanted: null });
  localStorage.clear();
  for (const [key, value] of Object.entries(onDisk)) localStorage.setItem(key, value);
  await restoreAllTabs("ada");
}

beforeEach(async () => {
  for (const id of state().order) closeTab(id);
  localStorage.clear();
  onDisk = {};
  await restoreAllTabs("ada");
});

describe("a browser that is killed", () => {
  it("has what was typed a moment before, and where the caret stood", async () => {
    const id = openTab({ title: "late" });
    flushTabs();
    keepDisk();
    updateTab(id, { sql: "select 'the last key'", cursor: 21 });
    await pass(MOMENT_MS);
    await kill();
    expect(state().tabs[id]).toMatchObject({ title: "late", sql: "select 'the last key'", cursor: 21 });
    // And once more, though nothing was typed since.
    await kill();
    expect(state().tabs[id]?.sql).toBe("select 'the last key'");
  });

  it("has a tab that was opened a moment before, and not one that was closed", async () => {
    const old = openTab({ sql: "select 'old'" });
    flushTabs();
    keepDisk();
    const id = openTab({ sql: "select 'new'" });
    closeTab(old);
    await pass(MOMENT_MS);
    await kill();
    expect(state().order).toEqual([id]);
    expect(state().tabs[id]?.sql).toBe("select 'new'");
    const kept = await readJournal("howdah:ada:tab:");
    expect([...kept.keys()]).toEqual([`howdah:ada:tab:${id}`]);
  });

  it("has a tab of which the order that was written last knows nothing", async () => {
    const id = openTab({ sql: "select 'of another window'" });
    await pass(MOMENT_MS);
    localStorage.setItem(
      "howdah:ada:tabs",
      JSON.stringify({ order: [], active: null, at: Date.now() + 1_000 }),
    );
    keepDisk();
    await kill();
    expect(state().tabs[id]?.sql).toBe("select 'of another window'");
  });

  it("has a large text", async () => {
    const id = openTab();
    flushTabs();
    keepDisk();
    const text = "select 1;\n".repeat(LARGE_TEXT / 8);
    updateTab(id, { sql: text });
    await pass(MOMENT_MS + text.length / 5_000);
    await kill();
    expect(state().tabs[id]?.sql).toBe(text);
  });

  it("goes on with what local storage has, where that is newer", async () => {
    const id = openTab({ sql: "select 1" });
    await pass(MOMENT_MS);
    updateTab(id, { sql: "select 2" });
    // As a page does while it goes: the journal may not be reached any more.
    const journal = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new Error("the page is gone");
    });
    flushTabs();
    keepDisk();
    journal.mockRestore();
    await kill();
    expect(state().tabs[id]?.sql).toBe("select 2");
  });

  it("has a text that stands aside as a tab of its own", async () => {
    const id = openTab({ title: "shared", sql: "select 'theirs'" });
    flushTabs();
    keepDisk();
    setAside(id, true);
    updateTab(id, { sql: "select 'mine'" });
    await pass(MOMENT_MS);
    await kill();
    const texts = Object.values(state().tabs).map(({ title, sql }) => [title, sql]);
    expect(texts).toContainEqual(["shared (my copy)", "select 'mine'"]);
  });
});
