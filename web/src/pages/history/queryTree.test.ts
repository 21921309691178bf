import { describe, expect, it } from "vitest";

import type { SavedQuery } from "~/api/types";
import { movedFolder, ownFolders, SHARED, treeLines } from "./queryTree";

function query(folder: string, name: string, owner?: string): SavedQuery {
  return {
    id: `${folder}:${name}`,
    folder,
    name,
    owned: owner === undefined,
    owner: owner ?? "ada",
    version: 1,
    updated_at: "2026-11-26T05:00:00Z",
  };
}

const QUERIES = [
  query("", "loose"),
  query("Reports/Daily", "late"),
  query("Reports", "sums"),
  query("Team", "theirs", "zoe"),
];

function shown(shut: readonly string[] = [], wanted = "", made: readonly string[] = []): string[] {
  return treeLines(QUERIES, made, new Set(shut), wanted).map((line) => {
    const words = line.kind === "folder" ? `${line.name} (${line.count})` : line.query.name;
    return `${"  ".repeat(line.depth)}${words}`;
  });
}

describe("the tree of saved queries", () => {
  it("has folders before queries, and what others share behind all", () => {
    expect(shown()).toEqual([
      "Reports (2)",
      "  Daily (1)",
      "    late",
      "  sums",
      "loose",
      "Shared with you (1)",
      "  Team (1)",
      "    theirs",
    ]);
  });

  it("hides what is in a folder that is shut, unless something is looked for", () => {
    expect(shown(["/Reports", SHARED])).toEqual(["Reports (2)", "loose", "Shared with you (1)"]);
    expect(shown(["/Reports"], "LATE")).toEqual(["Reports (1)", "  Daily (1)", "    late"]);
  });

  it("shows folders that are empty", () => {
    expect(shown(["/Reports", SHARED], "", ["Archive/2025"])).toEqual([
      "Archive (0)",
      "  2025 (0)",
      "Reports (2)",
      "loose",
      "Shared with you (1)",
    ]);
  });

  it("knows the folders of one's own, and where they are after a move", () => {
    expect(ownFolders(QUERIES, ["Archive/2025"])).toEqual([
      "Archive",
      "Archive/2025",
      "Reports",
      "Reports/Daily",
    ]);
    expect(movedFolder("Reports/Daily", "Reports", "Old")).toBe("Old/Daily");
    expect(movedFolder("Reports/Daily", "Reports", "")).toBe("Daily");
    expect(movedFolder("Reporting", "Reports", "Old")).toBeNull();
  });
});
