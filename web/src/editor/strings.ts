import { Facet } from "@codemirror/state";

/**
 * What a backslash is in a string that says nothing of it itself: itself, or what escapes the next character, where
 * the session's `standard_conforming_strings` is off.
 */
export type Strings = "standard" | "escaping";

/** How the session reads the strings of an editor. */
export const strings = Facet.define<Strings, Strings>({ combine: ([first]) => first ?? "standard" });
