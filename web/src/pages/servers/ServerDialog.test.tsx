import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ConnectionTestReport, CredentialChoices, Server, ShownHostKey } from "~/api/types";
import { MeContext } from "~/app/me";
import { queryClient } from "~/app/queryClient";
import { someone } from "~/app/signIn/someone.testing";
import { ServerDialog } from "./ServerDialog";

const CHOICES: CredentialChoices = {
  exec_allowed: false,
  commands: [],
  service_identity_allowed: false,
  secrets_allowed: true,
  ssh_agent_allowed: false,
};

const SERVER: Server = {
  id: "1",
  version: 4,
  owned: true,
  connected: false,
  kept_secrets: ["tunnel.private_key", "connection_parameters.sslkey"],
  name: "shop",
  host: "db.internal",
  username: "ada",
  credential: { type: "none" },
  connection_parameters: { sslcert: "-----BEGIN CERTIFICATE-----" },
  tunnel: { host: "bastion.example.com", port: 22, username: "ada", authentication: "key" },
};

const HOST_KEY: ShownHostKey = {
  algorithm: "ssh-ed25519",
  fingerprint: "SHA256:abc",
  key: "ssh-ed25519 AAAAC3Nz",
};

const UNKNOWN_KEY: ConnectionTestReport = {
  passed: false,
  duration_ms: 3,
  steps: [
    {
      step: "tunnel",
      status: "failed",
      duration_ms: 3,
      detail: "",
      problem: {
        type: "about:blank",
        status: 502,
        title: "",
        detail: "Nobody has confirmed the key yet.",
        code: "database_unreachable",
        step: "tunnel",
        host_key: HOST_KEY,
      },
    },
  ],
};

const PASSED: ConnectionTestReport = {
  passed: true,
  duration_ms: 3,
  steps: [{ step: "tunnel", status: "passed", duration_ms: 3, detail: "" }],
};

interface Tried {
  server: Record<string, unknown>;
  server_id?: string;
}

let tried: Tried[] = [];

beforeEach(() => {
  tried = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    switch (new URL(request.url).pathname) {
      case "/api/v1/credential-choices":
        return Response.json(CHOICES);
      case "/api/v1/connection-tests":
        tried.push((await request.json()) as Tried);
        return Response.json(tried.length === 1 ? UNKNOWN_KEY : PASSED);
      default:
        return Response.json({ servers: [] });
    }
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  queryClient.clear();
});

function open(server: Server): ReturnType<typeof userEvent.setup> {
  render(
    <QueryClientProvider client={queryClient}>
      <MeContext value={someone("ada")}>
        <ServerDialog dialog={{ mode: "edit", server, key: 1 }} />
      </MeContext>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

it("shows the key of an SSH server, and tests again with it when it is trusted", async () => {
  const user = open({ ...SERVER, post_connection_sql: "set a = 1" });
  await user.click(screen.getByRole("button", { name: /^Test connection/ }));
  const report = screen.getByRole("region", { name: "Test connection" });
  expect((await within(report).findByText("SHA256:abc")).previousElementSibling?.textContent).toBe(
    "Fingerprint",
  );
  expect(within(report).getByText("ssh-ed25519")).toBeDefined();

  await user.click(within(report).getByRole("button", { name: "Trust this key and test again" }));
  expect(await within(report).findByText("works")).toBeDefined();
  expect(within(report).queryByText("The form has changed since.")).toBeNull();
  expect(document.activeElement?.textContent).toBe("Test connection");
  expect(tried.map(({ server }) => server.tunnel)).toEqual([
    SERVER.tunnel,
    { ...SERVER.tunnel, host_key: HOST_KEY.key },
  ]);
  expect(tried[0]?.server.post_connection_sql).toBe("set a = 1");
  expect(tried[0]?.server_id).toBe("1");
  expect(screen.getByText(HOST_KEY.key)).toBeDefined();
});

it("offers no key to trust once the tunnel leads elsewhere", async () => {
  const user = open(SERVER);
  await user.click(screen.getByRole("button", { name: /^Test connection/ }));
  const trust = await screen.findByRole("button", { name: "Trust this key and test again" });
  await user.type(screen.getByLabelText("SSH host"), ".org");
  expect(trust).toHaveProperty("disabled", true);
});

it("shows secrets as kept, and lets another be typed", async () => {
  const user = open(SERVER);
  const replace = await screen.findByRole("button", { name: "Replace Private key" });
  await vi.waitFor(() => expect(replace).toHaveProperty("disabled", false));
  await user.click(replace);
  await user.type(screen.getByLabelText("Private key"), "ssh-ed25519 AAAA");
  await user.tab();
  expect(screen.getByText(/^The text of a private key/)).toBeDefined();
  await user.click(screen.getByRole("button", { name: "Replace sslkey" }));
  expect(document.activeElement).toBe(screen.getByLabelText("Value of sslkey"));
});

it("asks for the fields of a tunnel once it is switched on", async () => {
  const user = open({ ...SERVER, tunnel: null, kept_secrets: [] });
  expect(screen.queryByLabelText("SSH host")).toBeNull();
  await user.click(screen.getByRole("checkbox", { name: "Connect through an SSH tunnel" }));
  await user.click(screen.getByRole("button", { name: /^Test connection/ }));
  expect(screen.getByLabelText("SSH host").getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByText("The SSH server's name or address.")).toBeDefined();
  expect(tried).toEqual([]);
});
