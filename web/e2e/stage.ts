import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";

import { vi } from "vitest";

import { Balancer } from "./balancer";
import type { Person } from "./demo";

/** So short that a sign-in is renewed within a test. */
const ACCESS_TOKEN_SECONDS = 10;
const CLIENT = { client_id: "howdah", client_secret: "e2e-client-secret" };
/** A public client of the same provider, for people who type a code. */
export const CODE_CLIENT = "console";

interface StageOptions {
  /** Lines for the provider's table in the config. */
  readonly providerKeys?: string;
  /** Lines for `[server]`. */
  readonly serverKeys?: string;
  /** Further tables of the config. */
  readonly settings?: string;
  /** What browsers call Howdah's host; the provider's is 127.0.0.1. */
  readonly host?: string;
  /** Where the store is: a PostgreSQL, instead of a file. */
  readonly store?: string;
  /** Names of several processes behind a load balancer, which need a store on PostgreSQL. */
  readonly replicas?: readonly string[];
}

/** A Howdah of a test file's own, with accounts of its own and a provider that can be stopped. */
export class Stage {
  readonly url: string;
  readonly #folder: string;
  /** The config of each process. */
  readonly #configs: readonly string[];
  readonly #providerPort: number;
  readonly #people: readonly Person[];
  readonly #options: StageOptions;
  /** The provider keeps its keys when it starts anew. */
  readonly #key = {
    ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }),
    kid: "e2e",
  };
  #provider: ChildProcess | null = null;
  #balancer: Balancer | null = null;
  readonly #servers = new Map<string, ChildProcess>();

  private constructor(
    folder: string,
    port: number,
    providerPort: number,
    people: readonly Person[],
    options: StageOptions,
  ) {
    this.#options = options;
    this.url = `http://${options.host ?? "127.0.0.1"}:${port}`;
    this.#folder = folder;
    this.#configs = (options.replicas ?? ["howdah"]).map((name) => join(folder, `${name}.toml`));
    this.#providerPort = providerPort;
    this.#people = people;
  }

  /** Starts it; `people` are known to the provider. */
  static async start(people: readonly Person[], options: StageOptions = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "howdah-e2e-"));
    const stage = new Stage(folder, await freePort(), await freePort(), people, options);
    const port = Number(new URL(stage.url).port);
    const replicas = new Map<string, number>();
    for (const config of stage.#configs) {
      const own = options.replicas === undefined ? port : await freePort();
      replicas.set(basename(config, ".toml"), own);
      await stage.#writeConfig(config, own);
    }
    await stage.startProvider();
    for (const config of stage.#configs) await stage.#startServer(config);
    if (options.replicas !== undefined) stage.#balancer = await Balancer.start(port, replicas);
    return stage;
  }

  /** The provider's issuer. */
  get issuer(): string {
    return `http://127.0.0.1:${this.#providerPort}`;
  }

  /** Makes an account that signs in with a password kept there. */
  async addAccount({ username, password }: Person, role = "user"): Promise<void> {
    const email = `${username}@local.example`;
    const what = ["user", "add", username, "--email", email, "--role", role, "--config", this.#config];
    const child = spawn(howdah(), what, { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(`${password}\n`);
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`howdah user add ended with ${code ?? "a signal"}`);
  }

  /** Starts the provider. One that was stopped comes back without what it knew: it renews nobody's sign-in. */
  async startProvider(): Promise<void> {
    const provider = spawn("node", [join(testkit, "provider/server.mjs")], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#provider = provider;
    provider.stdin.write(`${JSON.stringify(this.#providerOptions())}\n`);
    await once(createInterface({ input: provider.stdout }), "line");
  }

  async stopProvider(): Promise<void> {
    await end(this.#provider);
    this.#provider = null;
  }

  /** Ends Howdah as a crash does: without a word. */
  async kill(): Promise<void> {
    await end(this.#servers.get(this.#config), "SIGKILL");
  }

  /** Starts Howdah again after it was killed. */
  async startAgain(): Promise<void> {
    await this.#startServer(this.#config);
  }

  /** Stops one process after the other as an operator does, each when the one before is ready again. */
  async *restartInTurn(): AsyncGenerator<string> {
    for (const config of this.#configs) {
      const name = basename(config, ".toml");
      const ended = end(this.#servers.get(config));
      yield name;
      await ended;
      await this.#startServer(config);
    }
  }

  /** Restarts one of several processes as an operator does; what is answered ends when it is ready again. */
  async restart(name: string): Promise<void> {
    const config = this.#configs.find((path) => basename(path, ".toml") === name);
    if (config === undefined) throw new Error(`no process is called ${name}`);
    await end(this.#servers.get(config));
    await this.#startServer(config);
  }

  async stop(): Promise<void> {
    await this.#balancer?.stop();
    await Promise.all([...this.#servers.values(), this.#provider].map((child) => end(child)));
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The config, where there is one process. */
  get #config(): string {
    const [config] = this.#configs;
    if (config === undefined) throw new Error("there is no process");
    return config;
  }

  async #startServer(config: string): Promise<void> {
    const log = config.replace(/toml$/, "log");
    const lines = await open(log, "w");
    const server = spawn(howdah(), ["serve", "--config", config], {
      stdio: ["ignore", "ignore", lines.fd],
    });
    this.#servers.set(config, server);
    const listen = /^listen = "(.*)"$/m.exec(await readFile(config, "utf8"))?.[1];
    process.once("exit", () => server.kill());
    await lines.close();
    const ready = () =>
      server.exitCode !== null ||
      fetch(`http://${listen}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await vi.waitUntil(ready, { timeout: 30_000 });
    if (server.exitCode !== null) throw new Error(`howdah ended:\n${await readFile(log, "utf8")}`);
  }

  #providerOptions() {
    return {
      port: this.#providerPort,
      people: this.#people.map(({ username, password }) => ({
        username,
        password,
        subject: `sub-${username}`,
        name: username,
        email: `${username}@example.com`,
        email_verified: true,
        groups: [],
        claims: {},
      })),
      clients: [
        {
          ...CLIENT,
          token_endpoint_auth_method: "client_secret_basic",
          grant_types: ["authorization_code", "refresh_token"],
          redirect_uris: [`${this.url}/oauth2/authorize`],
          post_logout_redirect_uris: [`${this.url}/oauth2/logout/callback`],
        },
        {
          client_id: CODE_CLIENT,
          token_endpoint_auth_method: "none",
          grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
          response_types: [],
          redirect_uris: [],
        },
      ],
      lifetimes: { access_token: ACCESS_TOKEN_SECONDS, id_token: 3600, refresh_token: 24 * 3600 },
      list_people: false,
      configuration: {
        jwks: { keys: [this.#key] },
        features: { deviceFlow: { enabled: true } },
      },
    };
  }

  async #writeConfig(config: string, port: number): Promise<void> {
    const store = this.#options.store ?? `sqlite:${join(this.#folder, "howdah.db")}`;
    const replica = this.#options.replicas === undefined ? "" : `replica = "${basename(config, ".toml")}"`;
    const text = `
[server]
listen = "127.0.0.1:${port}"
public_url = "${this.url}"
${replica}
${this.#options.serverKeys ?? ""}

[store]
url = "${store}"

[auth]
sources = ["oauth2", "internal"]
max_login_attempts = 0

[[auth.oauth2]]
name = "example"
display_name = "Example ID"
client_id = "${CLIENT.client_id}"
client_secret = "${CLIENT.client_secret}"
server_metadata_url = "http://127.0.0.1:${this.#providerPort}/.well-known/openid-configuration"
scope = "openid email profile offline_access"
${this.#options.providerKeys ?? ""}
${this.#options.settings ?? ""}
`;
    await writeFile(config, text, { mode: 0o600 });
  }
}

const testkit = new URL("../../crates/testkit", import.meta.url).pathname;

/** `howdah`, built beside the demo. */
function howdah(): string {
  const demo = process.env.HOWDAH_E2E_DEMO;
  if (demo === undefined) throw new Error("HOWDAH_E2E_DEMO must name the howdah-demo program");
  return join(dirname(demo), "howdah");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function end(child: ChildProcess | null | undefined, signal?: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
