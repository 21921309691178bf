import { snippetCompletion } from "@codemirror/autocomplete";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { indentUnit } from "@codemirror/language";
import { Compartment, EditorState, type Extension, Facet, Prec, type StateEffect } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

import { commandKeys, type KeymapName } from "./editorCommands";

/** A text that completion offers. */
export interface Snippet {
  readonly name: string;
  readonly text: string;
}

/** What a person chooses for every editor. */
export interface Tuning {
  readonly fontSize: number;
  readonly tabWidth: number;
  readonly wrap: boolean;
  readonly keymap: KeymapName;
  readonly snippets: readonly Snippet[];
}

const compartment = new Compartment();
const snippets = Facet.define<readonly Snippet[], readonly Snippet[]>({ combine: (all) => all.flat() });
/** A line is so much higher than its letters, as in the tokens. */
const LEAD = 7;

/** An editor's first tuning. */
export function tuned(tuning: Tuning): Extension {
  return compartment.of(extensionsOf(tuning));
}

/** Gives an editor that is there another tuning. */
export function retuned(tuning: Tuning): StateEffect<unknown> {
  return compartment.reconfigure(extensionsOf(tuning));
}

function extensionsOf({ fontSize, tabWidth, wrap, keymap, snippets: own }: Tuning): Extension {
  const lineHeight = `${fontSize + LEAD}px`;
  return [
    indentUnit.of(" ".repeat(tabWidth)),
    EditorState.tabSize.of(tabWidth),
    wrap ? EditorView.lineWrapping : [],
    Prec.high(commandKeys(keymap)),
    snippets.of(own),
    // Without any there is nobody to ask.
    own.length > 0 ? EditorState.languageData.of(() => [{ autocomplete: ownSnippets }]) : [],
    EditorView.theme({
      ".cm-scroller": { fontSize: `${fontSize}px`, lineHeight },
      ".cm-lineNumbers .cm-gutterElement": { lineHeight },
    }),
  ];
}

/** Offers the person's own snippets by their names. */
function ownSnippets(context: CompletionContext): CompletionResult | null {
  const own = context.state.facet(snippets);
  const word = context.matchBefore(/[\p{L}\p{N}_-]+$/u);
  if (!word && !context.explicit) return null;
  return {
    from: word?.from ?? context.pos,
    validFor: /^[\p{L}\p{N}_-]*$/u,
    options: own
      .filter(({ name }) => name !== "")
      .map(({ name, text }) =>
        snippetCompletion(text, { label: name, detail: "snippet", type: "text", boost: 1 }),
      ),
  };
}
