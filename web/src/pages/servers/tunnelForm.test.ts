import { describe, expect, it } from "vitest";
import type { Server, TunnelDefinition } from "~/api/types";
import { changeOf, definitionOf, emptyForm, errorsOf, formOf, newParameter, type ServerForm } from "./form";
import { emptyTunnel, hostKeyOf, type TunnelForm, tunnelFormOf, tunnelOf, withHostKey } from "./tunnelForm";

const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----";
const HOST_KEY = "ssh-ed25519 AAAAC3Nz";

const base: ServerForm = { ...emptyForm("Servers"), name: "shop", host: "db.internal", username: "ada" };

const tunnel: TunnelForm = {
  ...emptyTunnel,
  on: true,
  host: "bastion.example.com",
  username: "ada",
  private_key: KEY,
};

const saved: TunnelDefinition = {
  host: "bastion.example.com",
  port: 2222,
  username: "ada",
  authentication: "key",
  host_key: HOST_KEY,
  keep_alive_seconds: 30,
};

function serverOf(fields: Partial<Server>): Server {
  return {
    id: "1",
    version: 1,
    owned: true,
    connected: false,
    kept_secrets: [],
    ...definitionOf(base),
    ...fields,
  };
}

describe("the tunnel of a server", () => {
  it("becomes what the API takes, with the secrets that were typed", () => {
    expect(tunnelOf({ ...tunnel, passphrase: " p ", keep_alive: "30", password: "unused" })).toEqual({
      host: "bastion.example.com",
      port: 22,
      username: "ada",
      authentication: "key",
      private_key: `${KEY}\n`,
      passphrase: " p ",
      keep_alive_seconds: 30,
    });
    expect(tunnelOf({ ...tunnel, authentication: "password", password: "p" })).toEqual({
      host: "bastion.example.com",
      port: 22,
      username: "ada",
      authentication: "password",
      password: "p",
    });
  });

  it("is left out of a definition and removed by a change when it is switched off", () => {
    const off = { ...base, tunnel: { ...tunnel, on: false } };
    expect(definitionOf(off)).not.toHaveProperty("tunnel");
    expect(changeOf(off, 1).tunnel).toBeNull();
    expect(errorsOf({ ...base, tunnel: { ...emptyTunnel, port: "x" } })).toEqual({});
  });

  it("is the same after a server was saved and opened again, and its secrets stay", () => {
    const form = formOf(
      serverOf({ tunnel: saved, kept_secrets: ["tunnel.private_key", "tunnel.passphrase"] }),
    );
    expect(errorsOf(form)).toEqual({});
    expect(definitionOf(form).tunnel).toEqual(saved);
    expect(changeOf(form, 1).tunnel).toEqual(saved);
  });

  it("says that what was emptied is to be removed", () => {
    const form = withHostKey({ ...tunnelFormOf(saved), keep_alive: "" }, "");
    expect(changeOf({ ...base, tunnel: form }, 1).tunnel).toMatchObject({
      host_key: "",
      keep_alive_seconds: 0,
    });
  });

  it.each<[Partial<TunnelForm>, string]>([
    [{ host: " " }, "tunnel.host"],
    [{ host: "a b" }, "tunnel.host"],
    [{ port: "0" }, "tunnel.port"],
    [{ port: "70000" }, "tunnel.port"],
    [{ username: "" }, "tunnel.username"],
    [{ private_key: "" }, "tunnel.private_key"],
    [{ private_key: "ssh-ed25519 AAAA ada@laptop" }, "tunnel.private_key"],
    [{ private_key: "~/.ssh/id_ed25519" }, "tunnel.private_key"],
    [{ keep_alive: "often" }, "tunnel.keep_alive_seconds"],
    [{ keep_alive: "86401" }, "tunnel.keep_alive_seconds"],
  ])("refuses %o at %s", (fields, path) => {
    expect(Object.keys(errorsOf({ ...base, tunnel: { ...tunnel, ...fields } }))).toEqual([path]);
  });

  it("needs no password and no passphrase: they are asked for at connect", () => {
    const form = formOf(serverOf({ tunnel: saved, kept_secrets: ["tunnel.private_key"] }));
    for (const authentication of ["password", "agent", "key"] as const) {
      expect(errorsOf({ ...form, tunnel: { ...form.tunnel, authentication } })).toEqual({});
    }
    const agent = tunnelOf({ ...tunnel, authentication: "agent" });
    expect(agent).not.toHaveProperty("private_key");
  });

  it("takes keys of PuTTY, too", () => {
    const putty = { ...tunnel, private_key: "PuTTY-User-Key-File-3: ssh-ed25519\nx" };
    expect(errorsOf({ ...base, tunnel: putty })).toEqual({});
  });
});

describe("a host key", () => {
  it("is that of one host and port", () => {
    const trusted = withHostKey(tunnel, HOST_KEY);
    expect(tunnelOf(trusted)?.host_key).toBe(HOST_KEY);
    expect(hostKeyOf({ ...trusted, host: "other.example.com" })).toBe("");
    expect(hostKeyOf({ ...trusted, port: "2222" })).toBe("");
    expect(hostKeyOf({ ...trusted, host: " bastion.example.com " })).toBe(HOST_KEY);
  });

  it("is unknown until somebody has confirmed one", () => {
    expect(hostKeyOf(emptyTunnel)).toBe("");
    expect(tunnelOf(tunnel)).not.toHaveProperty("host_key");
  });
});

describe("SQL on every new connection", () => {
  it("is sent as it is written, and removed when it is empty", () => {
    const form = { ...base, post_connection_sql: "set a = 1;\n" };
    expect(definitionOf(form).post_connection_sql).toBe("set a = 1;\n");
    expect(formOf(serverOf(definitionOf(form))).post_connection_sql).toBe("set a = 1;\n");
    expect(definitionOf({ ...base, post_connection_sql: " \n" })).not.toHaveProperty("post_connection_sql");
    expect(changeOf(base, 1).post_connection_sql).toBe("");
  });

  it("may not be longer than the API takes", () => {
    expect(Object.keys(errorsOf({ ...base, post_connection_sql: "é".repeat(32_769) }))).toEqual([
      "post_connection_sql",
    ]);
  });
});

describe("a client key", () => {
  const kept = ["connection_parameters.sslkey", "connection_parameters.sslpassword"];
  const form = formOf(serverOf({ connection_parameters: { sslcert: "c" }, kept_secrets: kept }));

  it("has a row without its value, and stays when nobody types another", () => {
    expect(form.parameters.map(({ keyword, value }) => [keyword, value])).toEqual([
      ["sslcert", "c"],
      ["sslkey", ""],
      ["sslpassword", ""],
    ]);
    expect(definitionOf(form).connection_parameters).toEqual({ sslcert: "c" });
  });

  it("is replaced by what is typed", () => {
    const parameters = [newParameter("sslkey", KEY), newParameter("sslpassword")];
    expect(definitionOf({ ...form, parameters }).connection_parameters).toEqual({ sslkey: KEY });
  });

  it("is removed with its row", () => {
    const parameters = form.parameters.filter(({ keyword }) => keyword !== "sslkey");
    expect(changeOf({ ...form, parameters }, 1).connection_parameters).toEqual({ sslcert: "c", sslkey: "" });
  });
});
