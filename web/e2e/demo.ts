import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Somebody whom the demo's provider knows. */
export interface Person {
  readonly username: string;
  readonly password: string;
}

/** What the demo says when it is ready. */
export interface Demo {
  readonly url: string;
  readonly people: readonly Person[];
}

/** Starts the demo: a real PostgreSQL, a real OpenID provider and Howdah. It ends when its standard input does. */
export async function startDemo(): Promise<{ demo: Demo; stop: () => Promise<void> }> {
  const program = process.env.HOWDAH_E2E_DEMO;
  if (program === undefined) throw new Error("HOWDAH_E2E_DEMO must name the howdah-demo program");
  const child = spawn(program, ["--attached"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const demo = await ready(child);
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  return { demo, stop };
}

/** It tells of its progress in words, and says that it is ready in a line of JSON. */
function ready(child: ChildProcess): Promise<Demo> {
  return new Promise((resolve, reject) => {
    if (!child.stdout) return reject(new Error("no output to read"));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) resolve(JSON.parse(line) as Demo);
      else console.log(line);
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the demo ended with ${code ?? "a signal"} before it was ready`)),
    );
  });
}
