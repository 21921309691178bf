const count = new Intl.NumberFormat("en-US");

/** `1,204`. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** `1 row`, `1,204 rows`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** An estimate in as few characters as say its size: `412`, `88 k`, `1.2 M`. */
export function formatEstimate(value: number): string {
  const rounded = Math.round(value);
  if (rounded < 1_000) return String(rounded);
  return scaled(rounded, 1_000, ["k", "M", "G", "T"]);
}

/** Bytes as disks are spoken of: `8.2 MB`, `214 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return scaled(bytes, 1_024, ["kB", "MB", "GB", "TB", "PB"]);
}

/** `0.4 ms`, `38 ms`, `1.2 s`, `2 min 05 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
}

/** Time that goes on, as a clock: `00:42`, `1:02:05`. */
export function formatClock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const tail = `${pad(minutes % 60)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** The local time of day, `10:52`; with the day when it is not today. */
export function formatTime(at: Date, now = new Date()): string {
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getDate()} ${at.toLocaleString("en-US", { month: "short" })} ${time}`;
}

/** The local time of day to the second, `10:52:07`, for what is due within the hour. */
export function formatMoment(at: Date): string {
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** How long ago, as one says it: `now`, `12 min ago`, `4 h ago`, `yesterday`, then the day: `18 Nov`. */
export function formatAgo(at: Date, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 12 * 60 || at.toDateString() === now.toDateString())
    return `${Math.floor(minutes / 60)} h ago`;
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (at.toDateString() === yesterday.toDateString()) return "yesterday";
  const year = at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`;
  return `${at.getDate()} ${at.toLocaleString("en-US", { month: "short" })}${year}`;
}

// To make one takes longer than whatever else is done for a key.
const instant = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** The whole local time, for a tooltip. */
export function formatInstant(at: Date): string {
  return instant.format(at);
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value / step;
  let unit = 0;
  while (rest >= step * 0.9995 && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  return `${rest < 9.95 ? rest.toFixed(1) : Math.round(rest)} ${units[unit] ?? ""}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
