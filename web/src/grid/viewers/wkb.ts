import { bytesOfHex } from "./bytes";

/** A shape on a plane, as lists of points. */
export type Geometry =
  | { readonly kind: "point"; readonly at: Point }
  | { readonly kind: "line"; readonly points: readonly Point[] }
  | { readonly kind: "polygon"; readonly rings: readonly (readonly Point[])[] };

export type Point = readonly [x: number, y: number];

export interface Geometries {
  readonly shapes: readonly Geometry[];
  /** The reference system, where the value names one. */
  readonly srid: number | null;
}

/** So many points are drawn at most. */
const MAX_POINTS = 200_000;
/** In bytes: the order of bytes, and a type. */
const SHORTEST = 5;
const WITH_Z = 0x80000000;
const WITH_M = 0x40000000;
const WITH_SRID = 0x20000000;

/** PostGIS writes geometries as EWKB in hexadecimal digits. Null when the text is none. */
export function readWkb(hex: string): Geometries | null {
  if (!/^0[01]/.test(hex)) return null;
  const bytes = bytesOfHex(hex, 0);
  if (!bytes || bytes.length < SHORTEST) return null;
  try {
    const reader = new WkbReader(new DataView(bytes.buffer));
    reader.geometry();
    return reader.isAtEnd ? { shapes: reader.shapes, srid: reader.srid } : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** OGC 06-103r4, 8.2, with the flags of PostGIS. */
class WkbReader {
  readonly shapes: Geometry[] = [];
  srid: number | null = null;
  readonly #bytes: DataView;
  #at = 0;
  #little = true;
  #points = 0;

  constructor(bytes: DataView) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  geometry(): void {
    this.#little = this.#byte() === 1;
    const flagged = this.#number();
    if ((flagged & WITH_SRID) !== 0) this.srid = this.#number();
    const code = flagged & 0xffff;
    // ISO adds thousands for further dimensions, PostGIS sets bits.
    const extra = Math.floor(code / 1000);
    const dimensions =
      2 +
      ((flagged & WITH_Z) !== 0 || extra === 1 || extra === 3 ? 1 : 0) +
      ((flagged & WITH_M) !== 0 || extra === 2 || extra === 3 ? 1 : 0);
    switch (code % 1000) {
      case 1: {
        const at = this.#point(dimensions);
        if (!at.some(Number.isNaN)) this.shapes.push({ kind: "point", at });
        return;
      }
      case 2:
        return void this.shapes.push({ kind: "line", points: this.#line(dimensions) });
      case 3: {
        const rings = Array.from({ length: this.#count() }, () => this.#line(dimensions));
        return void this.shapes.push({ kind: "polygon", rings });
      }
      case 4:
      case 5:
      case 6:
      case 7: {
        const count = this.#count();
        for (let n = 0; n < count; n += 1) this.geometry();
        return;
      }
      default:
        throw new RangeError(`geometry type ${code} is not drawn`);
    }
  }

  #line(dimensions: number): Point[] {
    return Array.from({ length: this.#count() }, () => this.#point(dimensions));
  }

  #point(dimensions: number): Point {
    this.#points += 1;
    if (this.#points > MAX_POINTS) throw new RangeError("too many points to draw");
    const x = this.#float();
    const y = this.#float();
    this.#at += 8 * (dimensions - 2);
    return [x, y];
  }

  /** A count that the rest of the bytes can hold. */
  #count(): number {
    const count = this.#number();
    if (count > this.#bytes.byteLength) throw new RangeError("a count beyond the end");
    return count;
  }

  #byte(): number {
    return this.#bytes.getUint8(this.#at++);
  }

  #number(): number {
    this.#at += 4;
    return this.#bytes.getUint32(this.#at - 4, this.#little);
  }

  #float(): number {
    this.#at += 8;
    return this.#bytes.getFloat64(this.#at - 8, this.#little);
  }
}
