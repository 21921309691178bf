import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { version } from "./build/version.ts";

export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("src", import.meta.url)) } },
  define: { HOWDAH_VERSION: JSON.stringify(version()) },
  // A test compares the documentation of keys with the keys.
  server: { fs: { allow: [".", "../docs"] } },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // Machines of CI are slow, and a test that waits for a page takes as long as it takes.
    testTimeout: 30_000,
    css: { modules: { classNameStrategy: "non-scoped" } },
  },
});
