import { act, render, screen } from "@testing-library/react";
import { createElement } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Toaster } from "~/ui/toast";
import { openTab, useTabs } from "./tabs";
import { IDLE_AFTER_MS, noteTransaction, useTransactions } from "./transactions";

describe("an open transaction of a tab", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

  it("is told of when it idles in the background, with the way to it", async () => {
    render(createElement(Toaster));
    const idle = openTab({ title: "late orders" });
    openTab({ title: "another" });
    noteTransaction(idle, { state: "in_transaction", idleSince: null });
    await pass(IDLE_AFTER_MS + 1);
    expect(screen.queryByText(/idle in a transaction/)).toBeNull();
    // Half of it had passed when the page was loaded anew.
    const idleSince = Date.now() - IDLE_AFTER_MS / 2;
    noteTransaction(idle, { state: "in_transaction", idleSince });
    await pass(IDLE_AFTER_MS / 2 + 1);
    screen.getByText(/“late orders” has been idle in a transaction for 2 minutes/);
    act(() => screen.getByRole("button", { name: "Go to tab" }).click());
    expect(useTabs.getState().active).toBe(idle);
  });

  it("is told of no more when it has ended, or when its tab is in sight", async () => {
    render(createElement(Toaster));
    const tab = openTab({ title: "in sight" });
    noteTransaction(tab, { state: "in_transaction", idleSince: Date.now() });
    await pass(IDLE_AFTER_MS + 1);
    expect(screen.queryByText(/“in sight” has been idle/)).toBeNull();
    noteTransaction(tab, null);
    expect(useTransactions.getState().byTab[tab]).toBeUndefined();
  });
});
