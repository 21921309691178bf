import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { violations } from "./axe";
import type { Person } from "./demo";
import { Stage } from "./stage";
import { browsing, type Visit } from "./visit";

const { open } = browsing();
const lin: Person = { username: "lin", password: "lin at example" };
const mia: Person = { username: "mia", password: "mia at example" };
let stage: Stage;
/** An account of each test's own, kept by Howdah itself. */
let ada: Person;
let people = 0;

beforeAll(async () => {
  stage = await Stage.start([lin, mia]);
});
afterAll(() => stage.stop());
beforeEach(async () => {
  people += 1;
  ada = { username: `ada${people}`, password: "correct horse" };
  await stage.addAccount(ada);
});

async function fillForm(page: Page, { username, password }: Person): Promise<void> {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** A browser in which the person is signed in with a password kept by Howdah. */
async function signedIn(who: Person): Promise<Visit> {
  const visit = await open(stage.url);
  await visit.page.goto("/");
  await fillForm(visit.page, who);
  await account(visit.page, who).waitFor();
  return visit;
}

/** A browser in which the person is signed in through the provider. */
async function signedInByProvider(who: Person): Promise<Visit> {
  const visit = await open(stage.url);
  await visit.page.goto("/");
  await visit.page.getByRole("link", { name: "Continue with Example ID" }).click();
  await fillForm(visit.page, who);
  await account(visit.page, who).waitFor();
  return visit;
}

const account = (page: Page, who: Person) =>
  page.getByRole("button", { name: new RegExp(`^${who.username}@`) });

async function chooseOfAccount(page: Page, who: Person, entry: string | RegExp): Promise<void> {
  await account(page, who).click();
  await page.getByRole("menuitem", { name: entry }).click();
}

async function type(page: Page, text: string): Promise<Locator> {
  await page.keyboard.press("Alt+n");
  const editor = page.getByRole("textbox", { name: /^SQL of/ });
  await editor.click();
  await page.keyboard.insertText(text);
  return editor;
}

/** As when the person comes back to the window. */
const comeBack = (page: Page) => page.evaluate(() => void dispatchEvent(new Event("focus")));

const endedDialog = (page: Page) => page.getByRole("dialog", { name: "Your sign-in has ended" });

describe("the account's menu", () => {
  it("says who is signed in, and offers what they can do; the palette does too", async () => {
    const { page } = await signedIn(ada);
    await account(page, ada).click();
    const menu = page.getByRole("menu");
    expect(await menu.textContent()).toContain(
      `${ada.username}${ada.username}@local.exampleLocal accountYour sessions…`,
    );
    const entries = await menu.getByRole("menuitem").allTextContents();
    expect(entries).toEqual(["Your sessions…", "Saved passwords…", "Change password…", "Sign out"]);
    await page.keyboard.press("Escape");
    for (const [asked, dialog] of [
      ["your sessions", "Your sessions"],
      ["change password", "Change password"],
    ] as const) {
      await page.keyboard.press("ControlOrMeta+k");
      await page.keyboard.type(asked);
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: dialog }).waitFor();
      await page.keyboard.press("Escape");
    }
  });

  it("offers no change of a password to whoever signs in at a provider", async () => {
    const { page } = await signedInByProvider(lin);
    await account(page, lin).click();
    expect(await page.getByRole("menuitem").allTextContents()).toEqual([
      "Your sessions…",
      "Saved passwords…",
      "Sign out",
    ]);
    expect(await page.getByRole("menu").textContent()).toContain("Example ID");
  });
});

describe("your sessions", () => {
  it("show where one is signed in, and one that is ended asks there for a new sign-in", async () => {
    const here = await signedIn(ada);
    const there = await signedIn(ada);
    const editor = await type(there.page, "select 'typed there'");
    await chooseOfAccount(here.page, ada, "Your sessions…");
    const dialog = here.page.getByRole("dialog", { name: "Your sessions" });
    await dialog.getByText("This session").waitFor();
    expect(await dialog.getByRole("row").count()).toBe(3);
    expect(await dialog.getByRole("row").nth(1).textContent()).toMatch(/^Chrome on \w+.*127\.0\.0\.1/);

    await dialog.getByRole("button", { name: /^End session of Chrome/ }).click();
    const question = here.page.getByRole("dialog", { name: /^End the session of Chrome/ });
    await question.getByRole("button", { name: "End session" }).click();
    await here.page.getByText(/^The session of Chrome on \w+ has ended$/).waitFor();
    expect(await dialog.getByRole("row").count()).toBe(2);

    await comeBack(there.page);
    await endedDialog(there.page).getByText("Your tab is saved, up to the last key").waitFor();
    const popup = there.page.waitForEvent("popup");
    await endedDialog(there.page).getByRole("button", { name: "Sign in again" }).click();
    await fillForm(await popup, ada);
    await endedDialog(there.page).waitFor({ state: "detached" });
    expect(await editor.textContent()).toBe("select 'typed there'");
    await expect.poll(() => editor.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it("end all at once but this one", async () => {
    const here = await signedIn(ada);
    const others = [await signedIn(ada), await signedIn(ada)];
    await chooseOfAccount(here.page, ada, "Your sessions…");
    await here.page.getByRole("button", { name: "End all others (2)" }).click();
    const question = here.page.getByRole("dialog", { name: "End 2 other sessions?" });
    await question.getByRole("button", { name: "End 2 sessions" }).click();
    await here.page.getByText("2 other sessions have ended").waitFor();
    await here.page.getByText("You are signed in nowhere else.").waitFor();
    for (const { page } of others) {
      await comeBack(page);
      await endedDialog(page).waitFor();
    }
    expect((await here.page.request.get("/api/v1/me")).status()).toBe(200);
  });

  it("sign out where the current one is ended", async () => {
    const { page } = await signedIn(ada);
    await chooseOfAccount(page, ada, "Your sessions…");
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/login/);
    expect((await page.request.get("/api/v1/me")).status()).toBe(401);
  });
});

describe("a password", () => {
  it("is changed once all three fields are right, and other sessions end", async () => {
    const here = await signedIn(ada);
    const there = await signedIn(ada);
    await chooseOfAccount(here.page, ada, "Change password…");
    const dialog = here.page.getByRole("dialog", { name: "Change password" });
    const fill = async (current: string, next: string, again: string) => {
      await dialog.getByLabel("Current password").fill(current);
      await dialog.getByLabel("New password", { exact: true }).fill(next);
      await dialog.getByLabel("New password again").fill(again);
      await here.page.keyboard.press("Enter");
    };
    const invalid = () =>
      dialog
        .locator('[aria-invalid="true"]')
        .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).labels?.[0]?.textContent));

    await fill(ada.password, "a new secret", "a new sceret");
    await dialog.getByText("The passwords do not match.").waitFor();
    expect(await invalid()).toEqual(["New password again"]);
    await fill("wrong", "a new secret", "a new secret");
    await expect.poll(invalid).toEqual(["Current password"]);
    await fill(ada.password, "short", "short");
    await expect.poll(invalid).toEqual(["New password"]);
    await fill(ada.password, "a new secret", "a new secret");
    await here.page.getByText("Your password is changed. Your other sessions have ended.").waitFor();
    await dialog.waitFor({ state: "detached" });

    await comeBack(there.page);
    await endedDialog(there.page).waitFor();
    expect((await here.page.request.get("/api/v1/me")).status()).toBe(200);
    await signedIn({ ...ada, password: "a new secret" });
  });
});

describe("a sign-in that has ended", () => {
  const endHere = async (context: BrowserContext, page: Page) => {
    await context.clearCookies();
    await comeBack(page);
    await endedDialog(page).waitFor();
  };

  it("goes on from a tab where the browser opens no window", async () => {
    const { page, context } = await signedIn(ada);
    const editor = await type(page, "select 'kept'");
    await endHere(context, page);
    await page.evaluate(() => {
      window.open = () => null;
    });
    await endedDialog(page).getByRole("button", { name: "Sign in again" }).click();
    await endedDialog(page).getByText("The browser did not open the window.").waitFor();
    const opened = context.waitForEvent("page");
    await endedDialog(page).getByRole("link", { name: "Sign in in a new tab" }).click();
    await fillForm(await opened, ada);
    await endedDialog(page).waitFor({ state: "detached" });
    expect(await editor.textContent()).toBe("select 'kept'");
  });

  it("leads straight to the provider that the person came from", async () => {
    const { page, context } = await signedInByProvider(lin);
    await endHere(context, page);
    const popup = page.waitForEvent("popup");
    await endedDialog(page).getByRole("button", { name: "Continue with Example ID" }).click();
    const small = await popup;
    // Without cookies the provider knows nobody, and asks.
    await fillForm(small, lin);
    await endedDialog(page).waitFor({ state: "detached" });
    await expect.poll(() => small.isClosed()).toBe(true);
  });
});

describe("another person in the same browser", () => {
  it("is told whose page it is, sees nothing of it, and goes on with their own", async () => {
    const bea: Person = { username: `bea${people}`, password: "battery staple" };
    await stage.addAccount(bea);
    const { page, context } = await signedIn(ada);
    const editor = await type(page, "select 'only for ada'");
    const second = await context.newPage();
    await second.goto("/logout");
    await second.getByRole("button", { name: "Sign out" }).click();
    await fillForm(second, bea);
    await account(second, bea).waitFor();

    const dialog = page.getByRole("dialog", { name: `${bea.username}@local.example is signed in now` });
    await dialog.getByText(`This page belongs to ${ada.username}@local.example`).waitFor();
    expect(await editor.isVisible()).toBe(false);
    expect(await page.title()).toBe("Howdah");
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: /^Go on as bea/ }).click();
    await account(page, bea).waitFor();
    expect(await page.getByRole("textbox", { name: /^SQL of/ }).count()).toBe(0);
  });

  it("gives the page back when the first one signs in again", async () => {
    const { page, context } = await signedInByProvider(lin);
    const editor = await type(page, "select 'only for lin'");
    const second = await context.newPage();
    await second.goto("/logout");
    await second.getByRole("button", { name: "Sign out" }).click();
    await second.getByRole("heading", { name: "Sign out here too?" }).waitFor();
    await second.getByRole("button", { name: "Sign out" }).click();
    await second.getByRole("link", { name: "Continue with Example ID" }).click();
    await fillForm(second, mia);
    await account(second, mia).waitFor();

    const dialog = page.getByRole("dialog", { name: "mia@example.com is signed in now" });
    const popup = page.waitForEvent("popup");
    await dialog.getByRole("button", { name: "Sign in as lin@example.com" }).click();
    const small = await popup;
    await small.getByRole("button", { name: "Sign out" }).click();
    await small.getByRole("link", { name: "Continue with Example ID" }).click();
    await fillForm(small, lin);
    await dialog.waitFor({ state: "detached" });
    expect(await editor.isVisible()).toBe(true);
    expect(await editor.textContent()).toBe("select 'only for lin'");
  });
});

describe("a provider", () => {
  it("that does not answer, and then no longer renews, is told of in place", async () => {
    const { page } = await signedInByProvider(lin);
    const editor = await type(page, "select 'kept'");
    const places = () =>
      Promise.all(
        [page.getByRole("banner"), page.getByRole("complementary"), page.getByRole("contentinfo")].map(
          (region) => region.boundingBox(),
        ),
      );
    const before = await places();
    const banner = async () => {
      await comeBack(page);
      return page.getByRole("main").getByRole("status").first().textContent();
    };

    await stage.stopProvider();
    await expect
      .poll(banner, { timeout: 30_000, interval: 500 })
      .toMatch(
        /^Example ID does not answer since \d\d:\d\d\. Your session goes on; your work is kept\. Howdah tries again by itself\.$/,
      );
    expect(await places()).toEqual(before);

    await stage.startProvider();
    await expect
      .poll(banner, { timeout: 45_000, interval: 500 })
      .toMatch(
        /^Example ID no longer renews your sign-in\. Sign in again before \d\d:\d\d; your work is kept\./,
      );
    expect(await places()).toEqual(before);
    expect(await violations(page)).toEqual([]);

    await page.getByRole("button", { name: "Sign in again" }).click();
    const dialog = page.getByRole("dialog", { name: "Sign in again" });
    const popup = page.waitForEvent("popup");
    await dialog.getByRole("button", { name: "Continue with Example ID" }).click();
    await fillForm(await popup, lin);
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => page.getByText("no longer renews").count()).toBe(0);
    expect(await editor.textContent()).toBe("select 'kept'");
  }, 120_000);
});

describe("Howdah itself", () => {
  it("is told of when it does not answer, and the page goes on by itself", async () => {
    const { page, context } = await signedIn(ada);
    await context.setOffline(true);
    await comeBack(page);
    await page.getByText(/^Howdah does not answer since \d\d:\d\d\./).waitFor();
    await context.setOffline(false);
    await page.getByText(/^Howdah does not answer since/).waitFor({ state: "detached" });
  });
});

describe.each(["Light", "Dark", "High contrast"])("in the theme %s, axe finds nothing", (theme) => {
  it("in what is about the account", async () => {
    const { page, context } = await signedIn(ada);
    await signedIn(ada);
    await account(page, ada).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("menuitemcheckbox", { name: theme }).click();
    await chooseOfAccount(page, ada, "Your sessions…");
    await page.getByText("This session").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await chooseOfAccount(page, ada, "Change password…");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Type the current password.").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await context.clearCookies();
    await comeBack(page);
    await endedDialog(page).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
