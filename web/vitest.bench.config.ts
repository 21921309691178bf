import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Figures that need a browser. `cargo xtask bench` runs these on what it has started; they are no part of the tests. */
export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("src", import.meta.url)) } },
  test: {
    environment: "node",
    include: ["bench/**/*.bench.ts"],
    globalSetup: "bench/setup.ts",
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    fileParallelism: false,
  },
});
