import type { Page } from "playwright-core";

interface Watch {
  /** When the last key was pressed, and when what it changed was painted. */
  pressed: number;
  painted: number;
}

declare global {
  interface Window {
    benchWatch?: Watch;
  }
}

/** Longer than whatever a key may take: what comes later belongs to no key. */
const SETTLE_MS = 400;

/** Watches what the parts of the page that match a selector show after a key. */
export async function watchKeys(page: Page, selector: string): Promise<void> {
  await page.evaluate(
    ({ selector, settleMs }) => {
      const watch: Watch = { pressed: 0, painted: 0 };
      window.benchWatch = watch;
      const isIn = (node: Node) =>
        (node instanceof Element ? node : node.parentElement)?.closest(selector) != null;
      const concerns = ({ target, addedNodes }: MutationRecord) =>
        isIn(target) ||
        [...addedNodes].some(
          (node) => isIn(node) || (node instanceof Element && node.querySelector(selector)),
        );
      let hasChanged = false;
      new MutationObserver((records) => {
        hasChanged ||= records.some(concerns);
      }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      // What a frame's own callbacks change is painted with that frame, and told once it is over.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        if (hasChanged) watch.painted = performance.now();
        hasChanged = false;
      };
      const frame = () => {
        port2.postMessage(null);
        if (performance.now() - watch.pressed < settleMs) requestAnimationFrame(frame);
      };
      const pressed = ({ timeStamp }: KeyboardEvent) => {
        watch.pressed = timeStamp;
        requestAnimationFrame(frame);
      };
      addEventListener("keydown", pressed, { capture: true });
    },
    { selector, settleMs: SETTLE_MS },
  );
}

/** How long each key takes until all that it changes is painted. Call `watchKeys` first. */
export async function pressAll(page: Page, keys: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  // Nothing tells that a page will do no more, whether for what was before or for a key.
  await page.waitForTimeout(SETTLE_MS);
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.waitForTimeout(SETTLE_MS);
    const { pressed = 0, painted = 0 } = (await page.evaluate(() => window.benchWatch)) ?? {};
    if (painted > pressed) times.push(painted - pressed);
  }
  return times;
}
