import { describe, expect, it } from "vitest";
import type { Server } from "~/api/types";
import { readConnectionString } from "./connectionString";
import {
  changeOf,
  definitionOf,
  emptyForm,
  errorsOf,
  fieldOf,
  formOf,
  newParameter,
  type ServerForm,
} from "./form";

const good: ServerForm = {
  ...emptyForm("Production"),
  name: "shop",
  host: "db.example",
  username: "{email:local}",
};

describe("the form of a server", () => {
  it("becomes the definition that the API takes", () => {
    const form: ServerForm = {
      ...good,
      sslmode: "verify-full",
      sslrootcert: "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----",
      parameters: [newParameter("connect_timeout", "10"), newParameter()],
      source: "exec",
      commandName: "demo-token",
      expiration: "0",
    };
    expect(errorsOf(form)).toEqual({});
    expect(definitionOf(form)).toEqual({
      name: "shop",
      group: "Production",
      host: "db.example",
      port: 5432,
      maintenance_db: "postgres",
      username: "{email:local}",
      environment: "unmarked",
      read_only: false,
      connection_parameters: {
        sslmode: "verify-full",
        sslrootcert: "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n",
        connect_timeout: "10",
      },
      credential: { type: "exec", name: "demo-token", expiration_seconds: 0 },
    });
  });

  it("is the same after a server was saved and opened again", () => {
    const form: ServerForm = { ...good, role: "app", comment: "Ours", sslmode: "require", source: "none" };
    const server: Server = {
      id: "1",
      version: 1,
      owned: true,
      connected: false,
      kept_secrets: [],
      ...definitionOf(form),
    };
    expect(formOf(server)).toEqual(form);
  });

  it("does not ask for secrets that may be among those that cannot be opened", () => {
    const credential = { "entra.flow": "client_secret", "entra.tenant": "t", "entra.client_id": "c" };
    const form: ServerForm = { ...good, source: "entra", credential };
    expect(Object.keys(errorsOf(form))).toEqual(["credential.client_secret"]);
    expect(errorsOf({ ...form, unreadable: true })).toEqual({});
  });

  it("says that what was emptied is to be removed", () => {
    expect(changeOf(good, 3)).toMatchObject({ version: 3, role: "", comment: "" });
  });

  it.each<[Partial<ServerForm>, string]>([
    [{ name: " " }, "name"],
    [{ host: "a b" }, "host"],
    [{ port: "0" }, "port"],
    [{ port: "70000" }, "port"],
    [{ port: "54 32" }, "port"],
    [{ username: "" }, "username"],
    [{ source: "exec" }, "credential.command"],
    [{ source: "exec", command: "x", expiration: "soon" }, "credential.expiration_seconds"],
    [{ sslrootcert: "/etc/ssl/root.crt" }, "connection_parameters.sslrootcert"],
    [{ parameters: [newParameter("sslmode", "require")] }, "connection_parameters.sslmode"],
    [{ parameters: [newParameter("a", "1"), newParameter("a", "2")] }, "connection_parameters.a"],
    [{ parameters: [newParameter("", "1")] }, "connection_parameters."],
  ])("refuses %o at %s", (fields, path) =>
    expect(Object.keys(errorsOf({ ...good, ...fields }))).toEqual([path]),
  );

  it("knows the fields that a test of a connection speaks of", () => {
    expect(fieldOf("server.connection_parameters.sslmode")).toBe("connection_parameters.sslmode");
    expect(fieldOf("port")).toBe("port");
  });
});

describe("a connection string", () => {
  it("fills in what it says", () => {
    const said = readConnectionString(
      "postgresql://ada:s%40crt@db.example:6432/shop?sslmode=require&connect_timeout=5",
    );
    expect(said?.password).toBe("s@crt");
    expect(said?.fields).toMatchObject({
      name: "db.example",
      host: "db.example",
      port: "6432",
      maintenance_db: "shop",
      username: "ada",
      sslmode: "require",
      parameters: [{ keyword: "connect_timeout", value: "5" }],
    });
  });

  it("may come from a JDBC URL or name an IPv6 address", () => {
    expect(readConnectionString("jdbc:postgresql://[::1]/shop?user=ada&password=x")).toMatchObject({
      password: "x",
      fields: { host: "::1", username: "ada" },
    });
  });

  it("leaves alone what it does not say", () => {
    expect(readConnectionString("postgres://db")?.fields).toEqual({ name: "db", host: "db" });
  });

  it.each(["db.example", "https://db.example", "postgresql://[", ""])("is not %o", (text) => {
    expect(readConnectionString(text)).toBeNull();
  });
});
