const DECIMAL = /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;

/** A decimal number as a whole number of units of 10 to the power of -`scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** Null when the text is no finite decimal number. */
export function parseDecimal(text: string): Decimal | null {
  const [, sign, whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === "") return null;
  const units = BigInt(`${sign}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale };
}

const LAST_SEPARATOR = /[.,٫](\d+)\D*$/;

/**
 * An amount as `money` writes it, in whatever locale: `-$1,234.50`, `1.234,50 €`, `(¥1,234)`. Three digits behind the only
 * separator are thousands.
 */
export function parseMoney(text: string): Decimal | null {
  const digits = text.replace(/\D/g, "");
  if (digits === "" || /\d\s*[a-z]\s*\d/i.test(text)) return null;
  const last = LAST_SEPARATOR.exec(text)?.[1]?.length ?? 0;
  const separators = new Set(text.match(/(?<=\d)[.,٫](?=\d)/g));
  const scale = last === 3 && separators.size < 2 ? 0 : last;
  return { units: BigInt(/[-(]/.test(text) ? `-${digits}` : digits), scale };
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.units * 10n ** BigInt(scale - a.scale);
  const right = b.units * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function formatDecimal({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  const sign = units < 0n ? "-" : "";
  return `${sign}${digits.slice(0, point)}${scale === 0 ? "" : `.${digits.slice(point)}`}`;
}

const SIGNIFICANT = 17;
/** Beyond these powers of ten a number is easier read with an exponent. */
const PLAIN = { least: -7, most: 20 };

/** A number in no more than about `longest` characters; a longer one is rounded, and says so. */
export function shortDecimal(text: string, longest: number): string {
  const number = text.length > longest ? parseDecimal(text) : null;
  if (!number || number.units === 0n) return text;
  const sign = number.units < 0n ? "-" : "";
  const all = (number.units < 0n ? -number.units : number.units).toString();
  const exact = all.replace(/0+$/, "");
  const unit = 10n ** BigInt(Math.max(0, all.length - SIGNIFICANT));
  const rounded = ((BigInt(all) + unit / 2n) / unit) * unit;
  const digits = rounded.toString();
  const power = digits.length - 1 - number.scale;
  const about = exact.length > SIGNIFICANT ? "≈ " : "";
  if (power >= PLAIN.least && power <= PLAIN.most) {
    return about + sign + withoutZeros(formatDecimal({ units: rounded, scale: number.scale }));
  }
  const mantissa = `${digits.charAt(0)}.${digits.slice(1)}`;
  return `${about}${sign}${withoutZeros(mantissa)}e${power}`;
}

/** Adds decimal numbers without rounding: `numeric` would be wronged by floating point. */
export class DecimalSum {
  #units = 0n;
  #scale = 0;

  /** False where there is no finite decimal number. */
  add(number: Decimal | null): boolean {
    if (!number) return false;
    if (number.scale > this.#scale) {
      this.#units *= 10n ** BigInt(number.scale - this.#scale);
      this.#scale = number.scale;
    }
    this.#units += number.units * 10n ** BigInt(this.#scale - number.scale);
    return true;
  }

  /** The sum by `count`, rounded to `digits` digits more than the summands have. */
  average(count: number, digits = 4): string {
    const scaled = this.#units * 10n ** BigInt(digits);
    const half = BigInt(count) / 2n;
    const units = (scaled < 0n ? scaled - half : scaled + half) / BigInt(count);
    return withoutZeros(formatDecimal({ units, scale: this.#scale + digits }));
  }

  toString(): string {
    return formatDecimal({ units: this.#units, scale: this.#scale });
  }
}

function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
