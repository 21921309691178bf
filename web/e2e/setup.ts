import type { TestProject } from "vitest/node";

import { type Demo, startDemo } from "./demo";

declare module "vitest" {
  export interface ProvidedContext {
    demo: Demo;
  }
}

/** One demo for all files: they bring what they need along and leave nothing that others would see. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { demo, stop } = await startDemo();
  project.provide("demo", demo);
  return stop;
}
