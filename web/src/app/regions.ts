/**
 * The regions that Alt+PageDown and Alt+PageUp go round: every visible element with `data-region`, and each group's
 * tabs, in the order of the document. A region's focus goes back to where it was.
 */
const regionSelector = "[data-region], .dv-tabs-container";
const lastFocus = new WeakMap<Element, HTMLElement>();

const focusable =
  '[data-region-focus], button:not(:disabled):not([tabindex="-1"]), [href], input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [contenteditable="true"], [tabindex="0"]';

export function rememberFocus(event: FocusEvent): void {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return;
  const region = target.closest(regionSelector);
  if (region) lastFocus.set(region, target);
}

export function moveRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll(regionSelector)].filter((region) => region.checkVisibility());
  if (regions.length === 0) return;
  const current = document.activeElement?.closest(regionSelector);
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
      : [region, ...region.querySelectorAll(focusable)].find(isReachable);
  if (!(target instanceof HTMLElement)) return false;
  target.focus();
  return target === document.activeElement;
}

function isReachable(element: Element): boolean {
  return element.matches(focusable) && element.checkVisibility();
}
