import { expect, it } from "vitest";

import { Completions } from "./completions";

/** A worker that either cannot be fetched or finds nothing. */
class ScriptedWorker extends EventTarget {
  readonly isThere: boolean;

  constructor(isThere: boolean) {
    super();
    this.isThere = isThere;
  }

  postMessage({ id }: { id: number }): void {
    const found = { from: 0, to: 0, offers: [], prefix: "", whole: true };
    const event = this.isThere
      ? new MessageEvent("message", { data: { id, answer: found } })
      : Object.assign(new Event("error"), { message: "" });
    queueMicrotask(() => this.dispatchEvent(event));
  }
}

it("offers nothing while its worker cannot be fetched, and then tries again", async () => {
  const workers = [new ScriptedWorker(false), new ScriptedWorker(true)];
  const completions = new Completions(() => workers.shift() as unknown as Worker);
  const place = { statement: "", position: 0, strings: "standard", path: null } as const;
  expect(await completions.complete("server", "database", place)).toBeNull();
  expect(await completions.complete("server", "database", place)).toMatchObject({ offers: [] });
});
