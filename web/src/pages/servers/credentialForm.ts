import type { CredentialDefinition } from "~/api/types";
import { type CredentialField, fieldsOf, type Read } from "./credentialFields";
import type { Source } from "./credentialSources";

/** What is filled in, by source and path such as `entra.client_id`: it stays while another source is looked at. */
export type CredentialValues = Readonly<Record<string, string>>;

/** Secrets that the server keeps and never shows. */
export interface KeptSecrets {
  source: Source;
  paths: readonly string[];
}

export function valueKey(source: Source, path: string): string {
  return `${source}.${path}`;
}

export function readerOf(source: Source, values: CredentialValues): Read {
  return (path) => values[valueKey(source, path)] ?? "";
}

/** What a saved credential fills in. */
export function valuesOf(credential: CredentialDefinition): CredentialValues {
  const values: Record<string, string> = {};
  const take = (object: object, prefix: string) => {
    for (const [name, value] of Object.entries(object) as [string, unknown][]) {
      const path = `${prefix}${name}`;
      if (path === "type" || value === null) continue;
      if (typeof value === "object") take(value, `${path}.`);
      else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
        values[valueKey(credential.type, path)] = String(value);
    }
  };
  if (credential.type !== "exec") take(credential, "");
  for (const field of fieldsOf(credential.type, readerOf(credential.type, values))) {
    const key = valueKey(credential.type, field.path);
    if (field.kind !== "choice") continue;
    // A default that was written out is the default all the same.
    const value = values[key] ?? "";
    values[key] = defaults.has(`${key}=${value}`) ? "" : value;
  }
  return values;
}

const defaults: ReadonlySet<string> = new Set([
  "signed_in_user.exchange=none",
  "signed_in_user.present=oauthbearer",
  "oauth.present=oauthbearer",
  "entra.flow=signed_in_user",
  "aws_rds.identity=service",
  "gcp.identity=service",
  "vault.auth.method=jwt",
]);

/** The credential of a source other than `exec`, with what its flow needs. */
export function filledCredential(source: Source, values: CredentialValues): CredentialDefinition {
  const read = readerOf(source, values);
  const flat: Record<string, unknown> = { type: source };
  const auth: Record<string, unknown> = {};
  for (const field of fieldsOf(source, read)) {
    const value = valueOf(field, read(field.path));
    if (value === undefined) continue;
    if (field.path.startsWith("auth.")) auth[field.path.slice(5)] = value;
    else flat[field.path] = value;
  }
  if (Object.keys(auth).length > 0) flat.auth = { method: "jwt", ...auth };
  // The table says which fields a type has; the server checks them once more.
  return flat as CredentialDefinition;
}

function valueOf(field: CredentialField, typed: string): unknown {
  switch (field.kind) {
    case "choice":
      return typed === "" ? (field.said ? field.choices[0]?.value : undefined) : typed;
    case "switch":
      return typed === "true" ? true : undefined;
    case "secret":
    case "lines":
      return typed.trim() === "" ? undefined : typed.trim();
    case "text":
      if (typed.trim() === "") return undefined;
      return field.path === "signing_port" ? Number(typed) : typed.trim();
  }
}

/** Whether a secret is kept by the server, so that leaving it empty keeps it. */
export function isKept(kept: KeptSecrets | null, source: Source, path: string): boolean {
  return kept?.source === source && kept.paths.includes(path);
}

/** What is missing or wrong, under the API's paths. */
export function credentialErrors(
  source: Source,
  values: CredentialValues,
  kept: KeptSecrets | null,
): Record<string, string> {
  const read = readerOf(source, values);
  const errors: Record<string, string> = {};
  for (const field of fieldsOf(source, read)) {
    const typed = read(field.path).trim();
    const path = `credential.${field.path}`;
    const required = (field.kind === "text" || field.kind === "secret") && field.required === true;
    if (required && typed === "" && !isKept(kept, source, field.path))
      errors[path] = `${field.label} is needed.`;
    if (field.path === "signing_port" && typed !== "" && !/^\d{1,5}$/.test(typed))
      errors[path] = "A port is a number from 1 to 65535.";
  }
  if (source === "vault" && read("auth.method") === "approle") {
    const secret = ["auth.secret_id", "auth.secret_id_file"].some((path) => read(path).trim() !== "");
    if (!secret && !isKept(kept, source, "auth.secret_id"))
      errors["credential.auth.secret_id"] = "The secret id, or the file that it is in.";
  }
  return errors;
}
