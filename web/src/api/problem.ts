import type { Problem, Prompt } from "./types";

/** A request that did not do what it should. The message is for the person: what happened and what to do next. */
export class ApiError extends Error {
  override name = "ApiError";

  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** Codes that never come from the server: the request did not reach it, or something else than Howdah answered. */
export const UNREACHABLE = "unreachable";
export const UNREADABLE = "unreadable";

/** The status of what may work a little later. */
export const UNAVAILABLE = 503;

export function unreachable(): ApiError {
  return new ApiError({
    type: "about:blank",
    status: 0,
    title: "No answer",
    detail: "Howdah does not answer. Check the network, then try again; nothing you typed is lost.",
    code: UNREACHABLE,
  });
}

/** The problem that a response carries, or one in its place when something between here and Howdah answered. */
export function problemOf(status: number, body: unknown): Problem {
  if (isProblem(body)) return body;
  return {
    type: "about:blank",
    status,
    title: "Unexpected answer",
    detail: `Something answered with status ${status}, and it does not look like Howdah. A proxy in between may be down; try again in a moment.`,
    code: UNREADABLE,
  };
}

/** Whatever was thrown, as a problem that can be shown. */
export function problemFrom(thrown: unknown): Problem {
  if (thrown instanceof ApiError) return thrown.problem;
  return {
    type: "about:blank",
    status: 0,
    title: "Unexpected",
    detail: thrown instanceof Error ? thrown.message : String(thrown),
    code: "unexpected",
  };
}

export function hasCode(thrown: unknown, code: string): thrown is ApiError {
  return thrown instanceof ApiError && thrown.code === code;
}

/** What the person must do before the thing that was asked for goes on; null where it is an error like others. */
export function promptOf(thrown: unknown): Prompt | null {
  return hasCode(thrown, "interaction_required") ? (thrown.problem.prompt ?? null) : null;
}

/** Whether nothing is wrong but the way to Howdah, or what Howdah needs itself, so that asking again may do. */
export function isPassing(thrown: unknown): boolean {
  return (
    hasCode(thrown, UNREACHABLE) ||
    hasCode(thrown, UNREADABLE) ||
    (thrown instanceof ApiError && thrown.problem.status === UNAVAILABLE)
  );
}

/** The words of a Howdah that answers but cannot do its work, as when its store is away; null when none has answered. */
export function ownWords(thrown: unknown): string | null {
  if (!(thrown instanceof ApiError) || thrown.code === UNREACHABLE || thrown.code === UNREADABLE) return null;
  return thrown.problem.detail;
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" &&
    body !== null &&
    "code" in body &&
    typeof body.code === "string" &&
    "detail" in body &&
    typeof body.detail === "string"
  );
}
