import type { AuditEvent } from "~/api/types";
import type { Tone } from "~/ui/Badge";
import { formatBytes, formatInstant } from "~/ui/format";

type Details = Readonly<Record<string, unknown>>;

const titles: Record<string, string> = {
  sign_in: "Sign-in",
  sign_out: "Sign-out",
  session_ended: "Session ended",
  connect: "Connection",
  credential_fetched: "Secret fetched",
  credential_renewed: "Secret renewed",
  statement: "Statement",
  export: "Download",
  writes_unlocked: "Writing unlocked",
  server_created: "Server added",
  server_changed: "Server changed",
  server_removed: "Server removed",
  audit_downloaded: "Audit downloaded",
};

/** A kind in words: `account_disabled` is `Account disabled`. */
export function kindTitle(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return titles[kind] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** Kinds that one looks for together. */
export const kindGroups: readonly { title: string; kinds: readonly string[] }[] = [
  { title: "sign-ins", kinds: ["sign_in", "sign_out", "session_ended"] },
  { title: "connections", kinds: ["connect"] },
  { title: "secrets", kinds: ["credential_fetched", "credential_renewed"] },
  {
    title: "saved passwords",
    kinds: [
      "password_saved",
      "saved_password_forgotten",
      "saved_passwords_unlocked",
      "master_password_set",
      "master_password_changed",
      "master_password_reset",
    ],
  },
  { title: "statements", kinds: ["statement", "writes_unlocked"] },
  { title: "downloads", kinds: ["export", "audit_downloaded"] },
  { title: "servers", kinds: ["server_created", "server_changed", "server_removed", "server_imported"] },
  {
    title: "accounts",
    kinds: [
      "account_created",
      "account_changed",
      "account_disabled",
      "account_enabled",
      "account_renamed",
      "account_deleted",
      "role_changed",
      "password_changed",
      "identity_linked",
      "identity_unlinked",
      "refused_sign_in_dismissed",
      "session_ended_by_administrator",
      "sessions_ended_by_administrator",
      "connection_closed_by_administrator",
    ],
  },
];

export function resultTone(result: string): Tone {
  if (result === "failed") return "danger";
  return result === "ok" ? "plain" : "warning";
}

const text = (value: unknown): string | undefined => {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : undefined;
};

/** What an event without a statement is about, in a line. */
export function summaryOf({ kind, details, code }: AuditEvent): string {
  const at = (name: string) => text(details[name]);
  const parts: (string | null | undefined)[] = [];
  if (kind === "sign_in") parts.push(at("through") && `through ${at("through")}`);
  else if (kind === "writes_unlocked") parts.push(at("reason"));
  else if (kind === "session_ended") parts.push(at("reason")?.replaceAll("_", " "));
  else if (kind === "connect")
    parts.push(at("identity") && `as ${at("identity")}`, at("source"), at("purpose"));
  else if (kind.startsWith("credential_")) parts.push(at("source"), at("issuer"));
  else if (kind === "server_changed") parts.push(Object.keys(fieldsOf(details)).join(", "));
  else parts.push(at("about"), at("value") && `to ${at("value")}`);
  parts.push(code);
  return parts.filter((part) => part != null && part !== "").join(", ");
}

function fieldsOf(details: Details): Record<string, unknown> {
  const fields = details.fields;
  return typeof fields === "object" && fields !== null ? { ...fields } : {};
}

const names: Record<string, string> = {
  through: "Through",
  reason: "Reason",
  identity: "Logged in as",
  acting_as: "Acting as",
  purpose: "For",
  source: "Secret from",
  issuer: "Issued by",
  expires_at: "Expires",
  fingerprint: "Fingerprint",
  token_id: "Token",
  backend_pid: "Process",
  bytes: "Sent",
  format: "Format",
  about: "About",
  value: "From now on",
  sha256: "SHA-256",
  length: "Length",
};

/** An event's details, each with its name. */
export function factsOf(details: Details): readonly (readonly [string, string | undefined])[] {
  const facts = Object.entries(details).map(([name, value]): readonly [string, string | undefined] => {
    if (name === "expires_at" && typeof value === "string")
      return ["Expires", formatInstant(new Date(value))];
    if (name === "bytes" && typeof value === "number") return ["Sent", formatBytes(value)];
    return [names[name] ?? name, text(value)];
  });
  const changes = Object.entries(fieldsOf(details)).map(
    ([field, change]) => [field, changeOf(change)] as const,
  );
  return [...facts, ...changes];
}

function changeOf(change: unknown): string {
  if (typeof change !== "object" || change === null || !("from" in change) || !("to" in change))
    return "changed";
  const shown = (value: unknown) => (typeof value === "boolean" ? String(value) : (text(value) ?? "…"));
  return change.from === null && change.to === null
    ? "changed"
    : `${shown(change.from)} → ${shown(change.to)}`;
}
