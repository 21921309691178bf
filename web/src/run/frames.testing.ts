/** Builds rows as PostgreSQL and the server write them, for tests. */

const encoder = new TextEncoder();

/** A DataRow message. */
export function dataRow(...values: (string | null)[]): ArrayBuffer {
  const fields = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = encoder.encode(value).buffer;
    return [int32(bytes.byteLength), bytes];
  });
  return message("D", values.length, fields);
}

/** A large row; `kept` cuts a value after so many bytes. */
export function largeRow(...values: (null | { text: string; kept: number })[]): ArrayBuffer {
  const fields = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = encoder.encode(value.text).buffer;
    const kept = bytes.slice(0, value.kept);
    return [int32(bytes.byteLength), int32(kept.byteLength), kept];
  });
  return message("L", values.length, fields);
}

/** The parts of a row, of at most so many bytes each besides their headers. */
export function partsOf(row: ArrayBuffer, most: number): ArrayBuffer[] {
  return Array.from({ length: Math.ceil(row.byteLength / most) }, (_, at) => {
    const body = row.slice(at * most, (at + 1) * most);
    return concat(encoder.encode("P").buffer, int32(body.byteLength + 4), body);
  });
}

export function concat(...parts: ArrayBuffer[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole.buffer;
}

/** The same row so often, with its first value (as wide as `width`) counting up from `first`. */
export function countingRows(
  first: number,
  count: number,
  width: number,
  ...others: (string | null)[]
): ArrayBuffer {
  const row = new Uint8Array(dataRow("0".repeat(width), ...others));
  const frame = new Uint8Array(row.length * count);
  for (let n = 0; n < count; n += 1) {
    frame.set(row, n * row.length);
    let digits = first + n;
    for (let place = 10 + width; place > 10; place -= 1) {
      frame[n * row.length + place] = 0x30 + (digits % 10);
      digits = Math.floor(digits / 10);
    }
  }
  return frame.buffer;
}

function message(tag: "D" | "L", columns: number, fields: ArrayBuffer[]): ArrayBuffer {
  const body = concat(new Uint8Array([columns >> 8, columns & 0xff]).buffer, ...fields);
  return concat(encoder.encode(tag).buffer, int32(body.byteLength + 4), body);
}

function int32(value: number): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setInt32(0, value);
  return bytes.buffer;
}
