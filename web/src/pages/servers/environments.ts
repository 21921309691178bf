import type { Environment } from "~/api/types";

/** What a server may be for, in the order of the form. */
export const environments: readonly { value: Environment; label: string; production?: boolean }[] = [
  { value: "unmarked", label: "Not marked" },
  { value: "development", label: "Development" },
  { value: "staging", label: "Staging" },
  { value: "production", label: "Production", production: true },
];
