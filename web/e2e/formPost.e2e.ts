import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { violations } from "./axe";
import type { Person } from "./demo";
import { Stage } from "./stage";
import { browsing } from "./visit";

const { open } = browsing();
const lin: Person = { username: "lin", password: "lin at example" };
let stage: Stage;

beforeAll(async () => {
  // Another host than the provider's makes it another site.
  stage = await Stage.start([lin], { providerKeys: 'response_mode = "form_post"', host: "localhost" });
});
afterAll(() => stage.stop());

describe("signing in with an answer in a form", () => {
  it("works on http, where the browser sends no cookie along from another site", async () => {
    const { page } = await open(stage.url);
    const posts: { origin: string | undefined; cookie: boolean }[] = [];
    page.on("request", (request) => {
      if (request.method() !== "POST" || !request.url().endsWith("/oauth2/authorize")) return;
      void request
        .allHeaders()
        .then((headers) => posts.push({ origin: headers.origin, cookie: "cookie" in headers }));
    });
    await page.goto("/");
    await page.getByRole("link", { name: "Continue with Example ID" }).click();
    await page.getByLabel("User name").fill(lin.username);
    await page.getByLabel("Password").fill(lin.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: /^lin@/ }).waitFor();
    expect(posts).toMatchObject([{ cookie: false }, { origin: stage.url, cookie: true }]);
  });
});

describe("the login page without scripts", () => {
  it("is dark where the system is, reads well, and signs in", async () => {
    await stage.addAccount({ username: "ada", password: "correct horse" });
    const { page } = await open(stage.url, { javaScriptEnabled: false, colorScheme: "dark" });
    await page.goto("/login");
    const ground = await page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
    expect(ground).toBe("rgb(17, 19, 23)");
    await page.getByLabel("User name").fill("ada");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").getByText("The user name or the password is wrong").waitFor();
    expect(await page.getByLabel("User name").inputValue()).toBe("ada");
    await page.getByLabel("Password").fill("correct horse");
    const answer = page.waitForResponse((response) => response.url().endsWith("/login"));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    expect((await answer).status()).toBe(303);
  });

  it("has no accessibility faults", async () => {
    const { page } = await open(stage.url);
    await page.goto("/login");
    expect(await violations(page)).toEqual([]);
  });
});
