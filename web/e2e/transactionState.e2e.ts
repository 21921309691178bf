import { beforeEach, describe, expect, it } from "vitest";

import { violations } from "./axe";
import { browsing, person, signIn, type Visit } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
let visit: Visit;
let bench: Workbench;

beforeEach(async () => {
  visit = await open();
  visit.page.on("dialog", (dialog) => void dialog.accept());
  await signIn(visit.page, person("ada"));
  bench = new Workbench(visit.page);
  await bench.newQuery();
});

const status = () => bench.status.textContent();

describe("an open transaction", () => {
  it("says that it is read only and how isolated, until it ends", async () => {
    await bench.run("begin read only; select 1");
    await expect.poll(status).toContain("In transaction, read only");
    await visit.page.getByTitle("In transaction, read only, read committed").waitFor();
    expect(await violations(visit.page)).toEqual([]);
    await bench.run("rollback; begin isolation level serializable; set transaction read only");
    await expect.poll(status).toContain("In transaction, read only, serializable");
    await bench.run("rollback; begin");
    await expect.poll(status).toMatch(/In transaction \d/);
    await bench.run("rollback; set default_transaction_read_only = on");
    await bench.status.getByTitle("default_transaction_read_only is on in this session").waitFor();
    await bench.run("begin read write");
    await expect.poll(status).toContain("In transaction, read write");
    await bench.run("rollback; reset default_transaction_read_only");
    await expect.poll(status).not.toContain("read only");
  });

  it("can be ended in narrow windows, where everything of the toolbar is whole", async () => {
    const { page } = visit;
    await bench.run("begin");
    await expect.poll(status).toMatch(/In transaction/);
    for (const width of [800, 720]) {
      await page.setViewportSize({ width, height: 600 });
      const cut = () =>
        page.getByRole("toolbar", { name: "Query" }).evaluate((toolbar) => {
          const { left, right, bottom } = toolbar.getBoundingClientRect();
          const buttons = [...toolbar.querySelectorAll("button")].map((button) => ({
            name: button.textContent,
            box: button.getBoundingClientRect(),
          }));
          return buttons
            .filter(({ box }) => box.left < left || box.right > right || box.bottom > bottom)
            .map(({ name }) => name);
        });
      await expect.poll(cut).toEqual([]);
    }
    await bench.button("Roll back").click();
    await expect.poll(status).toContain("no transaction");
  });

  it("keeps its clock over a reload", async () => {
    const { page } = visit;
    await bench.run("begin read only; select pg_sleep(3)");
    await expect.poll(status).toMatch(/In transaction, read only 00:0[3-9]/);
    await page.reload();
    await expect.poll(status).toMatch(/In transaction, read only 00:(0[3-9]|[1-5]\d)/);
  });
});

describe("a statement that takes too long", () => {
  it("says that the limit is the tab's own, and whose it is otherwise", async () => {
    const { page } = visit;
    await page.getByRole("button", { name: "Session settings" }).click();
    await page.getByRole("menuitemcheckbox", { name: "At most 5 seconds" }).click();
    await bench.run("select pg_sleep(60)");
    await bench.results.getByText("This tab's own limit of 5 s.").waitFor();
    await bench.editor.locator("..").getByText("This tab's own limit of 5 s.").waitFor();
    expect(await violations(page)).toEqual([]);
    await bench.run("set statement_timeout = '1s'");
    await expect.poll(() => bench.results.textContent()).toContain("SET");
    await bench.run("select pg_sleep(60)");
    await bench.results.getByText(/^A limit of 1 s that is not this tab's: SET statement_timeout/).waitFor();
  });
});
