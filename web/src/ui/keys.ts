/** A shortcut as it is written in code: `Mod+K`, `Alt+Shift+N`, `Delete`. `Mod` is Ctrl, and Command on a Mac. */
export type Shortcut = string;

const isMac = typeof navigator !== "undefined" && /Macintosh|iPhone|iPad/.test(navigator.userAgent);

interface Chord {
  ctrl: boolean;
  meta: boolean;
  alt: boolean;
  shift: boolean;
  key: string;
}

function parse(shortcut: Shortcut): Chord {
  const parts = shortcut.split("+");
  const key = parts.at(-1) ?? "";
  const mod = parts.includes("Mod");
  return {
    ctrl: parts.includes("Ctrl") || (mod && !isMac),
    meta: mod && isMac,
    alt: parts.includes("Alt"),
    shift: parts.includes("Shift"),
    key,
  };
}

/** Whether an event is the shortcut. Letters and digits go by their place on the keyboard, since Alt changes what they type. */
export function matches(event: KeyboardEvent, shortcut: Shortcut): boolean {
  const chord = parse(shortcut);
  if (event.ctrlKey !== chord.ctrl || event.metaKey !== chord.meta) return false;
  if (event.altKey !== chord.alt || event.shiftKey !== chord.shift) return false;
  if (/^[A-Z]$/.test(chord.key) && chord.alt) return event.code === `Key${chord.key}`;
  return event.key.toLowerCase() === chord.key.toLowerCase();
}

const macNames: Record<string, string> = { Mod: "⌘", Ctrl: "⌃", Alt: "⌥", Shift: "⇧" };

/** The shortcut as people read it: `Ctrl K`, and `⌘ K` on a Mac. */
export function readable(shortcut: Shortcut): string {
  return shortcut
    .split("+")
    .map((part) => (isMac ? (macNames[part] ?? part) : part === "Mod" ? "Ctrl" : part))
    .join(" ");
}

/** The shortcut as tooltips write it: `Ctrl+K`. */
export function joined(shortcut: Shortcut): string {
  return readable(shortcut).replaceAll(" ", isMac ? "" : "+");
}

/** The shortcut as `aria-keyshortcuts` wants it. */
export function ariaKeys(shortcut: Shortcut): string {
  return shortcut.replace("Mod", isMac ? "Meta" : "Control").replace("Ctrl", "Control");
}
