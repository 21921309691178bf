import { findNext, openSearchPanel, search, SearchQuery, setSearchQuery } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { expect, it } from "vitest";

import { searchCount } from "./searchCount";

it("the search panel tells how many matches there are, and which one is selected", () => {
  const doc = "select a1, a22 from t where a1 > 0";
  const view = new EditorView({ state: EditorState.create({ doc, extensions: [search(), searchCount()] }) });
  const told = () => view.dom.querySelector(".cm-search [role=status]")?.textContent;
  const ask = (change: ConstructorParameters<typeof SearchQuery>[0]) =>
    view.dispatch({ effects: setSearchQuery.of(new SearchQuery(change)) });
  openSearchPanel(view);
  ask({ search: "a1" });
  expect(told()).toBe("2 matches");
  findNext(view);
  expect(told()).toBe("1 of 2");
  findNext(view);
  expect(told()).toBe("2 of 2");
  ask({ search: "a\\d+", regexp: true });
  expect(told()).toBe("3 of 3");
  ask({ search: "(", regexp: true });
  expect(told()).toBe("This is no regular expression");
  ask({ search: "nowhere" });
  expect(told()).toBe("No matches");
  view.dispatch({ changes: { from: 0, insert: "nowhere " } });
  expect(told()).toBe("1 match");
});
