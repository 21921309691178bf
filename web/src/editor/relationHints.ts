import type { EditorState, Extension } from "@codemirror/state";
import { EditorView, hoverTooltip, type Tooltip } from "@codemirror/view";

import type { KnownRelation } from "~/completion/catalogue";
import { type NameSource, statementAround } from "./completion";
import { strings } from "./strings";
import styles from "./relationHints.module.css";

interface Events {
  names: () => NameSource | null;
  openRelation: (schema: string, name: string) => void;
}

const MAX_COLUMNS = 30;
const HOVER_MS = 350;

/** Shows a relation's columns under the pointer, and opens it on Ctrl and a press. */
export function relationHints(eventsOf: (state: EditorState) => Events | null): Extension {
  const find = async (state: EditorState, position: number) => {
    const { from, text: statement } = statementAround(state, position);
    const place = { statement, position: position - from, strings: state.facet(strings) };
    const found = await eventsOf(state)?.names()?.relationAt(place);
    return found ? { ...found, from: from + found.from, to: from + found.to } : null;
  };
  return [
    hoverTooltip(
      async (view, position): Promise<Tooltip | null> => {
        const found = await find(view.state, position);
        if (!found) return null;
        const { from: pos, to: end, relation } = found;
        return { pos, end, above: true, create: () => ({ dom: hintOf(relation) }) };
      },
      { hoverTime: HOVER_MS, hideOnChange: true },
    ),
    EditorView.domEventHandlers({
      mousedown: (event, view) => {
        if (!(event.ctrlKey || event.metaKey) || event.button !== 0) return false;
        const position = view.posAtCoords({ x: event.clientX, y: event.clientY });
        if (position === null) return false;
        void find(view.state, position).then((found) => {
          if (found) eventsOf(view.state)?.openRelation(found.relation.schema, found.relation.name);
        });
        return false;
      },
    }),
  ];
}

function hintOf({ schema, name, columns }: KnownRelation): HTMLElement {
  const dom = element("div", styles.hint);
  dom.append(element("div", styles.name, `${schema}.${name}`));
  const table = element("table", styles.columns);
  for (const column of columns.slice(0, MAX_COLUMNS)) {
    const row = document.createElement("tr");
    row.append(
      element("td", undefined, column.name),
      element("td", styles.type, `${column.type}${column.notNull ? " not null" : ""}`),
    );
    table.append(row);
  }
  dom.append(table);
  if (columns.length > MAX_COLUMNS)
    dom.append(element("div", styles.type, `${columns.length - MAX_COLUMNS} more`));
  return dom;
}

function element(tag: string, className: string | undefined, text = ""): HTMLElement {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  made.textContent = text;
  return made;
}
