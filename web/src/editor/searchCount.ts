import { getSearchQuery, searchPanelOpen, type SearchQuery } from "@codemirror/search";
import { EditorState, type Extension, type Text } from "@codemirror/state";
import { ViewPlugin, type ViewUpdate } from "@codemirror/view";

/** More are not counted. */
const MOST = 1_000;
/** Neither are those of longer texts, at each key. */
const MAX_CHARS = 2_000_000;

/** Says in the search panel how many matches there are, and which one is selected. */
export function searchCount(): Extension {
  return [counter, EditorState.phrases.of(PHRASES)];
}

const PHRASES = {
  next: "Next",
  previous: "Previous",
  all: "Select all",
  "match case": "Match case",
  regexp: "Regular expression",
  "by word": "Whole words",
  replace: "Replace",
  "replace all": "Replace all",
  close: "Close",
};

const counter = ViewPlugin.fromClass(
  class {
    readonly #words = document.createElement("span");
    #counted: { doc: Text; query: SearchQuery; matches: Match[] } | null = null;

    constructor() {
      this.#words.className = "cm-searchCount";
      this.#words.setAttribute("role", "status");
    }

    update({ state, view }: ViewUpdate): void {
      if (!searchPanelOpen(state)) return;
      const words = this.#wordsFor(state);
      if (this.#words.textContent !== words) this.#words.textContent = words;
      const panel = view.dom.querySelector(".cm-panel.cm-search");
      if (panel && this.#words.parentNode !== panel) panel.querySelector("br")?.before(this.#words);
    }

    #wordsFor(state: EditorState): string {
      const query = getSearchQuery(state);
      if (query.search === "" || state.doc.length > MAX_CHARS) return "";
      if (!query.valid) return "This is no regular expression";
      if (this.#counted?.doc !== state.doc || !this.#counted.query.eq(query)) {
        this.#counted = { doc: state.doc, query, matches: matchesOf(query, state) };
      }
      const { matches } = this.#counted;
      if (matches.length === 0) return "No matches";
      const { from, to } = state.selection.main;
      const at = matches.findIndex((match) => match.from === from && match.to === to);
      const all = matches.length > MOST ? `more than ${MOST.toLocaleString("en")}` : String(matches.length);
      return at < 0 ? `${all} ${matches.length === 1 ? "match" : "matches"}` : `${at + 1} of ${all}`;
    }
  },
);

interface Match {
  readonly from: number;
  readonly to: number;
}

function matchesOf(query: SearchQuery, state: EditorState): Match[] {
  const matches: Match[] = [];
  const cursor = query.getCursor(state);
  for (let found = cursor.next(); !found.done && matches.length <= MOST; found = cursor.next()) {
    const { from, to } = found.value;
    matches.push({ from, to });
  }
  return matches;
}
