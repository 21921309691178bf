import type { CredentialChoices, CredentialDefinition } from "~/api/types";

export type Source = CredentialDefinition["type"];

interface SourceWords {
  label: string;
  /** What it is for, in a line. */
  line: string;
}

export const sourceWords: Record<Source, SourceWords> = {
  entra: { label: "Microsoft Entra ID", line: "Azure databases" },
  aws_rds: { label: "AWS IAM", line: "RDS and Aurora" },
  gcp: { label: "Google Cloud IAM", line: "Cloud SQL, AlloyDB" },
  signed_in_user: { label: "Your sign-in", line: "PostgreSQL 18 with OAuth" },
  oauth: { label: "OAuth client", line: "A token of any provider" },
  vault: { label: "Vault", line: "An account of your own" },
  password: { label: "Password", line: "Asked for at connect" },
  exec: { label: "Command", line: "What a program prints" },
  none: { label: "Nothing", line: "Trust, peer, certificate" },
};

const usualOrder = Object.keys(sourceWords) as Source[];

/** The sources, the suggested one first. */
export function orderedSources(suggested: Source): Source[] {
  return [suggested, ...usualOrder.filter((source) => source !== suggested)];
}

const hosts: readonly { source: Source; ends: readonly string[] }[] = [
  {
    source: "entra",
    ends: [
      ".postgres.database.azure.com",
      ".postgres.database.usgovcloudapi.net",
      ".postgres.database.chinacloudapi.cn",
      ".postgres.database.sovcloud-api.fr",
    ],
  },
  { source: "aws_rds", ends: [".rds.amazonaws.com", ".rds.amazonaws.com.cn"] },
  // The DNS names of Cloud SQL instances, for private and public addresses and for Private Service Connect.
  {
    source: "gcp",
    ends: [".sql.goog", ".sql-psa.goog", ".sql-psc.goog", ".alloydb.goog", ".alloydb-psc.goog"],
  },
];

/** The sign-in pages of Entra ID, those of the sovereign clouds among them. */
const entraIssuers = [
  "login.microsoftonline.com",
  "sts.windows.net",
  "login.microsoftonline.us",
  "login.partner.microsoftonline.cn",
  "login.chinacloudapi.cn",
  "login.sovcloud-identity.fr",
];

/** The source that fits a host, or else the way that the person signed in. */
export function suggestedSource(host: string, issuer: string | null | undefined): Source {
  const name = host.trim().toLowerCase().replace(/\.$/, "");
  const byHost = hosts.find(({ ends }) => ends.some((end) => name.endsWith(end)));
  if (byHost) return byHost.source;
  const entra = issuer != null && URL.canParse(issuer) && entraIssuers.includes(new URL(issuer).hostname);
  return entra && !isLocal(name) ? "entra" : "password";
}

/** Whether nothing leaves this machine, so that no TLS is needed. */
export function isLocal(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1|\/.*)$/.test(host.trim().toLowerCase());
}

/** Whether a token is sent, which goes over verified TLS only. */
export function sendsToken(source: Source): boolean {
  return source !== "password" && source !== "none" && source !== "exec";
}

/** Whether the database account comes from the source, so that no username is needed. */
export function bringsUsername(source: Source): boolean {
  return source === "vault" || source === "gcp";
}

/** Why a person may not choose a source; null: they may. */
export function barTo(source: Source, choices: CredentialChoices): string | null {
  if (source !== "exec" || choices.exec_allowed || choices.commands.length > 0) return null;
  return "The operator allows none";
}

interface UsernameWords {
  /** What is put in where nothing is typed yet. */
  template: string;
  hint: string;
}

/** How the database calls people, by source. */
export function usernameWords(source: Source, asPerson: boolean): UsernameWords {
  switch (source) {
    case "entra":
      return asPerson
        ? {
            template: "{upn}",
            hint: "The principal name exactly as registered, or the name of a group. {preferred_username} where there is no upn.",
          }
        : { template: "", hint: "The display name of the application or identity, exactly as registered." };
    case "aws_rds":
      return { template: asPerson ? "{email:local}" : "", hint: "The database role that has rds_iam." };
    case "gcp":
      return asPerson
        ? { template: "{email}", hint: "The person's e-mail address in lower case." }
        : { template: "", hint: "A service account without .gserviceaccount.com. Empty: as itself." };
    case "vault":
      return { template: "", hint: "Empty: Vault names the account." };
    case "signed_in_user":
      return { template: "{email:local}", hint: "The role that pg_ident.conf maps your sign-in to." };
    case "oauth":
      return { template: "", hint: "The role that pg_ident.conf maps the token to." };
    case "password":
    case "exec":
    case "none":
      return { template: "", hint: "A role, or a template such as {email:local}." };
  }
}
