/** Dates, timestamps and intervals as PostgreSQL writes them by default (`DateStyle` ISO, `IntervalStyle` postgres). */

const INSTANT =
  /^(\d{4,6})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?( BC)?$/;

/** Microseconds that put dates and timestamps in order; null when the text is none. */
export function instantOf(text: string): number | bigint | null {
  if (text === "infinity") return Infinity;
  if (text === "-infinity") return -Infinity;
  const parts = INSTANT.exec(text);
  if (!parts) return null;
  const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = "", sign, ...zone] = parts;
  const time = new Date(0);
  const isBefore = parts[12] !== undefined;
  time.setUTCFullYear(isBefore ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  time.setUTCHours(Number(hour), Number(minute), Number(second));
  const millis = time.getTime();
  // PostgreSQL's years go further than JavaScript's.
  if (Number.isNaN(millis)) return null;
  const [zoneHours = 0, zoneMinutes = 0, zoneSeconds = 0] = zone.map(Number).map((part) => part || 0);
  const offset = (zoneHours * 60 + zoneMinutes) * 60 + zoneSeconds;
  const seconds = BigInt(millis / 1000) - BigInt(sign === "-" ? -offset : offset);
  return seconds * MICROS + BigInt(fraction.padEnd(6, "0"));
}

const MICROS = 1_000_000n;
const DAY = 86_400n * MICROS;
const MONTH_DAYS = 30n;

/** As PostgreSQL keeps it: parts that have no fixed size in each other. */
export interface Interval {
  readonly months: bigint;
  readonly days: bigint;
  readonly micros: bigint;
}

const INTERVAL =
  /^(?:([+-]?\d+) years?)? ?(?:([+-]?\d+) mons?)? ?(?:([+-]?\d+) days?)? ?(?:([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;

/** Null when the text is no interval, or an infinite one. */
export function parseInterval(text: string): Interval | null {
  const parts = INTERVAL.exec(text);
  if (!parts || text.trim() === "") return null;
  const [, years = "0", months = "0", days = "0", sign, hours = "0", minutes = "0", seconds = "0", fraction] =
    parts;
  const whole = (BigInt(hours) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
  const micros = whole * MICROS + BigInt((fraction ?? "").padEnd(6, "0"));
  return {
    months: BigInt(years) * 12n + BigInt(months),
    days: BigInt(days),
    micros: sign === "-" ? -micros : micros,
  };
}

/** Puts intervals in order as PostgreSQL does: a month is 30 days, a day 24 hours. */
export function lengthOf({ months, days, micros }: Interval): bigint {
  return (months * MONTH_DAYS + days) * DAY + micros;
}

export function addIntervals(a: Interval, b: Interval): Interval {
  return { months: a.months + b.months, days: a.days + b.days, micros: a.micros + b.micros };
}

/** What does not come out even goes down to days and to the time, as in PostgreSQL's `avg`. */
export function divideInterval({ months, days, micros }: Interval, by: number): Interval {
  const count = BigInt(by);
  const wholeDays = (months % count) * MONTH_DAYS + days;
  const rest = (wholeDays % count) * DAY + micros;
  const half = rest < 0n ? -count / 2n : count / 2n;
  return { months: months / count, days: wholeDays / count, micros: (rest + half) / count };
}

export function formatInterval({ months, days, micros }: Interval): string {
  const part = (count: bigint, unit: string) =>
    count === 0n ? [] : [`${count} ${unit}${count === 1n ? "" : "s"}`];
  const words = [...part(months / 12n, "year"), ...part(months % 12n, "mon"), ...part(days, "day")];
  return micros === 0n && words.length > 0 ? words.join(" ") : [...words, clock(micros)].join(" ");
}

function clock(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const two = (number: bigint) => String(number).padStart(2, "0");
  const seconds = size / MICROS;
  const fraction = String(size % MICROS)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const time = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return `${micros < 0n ? "-" : ""}${time}${fraction === "" ? "" : `.${fraction}`}`;
}
