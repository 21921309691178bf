import { describe, expect, it } from "vitest";
import type { CredentialDefinition, Server } from "~/api/types";
import { someone } from "~/app/signIn/someone.testing";
import { withSource, withValue } from "./chooseSource";
import { fieldsOf, noteOf } from "./credentialFields";
import {
  type CredentialValues,
  credentialErrors,
  filledCredential,
  readerOf,
  valuesOf,
} from "./credentialForm";
import { barTo, orderedSources, type Source, suggestedSource } from "./credentialSources";
import { changeOf, definitionOf, emptyForm, errorsOf, fieldOf, formOf, type ServerForm } from "./form";
import { usernameOf } from "./usernameOf";

const tenant = "https://login.microsoftonline.com/99999999-8888-7777-6666-555555555555/v2.0";

/** The paths that are asked for at once, and behind a bar those that are folded. */
function shown(source: Source, values: CredentialValues = {}): string {
  const fields = fieldsOf(source, readerOf(source, values));
  const paths = (advanced: boolean) =>
    fields.filter((field) => (field.advanced ?? false) === advanced).map(({ path }) => path);
  return `${paths(false).join(" ")} | ${paths(true).join(" ")}`.trim();
}

describe("the suggested source", () => {
  it.each<[host: string, issuer: string | null, source: Source]>([
    ["shop.postgres.database.azure.com", null, "entra"],
    ["Shop.Postgres.Database.Azure.com.", null, "entra"],
    ["shop.postgres.database.usgovcloudapi.net", null, "entra"],
    ["shop.abc123.eu-central-1.rds.amazonaws.com", tenant, "aws_rds"],
    ["shop.abc123.rds.cn-north-1.amazonaws.com.cn", null, "password"],
    ["0123abcd.eu-west3.sql.goog", null, "gcp"],
    ["db.example.com", tenant, "entra"],
    ["", tenant, "entra"],
    ["db.example.com", "https://login.microsoftonline.us/common/v2.0", "entra"],
    ["localhost", tenant, "password"],
    ["/run/postgresql", tenant, "password"],
    ["db.example.com", "https://id.example.com", "password"],
    ["db.example.com", "github", "password"],
    ["postgres.database.azure.com.evil.example", null, "password"],
  ])("of %s, signed in at %s, is %s", (host, issuer, source) => {
    expect(suggestedSource(host, issuer)).toBe(source);
  });

  it("stands first, and all others stay", () => {
    expect(orderedSources("aws_rds")[0]).toBe("aws_rds");
    expect(new Set(orderedSources("aws_rds")).size).toBe(9);
  });
});

describe("the fields of a source", () => {
  it.each<[source: Source, values: CredentialValues, fields: string]>([
    ["password", {}, "|"],
    ["signed_in_user", {}, "exchange | present"],
    ["signed_in_user", { "signed_in_user.exchange": "on_behalf_of" }, "exchange scope | present"],
    [
      "signed_in_user",
      { "signed_in_user.exchange": "refresh" },
      "exchange scope | resource audience present",
    ],
    ["entra", {}, "flow resource | authority"],
    ["entra", { "entra.flow": "device_code" }, "flow tenant resource | client_id authority"],
    ["entra", { "entra.flow": "interactive" }, "flow tenant client_id client_secret resource | authority"],
    [
      "entra",
      { "entra.flow": "client_certificate" },
      "flow tenant client_id client_certificate resource | authority",
    ],
    ["entra", { "entra.flow": "workload_identity" }, "flow resource | tenant client_id token_file authority"],
    ["oauth", {}, "flow issuer client_id scope | client_secret present"],
    ["oauth", { "oauth.flow": "client_credentials" }, "flow issuer client_id scope client_secret | present"],
    ["aws_rds", {}, "identity | role_arn region signing_host signing_port profile"],
    [
      "aws_rds",
      { "aws_rds.identity": "signed_in_user" },
      "identity role_arn | region signing_host signing_port",
    ],
    ["gcp", { "gcp.identity": "signed_in_user" }, "identity audience | service_account scope"],
    ["vault", {}, "auth.method address role auth.role | mount auth.mount namespace static_role ca_pem"],
    [
      "vault",
      { "vault.auth.method": "token" },
      "auth.method address role auth.token_file | mount namespace static_role ca_pem",
    ],
  ])("%s with %j are %s", (source, values, fields) => {
    expect(shown(source, values)).toBe(fields);
  });

  it("are read from a saved credential and become the same again", () => {
    const saved: CredentialDefinition[] = [
      { type: "password" },
      { type: "signed_in_user", exchange: "token_exchange", audience: "db", present: "password" },
      { type: "entra" },
      { type: "entra", flow: "device_code", tenant: "example.com" },
      { type: "oauth", issuer: "https://id.example.com", client_id: "db", flow: "device_code" },
      { type: "aws_rds", identity: "signed_in_user", role_arn: "arn:aws:iam::1:role/db", signing_port: 5433 },
      { type: "gcp" },
      { type: "vault", address: "https://vault", role: "reader", static_role: true },
      { type: "vault", address: "https://vault", role: "reader", auth: { method: "jwt", role: "people" } },
      {
        type: "vault",
        address: "https://vault",
        role: "reader",
        auth: { method: "kubernetes", role: "pod" },
      },
    ];
    for (const credential of saved) {
      expect(filledCredential(credential.type, valuesOf(credential))).toEqual(credential);
    }
  });

  it("leave out a default that was written out, and what another flow had", () => {
    expect(filledCredential("entra", valuesOf({ type: "entra", flow: "signed_in_user" }))).toEqual({
      type: "entra",
    });
    const values = { "entra.flow": "managed_identity", "entra.client_secret": "s", "entra.tenant": "t" };
    expect(filledCredential("entra", values)).toEqual({ type: "entra", flow: "managed_identity" });
  });

  it("say what is missing, and not of a secret that is kept", () => {
    const values = { "entra.flow": "client_secret", "entra.tenant": "t", "entra.client_id": "c" };
    expect(Object.keys(credentialErrors("entra", values, null))).toEqual(["credential.client_secret"]);
    const kept = { source: "entra" as const, paths: ["client_secret"] };
    expect(credentialErrors("entra", values, kept)).toEqual({});
    expect(Object.keys(credentialErrors("oauth", {}, kept))).toEqual([
      "credential.issuer",
      "credential.client_id",
    ]);
    const approle = { "vault.auth.method": "approle", "vault.address": "https://v", "vault.role": "r" };
    expect(Object.keys(credentialErrors("vault", approle, null))).toEqual([
      "credential.auth.role_id",
      "credential.auth.secret_id",
    ]);
  });
});

describe("the form", () => {
  const good: ServerForm = { ...emptyForm("Azure"), name: "shop", host: "shop.postgres.database.azure.com" };

  it("needs nothing but the source where Entra ID knows the person", () => {
    const form = withSource(good, "entra");
    expect(errorsOf(form)).toEqual({});
    expect(definitionOf(form)).toMatchObject({
      username: "{upn}",
      credential: { type: "entra" },
      connection_parameters: { sslmode: "verify-full" },
    });
  });

  it("changes the username with the source until the person has typed one", () => {
    const entra = withSource(good, "entra");
    expect(withValue(entra, "flow", "managed_identity").username).toBe("");
    expect(withSource(entra, "gcp").username).toBe("{email}");
    expect(withSource({ ...entra, username: "Readers" }, "gcp").username).toBe("Readers");
  });

  it("leaves TLS as it was chosen, and as it is on this machine", () => {
    expect(withSource({ ...good, sslmode: "verify-ca" }, "entra").sslmode).toBe("verify-ca");
    expect(withSource({ ...good, host: "127.0.0.1" }, "signed_in_user").sslmode).toBe("");
    expect(withSource(good, "exec").sslmode).toBe("");
  });

  it("lends nobody Howdah's own identity unawares", () => {
    expect(definitionOf(withSource(good, "aws_rds")).credential).toEqual({
      type: "aws_rds",
      identity: "signed_in_user",
    });
  });

  it("takes no username where the source brings one", () => {
    expect(errorsOf({ ...good, source: "vault" }).username).toBeUndefined();
    expect(errorsOf({ ...good, source: "oauth" }).username).toBeDefined();
  });

  it("sends no secret that was not typed anew", () => {
    const server: Server = {
      id: "1",
      version: 4,
      owned: true,
      connected: false,
      kept_secrets: ["client_secret"],
      name: "shop",
      host: "db",
      username: "app",
      credential: { type: "entra", flow: "client_secret", tenant: "t", client_id: "c" },
    };
    const form = formOf(server);
    expect(errorsOf(form)).toEqual({});
    expect(changeOf(form, 4).credential).toEqual(server.credential);
    const typed = withValue(form, "client_secret", "new");
    expect(changeOf(typed, 4).credential).toEqual({ ...server.credential, client_secret: "new" });
  });

  it("finds the field of what the server calls otherwise", () => {
    expect(fieldOf("server.credential.ca_file")).toBe("credential.ca_pem");
  });
});

it("a command may be chosen where there is one, or where people may write their own", () => {
  const choices = {
    exec_allowed: false,
    commands: [],
    service_identity_allowed: false,
    secrets_allowed: false,
    ssh_agent_allowed: false,
  };
  expect(barTo("exec", choices)).toMatch(/allows none/);
  expect(barTo("exec", { ...choices, exec_allowed: true })).toBeNull();
  expect(barTo("exec", { ...choices, commands: [{ name: "token" }] })).toBeNull();
  expect(barTo("entra", choices)).toBeNull();
});

it("a template is filled in as far as the browser knows the claims", () => {
  const ada = someone("ada");
  expect(usernameOf("{email:local}", ada)).toBe("ada");
  expect(usernameOf("team-{sub}", ada)).toBe("team-ada");
  expect(usernameOf("{upn}", ada)).toBeNull();
  expect(usernameOf("app", ada)).toBeNull();
});

it("says of each source what is kept", () => {
  expect(noteOf("oauth", () => "")).toMatch(/asked once/);
  expect(noteOf("entra", () => "")).toMatch(/renews from your sign-in/);
});
