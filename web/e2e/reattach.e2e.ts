import type { WebSocketRoute } from "playwright-core";
import { describe, expect, it } from "vitest";

import { connectDemo } from "./connectDemo";
import type { Person } from "./demo";
import { Stage } from "./stage";
import { browsing, person, signIn, type Visit } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

/** The close code of a socket that is given up while its session is to wait. */
const LOST = 4002;

/** A network between the page and Howdah that drops connections; frames under way go with it. */
class Network {
  frames = 0;
  #ways: [page: WebSocketRoute, server: WebSocketRoute][] = [];
  #shut = false;

  async between({ context, expectLostSockets }: Visit): Promise<void> {
    expectLostSockets();
    await context.routeWebSocket(/\/session/, (page) => {
      if (this.#shut) return void page.close({ code: LOST });
      const server = page.connectToServer();
      this.#ways.push([page, server]);
      server.onMessage((message) => {
        this.frames += 1;
        page.send(message);
      });
    });
  }

  async drop(): Promise<void> {
    this.#shut = true;
    const ways = this.#ways.splice(0);
    await Promise.all(
      ways.flatMap(([page, server]) => [server.close({ code: LOST }), page.close({ code: LOST })]),
    );
  }

  mend(): void {
    this.#shut = false;
  }
}

async function begin(): Promise<{ visit: Visit; network: Network; workbench: Workbench }> {
  const visit = await open();
  const network = new Network();
  await network.between(visit);
  await signIn(visit.page, person("ada"));
  const workbench = new Workbench(visit.page);
  await workbench.newQuery();
  return { visit, network, workbench };
}

/** Comes in for some seconds; rows are wide, as PostgreSQL sends small ones only once it has gathered 8 kB. */
const SLOW = "select generate_series(1, 400), repeat('x', 9000), pg_sleep(0.01)";

describe("a query session", () => {
  it("goes on where it was when the network fails in mid-stream", async () => {
    const { visit, network, workbench } = await begin();
    const { page } = visit;
    await workbench.run("begin; create temporary table kept (n int)");
    await page.getByRole("button", { name: "Roll back", exact: true, disabled: false }).waitFor();
    const before = network.frames;
    await workbench.run(SLOW);
    await expect.poll(() => network.frames).toBeGreaterThan(before + 10);
    await network.drop();
    const banner = page.getByText("Connection lost, reattaching…");
    await banner.waitFor();
    network.mend();
    await banner.waitFor({ state: "detached" });
    await expect.poll(() => workbench.results.textContent()).toContain("400 rows");
    await workbench.run("select count(*) + 7 from kept");
    await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("7");
  });

  it("outlives a reload in mid-stream, with its transaction", async () => {
    const { visit, workbench } = await begin();
    const { page } = visit;
    page.on("dialog", (dialog) => void dialog.accept());
    await workbench.run(`begin; create temporary table kept (n int); ${SLOW}`);
    await expect.poll(() => workbench.results.textContent()).toMatch(/Running .*\d rows/);
    await page.reload();
    await page.getByText("The page was loaded anew while the statement ran").waitFor();
    await workbench.results.getByText(/^Running /).waitFor();
    await workbench.results.getByText(/^Running /).waitFor({ state: "detached" });
    await workbench.run("select count(*) + 7 from kept");
    await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("7");
  });

  it("that died with Howdah is told as lost, with the text as it was and nobody signed out", async () => {
    const lin: Person = { username: "lin", password: "lin" };
    const stage = await Stage.start([lin]);
    try {
      const { page, expectLostSockets } = await open(stage.url);
      await signIn(page, lin);
      await connectDemo(page, stage.url);
      await page.reload();
      const workbench = new Workbench(page);
      await workbench.newQuery("demo");
      await workbench.run("select pg_sleep(100)");
      await workbench.results.getByText(/^Running /).waitFor();
      expectLostSockets();
      await stage.kill();
      await page.getByText("Connection lost, reattaching…").waitFor();
      await workbench.write("select 'typed while it was away'");
      await stage.startAgain();
      await page.getByText("What the running statement did is not known.").waitFor();
      await expect.poll(() => workbench.editor.textContent()).toContain("typed while it was away");
      const kept = async () => (await page.request.get("/api/v1/me/workspace")).text();
      await expect.poll(kept).toContain("typed while it was away");
      expect(await page.getByRole("dialog").count()).toBe(0);
      await page.getByRole("button", { name: "Connect again", exact: true }).waitFor();
    } finally {
      await stage.stop();
    }
  });
});
