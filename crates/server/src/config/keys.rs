//! Every key of the config: its path, type, default and meaning. The one table from which keys are checked, unknown
//! ones are matched to the nearest known, and `docs/config.md` is written.

/// What a key's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// `address:port`.
    SocketAddress,
    /// An `http` or `https` URL.
    Url,
    /// A duration such as `30s`, `8h` or `7d`.
    Duration,
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds.
    Integer {
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
    },
    /// A path of a file.
    Path,
    /// A list of texts.
    TextList,
    /// A program with its arguments: a list of texts, or one text that is split as a shell would.
    Command,
    /// A list of CIDRs.
    CidrList,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of these words.
    ChoiceList(&'static [&'static str]),
    /// A table from claim names to a value or a list of values.
    ClaimsRule,
    /// Who sees a server.
    Audience,
    /// A table of libpq's keywords.
    Parameters,
}

impl Kind {
    /// The kind in the words of the reference.
    #[must_use]
    pub(super) fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::SocketAddress => "address:port".to_owned(),
            Self::Url => "URL".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { min, max } => format!("whole number, {min} to {max}"),
            Self::Path => "path".to_owned(),
            Self::TextList => "list of texts".to_owned(),
            Self::Command => "list of texts, or one text that is split as a shell would".to_owned(),
            Self::CidrList => "list of CIDRs".to_owned(),
            Self::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
            Self::ChoiceList(words) => {
                format!("list of {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
            }
            Self::ClaimsRule => "table: claim = value or list of values".to_owned(),
            Self::Audience => "`everyone`, or table: claim = value or list of values".to_owned(),
            Self::Parameters => "table: keyword = text".to_owned(),
        }
    }
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its path; `[]` stands for the position in an array of tables.
    pub(super) path: &'static str,
    /// What its value may be.
    pub(super) kind: Kind,
    /// Its default, as it would be written in TOML; empty: none.
    pub(super) default: &'static str,
    /// Whether it holds a secret: then `<key>_file` may name a file to read it from.
    pub(super) secret: bool,
    /// What it means.
    pub(super) doc: &'static str,
}

const fn key(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { path, kind, default, secret: false, doc }
}

const fn secret(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { path, kind, default, secret: true, doc }
}

/// All keys, in the order of the reference.
pub(super) const KEYS: &[Key] = &[
    key("server.listen", Kind::SocketAddress, "\"127.0.0.1:5080\"", "Where to listen. Port 0 takes a free one."),
    key(
        "server.public_url",
        Kind::Url,
        "",
        "What browsers see, without a path. Redirect URIs are built from this, never from the Host header, and requests that change something must come from this origin. Default: `http://` and the address listened on.",
    ),
    key(
        "server.organization",
        Kind::Text,
        "",
        "Whose console this is, for the login page: \u{201c}PostgreSQL console of \u{2026}\u{201d}.",
    ),
    key("server.trusted_proxies", Kind::CidrList, "[]", "Proxies whose `X-Forwarded-For` is believed."),
    key(
        "server.tls_cert",
        Kind::Path,
        "",
        "PEM file with the certificate chain. With `tls_key`: serve HTTPS without a proxy.",
    ),
    key(
        "server.replica",
        Kind::Text,
        "",
        "The name of this process among several that share a store: letters, digits, `.`, `_` and `-`. Pages name it when they come back to a query session, so that a load balancer can lead them here. Default: a random one.",
    ),
    key("server.tls_key", Kind::Path, "", "PEM file with the certificate's private key."),
    secret(
        "store.url",
        Kind::Text,
        "\"sqlite:howdah.db\"",
        "Where Howdah keeps its own data: `sqlite:FILE` or `postgres://…`.",
    ),
    key("session.idle_timeout", Kind::Duration, "\"8h\"", "A session that is not used for so long ends."),
    key("session.absolute_timeout", Kind::Duration, "\"7d\"", "A session ends so long after sign-in, used or not."),
    key(
        "session.detach_grace",
        Kind::Duration,
        "\"5m\"",
        "For so long a query session, with its transaction and what runs in it, waits for a page whose connection was lost. `0s`: not at all.",
    ),
    key(
        "metrics.listen",
        Kind::SocketAddress,
        "",
        "Serve `/metrics` for Prometheus on a listener of its own. Whoever reaches it may read it.",
    ),
    key(
        "metrics.trusted",
        Kind::CidrList,
        "[]",
        "Networks that may read `/metrics` where the console itself listens. For others there is nothing at that address.",
    ),
    key("log.format", Kind::Choice(&["human", "json"]), "\"human\"", "How log lines on stderr are written."),
    key("log.filter", Kind::Text, "\"info\"", "Which log lines are written, in the syntax of `RUST_LOG`."),
    key(
        "audit.statements",
        Kind::Choice(&["text", "hash", "off"]),
        "\"text\"",
        "How statements stand in the audit trail: their text without passwords, its SHA-256, or neither. That they ran, with rows, duration and result, is written in any case.",
    ),
    key(
        "audit.stderr",
        Kind::Boolean,
        "false",
        "Whether audit events are also written to stderr, as JSON of a line each.",
    ),
    key(
        "audit.file",
        Kind::Path,
        "",
        "File that audit events are also appended to, as JSON of a line each. Opened anew when it was moved away, and at SIGHUP.",
    ),
    key(
        "audit.retention",
        Kind::Duration,
        "\"90d\"",
        "Audit events that are older are removed from the store. `0s`: they are kept for ever.",
    ),
    key(
        "auth.sources",
        Kind::ChoiceList(&["oauth2", "internal"]),
        "[\"internal\"]",
        "How people may sign in: through providers, with a password kept here, or both. The login page offers them in this order.",
    ),
    key(
        "auth.auto_redirect",
        Kind::Boolean,
        "false",
        "With one provider and no `internal` source: send people to it at once instead of showing the login page. `/login?stay` shows the page.",
    ),
    key(
        "auth.login_banner",
        Kind::Text,
        "",
        "Text above the ways to sign in, such as a notice of monitoring. Plain text; line breaks are kept.",
    ),
    key("auth.help_url", Kind::Url, "", "Where the login page's *Help with signing in* leads."),
    key(
        "auth.oauth2_auto_create_user",
        Kind::Boolean,
        "true",
        "Whether a person who signs in for the first time gets an account.",
    ),
    key(
        "auth.max_login_attempts",
        Kind::Integer { min: 0, max: 1000 },
        "3",
        "So many wrong passwords in a row block an internal account, at first for 30 s, then twice as long each time, up to 15 minutes. 0: never.",
    ),
    key(
        "auth.password_min_length",
        Kind::Integer { min: 1, max: 128 },
        "8",
        "Characters that the password of an internal account has at least.",
    ),
    key(
        "auth.administrators",
        Kind::ClaimsRule,
        "",
        "People whose claims match any value here are administrators of Howdah.",
    ),
    key(
        "auth.viewers",
        Kind::ClaimsRule,
        "",
        "People whose claims match any value here look at databases and change nothing through Howdah, unless they are administrators.",
    ),
    key("auth.oauth2[].name", Kind::Text, "", "The provider's name in URLs: letters, digits, `-` and `_`."),
    key("auth.oauth2[].display_name", Kind::Text, "", "The name on its button. Default: `name`."),
    key("auth.oauth2[].client_id", Kind::Text, "", "The client's id at the provider."),
    secret(
        "auth.oauth2[].client_secret",
        Kind::Text,
        "",
        "The client's secret. Absent: a public client, which must set `challenge_method` and `response_type`.",
    ),
    key(
        "auth.oauth2[].client_auth_method",
        Kind::Text,
        "\"client_secret_basic\" with a secret, else \"none\"",
        "How the client authenticates at the token endpoint: `client_secret_basic` (alias `client_secret`), `client_secret_post`, `private_key_jwt`, `workload_identity` or `none`.",
    ),
    key(
        "auth.oauth2[].private_key_file",
        Kind::Path,
        "",
        "With `private_key_jwt`: PEM file with the client's private key.",
    ),
    key(
        "auth.oauth2[].workload_identity_token_file",
        Kind::Path,
        "",
        "With `workload_identity`: the projected token. It must exist at start and is read again at each exchange.",
    ),
    key("auth.oauth2[].token_url", Kind::Url, "", "Token endpoint; not needed with `server_metadata_url`."),
    key(
        "auth.oauth2[].authorization_url",
        Kind::Url,
        "",
        "Authorization endpoint; not needed with `server_metadata_url`.",
    ),
    key(
        "auth.oauth2[].server_metadata_url",
        Kind::Url,
        "",
        "OpenID Connect discovery document. With it the provider is an OpenID provider and ID tokens are validated.",
    ),
    key(
        "auth.oauth2[].issuer",
        Kind::Url,
        "",
        "Issuer of ID tokens, for a provider without discovery that still issues them.",
    ),
    key(
        "auth.oauth2[].jwks_uri",
        Kind::Url,
        "",
        "Keys of ID tokens, for a provider without discovery that still issues them.",
    ),
    key(
        "auth.oauth2[].api_base_url",
        Kind::Url,
        "",
        "Base of a relative `userinfo_endpoint`, such as `https://api.github.com/`.",
    ),
    key(
        "auth.oauth2[].userinfo_endpoint",
        Kind::Text,
        "",
        "Userinfo endpoint, absolute or relative to `api_base_url`.",
    ),
    key(
        "auth.oauth2[].scope",
        Kind::Text,
        "\"openid email profile\" with `server_metadata_url`, else \"email profile\"",
        "Scopes to ask for. Add `offline_access` so that the session can be renewed.",
    ),
    key(
        "auth.oauth2[].icon",
        Kind::Text,
        "",
        "Icon of the button, by its Font Awesome name: `fa-microsoft`, `fa-github`, `fa-google`, …",
    ),
    key(
        "auth.oauth2[].button_color",
        Kind::Text,
        "",
        "Colour of the button's icon, as in CSS: `#0078d4`, `rgb(0 120 212)`, `teal`.",
    ),
    key(
        "auth.oauth2[].username_claim",
        Kind::Text,
        "",
        "The claim that is the username, from the ID token, else from userinfo. Default: e-mail address, `preferred_username`, `sub`, in that order.",
    ),
    key(
        "auth.oauth2[].additional_claims",
        Kind::ClaimsRule,
        "",
        "Only people with a matching value in any of these claims may sign in.",
    ),
    key("auth.oauth2[].group_claim", Kind::Text, "\"groups\"", "The claim that lists a person's groups."),
    key("auth.oauth2[].ssl_cert_verification", Kind::Boolean, "true", "Whether the provider's certificate is checked."),
    key("auth.oauth2[].ca_file", Kind::Path, "", "PEM file with certificate authorities to trust for this provider."),
    key(
        "auth.oauth2[].challenge_method",
        Kind::Text,
        "",
        "`S256`, the only method. PKCE is used whether this is set or not.",
    ),
    key("auth.oauth2[].response_type", Kind::Text, "", "`code`, the only type."),
    key("auth.oauth2[].response_mode", Kind::Text, "", "How the provider sends its answer: `query` or `form_post`."),
    key("auth.oauth2[].prompt", Kind::Text, "", "OpenID Connect `prompt` to send, such as `select_account`."),
    key(
        "auth.oauth2[].logout_url",
        Kind::Text,
        "",
        "Where to go after signing out; `{redirect_uri}` and `{id_token}` are replaced. Default: the provider's end-session endpoint.",
    ),
    key("auth.oauth2[].id_token_signing_alg", Kind::Text, "", "Accept ID tokens signed with this algorithm only."),
    key(
        "auth.oauth2[].trust_email",
        Kind::Boolean,
        "true",
        "Whether an unverified e-mail address may be the username.",
    ),
    key("auth.oauth2[].clock_skew", Kind::Duration, "\"30s\"", "How far the provider's clock may be off."),
    secret(
        "secrets.key",
        Kind::Text,
        "",
        "The operator's key, under which secrets in server definitions, such as `client_secret`, and the passwords that people save are sealed: 32 random bytes in base64url without padding. Default with SQLite: a file beside the database, made at the first start. Without a key nothing of the kind can be saved. See [secrets](secrets.md).",
    ),
    secret(
        "secrets.previous_keys",
        Kind::Text,
        "",
        "Keys that `secrets.key` had before, with blanks or line breaks between them. What was sealed under them is read, and sealed anew under `secrets.key` at start.",
    ),
    key(
        "secrets.allow_save_password",
        Kind::Boolean,
        "true",
        "Whether people may save passwords of databases (pgAdmin: `ALLOW_SAVE_PASSWORD`). False: none is saved, and those that were are not used.",
    ),
    key(
        "secrets.allow_save_tunnel_password",
        Kind::Boolean,
        "true",
        "The same for passwords of SSH tunnels (pgAdmin: `ALLOW_SAVE_TUNNEL_PASSWORD`).",
    ),
    key(
        "secrets.master_password_required",
        Kind::Boolean,
        "false",
        "Whether people who sign in through a provider seal what they save under a master password of their own instead of the operator's key (pgAdmin: `MASTER_PASSWORD_REQUIRED`). It is asked for when a saved password is needed, once a session, and never of somebody who saves none.",
    ),
    key(
        "secrets.master_password_hook",
        Kind::Command,
        "",
        "A command whose output is the key to what a person saves, in place of a master password and of the operator's key (pgAdmin: `MASTER_PASSWORD_HOOK`). `%u` in an argument is the person's username. No shell runs it; it gets PATH, HOME, LANG, TZ, HOWDAH_USER and what `credentials.exec_environment` names, and half a minute.",
    ),
    key(
        "credentials.service_identity",
        Kind::Choice(&["administrators", "everyone", "nobody"]),
        "\"administrators\"",
        "Who may define servers whose credential lends Howdah's own identity in a cloud, or reads a file of its machine: managed and workload identities, `az`, AWS and Google credentials of the machine, Vault by a token of Howdah's.",
    ),
    key(
        "credentials.allowed_addresses",
        Kind::TextList,
        "[]",
        "Addresses that people who are no administrators may name in a credential (an OAuth issuer, an Entra authority, a Vault), each with everything below it. Always allowed: the issuers of sign-in providers and Microsoft's clouds; and addresses on this machine, when `server.public_url` is one.",
    ),
    key(
        "credentials.ca_file",
        Kind::Path,
        "",
        "PEM file with certificate authorities to trust beside the system's, for everything that credentials are obtained from.",
    ),
    key(
        "credentials.allow_exec",
        Kind::Boolean,
        "false",
        "Whether people may write a command of their own as a server's credential. It runs as the user that Howdah runs as.",
    ),
    key(
        "credentials.exec_environment",
        Kind::TextList,
        "[]",
        "Names of environment variables that commands get beside PATH, HOME, LANG and TZ.",
    ),
    key(
        "credentials.command[].name",
        Kind::Text,
        "",
        "The name under which a server's credential chooses the command.",
    ),
    key(
        "credentials.command[].argv",
        Kind::TextList,
        "",
        "The program and its arguments. `%HOSTNAME%`, `%PORT%` and `%USERNAME%` are replaced inside arguments.",
    ),
    key(
        "credentials.command[].expiration_seconds",
        Kind::Integer { min: 0, max: 31_536_000 },
        "",
        "How long its output is good for. Absent: while Howdah runs; 0: for one connection.",
    ),
    key(
        "credentials.command[].timeout_seconds",
        Kind::Integer { min: 1, max: 3_600 },
        "60",
        "How long it may take; then it and all that it started are killed.",
    ),
    key(
        "connections.service_file",
        Kind::Path,
        "",
        "libpq's connection service file (`pg_service.conf`): servers name a service of it by the connection parameter `service`. It is read anew for each connection.",
    ),
    key(
        "connections.password_file",
        Kind::Path,
        "",
        "libpq's password file (`.pgpass`), for servers with the credential `password` that an administrator has defined, as `credentials.service_identity` says. It is read anew for each connection.",
    ),
    key(
        "servers[].id",
        Kind::Text,
        "",
        "What names the server for good, so that it may be renamed. Default: its `name`. People keep what they set for themselves as long as it stays.",
    ),
    key("servers[].name", Kind::Text, "", "What the explorer calls it."),
    key("servers[].group", Kind::Text, "\"Servers\"", "The folder it stands in."),
    key("servers[].host", Kind::Text, "", "A host name, an address, a list of these, or the folder of a Unix socket."),
    key("servers[].port", Kind::Integer { min: 1, max: 65_535 }, "5432", "TCP port, or the socket's number."),
    key("servers[].maintenance_db", Kind::Text, "\"postgres\"", "The database to connect to when none is named."),
    key(
        "servers[].username",
        Kind::Text,
        "",
        "The role to log in as: a name, or a template over claims such as `{email:local}`.",
    ),
    key("servers[].role", Kind::Text, "", "A role to `SET ROLE` to after login."),
    key(
        "servers[].environment",
        Kind::Choice(&["unmarked", "development", "staging", "production"]),
        "\"unmarked\"",
        "What the server is for; production is shown everywhere.",
    ),
    key(
        "servers[].read_only",
        Kind::Boolean,
        "false",
        "Whether sessions start with `default_transaction_read_only = on`.",
    ),
    key("servers[].comment", Kind::Text, "", "A note for people."),
    key(
        "servers[].audience",
        Kind::Audience,
        "\"everyone\"",
        "Who sees it: everyone who is signed in, or those with a matching value in any of these claims.",
    ),
    key(
        "servers[].connection_parameters",
        Kind::Parameters,
        "",
        "libpq's keywords. `sslrootcert`, `sslcert`, `sslkey` and `sslcrl` may be paths here, which are read for each connection; `sslkey_file` and `sslpassword_file` are read at start.",
    ),
    key(
        "servers[].post_connection_sql",
        Kind::Text,
        "",
        "Statements to run on every new connection, as whoever connects.",
    ),
    key("servers[].tunnel.host", Kind::Text, "", "An SSH server in front of PostgreSQL."),
    key("servers[].tunnel.port", Kind::Integer { min: 1, max: 65_535 }, "22", "Its port."),
    key("servers[].tunnel.username", Kind::Text, "", "Whom to log in as there."),
    key("servers[].tunnel.authentication", Kind::Choice(&["password", "key"]), "", "By what."),
    secret("servers[].tunnel.password", Kind::Text, "", "The password there."),
    secret("servers[].tunnel.private_key", Kind::Text, "", "The private key, as text."),
    secret("servers[].tunnel.passphrase", Kind::Text, "", "What the private key is encrypted with."),
    key(
        "servers[].tunnel.host_key",
        Kind::Text,
        "",
        "The public key that the SSH server must prove to hold, as `ssh-ed25519 AAAA…`.",
    ),
    key(
        "servers[].tunnel.keep_alive_seconds",
        Kind::Integer { min: 0, max: 86_400 },
        "",
        "After how long a silence the SSH server is asked for a sign of life.",
    ),
    key(
        "servers[].credential.type",
        Kind::Choice(&["password", "none", "exec", "signed_in_user", "entra", "oauth", "aws_rds", "gcp", "vault"]),
        "",
        "Where the database credential comes from: see [credentials](credentials.md), which says what the other fields mean for each.",
    ),
    key("servers[].credential.name", Kind::Text, "", "`exec`: a command that `[[credentials.command]]` offers."),
    key("servers[].credential.command", Kind::Text, "", "`exec`: a command line; needs `credentials.allow_exec`."),
    key(
        "servers[].credential.expiration_seconds",
        Kind::Integer { min: 0, max: 31_536_000 },
        "",
        "`exec`: how long its output is good for.",
    ),
    key(
        "servers[].credential.timeout_seconds",
        Kind::Integer { min: 1, max: 3_600 },
        "",
        "`exec`: how long it may take.",
    ),
    key(
        "servers[].credential.exchange",
        Kind::Choice(&["none", "refresh", "token_exchange", "on_behalf_of"]),
        "",
        "`signed_in_user`: how the sign-in becomes the token.",
    ),
    key("servers[].credential.audience", Kind::Text, "", "`signed_in_user`, `gcp`: whom the token is for."),
    key("servers[].credential.scope", Kind::Text, "", "`signed_in_user`, `oauth`, `gcp`: what it is good for."),
    key("servers[].credential.resource", Kind::Text, "", "`signed_in_user`, `entra`: what it is for."),
    key(
        "servers[].credential.present",
        Kind::Choice(&["oauthbearer", "password"]),
        "",
        "`signed_in_user`, `oauth`: how the token is presented.",
    ),
    key("servers[].credential.flow", Kind::Text, "", "`entra`, `oauth`: how the token is obtained."),
    key("servers[].credential.tenant", Kind::Text, "", "`entra`: the tenant."),
    key("servers[].credential.client_id", Kind::Text, "", "`entra`, `oauth`: the application or client."),
    secret("servers[].credential.client_secret", Kind::Text, "", "`entra`, `oauth`: its secret."),
    secret(
        "servers[].credential.client_certificate",
        Kind::Text,
        "",
        "`entra`: its certificate with the private key, as PEM text.",
    ),
    key("servers[].credential.token_file", Kind::Path, "", "`entra`: where the platform keeps the workload's token."),
    key("servers[].credential.authority", Kind::Url, "", "`entra`: where people of a sovereign cloud sign in."),
    key("servers[].credential.issuer", Kind::Url, "", "`oauth`: the issuer."),
    key("servers[].credential.region", Kind::Text, "", "`aws_rds`: the region."),
    key(
        "servers[].credential.signing_host",
        Kind::Text,
        "",
        "`aws_rds`: the host that the token is for, where another is dialled.",
    ),
    key(
        "servers[].credential.signing_port",
        Kind::Integer { min: 1, max: 65_535 },
        "",
        "`aws_rds`: the port that the token is for.",
    ),
    key("servers[].credential.profile", Kind::Text, "", "`aws_rds`: a profile of the AWS configuration files."),
    key("servers[].credential.role_arn", Kind::Text, "", "`aws_rds`: a role to assume."),
    key(
        "servers[].credential.identity",
        Kind::Choice(&["service", "signed_in_user"]),
        "",
        "`aws_rds`, `gcp`: whose identity is used.",
    ),
    key("servers[].credential.service_account", Kind::Text, "", "`gcp`: a service account to impersonate."),
    key("servers[].credential.address", Kind::Url, "", "`vault`: where it answers."),
    key("servers[].credential.mount", Kind::Text, "", "`vault`: the engine's path."),
    key("servers[].credential.role", Kind::Text, "", "`vault`: the engine's role."),
    key("servers[].credential.namespace", Kind::Text, "", "`vault`: the namespace."),
    key(
        "servers[].credential.static_role",
        Kind::Boolean,
        "",
        "`vault`: whether the role is one whose password Vault changes now and then.",
    ),
    key(
        "servers[].credential.ca_pem",
        Kind::Text,
        "",
        "`vault`: certificates to trust beside the system's, as PEM text.",
    ),
    key(
        "servers[].credential.auth.method",
        Kind::Choice(&["jwt", "token", "approle", "kubernetes"]),
        "",
        "How Howdah logs in to Vault.",
    ),
    key("servers[].credential.auth.mount", Kind::Text, "", "The path of the method."),
    key("servers[].credential.auth.role", Kind::Text, "", "`jwt`, `kubernetes`: the role of the method."),
    key("servers[].credential.auth.token_file", Kind::Path, "", "`token`, `kubernetes`: where the token lies."),
    key("servers[].credential.auth.role_id", Kind::Text, "", "`approle`: the role id."),
    secret("servers[].credential.auth.secret_id", Kind::Text, "", "`approle`: the secret id."),
];
