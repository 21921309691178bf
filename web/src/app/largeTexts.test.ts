import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { LARGE_TEXT } from "./largeTexts";
import { closeTab, flushTabs, openTab, restoreAllTabs, restoreTabs, updateTab, useTabs } from "./tabs";

const picture = "a picture in hexadecimal ".repeat(LARGE_TEXT / 10);
const textOf = (id: string) => useTabs.getState().tabs[id]?.sql;
const recordOf = (id: string) => localStorage.getItem(`howdah:ada:tab:${id}`) ?? "";

async function reload() {
  useTabs.setState({ tabs: {}, order: [], active: null, focusWanted: null });
  await restoreAllTabs("ada");
}

beforeEach(async () => {
  localStorage.clear();
  await reload();
});

describe("a text that is too large for local storage", () => {
  it("is there after a reload", async () => {
    const id = openTab({ title: "pictures" });
    updateTab(id, { sql: picture });
    flushTabs();
    await expect.poll(() => recordOf(id)).toContain('"isLarge":true');
    expect(recordOf(id).length).toBeLessThan(1_000);
    await reload();
    expect(textOf(id)).toBe(picture);
  });

  it("gives way to a shorter one that was written after it", async () => {
    const id = openTab();
    updateTab(id, { sql: picture });
    flushTabs();
    updateTab(id, { sql: "select 1" });
    flushTabs();
    await reload();
    await reload();
    expect(textOf(id)).toBe("select 1");
  });

  it("goes with its tab", async () => {
    const id = openTab();
    updateTab(id, { sql: picture });
    flushTabs();
    await expect.poll(() => recordOf(id)).toContain('"isLarge":true');
    closeTab(id);
    expect(recordOf(id)).toBe("");
    await reload();
    expect(textOf(id)).toBeUndefined();
  });

  it("is not taken for an empty one where it cannot be read", async () => {
    const id = openTab();
    updateTab(id, { sql: picture });
    flushTabs();
    await expect.poll(() => recordOf(id)).toContain('"isLarge":true');
    useTabs.setState({ tabs: {}, order: [], active: null });
    restoreTabs("ada");
    expect(textOf(id)).toBeUndefined();
  });
});
