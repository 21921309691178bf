const KEPT = "howdah.composes";
/** Languages that are written with an input method. */
const WRITTEN_SO = /^(am|ja|km|ko|lo|my|th|ti|vi|yue|zh)\b/i;

let found = false;

/**
 * Whether the person writes with an input method: their browser speaks such a language, or they have composed something
 * on these pages before. Only then something that takes text stands in for the cell at hand, since what reads a screen
 * aloud reads the cell itself better.
 */
export function composes(): boolean {
  return found || navigator.languages.some((language) => WRITTEN_SO.test(language)) || kept();
}

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) !== null;
  } catch {
    return false;
  }
}

function remember(): void {
  if (found) return;
  found = true;
  try {
    localStorage.setItem(KEPT, "1");
  } catch {
    // Kept as long as the page is.
  }
}

/** Notices once that somebody composes, wherever on the page. */
export function watchComposing(): () => void {
  document.addEventListener("compositionstart", remember, true);
  return () => document.removeEventListener("compositionstart", remember, true);
}
