import { beforeEach, expect, it } from "vitest";
import type { Page } from "playwright-core";

import { violations } from "./axe";
import { startSshServer } from "./demo";
import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();
let page: Page;

interface Definition {
  readonly name: string;
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

async function shop(): Promise<Definition> {
  const known = (await (await page.request.get("/api/v1/servers")).json()) as { servers: Definition[] };
  const there = known.servers.find(({ name }) => name === "shop (local)");
  if (!there) throw new Error("the demo's server is missing");
  return there;
}

it("adds a server after a test that fails and one that passes, and removes it", async () => {
  const there = await shop();
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

it("brings servers over that pgAdmin exported, as many as are wanted", async () => {
  const there = await shop();
  const common = {
    Group: "From pgAdmin",
    Host: there.host,
    Port: there.port,
    MaintenanceDB: "shop",
    Username: "ada",
  };
  const servers = {
    1: { ...common, Name: "first of them" },
    2: { ...common, Name: "second of them", BGColor: "#ff0000" },
    3: { ...common, Name: "third of them", Port: "none" },
    4: { ...common, Name: "fourth of them" },
  };
  const choose = async (name: string, text: string) => {
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("combobox").fill("> bring servers");
    const command = page.getByRole("option", { name: /^Bring servers from pgAdmin/, selected: true });
    await command.waitFor();
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
    await chooser.setFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  };
  await choose("notes.json", "{}");
  await page.getByText(/^notes\.json is no file of servers that pgAdmin exported\./).waitFor();
  await choose("servers.json", JSON.stringify({ Servers: servers }));
  const dialog = page.getByRole("dialog", { name: "Bring servers from pgAdmin" });
  const row = (name: string) => dialog.getByRole("listitem").filter({ hasText: name });
  await row("second of them")
    .getByText(/BGColor: colours are not kept/)
    .waitFor();
  await row("third of them")
    .getByText(/Not taken: has a Port/)
    .waitFor();
  expect(await row("third of them").getByRole("checkbox").isEnabled()).toBe(false);
  expect(await violations(page)).toEqual([]);
  await row("fourth of them").getByRole("checkbox").uncheck();
  await dialog.getByRole("button", { name: /^Add 2 servers/ }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("treeitem", { name: /^second of them/ }).waitFor();

  // Once more: what is there stays as it is.
  await choose("servers.json", JSON.stringify({ Servers: servers }));
  await row("first of them")
    .getByText(/already$/)
    .waitFor();
  expect(await row("first of them").getByRole("checkbox").isChecked()).toBe(false);
  await dialog.getByRole("button", { name: /^Add 1 server/ }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  const { servers: mine } = (await (await page.request.get("/api/v1/servers")).json()) as {
    servers: { id: string; name: string; group: string }[];
  };
  const brought = mine.filter(({ group }) => group === "From pgAdmin");
  expect(brought.map(({ name }) => name)).toEqual(["first of them", "second of them"]);
  const headers = { origin: new URL(page.url()).origin };
  for (const { id } of brought) await page.request.delete(`/api/v1/servers/${id}`, { headers });
});

it("reaches a server through an SSH tunnel, once its host key is confirmed", async (context) => {
  const { ssh, stop } = await startSshServer();
  try {
    if (!ssh) return context.skip("OpenSSH's server is not installed");
    const there = await shop();
    await page
      .getByRole("button", { name: /^Add server/ })
      .first()
      .click();
    const dialog = page.getByRole("dialog", { name: "Add server" });
    await dialog.getByLabel("Name", { exact: true }).fill("behind a tunnel");
    await dialog.getByLabel("Host", { exact: true }).fill(there.host);
    await dialog.getByLabel("Port", { exact: true }).fill(String(there.port));
    await dialog.getByLabel("Database", { exact: true }).fill(there.maintenance_db);
    await dialog.getByLabel("Database user").fill(there.username);
    await dialog.getByRole("radio", { name: "Command" }).check({ force: true });
    await dialog.getByRole("combobox", { name: "Command" }).selectOption("demo-token");
    await dialog.getByRole("button", { name: /^More/ }).click();
    await dialog.getByLabel("Connect through an SSH tunnel").check({ force: true });
    const tunnel = dialog.getByRole("group", { name: "SSH tunnel" });
    await tunnel.getByLabel("SSH host").fill("127.0.0.1");
    await tunnel.getByLabel("SSH port").fill(String(ssh.port));
    await tunnel.getByLabel("SSH user").fill(ssh.username);
    await tunnel.getByLabel("Private key").fill(ssh.private_key);
    await tunnel.getByLabel("Passphrase of the key").fill(ssh.passphrase);

    await dialog.getByRole("button", { name: /^Test connection/ }).click();
    const report = dialog.getByRole("region", { name: "Test connection" });
    await report.getByText(/^SHA256:/).waitFor();
    expect(await violations(page)).toEqual([]);
    await report.getByRole("button", { name: "Trust this key and test again" }).click();
    await report.getByText("works", { exact: true }).waitFor();
    const [algorithm, key] = ssh.host_key.split(" ");
    expect(await tunnel.getByTitle(`${algorithm} ${key}`).count()).toBe(1);
    await dialog.getByRole("button", { name: "Add server" }).click();

    const bench = new Workbench(page);
    await bench.newQuery("behind a tunnel");
    await bench.run("select session_user");
    await expect.poll(() => bench.cell(0, 0).textContent()).toBe("ada");

    await page.getByRole("treeitem", { name: "behind a tunnel" }).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Remove server" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove server" }).click();
    await expect.poll(() => page.getByRole("treeitem", { name: "behind a tunnel" }).count()).toBe(0);
  } finally {
    await stop();
  }
});
