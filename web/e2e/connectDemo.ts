import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { ROLE } from "./demo";

interface Login {
  readonly username: string;
  readonly password: string;
  readonly save_password?: boolean;
}

/** Adds the demo's PostgreSQL to a Howdah of the test's own, with its password typed. */
export async function connectDemo(
  page: Page,
  origin: string,
  more: { save_password?: boolean } = {},
): Promise<void> {
  const where = { name: "demo", port: inject("demo").postgres_port, maintenance_db: "shop" };
  await connectServer(page, origin, where, { ...ROLE, ...more });
}

/** Adds a server on this machine, and types its password. Answers its id. */
export async function connectServer(
  page: Page,
  origin: string,
  where: Readonly<Record<string, string | number | boolean>>,
  { username, ...password }: Login,
): Promise<string> {
  const { request } = page.context();
  const headers = { origin };
  const data = { group: "Tests", host: "127.0.0.1", username, credential: { type: "password" }, ...where };
  const added = await request.post("/api/v1/servers", { headers, data });
  expect(added.status(), await added.text()).toBe(201);
  const { id } = (await added.json()) as { id: string };
  const connected = await request.post(`/api/v1/servers/${id}/connect`, { headers, data: password });
  expect(connected.status(), await connected.text()).toBe(200);
  return id;
}
