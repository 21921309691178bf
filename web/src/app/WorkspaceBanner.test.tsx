import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import type { ProviderStatus } from "~/api/types";
import { MeContext } from "./me";
import { someone } from "./signIn/someone.testing";
import { useSignIn } from "./signIn/signIn";
import { useTabs } from "./tabs";
import { WorkspaceBanner } from "./WorkspaceBanner";

afterEach(() => {
  cleanup();
  useSignIn.setState(useSignIn.getInitialState());
  useTabs.setState(useTabs.getInitialState());
});

const today = (hours: number, minutes: number) =>
  new Date(new Date().setHours(hours, minutes, 0, 0)).toISOString();

function show(provider_status: ProviderStatus | null) {
  render(
    <MeContext value={someone("ada", { provider_status })}>
      <WorkspaceBanner />
    </MeContext>,
  );
  return screen.queryByRole("status")?.textContent ?? null;
}

it("says nothing while all is well", () => {
  expect(show({ state: "ok", since: today(9, 0), session_ends_at: null })).toBeNull();
});

it("says nothing of a provider to whoever has none", () => expect(show(null)).toBeNull());

it("says that the provider does not answer, and that nothing is to be done", () => {
  expect(show({ state: "unavailable", since: today(14, 2), session_ends_at: today(23, 0) })).toBe(
    "Example ID does not answer since 14:02. Your session goes on; your work is kept. Howdah tries again by itself.",
  );
});

it("says until when to sign in again, and leads there", async () => {
  const text = show({ state: "refused", since: today(14, 2), session_ends_at: today(14, 30) });
  expect(text).toContain(
    "Example ID no longer renews your sign-in. Sign in again before 14:30; your work is kept.",
  );
  await userEvent.click(screen.getByRole("button", { name: "Sign in again" }));
  expect(useSignIn.getState().renewing).toBe(true);
});

it("says one thing at a time, the gravest first", () => {
  useSignIn.setState({ unreachableSince: Date.now() });
  expect(show({ state: "refused", since: today(14, 2), session_ends_at: null })).toContain(
    "Howdah does not answer",
  );
  cleanup();
  useSignIn.setState({ trouble: "Howdah cannot reach its own store." });
  expect(show(null)).toMatch(
    /^Howdah cannot reach its own store\. It has been so since .* What you type is kept/,
  );
  cleanup();
  useTabs.setState({ storageFailed: true });
  expect(show(null)).toContain("keeps no more text");
});
