import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Whoever does not say within so long that it is ready is not. */
const READY_MS = 1_000;
/** The longest head of a request that is passed on. */
const MAX_HEAD = 64 * 1024;

/**
 * A load balancer that knows nothing of sessions: each request goes to the next replica that says it is ready, unless its
 * address names one.
 */
export class Balancer {
  readonly #replicas: ReadonlyMap<string, number>;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #turn = 0;

  private constructor(replicas: ReadonlyMap<string, number>) {
    this.#replicas = replicas;
    this.#server = createServer((browser) => void this.#passOn(this.#kept(browser)));
  }

  /** Listens on `port` for the ports of `replicas`. */
  static async start(port: number, replicas: ReadonlyMap<string, number>): Promise<Balancer> {
    const balancer = new Balancer(replicas);
    balancer.#server.listen(port, "127.0.0.1");
    await once(balancer.#server, "listening");
    return balancer;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #passOn(browser: Socket): Promise<void> {
    const request = await head(browser);
    const port = request === null ? null : await this.#choose(request.line);
    if (request === null || port === null) return void browser.destroy();
    const replica = this.#kept(connect(port, "127.0.0.1"));
    // One request a connection, so that the next one goes elsewhere.
    const rest = request.upgrades ? request.rest : `connection: close\r\n${request.rest}`;
    replica.write(Buffer.from(`${request.line}\r\n${rest}`, "latin1"));
    // A connection that fails, or is over, ends its other half as well.
    replica.once("close", () => browser.end());
    browser.once("close", () => replica.destroy());
    if (browser.destroyed) return void replica.destroy();
    browser.pipe(replica);
    replica.pipe(browser);
  }

  async #choose(line: string): Promise<number | null> {
    const ports = [...this.#replicas.values()];
    const named = [...this.#replicas.keys()].findIndex((name) => line.includes(`replica=${name}`));
    const first = named >= 0 ? named : this.#turn++;
    for (let step = 0; step < ports.length; step++) {
      const port = ports[(first + step) % ports.length];
      if (port !== undefined && (await isReady(port))) return port;
    }
    // As many balancers do: when nobody is ready, somebody may still tell why.
    return ports[0] ?? null;
  }

  /** A connection that `stop` ends, and whose failure ends nothing else. */
  #kept(socket: Socket): Socket {
    this.#open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#open.delete(socket));
    return socket;
  }
}

interface Head {
  /** The request line. */
  readonly line: string;
  /** What came behind it, the body's beginning included, byte for byte. */
  readonly rest: string;
  readonly upgrades: boolean;
}

/** The head of a request; none when the connection ends before. */
function head(browser: Socket): Promise<Head | null> {
  return new Promise((resolve) => {
    let text = "";
    const take = (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const isWhole = text.includes("\r\n\r\n");
      if (!isWhole && text.length < MAX_HEAD) return;
      browser.off("data", take);
      browser.pause();
      const [line = "", ...rest] = text.split("\r\n");
      const upgrades = /^upgrade: *websocket/im.test(text);
      resolve(isWhole ? { line, rest: rest.join("\r\n"), upgrades } : null);
    };
    browser.on("data", take);
    browser.once("close", () => resolve(null));
  });
}

function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(READY_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
