import { ApiError, problemOf, unreachable } from "./problem";

/** Between two looks whether the file has begun. */
const LOOK_MS = 150;
/** The browser may still be about to make a file of the answer. */
const KEPT_MS = 60_000;

/**
 * Has the browser save what a POST answers, as it comes, so that no file is too large: a form is the way to have it do so.
 * Resolves when the file has begun; until then `signal` ends the request.
 *
 * The form's answer goes into a frame that nobody sees. A file leaves it empty; what is wrong stands in it.
 */
export function saveAnswer(
  path: string,
  fields: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const mark = crypto.randomUUID();
  const frame = document.createElement("iframe");
  frame.name = `download-${mark}`;
  frame.hidden = true;
  document.body.append(frame);
  return new Promise<void>((resolve, reject) => {
    const settled = new AbortController();
    const settle = () => {
      settled.abort();
      clearInterval(looks);
    };
    const looks = setInterval(() => {
      if (!document.cookie.includes(`howdah-download-${mark}=`)) return;
      settle();
      setTimeout(() => frame.remove(), KEPT_MS);
      resolve();
    }, LOOK_MS);
    const fail = (reason: unknown) => {
      settle();
      frame.remove();
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    frame.addEventListener(
      "load",
      () => {
        const answer = frame.contentDocument;
        if (answer?.URL === "about:blank") return;
        fail(answer ? new ApiError(problemOf(0, parsed(answer.body.textContent))) : unreachable());
      },
      { signal: settled.signal },
    );
    signal.addEventListener("abort", () => fail(signal.reason), { signal: settled.signal });
    submit(path, { ...fields, mark }, frame.name);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function submit(path: string, fields: Readonly<Record<string, string>>, target: string): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  form.target = target;
  form.hidden = true;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("textarea");
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
  form.remove();
}
