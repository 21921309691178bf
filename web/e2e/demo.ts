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
  /** The provider. */
  readonly issuer: string;
  readonly people: readonly Person[];
  /** Where its PostgreSQL listens, on 127.0.0.1. */
  readonly postgres_port: number;
}

/** A role of the demo's PostgreSQL that logs in with a password. */
export const ROLE: Person = { username: "ada", password: "ada-at-the-database" };

/** An SSH server that lets one person through to what listens on this machine. */
export interface SshServer {
  readonly port: number;
  readonly username: string;
  readonly private_key: string;
  readonly passphrase: string;
  readonly host_key: string;
}

/** So short that tokens are renewed within a test. */
const TOKEN_SECONDS = 8;

/** Starts the demo: a real PostgreSQL, a real OpenID provider and Howdah. It ends when its standard input does. */
export async function startDemo(): Promise<{ demo: Demo; stop: () => Promise<void> }> {
  const { started, stop } = await start(["--attached", "--token-life", String(TOKEN_SECONDS)]);
  return { demo: started as Demo, stop };
}

/** Starts OpenSSH's server; none where it is not installed. */
export async function startSshServer(): Promise<{ ssh: SshServer | null; stop: () => Promise<void> }> {
  const { started, stop } = await start(["ssh-server"]);
  return { ssh: started as SshServer | null, stop };
}

/** A PostgreSQL of a test's own, with an empty database in it. */
export interface OwnPostgres {
  readonly url: string;
  /** Kills all its processes at once, shuts it down in order, or starts it again. */
  readonly order: (what: "kill" | "stop" | "start") => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

export async function startPostgres(): Promise<OwnPostgres> {
  const { started, stop, say } = await start(["store"]);
  return { url: (started as { url: string }).url, stop, order: say };
}

interface Started {
  readonly started: unknown;
  readonly stop: () => Promise<void>;
  /** Writes a line to its standard input, and waits for what it answers. */
  readonly say: (line: string) => Promise<unknown>;
}

async function start(args: string[]): Promise<Started> {
  const program = process.env.HOWDAH_E2E_DEMO;
  if (program === undefined) throw new Error("HOWDAH_E2E_DEMO must name the howdah-demo program");
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const answer = answers(child);
  const started = await answer();
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  const say = (line: string) => {
    child.stdin.write(`${line}\n`);
    return answer();
  };
  return { started, stop, say };
}

/** It tells of its progress in words; that it is ready, or has done something, it says in a line of JSON. */
function answers(child: ChildProcess): () => Promise<unknown> {
  const waiting: ((value: unknown) => void)[] = [];
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{") || line === "null") waiting.shift()?.(JSON.parse(line));
      else console.log(line);
    });
  }
  return () =>
    new Promise((resolve, reject) => {
      waiting.push(resolve);
      child.once("error", reject);
      child.once("exit", (code) =>
        reject(new Error(`the demo ended with ${code ?? "a signal"} before it had answered`)),
      );
    });
}
