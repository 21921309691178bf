/**
 * The regions that Alt+PageDown and Alt+PageUp go round: every visible element with `data-region`, in the order of
 * the document. A region's focus goes back to where it was.
 */
const lastFocus = new WeakMap<Element, HTMLElement>();

const focusable =
  '[data-region-focus], button:not(:disabled):not([tabindex="-1"]), [href], input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [contenteditable="true"], [tabindex="0"]';

export function rememberFocus(event: FocusEvent): void {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return;
  const region = target.closest("[data-region]");
  if (region) lastFocus.set(region, target);
}

export function moveRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll("[data-region]")].filter((region) =>
    region.checkVisibility(),
  );
  if (regions.length === 0) return;
  const current = document.activeElement?.closest("[data-region]");
  const at = current ? regions.indexOf(current) : step === 1 ? -1 : 0;
  for (let tried = 1; tried <= regions.length; tried += 1) {
    const region = regions[(at + step * tried + regions.length * 2) % regions.length];
    if (region && enter(region)) return;
  }
}

function enter(region: Element): boolean {
  const last = lastFocus.get(region);
  const target =
    last && region.contains(last) && last.checkVisibility()
      ? last
      : [...region.querySelectorAll<HTMLElement>(focusable)].find((element) => element.checkVisibility());
  target?.focus();
  return target !== undefined && target === document.activeElement;
}
