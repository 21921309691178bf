import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isGateShut, shutGate, signedInAgain } from "~/api/signInGate";
import type { Me } from "~/api/types";
import { meQuery } from "../me";
import { queryClient } from "../queryClient";
import { publishStatus, useStatus } from "../status";
import { nothingKnown } from "../StatusBar";
import { openTab, restoreTabs, useTabs } from "../tabs";
import { checkSignIn, offerRenewal, useSignIn, watchSignIn } from "./signIn";
import { SignInOverlay } from "./SignInOverlay";
import { announceSignIn } from "./signInWindow";
import { someone } from "./someone.testing";

const ada = someone("ada");
const grace = someone("grace");

/** What the server says of who is there; an error stands for no answer. */
let there: Me | null | Error;
let asked = 0;

beforeEach(() => {
  queryClient.setQueryData(meQuery.queryKey, ada);
  there = ada;
  asked = 0;
  vi.stubGlobal("fetch", () => {
    asked += 1;
    if (there instanceof Error) return Promise.reject(there);
    const nobody = { status: 401, code: "not_signed_in", detail: "Sign in." };
    return Promise.resolve(there ? Response.json(there) : Response.json(nobody, { status: 401 }));
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  signedInAgain();
  queryClient.clear();
  useSignIn.setState(useSignIn.getInitialState());
  useStatus.setState(useStatus.getInitialState());
  useTabs.setState(useTabs.getInitialState());
});

const known = () => queryClient.getQueryData(meQuery.queryKey);

describe("a check of the sign-in", () => {
  it("takes in what the server says of the person now", async () => {
    const refused = { state: "refused" as const, since: "2026-11-16T10:00:00Z", session_ends_at: null };
    there = someone("ada", { provider_status: refused });
    await checkSignIn();
    expect(known()?.provider_status).toEqual(refused);
    expect(isGateShut()).toBe(false);
  });

  it("shuts the gate when the sign-in has ended, and opens it when the person is back", async () => {
    there = null;
    await checkSignIn();
    expect(isGateShut()).toBe(true);
    expect(known()).toEqual(ada);
    there = someone("ada", { session: { ...ada.session, created_at: "2026-11-16T11:00:00Z" } });
    await checkSignIn();
    expect(isGateShut()).toBe(false);
    expect(known()).toEqual(there);
  });

  it("asks nothing in another person's name, and takes nothing of theirs in", async () => {
    there = grace;
    await checkSignIn();
    expect(isGateShut()).toBe(true);
    expect(useSignIn.getState().another).toEqual(grace);
    expect(known()).toEqual(ada);
    there = ada;
    await checkSignIn();
    expect(isGateShut()).toBe(false);
    expect(useSignIn.getState().another).toBeNull();
  });

  it("says that Howdah does not answer when it has not twice in a row", async () => {
    there = new TypeError("Failed to fetch");
    await checkSignIn();
    expect(useSignIn.getState().unreachableSince).toBeNull();
    await checkSignIn();
    expect(useSignIn.getState().unreachableSince).not.toBeNull();
    expect(isGateShut()).toBe(false);
    there = ada;
    await checkSignIn();
    expect(useSignIn.getState().unreachableSince).toBeNull();
  });

  it("ends the offer to sign in again once there is a new session", async () => {
    offerRenewal();
    await checkSignIn();
    expect(useSignIn.getState().renewing).toBe(true);
    there = someone("ada", { session: { ...ada.session, created_at: "2026-11-16T11:00:00Z" } });
    await checkSignIn();
    expect(useSignIn.getState().renewing).toBe(false);
  });
});

describe("the watch", () => {
  it("asks once a minute, and more often while the page waits for somebody", async () => {
    vi.useFakeTimers();
    const stop = watchSignIn();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(asked).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toBe(1);
    there = null;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked, isGateShut()]).toEqual([2, true]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(4);
    there = ada;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(isGateShut()).toBe(false);
    stop();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(asked).toBe(5);
  });

  it("asks when the window gets the focus, and when another page tells of a sign-in", async () => {
    const stop = watchSignIn();
    dispatchEvent(new Event("focus"));
    await vi.waitUntil(() => asked === 1);
    announceSignIn();
    await vi.waitUntil(() => asked === 2);
    stop();
  });
});

describe("the overlay", () => {
  it("offers the way that the person signed in before, in a small window", async () => {
    const open = vi.spyOn(window, "open").mockReturnValue(window);
    render(<SignInOverlay me={ada} />);
    act(shutGate);
    screen.getByRole("dialog", { name: "Your sign-in has ended" });
    const button = screen.getByRole("button", { name: /^Continue with Example ID/ });
    expect(document.activeElement).toBe(button);
    await userEvent.click(button);
    expect(open.mock.calls[0]?.[0]).toBe("/oauth2/login/example?next=%2Fsigned-in");
    screen.getByText(/Waiting for the small window/);
  });

  it("offers the form of the login page to an account that is kept here", async () => {
    const open = vi.spyOn(window, "open").mockReturnValue(window);
    const local = someone("ada", { auth_source: "internal", provider: null, provider_display_name: null });
    render(<SignInOverlay me={local} />);
    act(shutGate);
    await userEvent.click(screen.getByRole("button", { name: /^Sign in again/ }));
    expect(open.mock.calls[0]?.[0]).toBe("/login?next=%2Fsigned-in");
  });

  it("offers a new tab where the browser opens no window", async () => {
    vi.spyOn(window, "open").mockReturnValue(null);
    render(<SignInOverlay me={ada} />);
    act(shutGate);
    await userEvent.click(screen.getByRole("button", { name: /^Continue with/ }));
    screen.getByText(/did not open the window/);
    const link = screen.getByRole("link", { name: "Sign in in a new tab" });
    expect(link.getAttribute("href")).toBe("/oauth2/login/example?next=%2Fsigned-in");
    expect(link.getAttribute("target")).toBe("_blank");
  });

  it("gives the focus back to where it was", async () => {
    render(<input aria-label="Text" />);
    const field = screen.getByRole("textbox");
    field.focus();
    render(<SignInOverlay me={ada} />);
    act(shutGate);
    act(signedInAgain);
    await vi.waitFor(() => expect(document.activeElement).toBe(field));
  });

  it("says what is kept and what ends with the session", () => {
    restoreTabs("ada");
    const id = openTab();
    const atStake = { transaction: true, statement: true };
    publishStatus(id, { ...nothingKnown, server: "prod-eu", atStake });
    render(<SignInOverlay me={ada} />);
    act(shutGate);
    const facts = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
    expect(facts).toEqual([
      "Your tab is saved, up to the last key",
      "The running statement on prod-eu is cancelled",
      "Your open transaction on prod-eu is rolled back",
    ]);
  });

  it("tells another person whose page this is, and shows them nothing of it", async () => {
    document.title = "late orders.sql - Howdah";
    restoreTabs("ada");
    openTab();
    render(<SignInOverlay me={ada} />);
    there = grace;
    await act(checkSignIn);
    const dialog = screen.getByRole("dialog", { name: "grace@example.com is signed in now" });
    expect(dialog.textContent).toContain("This page belongs to ada@example.com");
    expect(dialog.textContent).not.toContain("Your tab");
    screen.getByRole("button", { name: /^Go on as grace@example.com/ });
    screen.getByRole("button", { name: "Sign in as ada@example.com" });
    expect(document.title).toBe("Howdah");
    there = null;
    await act(checkSignIn);
    expect(screen.getByRole("dialog", { name: "Your sign-in has ended" }).textContent).not.toContain(
      "Your tab",
    );
    expect([document.title, useSignIn.getState().covered]).toEqual(["Howdah", true]);
    there = ada;
    await act(checkSignIn);
    expect(document.title).toBe("late orders.sql - Howdah");
  });

  it("can be put off while the session lasts", async () => {
    const status = { state: "refused" as const, since: "2026-11-16T10:00:00Z", session_ends_at: null };
    render(<SignInOverlay me={someone("ada", { provider_status: status })} />);
    act(offerRenewal);
    screen.getByRole("dialog", { name: "Sign in again" });
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
