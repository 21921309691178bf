import type { CellValue } from "~/app/dataTab";

/**
 * The rows of a text from a spreadsheet: tabs between cells, line breaks between rows, and quotes around a cell that holds
 * either. A cell that holds nothing is NULL, since that is how spreadsheets and psql write it; a quoted one is text.
 */
export function pastedRows(text: string): CellValue[][] {
  const rows: CellValue[][] = [];
  let row: CellValue[] = [];
  let at = 0;
  const body = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (;;) {
    const { value, end } = readCell(body, at);
    row.push(value);
    if (body[end] === "\t") {
      at = end + 1;
      continue;
    }
    rows.push(row);
    if (end >= body.length) return rows;
    row = [];
    at = end + 1;
  }
}

function readCell(text: string, start: number): { value: CellValue; end: number } {
  if (text[start] === '"') {
    const quoted = /^"((?:[^"]|"")*)"(?=\t|\n|$)/.exec(text.slice(start));
    if (quoted) {
      const content = (quoted[1] ?? "").replaceAll('""', '"');
      return { value: { kind: "text", text: content }, end: start + quoted[0].length };
    }
  }
  let end = start;
  while (end < text.length && text[end] !== "\t" && text[end] !== "\n") end += 1;
  const content = text.slice(start, end);
  const value: CellValue = content === "" ? { kind: "null" } : { kind: "text", text: content };
  return { value, end };
}
