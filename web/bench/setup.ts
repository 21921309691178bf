import type { TestProject } from "vitest/node";

import type { Demo } from "../e2e/demo";

/** The benchmark has started everything and says where in `HOWDAH_BENCH`. */
export default function setup(project: TestProject): void {
  const started = process.env.HOWDAH_BENCH;
  if (started === undefined) throw new Error("cargo xtask bench runs this");
  project.provide("demo", JSON.parse(started) as Demo);
}
