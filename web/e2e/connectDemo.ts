import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { ROLE } from "./demo";

/** Adds the demo's PostgreSQL to a Howdah of the test's own, with its password typed. */
export async function connectDemo(
  page: Page,
  origin: string,
  more: { save_password?: boolean } = {},
): Promise<void> {
  const { request } = page.context();
  const headers = { origin };
  const data = {
    name: "demo",
    group: "Tests",
    host: "127.0.0.1",
    port: inject("demo").postgres_port,
    maintenance_db: "shop",
    username: ROLE.username,
    credential: { type: "password" },
  };
  const added = await request.post("/api/v1/servers", { headers, data });
  expect(added.status(), await added.text()).toBe(201);
  const { id } = (await added.json()) as { id: string };
  const password = { password: ROLE.password, ...more };
  const connected = await request.post(`/api/v1/servers/${id}/connect`, { headers, data: password });
  expect(connected.status(), await connected.text()).toBe(200);
}
