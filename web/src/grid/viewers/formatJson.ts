const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\],:]|[^\s"{}[\],:]+/gs;

/** JSON with a line per member. Values are not read, so that no number is rounded and no key is dropped. */
export function formatJson(text: string): string {
  let depth = 0;
  let out = "";
  const tokens = text.match(TOKEN) ?? [];
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token === "{" || token === "[") {
      out += token;
      if (next === "}" || next === "]") return;
      depth += 1;
      out += newLine(depth);
    } else if (token === "}" || token === "]") {
      const before = tokens[index - 1];
      if (before !== "{" && before !== "[") {
        depth = Math.max(0, depth - 1);
        out += newLine(depth);
      }
      out += token;
    } else if (token === ",") {
      out += `,${newLine(depth)}`;
    } else {
      out += token === ":" ? ": " : token;
    }
  });
  return out;
}

function newLine(depth: number): string {
  return `\n${"  ".repeat(depth)}`;
}
