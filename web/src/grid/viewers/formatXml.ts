const TOKEN = /<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[^>]+>|[^<]+/gs;

/** XML with a line per element; an element that holds only text stays on one. Nothing is read or changed but blanks. */
export function formatXml(text: string): string {
  const tokens = (text.match(TOKEN) ?? []).filter((token) => token.trim() !== "");
  const lines: string[] = [];
  let depth = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]?.trim() ?? "";
    const [inner, closing] = [tokens[at + 1] ?? "", tokens[at + 2] ?? ""];
    const opens = /^<[^/!?]/.test(token) && !token.endsWith("/>");
    if (token.startsWith("</")) depth = Math.max(0, depth - 1);
    const indent = "  ".repeat(depth);
    if (opens && !inner.startsWith("<") && closing.startsWith("</")) {
      lines.push(`${indent}${token}${inner.trim()}${closing}`);
      at += 2;
    } else if (opens && inner.startsWith("</")) {
      lines.push(`${indent}${token}${inner}`);
      at += 1;
    } else {
      lines.push(`${indent}${token}`);
      if (opens) depth += 1;
    }
  }
  return lines.join("\n");
}
