const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes the first `length` bytes at `start`, leaving out a character that the end falls into. */
export function decodeText(frame: DataView, start: number, length: number): string {
  const whole = wholeCharacters(frame, start, start + length) - start;
  return decoder.decode(new Uint8Array(frame.buffer, frame.byteOffset + start, whole));
}

/** The largest position up to `end` that is not inside a UTF-8 character. */
function wholeCharacters(frame: DataView, start: number, end: number): number {
  let lead = end - 1;
  while (lead >= start && end - lead < 4 && (frame.getUint8(lead) & 0xc0) === 0x80) lead -= 1;
  if (lead < start) return end;
  return end - lead < sequenceLength(frame.getUint8(lead)) ? lead : end;
}

function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
