import { describe, expect, it } from "vitest";

import { violations } from "./axe";
import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

describe.each(["Light", "Dark", "High contrast"])("in the theme %s, axe finds nothing", (theme) => {
  it("on the workbench with rows, with an error, and in the dialog of a server", async () => {
    const { page } = await open();
    await signIn(page, person("ada"));
    const bench = new Workbench(page);
    await bench.newQuery();
    await page.getByRole("button", { name: /ada@/ }).click();
    await page.getByRole("menuitemcheckbox", { name: theme }).click();
    const shown = theme === "Light" ? "light" : theme === "Dark" ? "dark" : "contrast";
    await expect.poll(() => page.locator("html").getAttribute("data-theme")).toBe(shown);

    await bench.run("select 1 as id, 'x' as note");
    await bench.tab("1 select 1").waitFor();
    expect(await violations(page)).toEqual([]);

    await bench.run("begin; select relnam from pg_class");
    await bench.tab("Messages 1 error").waitFor();
    expect(await violations(page)).toEqual([]);
    await bench.button("Roll back").first().click();

    await page
      .getByRole("button", { name: /^Add server/ })
      .first()
      .click();
    await page.getByRole("dialog", { name: "Add server" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

it("on the login page, axe finds nothing", async () => {
  const { page } = await open();
  await page.goto("/");
  await page.locator('a[href*="/oauth2/login/"]').first().waitFor();
  expect(await violations(page)).toEqual([]);
});
