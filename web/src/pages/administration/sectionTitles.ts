import type { Section } from "~/app/paths";

/** What each section is called, in the navigation and above itself. */
export const sectionTitles: Record<Section, string> = {
  people: "People",
  sessions: "Sessions",
  providers: "Identity providers",
  servers: "Shared servers",
  connections: "Connections",
  audit: "Audit",
};
