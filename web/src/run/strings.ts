/** What a backslash is in a session's strings: itself, or what escapes the next character. */
export type Strings = "standard" | "escaping";
