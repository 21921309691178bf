import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { brotli } from "./build/brotli.ts";
import { version } from "./build/version.ts";

/** Where `npm run dev` finds the server. */
const server = process.env.HOWDAH_URL ?? "http://127.0.0.1:8080";
const fromServer = ["/api", "/login", "/logout", "/oauth2"];

export default defineConfig({
  plugins: [react(), brotli()],
  define: { HOWDAH_VERSION: JSON.stringify(version()) },
  resolve: { alias: { "~": fileURLToPath(new URL("src", import.meta.url)) } },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
  server: { proxy: Object.fromEntries(fromServer.map((path) => [path, { target: server, ws: true }])) },
});
