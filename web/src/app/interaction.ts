import { isPassing, promptOf } from "~/api/problem";
import type { Prompt } from "~/api/types";

/** The person has given up what was asked of them: what waited for it is not done, and that is no error. */
export class ConnectCancelled extends Error {
  override name = "ConnectCancelled";
}

/** How it stands with what a person is asked to do. */
export interface InteractionView {
  readonly prompt: Prompt;
  /** Epoch milliseconds after which the server has forgotten it. */
  readonly until: number;
  readonly state: "waiting" | "expired" | "renewing";
}

const ASK_EVERY_MS = 3_000;
/** So long the server keeps a sign-in that a browser was sent to. */
const REDIRECT_MS = 10 * 60_000;

/**
 * Waits until a person has done what a credential needs, by asking again now and then. The server goes on by itself
 * meanwhile. Nothing is asked any more once the prompt is too old, since that would begin a new one unseen.
 */
export class Interaction<Result> {
  /** Settles with what was asked for, with what went wrong otherwise, or with `ConnectCancelled`. */
  readonly result: Promise<Result>;
  readonly #ask: () => Promise<Result>;
  readonly #listeners = new Set<() => void>();
  readonly #leaving = new AbortController();
  #view: InteractionView;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #resolve: (result: Result) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(prompt: Prompt, ask: () => Promise<Result>) {
    this.#ask = ask;
    this.#view = { prompt, until: endOf(prompt), state: "waiting" };
    this.result = new Promise<Result>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = this.#leaving;
    addEventListener("focus", () => this.#askNow(), { signal });
    document.addEventListener(
      "visibilitychange",
      () => document.visibilityState === "visible" && this.#askNow(),
      {
        signal,
      },
    );
    this.#schedule();
  }

  readonly view = (): InteractionView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Gives up. */
  readonly cancel = (): void => {
    this.#stop();
    this.#reject(new ConnectCancelled());
  };

  /** Begins anew when it was too late. */
  readonly renew = (): void => {
    if (this.#view.state !== "expired") return;
    this.#become({ ...this.#view, state: "renewing" });
    void this.#attempt();
  };

  #askNow(): void {
    if (this.#view.state !== "waiting" || this.#asking) return;
    if (Date.now() >= this.#view.until) this.#become({ ...this.#view, state: "expired" });
    else void this.#attempt();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#askNow(),
      Math.min(ASK_EVERY_MS, Math.max(0, this.#view.until - Date.now())),
    );
  }

  async #attempt(): Promise<void> {
    clearTimeout(this.#timer);
    this.#asking = true;
    try {
      const result = await this.#ask();
      this.#stop();
      this.#resolve(result);
    } catch (thrown) {
      this.#asking = false;
      if (this.#leaving.signal.aborted) return;
      const prompt = promptOf(thrown);
      if (prompt) this.#goOn(prompt);
      else if (isPassing(thrown)) this.#goOn(this.#view.prompt);
      else {
        this.#stop();
        this.#reject(thrown);
      }
    }
  }

  #goOn(prompt: Prompt): void {
    const same = this.#view.state === "waiting" && isSame(prompt, this.#view.prompt);
    if (!same) this.#become({ prompt, until: endOf(prompt), state: "waiting" });
    this.#schedule();
  }

  #become(view: InteractionView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#leaving.abort();
  }
}

function endOf(prompt: Prompt): number {
  const said = prompt.type === "device_code" ? Date.parse(prompt.expires_at) : NaN;
  return Number.isNaN(said) ? Date.now() + REDIRECT_MS : said;
}

function isSame(one: Prompt, other: Prompt): boolean {
  if (one.type === "device_code") return other.type === "device_code" && one.user_code === other.user_code;
  return other.type === "redirect" && one.url === other.url;
}

/** An interaction as it is shown. */
export type ShownInteraction = Pick<Interaction<unknown>, "view" | "subscribe" | "cancel" | "renew">;

/** An address of the provider's that may be opened: nothing but a page of the web. */
export function pageOf(address: string | null | undefined): URL | null {
  if (address == null || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === "https:" || url.protocol === "http:" ? url : null;
}

/** What a screen reader says when a prompt appears. */
export function interactionWords({ prompt, state }: InteractionView): string {
  if (state === "expired") return "It took too long. Ask for a new one to go on.";
  if (state === "renewing") return "Asking anew.";
  if (prompt.type === "redirect") {
    return `Continue at ${pageOf(prompt.url)?.host ?? "the provider"}. The connection then goes on by itself.`;
  }
  const code = [...prompt.user_code].join(" ");
  return `Type the code ${code} at ${pageOf(prompt.verification_uri)?.host ?? prompt.verification_uri}. The connection then goes on by itself.`;
}
