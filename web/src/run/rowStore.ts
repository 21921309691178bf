import { item } from "./item";
import { decodeText } from "./utf8";

/** One value of a result. `cut` says that the server kept only the first `keptBytes` of `fullBytes`. */
export type Cell =
  | { readonly kind: "null" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "cut"; readonly text: string; readonly keptBytes: number; readonly fullBytes: number };

/** The server sent a binary frame that docs/query-protocol.md does not allow. */
export class MalformedFrame extends Error {
  override readonly name = "MalformedFrame";
}

const DATA_ROW = 0x44; // D
const LARGE_ROW = 0x4c; // L
const ROW_PART = 0x50; // P
const TAG_LENGTH = 1;
const PART_HEADER = TAG_LENGTH + 4; // tag, Int32 length
const ROW_HEADER = TAG_LENGTH + 4 + 2; // tag, Int32 length, Int16 columns
const NULL: Cell = { kind: "null" };

/** Rows whose fields have been found lately: a power of two, above the rows of a tall screen. */
const RECENT_ROWS = 128;
/** What is remembered of a field: where its bytes start in the frame, how many there are, how many there were. */
const FIELD = 3;
const INITIAL_ROWS = 512;
/** No row that comes in parts is longer (docs/query-protocol.md). */
const LONGEST_ROW = 32 * 1024 * 1024;

/** A row of which parts have come: its whole length in bytes, of which so many are here. */
interface Incomplete {
  readonly bytes: Uint8Array<ArrayBuffer>;
  filled: number;
}

/**
 * The rows of one result, held as the binary frames that brought them.
 *
 * Nothing is made per row but eight bytes of index: the number of its frame and its offset in it. A cell becomes a
 * string when somebody looks at it.
 */
export class RowStore {
  readonly columnCount: number;
  readonly #frames: DataView[] = [];
  #index = new Uint32Array(INITIAL_ROWS * 2);
  #rowCount = 0;
  #frameBytes = 0;
  #incomplete: Incomplete | null = null;
  readonly #recentRows = new Float64Array(RECENT_ROWS).fill(-1);
  readonly #recentFields: Int32Array[] = [];

  constructor(columnCount: number) {
    this.columnCount = columnCount;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Memory held: the frames, a row that is incomplete, and the index. */
  get byteLength(): number {
    return this.#frameBytes + (this.#incomplete?.bytes.byteLength ?? 0) + this.#index.byteLength;
  }

  /** Takes in a frame, whole or not at all, and tells how many rows it brought. The frame must not change later. */
  append(bytes: ArrayBuffer): number {
    const frame = new DataView(bytes);
    if (frame.byteLength > 0 && frame.getUint8(0) === ROW_PART) return this.#appendPart(frame);
    if (this.#incomplete) throw new MalformedFrame("rows stand between the parts of one");
    return this.#appendRows(frame);
  }

  /** Gives up a row whose end will not come. */
  dropIncomplete(): void {
    this.#incomplete = null;
  }

  #appendRows(frame: DataView): number {
    let added = 0;
    for (let at = 0; at < frame.byteLength; added += 1) {
      const end = this.#endOfRow(frame, at);
      this.#remember(this.#rowCount + added, at);
      at = end;
    }
    this.#frames.push(frame);
    this.#frameBytes += frame.byteLength;
    this.#rowCount += added;
    return added;
  }

  /** The cell at `row` and `column`, of whose text at most about `maxBytes` bytes are decoded. */
  cell(row: number, column: number, maxBytes = Infinity): Cell {
    if (row < 0 || row >= this.#rowCount || column < 0 || column >= this.columnCount) {
      throw new RangeError(`no cell at row ${row}, column ${column}`);
    }
    const fields = this.#fields(row);
    const full = item(fields, column * FIELD + 2);
    if (full < 0) return NULL;
    const start = item(fields, column * FIELD);
    const kept = item(fields, column * FIELD + 1);
    const text = decodeText(this.#frameOf(row), start, Math.min(kept, maxBytes));
    return kept < full ? { kind: "cut", text, keptBytes: kept, fullBytes: full } : { kind: "text", text };
  }

  #appendPart(frame: DataView): number {
    if (frame.byteLength <= PART_HEADER || frame.getInt32(TAG_LENGTH) !== frame.byteLength - TAG_LENGTH) {
      throw new MalformedFrame("a part is not a frame of its own");
    }
    const part = new Uint8Array(frame.buffer, frame.byteOffset + PART_HEADER);
    const row = this.#incomplete ?? { bytes: new Uint8Array(lengthOfRow(frame)), filled: 0 };
    if (row.filled + part.length > row.bytes.length)
      throw new MalformedFrame("the parts are longer than their row");
    row.bytes.set(part, row.filled);
    row.filled += part.length;
    const isWhole = row.filled === row.bytes.length;
    this.#incomplete = isWhole ? null : row;
    return isWhole ? this.#appendRows(new DataView(row.bytes.buffer)) : 0;
  }

  #endOfRow(frame: DataView, at: number): number {
    if (at + ROW_HEADER > frame.byteLength) throw new MalformedFrame("the frame ends inside a row's header");
    const tag = frame.getUint8(at);
    if (tag !== DATA_ROW && tag !== LARGE_ROW) throw new MalformedFrame(`unknown row tag ${tag}`);
    const length = frame.getInt32(at + 1);
    const end = at + TAG_LENGTH + length;
    if (length < ROW_HEADER - TAG_LENGTH || end > frame.byteLength) {
      throw new MalformedFrame("the frame ends inside a row");
    }
    const columns = frame.getInt16(at + 5);
    if (columns !== this.columnCount) {
      throw new MalformedFrame(`a row of ${columns} columns in a result of ${this.columnCount}`);
    }
    return end;
  }

  #remember(row: number, offset: number): void {
    if (row * 2 >= this.#index.length) {
      const grown = new Uint32Array(this.#index.length * 2);
      grown.set(this.#index);
      this.#index = grown;
    }
    this.#index[row * 2] = this.#frames.length;
    this.#index[row * 2 + 1] = offset;
  }

  #frameOf(row: number): DataView {
    return item(this.#frames, item(this.#index, row * 2));
  }

  /** Where the fields of a row are. The grid asks column by column, so the latest answers are kept. */
  #fields(row: number): Int32Array {
    const slot = row & (RECENT_ROWS - 1);
    const fields = (this.#recentFields[slot] ??= new Int32Array(this.columnCount * FIELD));
    if (this.#recentRows[slot] === row) return fields;
    this.#recentRows[slot] = -1;
    findFields(this.#frameOf(row), item(this.#index, row * 2 + 1), fields);
    this.#recentRows[slot] = row;
    return fields;
  }
}

/** Of the row that a part begins. */
function lengthOfRow(part: DataView): number {
  if (part.byteLength < PART_HEADER + ROW_HEADER)
    throw new MalformedFrame("the first part lacks its row's header");
  const length = TAG_LENGTH + part.getInt32(PART_HEADER + TAG_LENGTH);
  if (part.getUint8(PART_HEADER) !== DATA_ROW || length < ROW_HEADER || length > LONGEST_ROW + TAG_LENGTH) {
    throw new MalformedFrame("the parts are of no row");
  }
  return length;
}

function findFields(frame: DataView, row: number, fields: Int32Array): void {
  const large = frame.getUint8(row) === LARGE_ROW;
  const end = row + TAG_LENGTH + frame.getInt32(row + TAG_LENGTH);
  let at = row + ROW_HEADER;
  for (let field = 0; field < fields.length; field += FIELD) {
    const full = at + 4 <= end ? frame.getInt32(at) : Infinity;
    at += 4;
    let kept = Math.max(full, 0);
    if (large && full >= 0 && at + 4 <= end) {
      kept = frame.getInt32(at);
      at += 4;
    }
    if (kept < 0 || at + kept > end) throw new MalformedFrame("a value reaches beyond its row");
    fields[field] = at;
    fields[field + 1] = kept;
    fields[field + 2] = full;
    at += kept;
  }
}
