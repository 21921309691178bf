import { beforeEach, expect, it } from "vitest";
import type { Page } from "playwright-core";

import { browsing, person, signIn } from "./visit";

const { open } = browsing();
let page: Page;

interface Definition {
  readonly host: string;
  readonly port: number;
  readonly maintenance_db: string;
  readonly username: string;
}

beforeEach(async () => {
  ({ page } = await open());
  await signIn(page, person("ada"));
  await page.getByRole("tree", { name: "Objects" }).getByRole("treeitem").first().waitFor();
});

it("adds a server after a test that fails and one that passes, and removes it", async () => {
  const known = (await (await page.request.get("/api/v1/servers")).json()) as { servers: Definition[] };
  const there = known.servers[0];
  expect(there).toBeDefined();
  if (!there) return;

  await page
    .getByRole("button", { name: /^Add server/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog", { name: "Add server" });
  await dialog.getByLabel("Name", { exact: true }).fill("added by hand");
  await dialog.getByLabel("Host").fill(there.host);
  await dialog.getByLabel("Port").fill("1");
  await dialog.getByLabel("Database", { exact: true }).fill(there.maintenance_db);
  await dialog.getByLabel("Database user").fill(there.username);
  await dialog.getByRole("radio", { name: "Command" }).check({ force: true });
  await dialog.getByRole("combobox", { name: "Command" }).selectOption("demo-token");
  await dialog.getByRole("button", { name: /^Test connection/ }).click();
  const report = dialog.getByRole("region", { name: "Test connection" });
  await report.getByText(/^failed at step/).waitFor();
  expect(await report.textContent()).toMatch(/TCP.*refused/is);

  await dialog.getByLabel("Port").fill(String(there.port));
  await dialog.getByRole("button", { name: /^Test again/ }).click();
  await report.getByText("works", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Add server" }).click();
  const added = page.getByRole("treeitem", { name: /added by hand/ });
  await added.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Remove server" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove server" }).click();
  await expect.poll(() => added.count()).toBe(0);
});
