import { expect, inject, it } from "vitest";

import { connectServer } from "./connectDemo";
import { startPostgres } from "./demo";
import { browsing, person, signIn } from "./visit";
import { Workbench } from "./workbench";

const { open } = browsing();

/** Rows for a minute, of which each is sent as it comes. */
const SLOW = "select i, repeat('x', 9000), pg_sleep(0.01) from generate_series(1, 6000) i";

it("PostgreSQL that is killed or shut down in mid-run is told as that, and runs go on once it is back", async () => {
  const postgres = await startPostgres();
  const { origin } = new URL(inject("demo").url);
  const { page } = await open();
  await signIn(page, person("ada"));
  const { port, pathname, username, password } = new URL(postgres.url);
  const where = { name: "mortal", port: Number(port), maintenance_db: pathname.slice(1) };
  const login = { username, password: decodeURIComponent(password) };
  const id = await connectServer(page, origin, where, login);
  try {
    await page.reload();
    const bench = new Workbench(page);
    await bench.newQuery("mortal");
    const alert = bench.results.getByRole("alert");

    for (const end of ["kill", "stop"] as const) {
      await bench.run(SLOW);
      await expect.poll(() => bench.results.textContent()).toMatch(/Running .*\d rows/);
      await postgres.order(end);
      const reason = end === "stop" ? "terminating connection due to administrator command" : "was lost";
      await expect.poll(() => alert.textContent()).toContain(reason);
      expect(await alert.textContent()).toContain("What the running statement did is not known.");
      expect(await bench.editor.textContent()).toBe(SLOW);
      // The rows that had come stay.
      await expect.poll(() => bench.cell(0, 0).textContent()).toBe("1");

      await bench.run(`select 'asked before it was back, ${end}'`);
      await expect.poll(() => alert.textContent()).toContain("Check host, port and network");
      await postgres.order("start");
      await bench.button("Try again").click();
      await expect.poll(() => bench.cell(0, 0).textContent()).toBe(`asked before it was back, ${end}`);
    }
  } finally {
    await page.request.delete(`/api/v1/servers/${id}`, { headers: { origin } });
    await postgres.stop();
  }
});
