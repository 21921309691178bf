import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("src", import.meta.url)) } },
  test: {
    environment: "node",
    include: ["e2e/**/*.e2e.ts"],
    globalSetup: "e2e/setup.ts",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Once more on a machine that stalls; vitest says which test needed it.
    retry: 1,
    expect: { poll: { timeout: 20_000 } },
    fileParallelism: false,
  },
});
