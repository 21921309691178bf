/** In a family of emoji; longer texts are not measured whole. */
const UNITS_PER_PLACE = 6;

/** Cuts text to a width with an ellipsis. The font of a grid is monospaced, so plain ASCII needs no measuring. */
export function fitText(
  context: CanvasRenderingContext2D,
  text: string,
  width: number,
  charWidth: number,
): string {
  const most = Math.max(0, Math.floor(width / charWidth));
  if (text.length <= most && isAscii(text)) return text;
  if (isAscii(text)) return most === 0 ? "" : `${text.slice(0, most - 1)}…`;
  // Emoji and letters with marks take several units for one place.
  if (text.length <= UNITS_PER_PLACE * most && context.measureText(text).width <= width) return text;
  let shown = text.slice(0, Math.max(most, 1) + 1);
  while (shown.length > 0 && context.measureText(`${shown}…`).width > width) shown = withoutLast(shown);
  return shown === "" ? "" : `${shown}…`;
}

/** Half a surrogate pair is no character. */
function withoutLast(text: string): string {
  const last = text.codePointAt(text.length - 2);
  return text.slice(0, last !== undefined && last > 0xffff ? -2 : -1);
}

const NOT_ASCII = /[^ -~]/;

export function isAscii(text: string): boolean {
  return !NOT_ASCII.test(text);
}

let measured: { font: string; width: number } | null = null;

/** The width of a character of a monospaced font. */
export function monospaceWidth(context: CanvasRenderingContext2D, font: string): number {
  if (measured?.font !== font) {
    context.font = font;
    measured = { font, width: context.measureText("0").width };
  }
  return measured.width;
}
