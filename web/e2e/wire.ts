import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A wire to a port of this machine, which can be cut and mended. */
export class Wire {
  readonly port: number;
  readonly #target: number;
  readonly #open = new Set<Socket>();
  #server: Server;

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.port = port;
    this.#target = target;
  }

  static async to(target: number): Promise<Wire> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const wire = new Wire(server, address.port, target);
    wire.#serve(server);
    return wire;
  }

  /** Ends all connections; whoever calls is refused. */
  async cut(): Promise<void> {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await once(this.#server, "close");
  }

  async mend(): Promise<void> {
    this.#server = createServer();
    this.#serve(this.#server);
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  #serve(server: Server): void {
    server.on("connection", (near) => {
      const far = connect(this.#target, "127.0.0.1");
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#open.add(socket);
        socket.on("error", () => socket.destroy());
        socket.once("close", () => {
          this.#open.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }
}
