import { highlightCode } from "@lezer/highlight";
import type { ReactNode } from "react";

import styles from "./sql.module.css";
import { isCallable, LANGUAGES, sqlHighlighter } from "./sqlLanguage";
import type { Strings } from "./strings";

const CALLED_NAMES = /([a-z_][\w$]*)(?=\()/gi;

/** SQL in the editor's colours; `lineBreak` stands where its lines end. */
export function highlightSql(text: string, lineBreak: string, strings: Strings = "standard"): ReactNode[] {
  const parts: ReactNode[] = [];
  const put = (code: string, name: string | undefined) =>
    parts.push(
      <span key={parts.length} className={name}>
        {code}
      </span>,
    );
  const putCode = (code: string, classes: string) => {
    if (classes !== "" && classes !== styles.keyword) return void put(code, classes);
    code.split(CALLED_NAMES).forEach((part, index) => {
      if (part !== "") put(part, index % 2 === 1 && isCallable(part) ? styles.function : classes);
    });
  };
  highlightCode(text, LANGUAGES[strings].parser.parse(text), sqlHighlighter, putCode, () =>
    put(lineBreak, undefined),
  );
  return parts;
}
