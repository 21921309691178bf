/** Beside a grid there is no room for sixteen. */
const PER_LINE = 8;
/** Offsets are as long as the last one, and at least this. */
const OFFSET_DIGITS = 4;

/** The bytes of a `bytea` as PostgreSQL writes it by default (manual, 8.4.1); null for another text. */
export function readBytes(text: string): Uint8Array<ArrayBuffer> | null {
  return text.startsWith("\\x") ? bytesOfHex(text, 2) : null;
}

/** The bytes that hexadecimal digits from `start` on stand for; null where they do not. */
export function bytesOfHex(text: string, start: number): Uint8Array<ArrayBuffer> | null {
  if ((text.length - start) % 2 !== 0) return null;
  const bytes = new Uint8Array((text.length - start) / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    const [high, low] = [digitAt(text, start + at * 2), digitAt(text, start + at * 2 + 1)];
    if (high < 0 || low < 0) return null;
    bytes[at] = high * 16 + low;
  }
  return bytes;
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** Lines of an offset, eight bytes and what they are as ASCII, up to the byte `end`. */
export function hexDump(bytes: Uint8Array, end: number): string {
  const lines: string[] = [];
  const digits = Math.max(OFFSET_DIGITS, (bytes.length - 1).toString(16).length);
  for (let from = 0; from < end; from += PER_LINE) {
    const line = [...bytes.subarray(from, Math.min(from + PER_LINE, end))];
    const hex = line.map((byte) => byte.toString(16).padStart(2, "0"));
    const text = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    const offset = from.toString(16).padStart(digits, "0");
    lines.push(`${offset}  ${hex.join(" ").padEnd(PER_LINE * 3 - 1)}  ${text.join("")}`);
  }
  return lines.join("\n");
}

interface FileKind {
  readonly mediaType: string;
  readonly ending: string;
  readonly isImage: boolean;
}

export const SVG = "image/svg+xml";
const SVG_BEGINNING = /^\ufeff?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/s;
/** So much of a file tells whether it is SVG. */
const LOOKED_AT = 4096;

/** How files of a kind begin. */
const BEGINNINGS: readonly (FileKind & { readonly bytes: readonly (number | null)[] })[] = [
  { mediaType: "image/png", ending: "png", isImage: true, bytes: [0x89, 0x50, 0x4e, 0x47] },
  { mediaType: "image/jpeg", ending: "jpg", isImage: true, bytes: [0xff, 0xd8, 0xff] },
  { mediaType: "image/gif", ending: "gif", isImage: true, bytes: [0x47, 0x49, 0x46, 0x38] },
  {
    mediaType: "image/webp",
    ending: "webp",
    isImage: true,
    bytes: [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50],
  },
  { mediaType: "image/bmp", ending: "bmp", isImage: true, bytes: [0x42, 0x4d] },
  { mediaType: "application/pdf", ending: "pdf", isImage: false, bytes: [0x25, 0x50, 0x44, 0x46] },
  { mediaType: "application/zip", ending: "zip", isImage: false, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { mediaType: "application/gzip", ending: "gz", isImage: false, bytes: [0x1f, 0x8b] },
];
const UNKNOWN: FileKind = { mediaType: "application/octet-stream", ending: "bin", isImage: false };

export function isSvg(text: string): boolean {
  return SVG_BEGINNING.test(text.slice(0, LOOKED_AT));
}

export function fileKind(bytes: Uint8Array): FileKind {
  if (isSvg(new TextDecoder().decode(bytes.subarray(0, LOOKED_AT)))) {
    return { mediaType: SVG, ending: "svg", isImage: true };
  }
  return (
    BEGINNINGS.find((kind) => kind.bytes.every((byte, at) => byte === null || bytes[at] === byte)) ?? UNKNOWN
  );
}
