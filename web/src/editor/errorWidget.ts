import { type EditorView, WidgetType } from "@codemirror/view";

import styles from "./errorWidget.module.css";
import { suggestedName } from "./suggestedName";

/** What PostgreSQL said, at a place of the document as it was when the run began. */
export interface EditorError {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly detail?: string | null | undefined;
  readonly hint?: string | null | undefined;
  /** Whose limit of time ended the statement. */
  readonly limit?: string | null | undefined;
  readonly position: number;
}

/** The block under the line of an error. */
export class ErrorWidget extends WidgetType {
  readonly #error: EditorError;
  readonly #column: number;
  readonly #apply: (view: EditorView) => boolean;

  constructor(error: EditorError, column: number, apply: (view: EditorView) => boolean) {
    super();
    this.#error = error;
    this.#column = column;
    this.#apply = apply;
  }

  override eq(other: WidgetType): boolean {
    return other instanceof ErrorWidget && other.#error === this.#error && other.#column === this.#column;
  }

  override toDOM(view: EditorView): HTMLElement {
    const { severity, code, message, detail, hint, limit } = this.#error;
    const lens = element("div", styles.lens);
    lens.style.setProperty("--at", String(this.#column));
    const words = element("span", styles.message, message);
    lens.append(row(element("b", styles.severity, severity), words, element("span", styles.code, code)));
    if (detail)
      lens.append(row(element("span", styles.label, "Detail"), element("span", styles.text, detail)));
    if (hint) {
      const line = row(element("span", styles.label, "Hint"), element("span", styles.text, hint));
      if (suggestedName(hint) !== null) line.append(this.#replaceButton(view));
      lens.append(line);
    }
    if (limit) lens.append(row(element("span", styles.label, "Limit"), element("span", styles.text, limit)));
    const place = element("div", styles.place);
    place.append(lens);
    return place;
  }

  override ignoreEvent(): boolean {
    return true;
  }

  #replaceButton(view: EditorView): HTMLElement {
    const button = element("button", styles.replace, "Replace");
    button.type = "button";
    button.setAttribute("aria-keyshortcuts", "Alt+Enter");
    const keys = element("kbd", styles.keys, "Alt Enter");
    keys.setAttribute("aria-hidden", "true");
    button.append(keys);
    button.addEventListener("click", () => void this.#apply(view));
    return button;
  }
}

function row(...children: HTMLElement[]): HTMLElement {
  const made = element("div", styles.row);
  made.append(...children);
  return made;
}

function element<Name extends "div" | "span" | "b" | "button" | "kbd">(
  name: Name,
  className: string | undefined,
  text = "",
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = className ?? "";
  made.textContent = text;
  return made;
}
