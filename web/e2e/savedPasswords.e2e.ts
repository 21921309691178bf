import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";

import { violations } from "./axe";
import { type Person, ROLE } from "./demo";
import { Stage } from "./stage";
import { browsing, signIn } from "./visit";

const { open } = browsing();
const lin: Person = { username: "lin", password: "lin at example" };
const mia: Person = { username: "mia", password: "mia at example" };
const MASTER = "a master password";
let sealed: Stage;
let forbidden: Stage;

beforeAll(async () => {
  [sealed, forbidden] = await Promise.all([
    Stage.start([lin], { settings: "[secrets]\nmaster_password_required = true" }),
    Stage.start([mia], { settings: "[secrets]\nallow_save_password = false" }),
  ]);
});
afterAll(() => Promise.all([sealed.stop(), forbidden.stop()]));

const dialog = (page: Page, name: string) => page.getByRole("dialog", { name, exact: true });
const asked = (page: Page) => dialog(page, "Connect to shop");
const node = (page: Page) => page.getByRole("treeitem", { name: "shop", exact: true }).first();
/** A database below the server: it is connected. */
const database = (page: Page) => page.getByRole("treeitem", { name: /^postgres/ });

async function addServer(page: Page): Promise<void> {
  await page
    .getByRole("button", { name: /^Add server/ })
    .first()
    .click();
  const form = dialog(page, "Add server");
  await form.getByLabel("Name", { exact: true }).fill("shop");
  await form.getByLabel("Host").fill("127.0.0.1");
  await form.getByLabel("Port").fill(String(inject("demo").postgres_port));
  await form.getByRole("radio", { name: "Password", exact: true }).check({ force: true });
  await form.getByLabel("Database user").fill(ROLE.username);
  await form.getByRole("button", { name: "Add server" }).click();
  await form.waitFor({ state: "detached" });
}

async function chooseInMenu(page: Page, name: string): Promise<void> {
  await page.getByTitle("Account and theme").click();
  await page.getByRole("menuitem", { name }).click();
}

async function expand(page: Page): Promise<void> {
  await node(page).click();
  await page.keyboard.press("ArrowRight");
}

async function press(place: Locator, name: RegExp | string): Promise<void> {
  await place.getByRole("button", { name }).click();
}

it("a saved password is sealed with a master password, asked for once, and forgotten by a reset", async () => {
  const { page } = await open(sealed.url);
  await signIn(page, lin);
  await addServer(page);

  // Saving the first password asks for a master password; nothing that was typed is lost meanwhile.
  await asked(page).getByLabel("Password of ada").fill(ROLE.password);
  await asked(page).getByLabel("Save password").check();
  await asked(page).getByText("with a master password that you set next").waitFor();
  expect(await violations(page)).toEqual([]);
  await press(asked(page), /^Connect/);
  const first = dialog(page, "Set a master password");
  await first.getByLabel("Master password", { exact: true }).fill(MASTER);
  await first.getByLabel("Master password again").fill("another");
  await press(first, /^Set master password/);
  await first.getByText("The passwords do not match.").waitFor();
  await first.getByLabel("Master password again").fill(MASTER);
  expect(await violations(page)).toEqual([]);
  await press(first, /^Set master password/);
  await database(page).waitFor();

  // Signed in anew: asked for, wrong, right, and the connection that waits goes on by itself.
  await chooseInMenu(page, "Sign out");
  await page.getByRole("heading", { name: /sign/i }).first().waitFor();
  await page.context().clearCookies();
  await signIn(page, lin);
  await expand(page);
  const locked = dialog(page, "Unlock your saved passwords");
  await locked.getByLabel("Master password").fill("not this one");
  await press(locked, /^Unlock/);
  await locked.getByText("This is not your master password.").waitFor();
  expect(await violations(page)).toEqual([]);
  await locked.getByLabel("Master password").fill(MASTER);
  await press(locked, /^Unlock/);
  await database(page).waitFor();

  // Under the account: the list, a lock, and a reset that says first what it forgets.
  await chooseInMenu(page, "Saved passwords");
  const saved = dialog(page, "Saved passwords");
  const target = `ada@127.0.0.1:${inject("demo").postgres_port}`;
  await saved.getByRole("row", { name: new RegExp(`shop.*${target}`) }).waitFor();
  await press(saved, "Lock now");
  await saved.getByRole("button", { name: "Unlock" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await press(saved, "Reset");
  const question = dialog(page, "Reset the master password?");
  await question.getByText(target).waitFor();
  await press(question, /^Reset and forget 1 saved password/);
  await saved.getByText("You have saved no passwords.").waitFor();
  await saved.getByText("You have no master password yet.").waitFor();
});

it("saving is not offered where the operator forbids it", async () => {
  const { page } = await open(forbidden.url);
  await signIn(page, mia);
  await addServer(page);
  await asked(page).getByLabel("Password of ada").fill(ROLE.password);
  await asked(page).getByText("written nowhere").waitFor();
  expect(await asked(page).getByLabel("Save password").count()).toBe(0);
  await press(asked(page), /^Connect/);
  await database(page).waitFor();
  await chooseInMenu(page, "Saved passwords");
  await dialog(page, "Saved passwords").getByText("does not let passwords be saved").waitFor();
});
