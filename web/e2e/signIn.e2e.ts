import { expect, it } from "vitest";

import { browsing, person, signIn, signInElsewhere } from "./visit";

const { open } = browsing();

it("lets ada in and out again", async () => {
  const { page } = await open();
  await signIn(page, person("ada"));
  await page.getByRole("button", { name: /ada@/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect.poll(async () => (await page.request.get("/api/v1/me")).status()).toBe(401);
});

it("refuses alan, who is in none of the groups, and says so", async () => {
  const { page } = await open();
  await signInElsewhere(page, person("alan"));
  await page.waitForURL(/\/(login|oauth2)/);
  await expect.poll(() => page.getByRole("alert").textContent()).toContain("claims_not_authorized");
  const response = await page.request.get("/api/v1/me");
  expect(response.status()).toBe(401);
});
