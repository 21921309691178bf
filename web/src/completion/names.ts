/** The name that a word or a quoted text of SQL means. */
export function nameOf(text: string): string {
  if (!text.startsWith('"')) return text.toLowerCase();
  const closed = text.length > 1 && text.endsWith('"');
  return text.slice(1, closed ? -1 : undefined).replaceAll('""', '"');
}
