/** Dates, timestamps and intervals as PostgreSQL writes them by default (`DateStyle` ISO, `IntervalStyle` postgres). */

/** Beyond what PostgreSQL writes, what people write: no seconds, `T`. */
const INSTANT =
  /^(\d{4,7})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?( BC)?$/;

/** Microseconds that put dates and timestamps in order; null when the text is none. */
export function instantOf(text: string): number | bigint | null {
  if (text === "infinity") return Infinity;
  if (text === "-infinity") return -Infinity;
  const parts = INSTANT.exec(text);
  if (!parts) return null;
  const [, year, month, day, hour, minute, second, fraction = "", sign, ...zone] = parts;
  const isBefore = parts[12] !== undefined;
  const days = dayNumber(isBefore ? 1 - Number(year) : Number(year), Number(month), Number(day));
  const offset = (sign === "-" ? -1 : 1) * secondsOf(zone[0], zone[1], zone[2]);
  const seconds = days * 86_400 + secondsOf(hour, minute, second) - offset;
  return BigInt(seconds) * MICROS + BigInt(fraction.padEnd(6, "0"));
}

function secondsOf(hours = "0", minutes = "0", seconds = "0"): number {
  return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
}

/** Days since 1970-01-01 in the Gregorian calendar of all times: PostgreSQL's years go further than JavaScript's. */
function dayNumber(year: number, month: number, day: number): number {
  // Years that begin in March have their leap day at the end.
  const from = month > 2 ? year : year - 1;
  const era = Math.floor(from / 400);
  const inEra = from - era * 400;
  const inYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const days = inEra * 365 + Math.floor(inEra / 4) - Math.floor(inEra / 100) + inYear;
  return era * 146_097 + days - 719_468;
}

const ZONED_TIME = /^(\d\d):(\d\d):(\d\d(?:\.\d{1,6})?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/** A time of day with a zone: seconds of UTC, and how far the zone is in the west, by which equal ones go. */
export function zonedTimeOf(text: string): { readonly utc: number; readonly west: number } | null {
  const parts = ZONED_TIME.exec(text);
  if (!parts) return null;
  const [, hour, minute, second, sign, ...zone] = parts;
  const west = (sign === "-" ? 1 : -1) * secondsOf(zone[0], zone[1], zone[2]);
  return { utc: secondsOf(hour, minute, second) + west, west };
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

/** Beyond what PostgreSQL writes, what people write: `2 hours`. */
const INTERVAL =
  /^(?:([+-]?\d+) years?)? ?(?:([+-]?\d+) mon(?:th)?s?)? ?(?:([+-]?\d+) days?)? ?(?:([+-]?\d+) hours?)? ?(?:([+-]?\d+) min(?:ute)?s?)? ?(?:([+-]?\d+) sec(?:ond)?s?)? ?(?:([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;

/** Null when the text is no interval, or an infinite one. */
export function parseInterval(text: string): Interval | null {
  const parts = INTERVAL.exec(text);
  if (!parts || text.trim() === "") return null;
  const part = (place: number) => BigInt(parts[place] ?? 0);
  const inSeconds = (from: number) => (part(from) * 60n + part(from + 1)) * 60n + part(from + 2);
  const clock = inSeconds(8) * MICROS + BigInt((parts[11] ?? "").padEnd(6, "0"));
  return {
    months: part(1) * 12n + part(2),
    days: part(3),
    micros: inSeconds(4) * MICROS + (parts[7] === "-" ? -clock : clock),
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
