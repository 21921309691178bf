import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";

import { violations } from "./axe";
import { type Person, ROLE } from "./demo";
import { Stage } from "./stage";
import { browsing, signIn } from "./visit";

const { open } = browsing();
const root: Person = { username: "root", password: "correct horse" };
const lin: Person = { username: "lin", password: "lin at example" };
const mia: Person = { username: "mia", password: "mia at example" };
let stage: Stage;
/** A name of each try's own: what an earlier one shared is still there. */
let shop: string;
let tries = 0;

beforeAll(async () => {
  stage = await Stage.start([lin, mia]);
  await stage.addAccount(root, "administrator");
});
afterAll(() => stage.stop());
beforeEach(() => {
  tries += 1;
  shop = `shop${tries}`;
});

const dialog = (page: Page, name: string) => page.getByRole("dialog", { name, exact: true });
/** A server in the explorer, which also says whose it is and what for. */
const node = (page: Page, name: string) =>
  page.getByRole("treeitem", { name: new RegExp(`^${name}( |,|$)`) }).first();

async function signedIn(who: Person): Promise<Page> {
  const { page } = await open(stage.url);
  if (who === root) {
    await page.goto("/");
    await page.getByLabel("User name").fill(who.username);
    await page.getByLabel("Password").fill(who.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  } else {
    await signIn(page, who);
  }
  await page.getByRole("button", { name: new RegExp(`^${who.username}`) }).waitFor();
  return page;
}

async function choose(page: Page, name: string, action: string): Promise<void> {
  await node(page, name).click({ button: "right" });
  await page.getByRole("menuitem", { name: action }).click();
}

/** What an administrator says of a server that is shared. */
async function fillIn(form: Locator): Promise<void> {
  await form.getByLabel("Name", { exact: true }).fill(shop);
  await form.getByLabel("Host").fill("127.0.0.1");
  await form.getByLabel("Port").fill(String(inject("demo").postgres_port));
  await form.getByRole("radio", { name: "Password", exact: true }).check({ force: true });
  await form.getByLabel("Database user").fill(ROLE.username);
  await form.getByRole("radio", { name: "People by claims" }).check({ force: true });
  await form.getByLabel("With one of these claims").fill("email = lin@example.com");
}

it("a server is shared by a rule, then with everyone, and each sets and copies what is theirs", async () => {
  const administrator = await signedIn(root);
  await administrator
    .getByRole("button", { name: /^Add server/ })
    .first()
    .click();
  const form = dialog(administrator, "Add server");
  await fillIn(form);
  await form.getByText(/Others log in as themselves/).waitFor();
  expect(await violations(administrator)).toEqual([]);
  await form.getByRole("button", { name: "Add server" }).click();
  await form.waitFor({ state: "detached" });
  // The new server is opened, and asks its owner.
  await dialog(administrator, `Connect to ${shop}`).getByRole("button", { name: "Cancel" }).click();

  // Whom the rule admits sees it, logs in, and sets for themselves what is theirs to set.
  const page = await signedIn(lin);
  await node(page, shop).click();
  await page.keyboard.press("ArrowRight");
  const asked = dialog(page, `Connect to ${shop}`);
  await asked.getByLabel("Password of ada").fill(ROLE.password);
  await asked.getByRole("button", { name: /^Connect/ }).click();
  await page.getByRole("treeitem", { name: /^postgres/ }).waitFor();
  await choose(page, shop, "My settings here");
  const own = dialog(page, `My settings of ${shop}`);
  await own.getByText("root shares this server with you.").waitFor();
  await own.getByLabel("Name", { exact: true }).fill(`my ${shop}`);
  await own.getByRole("radio", { name: "Production" }).check({ force: true });
  expect(await violations(page)).toEqual([]);
  await own.getByRole("button", { name: /^Save settings/ }).click();
  await node(page, `my ${shop}`).waitFor();

  // A copy is one's own, and private.
  await choose(page, `my ${shop}`, "Duplicate");
  const copy = dialog(page, "Add server");
  await copy.getByLabel("Name", { exact: true }).fill(`copy of ${shop}`);
  await copy.getByText("Only you see this server.").waitFor();
  await copy.getByRole("button", { name: "Add server" }).click();
  await copy.waitFor({ state: "detached" });
  await dialog(page, `Connect to copy of ${shop}`).getByRole("button", { name: "Cancel" }).click();
  await node(page, `copy of ${shop}`).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Edit server" }).waitFor();

  // Whom it does not admit sees nothing, until it is everybody's; names that others set stay theirs.
  const other = await signedIn(mia);
  const none = other.getByRole("heading", { name: "No servers yet" });
  await none.or(other.getByRole("treeitem")).first().waitFor();
  expect(await node(other, shop).count()).toBe(0);
  await choose(administrator, shop, "Edit server");
  const edit = dialog(administrator, `Edit ${shop}`);
  await edit.getByRole("radio", { name: "Everyone" }).check({ force: true });
  await edit.getByRole("button", { name: /^Save/ }).click();
  await edit.waitFor({ state: "detached" });
  await other.reload();
  await node(other, shop).waitFor();
  expect(await other.getByRole("treeitem", { name: /copy of|my shop/ }).count()).toBe(0);
});
