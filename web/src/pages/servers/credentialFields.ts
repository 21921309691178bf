import type { Source } from "./credentialSources";

export interface FieldChoice {
  value: string;
  label: string;
  /** It lends Howdah's own identity, which not everybody may. */
  service?: boolean;
}

interface Common {
  /** In the API's `credential`. */
  path: string;
  label: string;
  span: 2 | 3 | 4 | 6;
  hint?: string;
  /** Folded away until it is needed. */
  advanced?: boolean;
  /** It names something of Howdah's own machine, which not everybody may. */
  service?: boolean;
}

/** A field of a credential, as the dialog asks for it. */
export type CredentialField = Common &
  (
    | { kind: "text"; required?: boolean; placeholder?: string }
    /** Written and never shown again. */
    | { kind: "secret"; required?: boolean; lines?: boolean }
    | { kind: "lines"; placeholder?: string }
    /** The first is the API's default and is not sent, unless the API wants it said. */
    | { kind: "choice"; choices: readonly FieldChoice[]; said?: boolean }
    | { kind: "switch" }
  );

/** Reads what is filled in at a path. */
export type Read = (path: string) => string;

/** The fields that a source needs, as it is filled in: those of its flow and no others. */
export function fieldsOf(source: Source, read: Read): CredentialField[] {
  switch (source) {
    case "signed_in_user":
      return [exchange, ...exchangeFields(read("exchange")), present];
    case "entra":
      return [entraFlow, ...entraFields(read("flow")), ...entraCloud];
    case "oauth":
      return [
        oauthFlow,
        text("issuer", "Issuer", 6, {
          required: true,
          placeholder: "https://id.example.com",
          hint: "Letter by letter as pg_hba.conf has it, a final slash included.",
        }),
        text("client_id", "Client id", 3, { required: true }),
        text("scope", "Scope", 3, {
          placeholder: "openid offline_access",
          hint: "What the token may be used for.",
        }),
        read("flow") === "client_credentials"
          ? secret("client_secret", "Client secret", 6, { required: true })
          : secret("client_secret", "Client secret", 3, {
              advanced: true,
              hint: "Empty for a public client.",
            }),
        present,
      ];
    case "aws_rds":
      return [awsIdentity, ...awsFields(read("identity"))];
    case "gcp":
      return [gcpIdentity, ...gcpFields(read("identity"))];
    case "vault":
      return [
        vaultMethod,
        text("address", "Address of Vault", 3, {
          required: true,
          placeholder: "https://vault.example.com:8200",
        }),
        text("role", "Role of the database engine", 3, { required: true }),
        ...vaultFields(read("auth.method")),
        ...vaultMore(read("auth.method")),
      ];
    case "password":
    case "none":
    case "exec":
      return [];
  }
}

/** Whether each person logs in as themselves; otherwise as Howdah, or as an application. */
export function isAsPerson(source: Source, read: Read): boolean {
  switch (source) {
    case "entra":
      return ["", "on_behalf_of", "interactive", "device_code", "azure_cli"].includes(read("flow"));
    case "oauth":
      return read("flow") !== "client_credentials";
    case "aws_rds":
    case "gcp":
      return read("identity") === "signed_in_user";
    case "vault":
      return read("auth.method") === "";
    case "signed_in_user":
      return true;
    case "password":
    case "none":
    case "exec":
      return false;
  }
}

/** What is kept and what is sent, in a sentence. */
export function noteOf(source: Source, read: Read): string {
  switch (source) {
    case "password":
      return "Asked for at connect and kept in memory while the sign-in lasts.";
    case "exec":
      return "Nothing is stored. Howdah runs the command when a connection needs a secret, and again when it has expired.";
    case "none":
      return "No secret is sent. PostgreSQL decides by where the connection comes from, or by its certificate.";
    case "vault":
      return "Each person gets a database account of their own, which ends with their sign-in. It is sent over verified TLS only.";
    case "signed_in_user":
      return "Nothing is stored. Each connection gets a token that Howdah renews from your sign-in, over verified TLS only.";
    case "entra":
    case "oauth":
      if (["device_code", "interactive"].includes(read("flow") || (source === "oauth" ? "device_code" : "")))
        return "You are asked once in each sign-in; then Howdah renews the token by itself. It is sent over verified TLS only.";
      if (source === "entra" && read("flow") === "")
        return "Nothing is stored. Each connection gets a token that Howdah renews from your sign-in, over verified TLS only.";
      return "Howdah renews the token by itself and sends it over verified TLS only.";
    case "aws_rds":
    case "gcp":
      return "Nothing is stored. Howdah makes a new token when a connection needs one, and sends it over verified TLS only.";
  }
}

function text(
  path: string,
  label: string,
  span: Common["span"],
  more: Partial<Common> & { required?: boolean; placeholder?: string } = {},
): CredentialField {
  return { kind: "text", path, label, span, ...more };
}

function secret(
  path: string,
  label: string,
  span: Common["span"],
  more: Partial<Common> & { required?: boolean; lines?: boolean } = {},
): CredentialField {
  return { kind: "secret", path, label, span, ...more };
}

const exchange: CredentialField = {
  kind: "choice",
  path: "exchange",
  label: "Get the token by",
  span: 3,
  choices: [
    { value: "", label: "My sign-in's own token" },
    { value: "refresh", label: "Renewing my sign-in for the database" },
    { value: "token_exchange", label: "Token exchange (RFC 8693)" },
    { value: "on_behalf_of", label: "On behalf of me (Entra ID)" },
  ],
};

function exchangeFields(chosen: string): CredentialField[] {
  const audience = text("audience", "Audience", 3, { hint: "Who the token is for." });
  const scope = text("scope", "Scope", 3, {
    required: chosen === "on_behalf_of",
    hint: "What it may be used for.",
  });
  const resource = text("resource", "Resource", 3, {
    hint: "An address, where the provider wants one (RFC 8707).",
  });
  switch (chosen) {
    case "refresh":
      return [scope, { ...resource, advanced: true }, { ...audience, advanced: true }];
    case "token_exchange":
      return [audience, scope, { ...resource, advanced: true }];
    case "on_behalf_of":
      return [scope];
    default:
      return [];
  }
}

const present: CredentialField = {
  kind: "choice",
  path: "present",
  label: "How it is sent",
  span: 3,
  advanced: true,
  choices: [
    { value: "", label: "By OAUTHBEARER (PostgreSQL 18)" },
    { value: "password", label: "In place of a password" },
  ],
};

const entraFlow: CredentialField = {
  kind: "choice",
  path: "flow",
  label: "Get the token by",
  span: 3,
  choices: [
    { value: "", label: "My own sign-in" },
    { value: "device_code", label: "A code that I type at Microsoft" },
    { value: "interactive", label: "Microsoft's page, in another window" },
    { value: "on_behalf_of", label: "My sign-in's token, on behalf of me" },
    { value: "client_secret", label: "An application with a secret" },
    { value: "client_certificate", label: "An application with a certificate" },
    { value: "managed_identity", label: "The managed identity of Howdah", service: true },
    { value: "workload_identity", label: "The workload identity of Howdah", service: true },
    { value: "azure_cli", label: "The Azure CLI on Howdah's machine", service: true },
  ],
};

function entraFields(flow: string): CredentialField[] {
  type More = Partial<Common> & { required?: boolean };
  const tenant = (more: More) =>
    text("tenant", "Tenant", 3, { hint: "Its id or domain.", placeholder: "example.com", ...more });
  const client = (more: More) => text("client_id", "Application (client) id", 3, more);
  const required = { required: true };
  switch (flow) {
    case "device_code":
      return [
        tenant({ hint: "Its id or domain. Empty: that of the account." }),
        client({ advanced: true, hint: "Empty: the Azure CLI's, which needs no registration." }),
      ];
    case "interactive":
      return [
        tenant({ hint: "Its id or domain. Empty: that of the account." }),
        client(required),
        secret("client_secret", "Client secret", 3, { hint: "Empty for a public client." }),
      ];
    case "client_secret":
      return [tenant(required), client(required), secret("client_secret", "Client secret", 3, required)];
    case "client_certificate":
      return [
        tenant(required),
        client(required),
        secret("client_certificate", "Certificate and RSA key", 6, {
          ...required,
          lines: true,
          hint: "PEM text, both.",
        }),
      ];
    case "managed_identity":
      return [client({ hint: "Of a user-assigned identity. Empty: the system-assigned one." })];
    case "workload_identity":
      return [
        tenant({ advanced: true, hint: "Empty: as the environment says." }),
        client({ advanced: true, hint: "Empty: as the environment says." }),
        text("token_file", "Token file", 6, {
          advanced: true,
          service: true,
          hint: "Empty: as the environment says.",
        }),
      ];
    case "azure_cli":
      return [tenant({ advanced: true })];
    default:
      return [];
  }
}

const entraCloud: readonly CredentialField[] = [
  {
    kind: "choice",
    path: "resource",
    label: "Token for",
    span: 3,
    choices: [
      { value: "", label: "The cloud of the host" },
      { value: "https://ossrdbms-aad.database.windows.net", label: "Azure public cloud" },
      { value: "https://ossrdbms-aad.database.usgovcloudapi.net", label: "Azure US Government" },
      { value: "https://ossrdbms-aad.database.chinacloudapi.cn", label: "Azure China" },
      { value: "https://ossrdbms-aad.database.sovcloud-api.fr", label: "Bleu (France)" },
    ],
  },
  text("authority", "Sign-in address", 3, {
    advanced: true,
    placeholder: "https://login.microsoftonline.com",
    hint: "Empty: that of the cloud.",
  }),
];

const oauthFlow: CredentialField = {
  kind: "choice",
  path: "flow",
  label: "Get the token by",
  span: 3,
  said: true,
  choices: [
    { value: "device_code", label: "A code that I type at the provider" },
    { value: "interactive", label: "The provider's page, in another window" },
    { value: "client_credentials", label: "The client's own secret" },
  ],
};

const awsIdentity: CredentialField = {
  kind: "choice",
  path: "identity",
  label: "Sign as",
  span: 3,
  choices: [
    { value: "", label: "Howdah", service: true },
    { value: "signed_in_user", label: "Each person, by their sign-in" },
  ],
};

function awsFields(identity: string): CredentialField[] {
  const role = (more: Partial<Common> & { required?: boolean }) =>
    text("role_arn", "Role to take on", 6, {
      ...more,
      placeholder: "arn:aws:iam::123456789012:role/database",
    });
  const more: CredentialField[] = [
    text("region", "Region", 2, {
      advanced: true,
      placeholder: "eu-central-1",
      hint: "Empty: that of the host's name.",
    }),
    text("signing_host", "Signing host", 4, {
      advanced: true,
      hint: "The instance's own name, where the host is a tunnel's end or an alias.",
    }),
    text("signing_port", "Signing port", 2, { advanced: true, placeholder: "5432" }),
  ];
  if (identity === "signed_in_user")
    return [role({ required: true, hint: "Its trust policy names your identity provider." }), ...more];
  const profile = text("profile", "Profile", 4, {
    advanced: true,
    service: true,
    hint: "Of the AWS configuration on Howdah's machine.",
  });
  return [role({ advanced: true, hint: "For databases of another account." }), ...more, profile];
}

const gcpIdentity: CredentialField = { ...awsIdentity, label: "Log in as" };

function gcpFields(identity: string): CredentialField[] {
  const scope = text("scope", "Scope", 6, {
    advanced: true,
    placeholder: "https://www.googleapis.com/auth/sqlservice.login",
    hint: "AlloyDB wants https://www.googleapis.com/auth/alloydb.login.",
  });
  const account = text("service_account", "Service account to impersonate", 6, {
    placeholder: "console@project.iam.gserviceaccount.com",
  });
  if (identity !== "signed_in_user") return [{ ...account, hint: "Empty: Howdah's own account." }, scope];
  return [
    text("audience", "Provider of the identity pool", 6, {
      placeholder: "//iam.googleapis.com/projects/…/providers/…",
      hint: "For people who sign in elsewhere than at Google.",
    }),
    { ...account, advanced: true },
    scope,
  ];
}

const vaultMethod: CredentialField = {
  kind: "choice",
  path: "auth.method",
  label: "Log in to Vault by",
  span: 3,
  choices: [
    { value: "", label: "My own sign-in" },
    { value: "approle", label: "AppRole" },
    { value: "token", label: "A token that Howdah has", service: true },
    { value: "kubernetes", label: "Howdah's service account (Kubernetes)", service: true },
  ],
};

function vaultFields(method: string): CredentialField[] {
  switch (method) {
    case "approle":
      return [
        text("auth.role_id", "Role id", 3, { required: true }),
        secret("auth.secret_id", "Secret id", 3),
        text("auth.secret_id_file", "File of the secret id", 6, { advanced: true, service: true }),
      ];
    case "token":
      return [
        text("auth.token_file", "Token file", 6, {
          service: true,
          hint: "Empty: VAULT_TOKEN, then ~/.vault-token.",
        }),
      ];
    case "kubernetes":
      return [
        text("auth.role", "Role of the login", 3, { required: true }),
        text("auth.token_file", "Token file", 6, { advanced: true, service: true }),
      ];
    default:
      return [text("auth.role", "Role of the login", 3, { hint: "Empty: the default role of the login." })];
  }
}

function vaultMore(method: string): CredentialField[] {
  return [
    text("mount", "Path of the database engine", 3, { advanced: true, placeholder: "database" }),
    ...(method === "token"
      ? []
      : [text("auth.mount", "Path of the login", 3, { advanced: true, placeholder: method || "jwt" })]),
    text("namespace", "Namespace", 3, { advanced: true }),
    {
      kind: "switch",
      path: "static_role",
      label: "A static role, whose password Vault changes",
      span: 6,
      advanced: true,
    },
    {
      kind: "lines",
      path: "ca_pem",
      label: "Certificates to trust for Vault",
      span: 6,
      advanced: true,
      placeholder: "-----BEGIN CERTIFICATE-----",
      hint: "PEM text, beside the system's.",
    },
  ];
}
