import { expect, test } from "vitest";

import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

const DOCUMENT =
  "select jsonb_agg(jsonb_build_object('id', g, 'name', 'customer ' || g, 'tags', array['ä', 'b'])) as doc from generate_series(1, 20000) g";

async function bench() {
  const { page } = await open();
  await signIn(page, person("ada"));
  const workbench = new Workbench(page);
  await workbench.newQuery();
  const value = page.getByRole("complementary", { name: "Value" });
  const view = async (beginning: string) => {
    await workbench.cell(0, 0).getByText(beginning).waitFor({ state: "attached", timeout: 60_000 });
    await workbench.clickGrid(100, 50);
    await page.keyboard.press("Enter");
    await value.waitFor();
  };
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const copy = async () => {
    await value.getByRole("button", { name: "Copy value" }).click();
    await page.getByText(/^Copied/).waitFor();
    return clipboard();
  };
  return { page, workbench, value, view, copy, clipboard };
}

test("a document of more than 1 MB is looked at as a tree, searched and copied whole", async () => {
  const { page, workbench, value, view, copy, clipboard } = await bench();
  await workbench.run(DOCUMENT);
  await view('[{"id"');
  await value.getByRole("tree", { name: "JSON" }).getByText("[20000]").waitFor();
  await value.getByRole("textbox", { name: "Search in value" }).fill("customer 19876");
  await value.getByRole("treeitem").filter({ hasText: '"customer 19876"' }).waitFor();

  const text = await copy();
  const parsed = JSON.parse(text) as { id: number }[];
  expect([text.length > 1_000_000, parsed.length, parsed.at(-1)?.id]).toEqual([true, 20_000, 20_000]);
  await value.getByText("Formatted").click();
  await value.getByText(/^The first 262,144 of [\d,]+ characters/).waitFor();
  await value.getByRole("button", { name: "Show more" }).click();
  await value.getByText(/^The first 524,288 of/).waitFor();

  await workbench.clickGrid(100, 50);
  await page.keyboard.press("ControlOrMeta+c");
  await expect.poll(async () => (await clipboard()).length).toBe(text.length);
});

test("bytes and texts of many MB show their beginning and are copied whole", async () => {
  const { page, workbench, value, view, copy } = await bench();
  await workbench.run("select convert_to(repeat('Howdah! ', 1000000), 'UTF8') as file");
  await view("\\x486f");
  await value.getByText("000000  48 6f 77 64 61 68 21 20  Howdah!").waitFor();
  await value.getByText("The first 65,536 of 8,000,000 bytes.").waitFor();
  const digits = await copy();
  expect(digits.length).toBe(16_000_002);
  await page.keyboard.press("Escape");

  await workbench.run("select repeat('0123456789', 3000000) as long");
  await view("0123");
  await value.getByText("The first 262,144 of 30,000,000 characters.").waitFor();
  await expect.poll(async () => (await copy()).length).toBe(30_000_000);

  await workbench.run("select repeat('9876543210', 4000000) as longer");
  await view("9876");
  await value.getByText(/first 64 kB of 38 MB\. A download has all of it/).waitFor();
});
