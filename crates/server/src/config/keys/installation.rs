//! Keys of the installation itself: the server, its store, its sessions, and what it writes down.

use super::{Key, Kind, key, secret};

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
    key(
        "server.stop_grace",
        Kind::Duration,
        "\"10s\"",
        "When Howdah is stopped, statements that run and transactions that are open have so long to end. People are told at once; what is left then is cancelled and rolled back.",
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
        "history.statements",
        Kind::Boolean,
        "true",
        "Whether people find what they ran: each their own statements, without passwords and values of parameters. `false`: nothing is kept from now on.",
    ),
    key("history.retention", Kind::Duration, "\"90d\"", "History older than this is removed. `0s`: never."),
    key(
        "history.max_entries",
        Kind::Integer { min: 0, max: 1_000_000_000 },
        "100000",
        "Where a person's history has more statements, the oldest are removed, within ten minutes. 0: it may have any number.",
    ),
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
];
