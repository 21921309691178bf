import type { Locator, Page } from "playwright-core";
import { beforeEach, describe, expect, inject, it } from "vitest";

import type { Connected, Server } from "../src/api/types";
import { violations } from "./axe";
import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
const SERVER = "Demo (as yourself)";
const ADA = ["ada@example.com", "oauth:ada@example.com"];
let page: Page;
let bench: Workbench;

beforeEach(async () => {
  ({ page } = await open());
  await signIn(page, person("ada"));
  bench = new Workbench(page);
});

let asked = 0;

/** Asks PostgreSQL who runs the query, and by which token. */
async function ask(): Promise<void> {
  asked += 1;
  await bench.run(`select session_user, system_user, ${asked} as answer`);
}

/** Waits for the answer to the last question. */
async function expectToBe(names: string[]): Promise<void> {
  const expected = [...names, String(asked)];
  await expect.poll(() => Promise.all([0, 1, 2].map(textAt))).toEqual(expected);
}

const textAt = (column: number) =>
  bench
    .cell(0, column)
    .textContent({ timeout: 1_000 })
    .catch(() => null);

async function server(): Promise<Server> {
  const { servers } = (await (await page.request.get("/api/v1/servers")).json()) as { servers: Server[] };
  const found = servers.find(({ name }) => name === SERVER);
  if (!found) throw new Error(`there is no ${SERVER}`);
  return found;
}

/** Sends JSON as the page would. */
async function post(path: string, data: unknown): Promise<unknown> {
  const answer = await page.request.post(path, { data, headers: { origin: inject("demo").url } });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

describe("at a server that knows people by their sign-in", () => {
  it("one is oneself, and stays so when the token has ended", async () => {
    await bench.newQuery(SERVER);
    await ask();
    await expectToBe(ADA);
    await bench.status.getByText("you are ada@example.com").waitFor();

    const { id } = await server();
    const end = async () => {
      const connected = (await post(`/api/v1/servers/${id}/connect`, {})) as Connected;
      return Date.parse(connected.credential.expires_at ?? "");
    };
    const first = await end();
    await expect
      .poll(async () => Date.now() > first && (await end()) > first, { timeout: 60_000, interval: 500 })
      .toBe(true);
    // The session that is open goes on, and a new one opens.
    await ask();
    await expectToBe(ADA);
    await bench.newQuery(SERVER);
    await ask();
    await expectToBe(ADA);
  });
});

describe("an OAuth client that sends the browser to the provider", () => {
  const promptIn = (place: Locator) => place.getByRole("group", { name: "Your sign-in is needed" });

  it("opens a small window, and the query that waits goes on by itself", async () => {
    const { host, port, maintenance_db, connection_parameters } = await server();
    const added = (await post("/api/v1/servers", {
      name: "by a window",
      group: "Tests",
      host,
      port,
      maintenance_db,
      connection_parameters,
      username: "{email}",
      credential: {
        type: "oauth",
        issuer: inject("demo").issuer,
        client_id: "database-console",
        scope: "openid offline_access email database",
        flow: "interactive",
      },
    })) as Server;
    try {
      await page.reload();
      await bench.newQuery("by a window");
      await ask();
      const prompt = promptIn(bench.results);
      await prompt.waitFor();
      expect(await violations(page)).toEqual([]);

      // The provider has forgotten her, and asks.
      await page.context().clearCookies({ name: /^_session/ });
      const opening = page.waitForEvent("popup");
      await prompt.getByRole("button", { name: /^Continue at 127/ }).click();
      const provider = await opening;
      const { username, password } = person("ada");
      await provider.getByLabel("User name").fill(username);
      await provider.getByLabel("Password").fill(password);
      await provider.getByRole("button", { name: "Sign in" }).click();
      await expectToBe(ADA);
      expect(await prompt.count()).toBe(0);
    } finally {
      await page.request.delete(`/api/v1/servers/${added.id}`, { headers: { origin: inject("demo").url } });
    }
  });
});
