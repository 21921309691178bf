import { expect, it } from "vitest";
import { readUserAgent } from "./userAgent";

const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const android = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)";
const iPad = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15";

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Linux", "computer"],
  [`${windows} Chrome/141.0.0.0 Safari/537.36`, "Chrome on Windows", "computer"],
  [`${windows} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`, "Edge on Windows", "computer"],
  [`${windows} Chrome/141.0.0.0 Safari/537.36 OPR/120.0.0.0`, "Opera on Windows", "computer"],
  [`${mac} Version/18.1 Safari/605.1.15`, "Safari on macOS", "computer"],
  ["Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/141.0.0.0 Safari/537.36", "Chrome on Linux", "computer"],
  [
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/141.0.0.0 Safari/537.36",
    "Chrome on ChromeOS",
    "computer",
  ],
  [`${android} Chrome/141.0.0.0 Mobile Safari/537.36`, "Chrome on Android", "phone"],
  [`${android} SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36`, "Samsung Internet on Android", "tablet"],
  [`${iPad} Version/18.1 Mobile/15E148 Safari/604.1`, "Safari on iPad", "tablet"],
  [`${iPhone} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`, "Firefox on iPhone", "phone"],
  ["Mozilla/5.0 (compatible; something)", "Unknown browser", "computer"],
  ["curl/8.14.1", "curl", "program"],
  ["", "Unknown browser", "computer"],
  [null, "Unknown browser", "computer"],
])("%s is %s", (header, name, device) => expect(readUserAgent(header)).toEqual({ name, device }));
