import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { connectDemo } from "./connectDemo";
import { type Person, startPostgres } from "./demo";
import { Stage } from "./stage";
import { browsing, signIn } from "./visit";
import { Wire } from "./wire";
import { Workbench } from "./workbench";

const { open } = browsing();

const lin: Person = { username: "lin", password: "lin" };
/** Passwords that are saved are known to every replica. */
const KEY = `[secrets]\nkey = "${"A".repeat(43)}"`;

/** Waits until the server has such a text among what the person has open. */
async function kept(page: Page, text: string): Promise<void> {
  const workspace = () =>
    page.request.get("/api/v1/me/workspace").then(
      (answer) => answer.text(),
      () => "",
    );
  await expect.poll(workspace).toContain(text);
}

/** Names of the replicas that query sessions of the page were opened at, the last one last. */
function replicasOf(page: Page): string[] {
  const names: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (typeof payload !== "string" || !payload.startsWith('{"type":"connected"')) return;
      names.push((JSON.parse(payload) as { replica: string }).replica);
    }),
  );
  return names;
}

describe("several Howdahs on one store", () => {
  it("tell who works there of a restart, and go on by themselves", { timeout: 120_000 }, async () => {
    const store = await startPostgres();
    const stage = await Stage.start([lin], {
      store: store.url,
      replicas: ["one", "other"],
      serverKeys: 'stop_grace = "8s"',
      settings: KEY,
    });
    try {
      const { page, expectLostSockets } = await open(stage.url);
      expectLostSockets();
      const replicas = replicasOf(page);
      await signIn(page, lin);
      await connectDemo(page, stage.url, { save_password: true });
      await page.reload();
      const workbench = new Workbench(page);
      const told = (text: RegExp) => workbench.results.getByRole("status").filter({ hasText: text });
      await workbench.newQuery("demo");

      // A transaction that is open may be ended, and then the tab goes on.
      await workbench.run("begin; create temp table mine as select 1; select 'before'");
      await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("before");
      let restarted = stage.restart(replicas.at(-1) ?? "");
      const inTransaction = told(/^Howdah is being restarted\. The open transaction is rolled back at /);
      await inTransaction.getByRole("button", { name: "Commit", exact: true }).click();
      await told(/this tab is connected again/).waitFor();
      await restarted;
      expect(replicas).toHaveLength(2);
      expect(await workbench.editor.textContent()).toContain("select 'before'");
      expect(await workbench.cell(0, 0).textContent()).toBe("before");
      expect(await page.getByRole("dialog").count()).toBe(0);

      // One that is open in a tab out of sight is pointed at, and rolled back where nobody ends it.
      await workbench.run("begin; select 'open'");
      await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("open");
      await workbench.newQuery("demo");
      restarted = stage.restart(replicas.at(-1) ?? "");
      const pointed = page.getByText(
        /^Howdah is being restarted\. The transaction of “Query 1” is rolled back at /,
      );
      await pointed.waitFor();
      await page.getByRole("button", { name: "Go to tab", exact: true }).click();
      await told(/this tab is connected again\. The open transaction was rolled back\./).waitFor();
      await restarted;

      // What runs may end.
      await workbench.run("select 'slept' from pg_sleep(4)");
      await workbench.results.getByText(/^Running /).waitFor();
      restarted = stage.restart(replicas.at(-1) ?? "");
      await told(/The statement may run until /).waitFor();
      await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("slept");
      await told(/this tab is connected again/).waitFor();
      await restarted;
      await workbench.run("select 'after'");
      await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("after");
    } finally {
      await stage.stop();
      await store.stop();
    }
  });

  it(
    "are restarted, and lose their store for a while, with a person at work",
    { timeout: 120_000 },
    async () => {
      const store = await startPostgres();
      const address = new URL(store.url);
      const wire = await Wire.to(Number(address.port));
      address.port = String(wire.port);
      const options = { store: address.href, replicas: ["one", "other"], settings: KEY };
      const stage = await Stage.start([lin], options);
      try {
        const { page, expectLostSockets } = await open(stage.url);
        expectLostSockets();
        await signIn(page, lin);
        await connectDemo(page, stage.url, { save_password: true });
        await page.reload();
        const workbench = new Workbench(page);
        await workbench.newQuery("demo");
        await page.getByRole("button", { name: "Hide explorer", exact: true }).click();
        await workbench.run("select 'begun before', pg_sleep(2)");
        await workbench.results.getByText(/^Running /).waitFor();

        for await (const name of stage.restartInTurn()) {
          // One of the two holds the session: what runs there may finish.
          await workbench.write(`select 'typed while ${name} stopped'`);
          await kept(page, `typed while ${name} stopped`);
          await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("begun before");
          expect(await page.getByRole("dialog").count()).toBe(0);
        }
        await workbench.run("select 'after both'");
        await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("after both");
        expect(new URL(page.url()).pathname).not.toContain("login");
        await kept(page, '"explorerOpen":false');

        await wire.cut();
        await workbench.write("select 'typed without a store'");
        await page
          .getByText(/^Howdah cannot reach its own store at the moment\./)
          .first()
          .waitFor();
        await expect.poll(() => workbench.editor.textContent()).toContain("typed without a store");
        await page.keyboard.press("ControlOrMeta+Shift+Enter");
        await expect.poll(() => workbench.cell(0, 0).textContent()).toBe("typed without a store");
        await wire.mend();
        await page
          .getByText(/Howdah cannot reach its own store/)
          .first()
          .waitFor({ state: "detached" });
        await kept(page, "typed without a store");
        await expect
          .poll(async () => (await page.request.get("/api/v1/me/history?text=without%20a%20store")).text())
          .toContain("typed without a store");

        await page.reload();
        await expect.poll(() => workbench.editor.textContent()).toContain("typed without a store");
        await page.getByRole("button", { name: "Show explorer", exact: true }).waitFor();
        const me = await page.request.get("/api/v1/me");
        expect(me.status()).toBe(200);
      } finally {
        await stage.stop();
        await wire.cut();
        await store.stop();
      }
    },
  );
});
