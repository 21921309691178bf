/**
 * Characters that are drawn as nothing, as a plain blank, or that turn what stands around them: two values that differ in
 * them look alike. Joiners (U+200C, U+200D) do their work between letters and emoji, and count beside ASCII alone.
 */
const INVISIBLE =
  /[\u00a0\u00ad\u061c\u115f\u1160\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0]|(?<=[\0-\x7f]|^)[\u200c\u200d]|[\u200c\u200d](?=[\0-\x7f]|$)/g;
const NO_BREAK_SPACE = "\u00a0";

/** A text with such characters in sight. */
export function withInvisible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character === NO_BREAK_SPACE ? "␣" : `‹${nameOf(character).slice(2)}›`,
  );
}

/** The pieces of a text, of which every second one is such a character. */
export function invisiblePieces(text: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const { index, 0: character } of text.matchAll(INVISIBLE)) {
    pieces.push(text.slice(from, index), character);
    from = index + character.length;
  }
  return [...pieces, text.slice(from)];
}

/** Such as `U+200B`. */
export function nameOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
