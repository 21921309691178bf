import { create } from "zustand";

/** What a person chose. `public/theme.js` reads the same key before the first paint. */
export type ThemeChoice = "system" | "light" | "dark" | "contrast";
export type Theme = Exclude<ThemeChoice, "system">;

export const themeChoices: readonly { choice: ThemeChoice; label: string }[] = [
  { choice: "system", label: "As the system" },
  { choice: "light", label: "Light" },
  { choice: "dark", label: "Dark" },
  { choice: "contrast", label: "High contrast" },
];

const KEY = "howdah:theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

interface ThemeStore {
  choice: ThemeChoice;
  /** What is shown. Canvas parts read their colours again when it changes. */
  theme: Theme;
}

export const useTheme = create<ThemeStore>()(() => {
  const choice = storedChoice();
  return { choice, theme: resolve(choice) };
});

export function isThemeChoice(value: unknown): value is ThemeChoice {
  return themeChoices.some(({ choice }) => choice === value);
}

/** Tells of each choice. */
export function watchThemeChoice(changed: () => void): void {
  useTheme.subscribe((now, before) => now.choice !== before.choice && changed());
}

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(KEY, choice);
  show(choice);
}

function show(choice: ThemeChoice): void {
  const theme = resolve(choice);
  document.documentElement.dataset.theme = theme;
  useTheme.setState({ choice, theme });
}

function resolve(choice: ThemeChoice): Theme {
  if (choice !== "system") return choice;
  return prefersDark.matches ? "dark" : "light";
}

function storedChoice(): ThemeChoice {
  const stored = localStorage.getItem(KEY);
  return themeChoices.find(({ choice }) => choice === stored)?.choice ?? "system";
}

prefersDark.addEventListener("change", () => show(useTheme.getState().choice));
addEventListener("storage", (event) => {
  if (event.key === KEY) show(storedChoice());
});
