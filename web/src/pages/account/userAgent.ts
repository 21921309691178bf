/** What a person recognises a browser by. */
export interface Client {
  /** `Firefox on Linux`. */
  name: string;
  device: "computer" | "phone" | "tablet" | "program";
}

// The first that fits counts: most browsers also say the names of those that they want to be taken for.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|OPX|OPiOS|Opera)\//, "Opera"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|HeadlessChrome|CriOS)\//, "Chrome"],
  [/\bChromium\//, "Chromium"],
  [/\bSafari\//, "Safari"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPad\b/, "iPad"],
  [/\b(?:iPhone|iPod)\b/, "iPhone"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

/** Reads a `User-Agent` header as far as a person needs it; what it does not know, it says so. */
export function readUserAgent(header: string | null | undefined): Client {
  const agent = header?.trim() ?? "";
  const system = nameIn(systems, agent);
  const browser = nameIn(browsers, agent);
  if (browser === null && !agent.startsWith("Mozilla/")) {
    const program = /^[\w.-]{1,40}/.exec(agent)?.[0];
    return { name: program ?? "Unknown browser", device: program === undefined ? "computer" : "program" };
  }
  const name = browser ?? "Unknown browser";
  return { name: system === null ? name : `${name} on ${system}`, device: deviceOf(agent, system) };
}

function nameIn(known: readonly (readonly [RegExp, string])[], agent: string): string | null {
  return known.find(([mark]) => mark.test(agent))?.[1] ?? null;
}

function deviceOf(agent: string, system: string | null): Client["device"] {
  if (system === "iPad") return "tablet";
  if (system === "iPhone") return "phone";
  if (system === "Android") return /\bMobile\b/.test(agent) ? "phone" : "tablet";
  return "computer";
}
