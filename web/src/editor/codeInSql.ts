import { SQLDialect } from "@codemirror/lang-sql";
import type { LRLanguage } from "@codemirror/language";
import { type Input, parseMixed, type SyntaxNodeRef } from "@lezer/common";

/** A dialect's language, in which the code of functions, procedures and DO is code rather than a text. */
export function withCode(dialect: SQLDialect): LRLanguage {
  const { spec } = dialect;
  const keywords = `${spec.keywords ?? ""} ${PLPGSQL}`;
  const { parser } = SQLDialect.define({ ...spec, keywords }).language;
  return dialect.language.configure({
    wrap: parseMixed((node, input) => {
      const overlay = codeIn(node, input);
      return overlay && { parser, overlay: [overlay] };
    }),
  });
}

/** PL/pgSQL's words that SQL has not. */
const PLPGSQL =
  "alias assert constant continue debug diagnostics elseif elsif exception exit foreach get hint info log loop message " +
  "notice open perform query raise record reverse rowtype slice sqlstate stacked strict warning while";

const HEAD = /^(?:do\b|create\s+(?:or\s+replace\s+)?(?:function|procedure)\b)/i;
const OTHER_LANGUAGE = /\blanguage\s+'?(?!plpgsql\b|sql\b)\w/i;
/** A statement's head is not longer, nor what stands behind its code. */
const LOOKED_AT = 2_000;

/** Where in a string there is code. */
function codeIn(node: SyntaxNodeRef, input: Input): { from: number; to: number } | null {
  if (node.name !== "String") return null;
  const tag = /^\$[^$]*\$/.exec(input.read(node.from, Math.min(node.to, node.from + 66)))?.[0];
  const statement = node.node.parent;
  if (tag === undefined || !statement) return null;
  const head = input.read(Math.max(statement.from, node.from - LOOKED_AT), node.from);
  const tail = input.read(node.to, Math.min(statement.to, node.to + LOOKED_AT));
  if (!HEAD.test(head) || OTHER_LANGUAGE.test(head) || OTHER_LANGUAGE.test(tail)) return null;
  const from = node.from + tag.length;
  const isClosed = node.to >= from + tag.length && input.read(node.to - tag.length, node.to) === tag;
  const to = isClosed ? node.to - tag.length : node.to;
  return to > from ? { from, to } : null;
}
