import { useState } from "react";

/**
 * What gives the focus back to where it was when the caller was first rendered. Radix returns it to a trigger, and our
 * dialogs have none: they are opened by keys, menus and answers of the server.
 */
export function useReturnFocus(): (event: Event) => void {
  const [before] = useState(() => document.activeElement);
  return (event) => {
    event.preventDefault();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
}
