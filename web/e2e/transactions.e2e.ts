import { beforeEach, describe, expect, inject, it } from "vitest";

import { violations } from "./axe";
import { ROLE } from "./demo";
import { browsing, person, signIn, type Visit } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
let visit: Visit;
let bench: Workbench;

beforeEach(async () => {
  visit = await open();
  await signIn(visit.page, person("ada"));
  bench = new Workbench(visit.page);
  await bench.newQuery();
});

describe("a tab that commits by hand", () => {
  it("begins, asks before it deletes everything, and is rolled back by key", async () => {
    const { page } = visit;
    await page.getByRole("button", { name: "Autocommit" }).click();
    await page.getByRole("menuitemcheckbox", { name: /^Manual commit/ }).click();
    await bench.run("create temp table pets as select 'cat' as name; select count(*) from pets");
    await expect.poll(() => bench.status.textContent()).toContain("In transaction");

    await bench.run("delete from pets");
    const question = page.getByRole("dialog", { name: "Delete every row?" });
    await question.getByText(/deletes every row of pets, about/).waitFor();
    expect(await violations(page)).toEqual([]);
    await question.getByRole("button", { name: "Cancel" }).click();
    await bench.run("delete from pets");
    await question.getByLabel("Do not ask again in this tab").check();
    await question.getByRole("button", { name: /^Delete all rows/ }).click();
    await expect.poll(() => bench.results.textContent()).toContain("DELETE 1");
    // In the background it is still pointed at, and the way back is one press.
    await page.keyboard.press("Alt+n");
    await page.getByTitle("This tab: in transaction").waitFor();
    await page.getByRole("tab", { name: /, in transaction$/, selected: false }).waitFor();
    await bench.status.getByRole("button", { name: /: idle in transaction/ }).click();
    await bench.editor.first().click();
    await page.keyboard.press("Alt+Shift+R");
    await expect.poll(() => bench.status.textContent()).toContain("no transaction");
  });

  it("asks for values of parameters, and remembers them", async () => {
    const { page } = visit;
    await bench.run("select :n * 2 as twice, :word as said");
    const dialog = page.getByRole("dialog", { name: "Values of the parameters" });
    await dialog.getByLabel("Type of n").selectOption("number");
    await dialog.getByLabel(":n", { exact: true }).fill("21");
    await dialog.getByLabel(":word", { exact: true }).fill("it's");
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("42");
    expect(await bench.cell(0, 1).textContent()).toBe("it's");
    await bench.run("select :n + 1 as next");
    const again = page.getByRole("dialog", { name: "Value of the parameter" });
    expect(await again.getByLabel(":n", { exact: true }).inputValue()).toBe("21");
  });
});

describe("a production server", () => {
  it("asks before the first change of a session, and locked sessions for the reason, once each", async () => {
    const { page } = visit;
    const headers = { origin: inject("demo").url };
    const { request } = page.context();
    const server = {
      ...{ name: "prod e2e", group: "Demo", host: "127.0.0.1", port: inject("demo").postgres_port },
      ...{ maintenance_db: "shop", username: ROLE.username, credential: { type: "password" } },
      environment: "production",
    };
    const added = await request.post("/api/v1/servers", { headers, data: server });
    expect(added.status(), await added.text()).toBe(201);
    const { id } = (await added.json()) as { id: string };
    const connect = async () => {
      const data = { password: ROLE.password };
      const connected = await request.post(`/api/v1/servers/${id}/connect`, { headers, data });
      expect(connected.status(), await connected.text()).toBe(200);
    };
    const table = "create temp table t as select 1 as a";
    try {
      await connect();
      await page.reload();
      await bench.newQuery("prod e2e");
      await page.getByRole("tab", { name: /^Query \d+, production$/, selected: true }).waitFor();
      const question = page.getByRole("dialog", { name: "Change production?" });
      await bench.run(table);
      await question.getByText("is marked as production.").waitFor();
      expect(await violations(page)).toEqual([]);
      await question.getByRole("button", { name: "Cancel" }).click();
      await bench.run(table);
      await question.getByRole("button", { name: /^Run the statement/ }).click();
      await expect.poll(() => bench.results.textContent()).toContain("SELECT 1");
      // Not again in this session; what has no WHERE is another question.
      await bench.run("update t set a = 2 where a = 1");
      await expect.poll(() => bench.results.textContent()).toContain("UPDATE 1");
      await bench.runAsked("update t set a = 3", /^Update all rows/);
      await expect.poll(() => bench.results.textContent()).toContain("UPDATE 1");
      // The next session asks anew, and while it is read only by default also why.
      const changed = await request.patch(`/api/v1/servers/${id}`, { headers, data: { read_only: true } });
      expect(changed.status(), await changed.text()).toBe(200);
      await connect();
      // The page, which was open before, does not know of it.
      await bench.results.getByText("The session has ended.").waitFor();
      await bench.run(table);
      await question.getByRole("textbox", { name: "Reason" }).fill("OPS-7");
      await question.getByRole("button", { name: /^Unlock and run the statement/ }).click();
      await expect.poll(() => bench.results.textContent()).toContain("SELECT 1");
      await bench.status.getByText("writing unlocked").waitFor();
      await bench.run("update t set a = 4 where a = 1 returning a");
      await expect.poll(() => bench.cell(0, 0).textContent()).toBe("4");
    } finally {
      await request.delete(`/api/v1/servers/${id}`, { headers });
    }
  });
});

describe("what was run and kept", () => {
  it("is found in the history and in saved queries, whose link opens it and runs nothing", async () => {
    const { page } = visit;
    await bench.run("select 4711 as found_again");
    await bench.tab("1 select 1").waitFor();
    await bench.results.getByRole("tab", { name: "History" }).click();
    const here = bench.results.getByRole("grid", { name: "History" });
    await here.getByText("select 4711 as found_again").first().click();
    await bench.results.getByRole("complementary", { name: "Chosen statement" }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "History", exact: true }).click();
    const history = page.getByRole("dialog", { name: "History" });
    await history.getByLabel("Find in history").fill("found_again");
    await history.getByText("select 4711 as found_again").first().click();
    expect(await violations(page)).toEqual([]);
    await history.getByRole("button", { name: /^Open in a tab/ }).click();
    await expect.poll(() => bench.editor.last().textContent()).toContain("found_again");

    await page.keyboard.press("Alt+Shift+S");
    const save = page.getByRole("dialog", { name: "Save query" });
    await save.getByLabel("Name").fill("found again");
    await save.getByLabel("Folder").fill("Tests");
    await save.getByRole("button", { name: /^Save query/ }).click();
    await save.waitFor({ state: "detached" });
    await bench.editor.last().click();
    await page.keyboard.press("End");
    await page.keyboard.insertText(" -- changed");
    await page.getByRole("button", { name: "Changed" }).waitFor();
    await page.keyboard.press("ControlOrMeta+s");
    await page.getByRole("button", { name: "Saved", exact: true }).waitFor();
    await page.getByRole("button", { name: "Saved queries" }).click();
    const queries = page.getByRole("dialog", { name: "Saved queries" });
    await queries.getByText("found again").first().click();
    await queries
      .getByRole("complementary", { name: "Preview of found again" })
      .getByText("-- changed")
      .waitFor();
    await page.keyboard.press("ControlOrMeta+x");
    await queries.getByRole("button", { name: "New folder" }).click();
    await page.keyboard.insertText("Kept");
    await page.keyboard.press("Enter");
    await queries.getByRole("treeitem", { name: /^Kept/, selected: true }).waitFor();
    await page.keyboard.press("ControlOrMeta+v");
    await queries.getByRole("treeitem", { name: /^Kept 1/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await queries.getByText("found again").first().click();
    await queries.getByRole("button", { name: "Copy link" }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("/q/");
    await page.goto(await page.evaluate(() => navigator.clipboard.readText()));
    await page.getByRole("tab", { name: "found again" }).waitFor();
    await expect.poll(() => bench.editor.last().textContent()).toContain("found_again");
    expect(await bench.results.last().textContent()).not.toContain("4711");
  });
});
