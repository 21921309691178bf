import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { Problem, Server } from "~/api/types";
import type { Row } from "./flatten";
import { serverNode } from "./nodes";
import { TreeRow } from "./TreeRow";

afterEach(cleanup);

const server: Server = {
  id: "1",
  version: 1,
  owned: true,
  connected: false,
  kept_secrets: [],
  name: "shop",
  host: "db.internal",
  username: "ada",
  credential: { type: "none" },
};

const unknownKey: Problem = {
  type: "about:blank",
  status: 502,
  title: "",
  detail: "Nobody has confirmed the key yet.",
  code: "database_unreachable",
  step: "tunnel",
  host_key: { algorithm: "ssh-ed25519", fingerprint: "SHA256:abc", key: "ssh-ed25519 AAAA" },
};

function show(problem: Problem): string | null {
  const row: Row = {
    kind: "failed",
    id: "s/1#failed",
    level: 2,
    parent: serverNode(server),
    filter: "",
    problem,
  };
  render(<TreeRow id="row" index={1} top={0} row={row} filter="" selected={false} />);
  return screen.getByRole("treeitem").textContent;
}

it("says where the key of an SSH server is confirmed, and leads there", () => {
  expect(show(unknownKey)).toContain("open the server's settings and test the connection.");
  expect(screen.getByRole("button", { name: "Edit server" })).toBeDefined();
});

it("says nothing of keys when the tunnel fails for another reason", () => {
  expect(show({ ...unknownKey, host_key: null })).not.toContain("settings");
});
