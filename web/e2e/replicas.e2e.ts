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

describe("several Howdahs on one store", () => {
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
