import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Howdah's version: the page is a part of the program, and there is one version of both. */
export function version(): string {
  const manifest = readFileSync(fileURLToPath(new URL("../../Cargo.toml", import.meta.url)), "utf8");
  const found = /^version = "(.+)"$/m.exec(manifest)?.[1];
  if (found === undefined) throw new Error("Cargo.toml does not say the version");
  return found;
}
