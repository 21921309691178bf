import { compareDecimals, parseDecimal, parseMoney, type Decimal } from "./decimal";
import { instantOf, lengthOf, parseInterval, zonedTimeOf } from "./temporal";
import type { ValueKind } from "./valueKind";

/** How values of a type stand to each other, by the texts that PostgreSQL writes. */
export interface ValueOrder {
  /** Whether the text is a value of the type. Others come behind all values, by their characters. */
  readonly holds: (text: string) => boolean;
  /** Nearly where a value stands: never more than for a greater one. */
  readonly size: (text: string) => number;
  /** Exactly; 0 for values that PostgreSQL takes as equal, such as 1.0 and 1.00. */
  readonly compare: (a: string, b: string) => number;
}

export function orderOf(kind: ValueKind): ValueOrder {
  return ORDERS[kind];
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function order<T>(
  parse: (text: string) => T | null,
  size: (value: T) => number,
  compare: (a: T, b: T) => number,
): ValueOrder {
  return {
    holds: (text) => parse(text) !== null,
    size: (text) => {
      const value = parse(text);
      return value === null ? Infinity : size(value);
    },
    compare: (a, b) => {
      if (a === b) return 0;
      const [left, right] = [parse(a), parse(b)];
      if (left !== null && right !== null) return compare(left, right);
      return left === null && right === null ? compareTexts(a, b) : left === null ? 1 : -1;
    },
  };
}

/** Numbers and bigints alike, infinities too. */
function compareSizes(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What `numeric` and the floating-point types hold beside numbers, in its place. NaN is above all others in PostgreSQL. */
const BEYOND = new Map([
  ["-Infinity", -1],
  ["Infinity", 1],
  ["NaN", 2],
]);

interface AnyNumber {
  readonly text: string;
  /** 0 for a number. */
  readonly beyond: number;
}

function numberOf(text: string): AnyNumber | null {
  const beyond = BEYOND.get(text);
  if (beyond !== undefined) return { text, beyond };
  return parseDecimal(text) && { text, beyond: 0 };
}

function compareNumbers(a: AnyNumber, b: AnyNumber): number {
  if (a.beyond !== b.beyond || a.beyond !== 0) return a.beyond - b.beyond;
  const [left, right] = [parseDecimal(a.text), parseDecimal(b.text)];
  return left && right ? compareDecimals(left, right) : 0;
}

const NUMBERS: ValueOrder = {
  ...order(numberOf, ({ text }) => Number(text), compareNumbers),
  // Sorting a million of them parses none twice.
  size: (text) => {
    const size = Number(text);
    return Number.isNaN(size) ? Infinity : size;
  },
};

const moneySize = ({ units, scale }: Decimal) => Number(units) / 10 ** scale;

interface Address {
  /** 32 for IPv4, 128 for IPv6. */
  readonly width: number;
  readonly bits: bigint;
  readonly prefix: number;
}

const ADDRESS = /^([\d.]+|[\da-f:]*:[\da-f:.]*)(?:\/(\d{1,3}))?$/i;

function addressOf(text: string): Address | null {
  const [, address, length] = ADDRESS.exec(text) ?? [];
  if (address === undefined) return null;
  const bits = address.includes(":") ? sixBits(address) : fourBits(address);
  const width = address.includes(":") ? 128 : 32;
  return bits === null ? null : { width, bits, prefix: Math.min(Number(length ?? width), width) };
}

function fourBits(address: string): bigint | null {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => part > 255)) return null;
  return parts.reduce((bits, part) => bits * 256n + BigInt(part), 0n);
}

function sixBits(address: string): bigint | null {
  const four = /[\d.]+$/.exec(address)?.[0] ?? "";
  const last = four.includes(".") ? fourBits(four) : null;
  const words = (text: string) =>
    text === "" ? [] : text.split(":").map((word) => BigInt(`0x${word || "0"}`));
  const whole =
    last === null
      ? address
      : `${address.slice(0, -four.length)}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`;
  const [head = "", tail] = whole.split("::");
  const [front, back] = [words(head), words(tail ?? "")];
  const gap = 8 - front.length - back.length;
  if (gap < 0 || (tail === undefined && gap > 0)) return null;
  return [...front, ...new Array<bigint>(gap).fill(0n), ...back].reduce(
    (bits, word) => bits * 65_536n + word,
    0n,
  );
}

function network({ width, bits }: Address, prefix: number): bigint {
  const rest = BigInt(width - prefix);
  return (bits >> rest) << rest;
}

/** IPv4 first, then by what the networks have in common, the wider network first (PostgreSQL's `network_cmp`). */
function compareAddresses(a: Address, b: Address): number {
  if (a.width !== b.width) return a.width - b.width;
  const common = Math.min(a.prefix, b.prefix);
  return (
    compareSizes(network(a, common), network(b, common)) ||
    a.prefix - b.prefix ||
    compareSizes(a.bits, b.bits)
  );
}

/** Above all of IPv4. */
const SIX = 2 ** 33;

const LOCATION = /^(?:\((\d+),(\d+)\)|([\dA-F]{1,8})\/([\dA-F]{1,8}))$/;

/** `(block,row)` of a `tid`, `high/low` of a `pg_lsn`. */
function locationOf(text: string): bigint | null {
  const [, block, row, high, low] = LOCATION.exec(text) ?? [];
  if (block !== undefined && row !== undefined) return (BigInt(block) << 32n) + BigInt(row);
  if (high === undefined || low === undefined) return null;
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

function intervalSize(text: string): number | bigint | null {
  if (text === "infinity") return Infinity;
  if (text === "-infinity") return -Infinity;
  const interval = parseInterval(text);
  return interval && lengthOf(interval);
}

const TEXTS: ValueOrder = { holds: () => true, size: () => 0, compare: compareTexts };

const ORDERS: Readonly<Record<ValueKind, ValueOrder>> = {
  number: NUMBERS,
  money: order(parseMoney, moneySize, compareDecimals),
  interval: order(intervalSize, Number, compareSizes),
  instant: order(instantOf, Number, compareSizes),
  zoned_time: order(
    zonedTimeOf,
    ({ utc }) => utc,
    (a, b) => a.utc - b.utc || a.west - b.west,
  ),
  address: order(
    addressOf,
    (address) => (address.width === 32 ? 0 : SIX) + Number(network(address, address.prefix)),
    compareAddresses,
  ),
  location: order(locationOf, Number, compareSizes),
  text: TEXTS,
  none: TEXTS,
};
