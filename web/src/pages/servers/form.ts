import {
  type AudienceForm,
  audienceError,
  audienceFormOf,
  audienceOf,
  privateAudience,
} from "./audienceForm";
import type { CredentialDefinition, Environment, Server, ServerChange, ServerDefinition } from "~/api/types";
import {
  credentialErrors,
  type CredentialValues,
  filledCredential,
  type KeptSecrets,
  valuesOf,
} from "./credentialForm";
import { bringsUsername, type Source } from "./credentialSources";
import {
  emptyTunnel,
  tunnelChangeOf,
  tunnelErrors,
  type TunnelForm,
  tunnelFormOf,
  tunnelOf,
} from "./tunnelForm";

/** The dialog's fields as they are typed. */
export interface ServerForm {
  name: string;
  group: string;
  host: string;
  port: string;
  maintenance_db: string;
  username: string;
  role: string;
  environment: Environment;
  read_only: boolean;
  comment: string;
  tunnel: TunnelForm;
  post_connection_sql: string;
  /** Empty: PostgreSQL's default. */
  sslmode: string;
  /** PEM text; empty: the system's roots. */
  sslrootcert: string;
  parameters: readonly Parameter[];
  source: Source;
  /** The fields of all sources but `exec`, which has those below. */
  credential: CredentialValues;
  kept: KeptSecrets | null;
  /** Secrets are there that cannot be shown as kept, since they cannot be opened now. */
  unreadable: boolean;
  /** A command of one's own; used when `commandName` is empty. */
  command: string;
  commandName: string;
  expiration: string;
  timeout: string;
  audience: AudienceForm;
}

export interface Parameter {
  /** Tells rows apart while both of their fields are empty. */
  id: number;
  keyword: string;
  value: string;
}

/** What is wrong, under the path that the API gives the field. */
export type FieldErrors = Readonly<Record<string, string>>;

/** The keywords that have a field of their own. */
const own = new Set(["sslmode", "sslrootcert"]);

/** The secrets that a credential may have. */
const secretPaths = ["client_secret", "client_certificate", "auth.secret_id"];

/** The keywords whose values the API never shows. */
const secretKeywords: readonly string[] = ["sslkey", "sslpassword"];

const lastRow = { id: 0 };

export function newParameter(keyword = "", value = ""): Parameter {
  lastRow.id += 1;
  return { id: lastRow.id, keyword, value };
}

/** Whether the API takes the value of a keyword and never shows it. */
export function isSecretParameter(keyword: string): boolean {
  return secretKeywords.includes(keyword);
}

/** Where the API has a row of the form. */
export function parameterPath({ keyword }: Parameter): string {
  return `connection_parameters.${keyword.trim()}`;
}

/** Whether the server keeps a secret outside the credential, so that leaving it empty keeps it. */
export function keepsSecret({ kept }: ServerForm, path: string): boolean {
  return kept?.paths.includes(path) === true;
}

export function emptyForm(group: string | undefined): ServerForm {
  return {
    name: "",
    group: group ?? "Servers",
    host: "",
    port: "5432",
    maintenance_db: "postgres",
    username: "",
    role: "",
    environment: "unmarked",
    read_only: false,
    comment: "",
    tunnel: emptyTunnel,
    post_connection_sql: "",
    sslmode: "",
    sslrootcert: "",
    parameters: [],
    source: "password",
    credential: {},
    unreadable: false,
    kept: null,
    command: "",
    commandName: "",
    expiration: "",
    timeout: "",
    audience: privateAudience,
  };
}

export function formOf(server: Server): ServerForm {
  const { credential, connection_parameters: parameters = {} } = server;
  const exec = credential.type === "exec" ? credential : undefined;
  const keptKeywords = secretKeywords.filter((keyword) =>
    server.kept_secrets.includes(`connection_parameters.${keyword}`),
  );
  return {
    name: server.name,
    group: server.group ?? "Servers",
    host: server.host,
    port: String(server.port ?? 5432),
    maintenance_db: server.maintenance_db ?? "postgres",
    username: server.username,
    role: server.role ?? "",
    environment: server.environment ?? "unmarked",
    read_only: server.read_only ?? false,
    comment: server.comment ?? "",
    tunnel: tunnelFormOf(server.tunnel),
    post_connection_sql: server.post_connection_sql ?? "",
    sslmode: parameters.sslmode ?? "",
    sslrootcert: parameters.sslrootcert ?? "",
    parameters: [
      ...Object.entries(parameters).flatMap(([keyword, value]) =>
        own.has(keyword) ? [] : [newParameter(keyword, value)],
      ),
      ...keptKeywords.map((keyword) => newParameter(keyword)),
    ],
    source: credential.type,
    credential: valuesOf(credential),
    unreadable: server.unreadable_secrets === true,
    kept: server.kept_secrets.length === 0 ? null : { source: credential.type, paths: server.kept_secrets },
    command: exec?.command ?? "",
    commandName: exec?.name ?? "",
    expiration: exec?.expiration_seconds == null ? "" : String(exec.expiration_seconds),
    timeout: exec?.timeout_seconds == null ? "" : String(exec.timeout_seconds),
    audience: audienceFormOf(server.audience),
  };
}

/** The definition that the form says; only for a form without errors. */
export function definitionOf(form: ServerForm): ServerDefinition {
  const role = form.role.trim();
  const comment = form.comment.trim();
  const tunnel = tunnelOf(form.tunnel);
  const sql = sqlOf(form);
  return {
    name: form.name.trim(),
    group: form.group.trim(),
    host: form.host.trim(),
    port: Number(form.port),
    maintenance_db: form.maintenance_db.trim(),
    username: form.username.trim(),
    ...(role === "" ? {} : { role }),
    environment: form.environment,
    read_only: form.read_only,
    ...(comment === "" ? {} : { comment }),
    ...(tunnel === null ? {} : { tunnel }),
    ...(sql === "" ? {} : { post_connection_sql: sql }),
    connection_parameters: parametersOf(form),
    credential: credentialOf(form),
    ...(form.audience.who === "private" ? {} : { audience: audienceOf(form.audience) }),
  };
}

/** The definition as a change of a server: what is empty now is removed. */
export function changeOf(form: ServerForm, version: number): ServerChange {
  return {
    ...definitionOf(form),
    role: form.role.trim(),
    comment: form.comment.trim(),
    tunnel: tunnelChangeOf(form.tunnel),
    post_connection_sql: sqlOf(form),
    audience: audienceOf(form.audience),
    version,
  };
}

export function errorsOf(form: ServerForm): FieldErrors {
  const errors: Record<string, string> = {};
  if (form.name.trim() === "") errors.name = "A name that the explorer shows.";
  if (form.group.trim() === "") errors.group = "A group to stand in.";
  const byService = form.parameters.some(
    ({ keyword, value }) => keyword.trim() === "service" && value.trim() !== "",
  );
  if (form.host.trim() === "") {
    if (!byService) errors.host = "A host name, an IP address, or a socket's directory.";
  } else if (/\s/.test(form.host.trim())) errors.host = "A host has no spaces.";
  if (!isWhole(form.port, 1, 65_535)) errors.port = "A port is a number from 1 to 65535.";
  if (form.maintenance_db.trim() === "") errors.maintenance_db = "A database to connect to first.";
  if (form.username.trim() === "" && !byService && !bringsUsername(form.source))
    errors.username = "The role to log in as, or a template such as {email:local}.";
  // What cannot be opened now may be what is missing here.
  const kept = form.unreadable ? { source: form.source, paths: secretPaths } : form.kept;
  Object.assign(errors, credentialErrors(form.source, form.credential, kept));
  if (form.source === "exec") {
    if (form.commandName === "" && form.command.trim() === "")
      errors["credential.command"] = "A command to run.";
    if (form.expiration !== "" && !isWhole(form.expiration, 0, 31_536_000)) {
      errors["credential.expiration_seconds"] = "Seconds, as a whole number.";
    }
    if (form.timeout !== "" && !isWhole(form.timeout, 1, 600)) {
      errors["credential.timeout_seconds"] = "Seconds, from 1 to 600.";
    }
  }
  if (form.sslrootcert.trim() !== "" && !form.sslrootcert.includes("-----BEGIN CERTIFICATE-----")) {
    errors["connection_parameters.sslrootcert"] = "PEM text, which begins with -----BEGIN CERTIFICATE-----.";
  }
  Object.assign(
    errors,
    tunnelErrors(form.tunnel, (path) => form.unreadable || keepsSecret(form, path)),
  );
  if (new TextEncoder().encode(form.post_connection_sql).length > 65_536)
    errors.post_connection_sql = "At most 64 KiB of SQL.";
  const audience = audienceError(form.audience);
  if (audience !== null) errors.audience = audience;
  const seen = new Set<string>();
  for (const { keyword: typed, value } of form.parameters) {
    const keyword = typed.trim();
    if (keyword === "" && value.trim() === "") continue;
    const path = `connection_parameters.${keyword}`;
    if (keyword === "") errors[path] = "A keyword of libpq.";
    else if (own.has(keyword)) errors[path] = `${keyword} has a field of its own under TLS.`;
    else if (seen.has(keyword)) errors[path] = `${keyword} is here twice.`;
    seen.add(keyword);
  }
  return errors;
}

/** The path that the form knows for a field of a problem; a test speaks of `server.port`. */
export function fieldOf(problemField: string): string {
  return problemField.replace(/^server\./, "").replace(/^credential\.ca_file$/, "credential.ca_pem");
}

function sqlOf({ post_connection_sql: sql }: ServerForm): string {
  return sql.trim() === "" ? "" : sql;
}

function parametersOf(form: ServerForm): Record<string, string> {
  const typed = form.parameters.map(({ keyword, value }) => [keyword.trim(), value] as const);
  const pem = form.sslrootcert.trim();
  const keeps = (keyword: string) => keepsSecret(form, `connection_parameters.${keyword}`);
  // A kept secret stays when it is left out; one whose row was taken away is sent as empty, which removes it.
  const removed = secretKeywords.filter(
    (secret) => keeps(secret) && typed.every(([keyword]) => keyword !== secret),
  );
  return {
    ...Object.fromEntries(removed.map((keyword) => [keyword, ""])),
    ...Object.fromEntries(
      typed.filter(([keyword, value]) => keyword !== "" && !(value === "" && keeps(keyword))),
    ),
    ...(form.sslmode === "" ? {} : { sslmode: form.sslmode }),
    ...(pem === "" ? {} : { sslrootcert: pem === "system" ? pem : `${pem}\n` }),
  };
}

function credentialOf(form: ServerForm): CredentialDefinition {
  if (form.source !== "exec") return filledCredential(form.source, form.credential);
  return {
    type: "exec",
    ...(form.commandName === "" ? { command: form.command.trim() } : { name: form.commandName }),
    ...(form.expiration === "" ? {} : { expiration_seconds: Number(form.expiration) }),
    ...(form.timeout === "" ? {} : { timeout_seconds: Number(form.timeout) }),
  };
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
}
