import {
  autocompletion,
  type Completion,
  CompletionContext,
  type CompletionResult,
  completionStatus,
  snippet,
} from "@codemirror/autocomplete";
import { keywordCompletionSource } from "@codemirror/lang-sql";
import { EditorState, type Extension, type Text } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

import type { LiveOffers } from "~/completion/completions";
import type { NamedRelation, StatementPlace } from "~/completion/messages";
import type { Narrowing } from "~/completion/narrowing";
import type { Offer, Offers } from "~/completion/offer";
import { kindIcon } from "./kindIcons";
import { commandsFor } from "./psqlCommands";
import { spansOf } from "./statementMarks";
import { DIALECTS } from "./sqlLanguage";
import { strings } from "./strings";

/** Knows the names of a database. */
export interface NameSource {
  complete(place: TextPlace): Promise<LiveOffers | null>;
  /** As `complete`, for somebody who asks: they would rather wait a moment than miss what others have made just now. */
  completeAsked(place: TextPlace): Promise<LiveOffers | null>;
  relationAt(place: TextPlace): Promise<NamedRelation | null>;
}

/** A place of a statement, as an editor knows it. */
type TextPlace = Omit<StatementPlace, "path">;

/** How the list behaves and looks, wherever it opens. */
const LIST = {
  // What fits is found in a worker: there is nothing to spare by waiting until one rests.
  activateOnTypingDelay: 0,
  maxRenderedOptions: 30,
  icons: false,
  addToOptions: [{ render: ({ type }: Completion) => kindIcon(type), position: 20 }],
};

/** Completes while one types, from names that are already in the browser; typing never waits for it. */
export function completion(sourceOf: (state: EditorState) => NameSource | null): Extension {
  const questions = new Questions(sourceOf);
  const complete = (context: CompletionContext) => questions.answered(context);
  return [
    autocompletion(LIST),
    EditorState.languageData.of(() => [{ autocomplete: complete }]),
    // CodeMirror asks behind the next frame. Asked with the key itself, the answer is there by then.
    EditorView.updateListener.of(({ state, docChanged }) => {
      if (docChanged && completionStatus(state) === "pending") questions.ask(state);
    }),
  ];
}

/** Behind these something is likely wanted that was not asked for: within a name or a text, and where few things begin. */
const BEGINS = /(?:[\p{L}\p{N}_."'$]|::|\bexplain\s*\()$/iu;

/** What is asked about places of a text: once for each. */
class Questions {
  readonly #sourceOf: (state: EditorState) => NameSource | null;
  readonly #asked = new WeakMap<Text, { position: number; answer: Promise<CompletionResult | null> }>();

  constructor(sourceOf: (state: EditorState) => NameSource | null) {
    this.#sourceOf = sourceOf;
  }

  /** Asks early what will be asked at the cursor. */
  ask(state: EditorState): void {
    const position = state.selection.main.head;
    const answer = completed(new CompletionContext(state, position, false), this.#sourceOf(state));
    this.#asked.set(state.doc, { position, answer });
  }

  async answered(context: CompletionContext): Promise<CompletionResult | null> {
    const { doc } = context.state;
    const asked = this.#asked.get(doc);
    this.#asked.delete(doc);
    if (asked?.position === context.pos && !context.explicit) return asked.answer;
    return completed(context, this.#sourceOf(context.state));
  }
}

async function completed(
  context: CompletionContext,
  source: NameSource | null,
): Promise<CompletionResult | null> {
  if (!source) return keywords(context);
  const { from, text } = statementAround(context.state, context.pos);
  const before = text.slice(0, context.pos - from);
  const command = context.matchBefore(/\\[\w?]*$/);
  if (command && (from === command.from || before === "")) {
    const options = commandsFor(command.text);
    // What is written whole needs no list, which would take the next Enter.
    if (!context.explicit && options.length === 1 && options[0]?.label === command.text) return null;
    return { from: command.from, options, filter: false };
  }
  if (!context.explicit && !BEGINS.test(before)) return null;
  const { sql, moved } = asSql(text);
  if (context.pos - from < moved) return null;
  const position = context.pos - from - moved;
  const place = { statement: sql, position, strings: context.state.facet(strings) };
  const offers = await (context.explicit ? source.completeAsked(place) : source.complete(place));
  if (!offers) return null;
  return resultOf(from + moved + offers.from, from + moved + offers.to, offers.offers, offers.narrowing);
}

/** All words of SQL, for as long as nothing is known of a database. */
const keywords = keywordCompletionSource(DIALECTS.standard);

function resultOf(
  from: number,
  to: number,
  offers: readonly Offer[],
  narrowing: Narrowing,
): CompletionResult {
  return {
    from,
    to,
    filter: false,
    options: offers.map(optionOf),
    update: (_before, start, _end, { state, pos }) => {
      const left = narrowing.to(state.sliceDoc(start, pos));
      return left && resultOf(start, pos, left, narrowing);
    },
  };
}

/** As [`completion`], for a text that is a piece of a statement. */
export function inputCompletion(
  offersAt: (text: string, position: number) => Promise<Offers | null>,
): Extension {
  const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const before = text.slice(0, context.pos);
    if (!context.explicit && !/[\p{L}\p{N}_."$' (,]$/u.test(before)) return null;
    const found = await offersAt(text, context.pos);
    if (!found || found.offers.length === 0 || context.aborted) return null;
    return { from: found.from, to: found.to, filter: false, options: found.offers.map(optionOf) };
  };
  return autocompletion({ ...LIST, override: [complete] });
}

/** Behind `\d` stands what stands behind TABLE: a relation. */
function asSql(text: string): { readonly sql: string; readonly moved: number } {
  const command = /^\\(?:d|dt|dv|dm|di|ds|dE|sv)[S+]*[ \t]+/.exec(text)?.[0];
  if (command === undefined) return { sql: text, moved: 0 };
  return { sql: `table ${text.slice(command.length)}`, moved: command.length - "table ".length };
}

function optionOf(offer: Offer): Completion {
  const { label, kind, insert, detail } = offer;
  const template = insert.includes("${");
  return {
    label,
    type: kind,
    ...(detail !== "" && { detail }),
    ...(template ? { apply: snippet(insert) } : insert !== label && { apply: insert }),
  };
}

/** The statement that a place is in, up to the next one: behind its last word is still in it. */
export function statementAround(state: EditorState, position: number): { from: number; text: string } {
  const spans = spansOf(state);
  const at = spans.findLastIndex((span) => span.from <= position);
  const span = spans[at];
  const ended = span && position >= span.end && state.sliceDoc(span.end - 1, span.end) === ";";
  if (!span || ended) return { from: position, text: "" };
  const next = spans[at + 1];
  return {
    from: span.from,
    text: state.sliceDoc(span.from, next ? Math.max(span.end, position) : state.doc.length),
  };
}
