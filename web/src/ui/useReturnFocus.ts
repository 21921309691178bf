import { useState } from "react";

/**
 * What gives the focus back to where it was when the caller was first rendered, or, if that has gone meanwhile, to what
 * it stood in. Radix returns it to a trigger, and our dialogs have none: they are opened by keys, menus and answers of
 * the server.
 */
export function useReturnFocus(): (event: Event) => void {
  const [before] = useState(() => {
    const { activeElement } = document;
    return [activeElement, activeElement?.parentElement?.closest("[tabindex]")];
  });
  return (event) => {
    event.preventDefault();
    const there = before.find((element) => element instanceof HTMLElement && element.isConnected);
    if (there instanceof HTMLElement) there.focus();
  };
}
