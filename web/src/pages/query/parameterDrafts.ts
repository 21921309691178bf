import type { ParameterValue } from "~/api/types";

export const kinds = [
  { value: "text", label: "Text" },
  { value: "number", label: "Number" },
  { value: "boolean", label: "Boolean" },
  { value: "date", label: "Date or time" },
  { value: "null", label: "NULL" },
] as const;

export type Kind = (typeof kinds)[number]["value"];

/** A value while it is typed. */
export interface Draft {
  readonly kind: Kind;
  readonly text: string;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export function draftOf(value: ParameterValue | undefined): Draft {
  if (value === undefined) return { kind: "text", text: "" };
  if (value.type === "null") return { kind: "null", text: "" };
  return { kind: value.type, text: String(value.value) };
}

/** Why it is no value yet; PostgreSQL has the last word. */
export function problemOf({ kind, text }: Draft, isIdentifier: boolean): string | null {
  if (isIdentifier) return text === "" ? "An object has a name" : null;
  if (kind === "number" && !NUMBER.test(text.trim())) return "Write a number such as 42 or 1.5";
  if (kind === "date" && text.trim() === "") return "Write a date such as 2026-01-31";
  return null;
}

export function valueOf({ kind, text }: Draft): ParameterValue {
  switch (kind) {
    case "null":
      return { type: "null" };
    case "boolean":
      return { type: "boolean", value: text !== "false" };
    case "number":
      return { type: "number", value: text.trim() };
    case "date":
      return { type: "date", value: text.trim() };
    case "text":
      return { type: "text", value: text };
  }
}
