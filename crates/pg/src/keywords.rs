//! libpq's connection keywords (manual, 34.1.2): what each means here, and why some are refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use secrecy::SecretString;

use crate::options::{
    AuthenticationMethod, ChannelBinding, ClientIdentity, ConnectOptions, Endpoint, Host, HostOrder, Keepalive,
    ProtocolVersion, RootCertificates, SslMode, SslNegotiation, TargetSession, TlsVersion,
};

const DEFAULT_PORT: u16 = 5432;
/// Each may take its time until the next is tried.
const MOST_HOSTS: usize = 32;

/// A keyword that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{keyword}`: {problem}")]
pub struct OptionsError {
    /// The keyword at fault.
    pub keyword: String,
    /// What is wrong with it, in words for a person.
    pub problem: String,
}

impl OptionsError {
    pub(crate) fn new(keyword: &str, problem: impl Into<String>) -> Self {
        Self { keyword: keyword.to_owned(), problem: problem.into() }
    }
}

impl ConnectOptions {
    /// Options from libpq's keywords, among them `host`, `port`, `dbname` and `user`.
    ///
    /// Certificates and keys are PEM text: whoever allows paths reads the files first, and likewise a service file
    /// ([`service`](crate::service)) and a password file ([`PassFile`](crate::PassFile)). `user` has no default since a
    /// console's own account is nobody's role. Where libpq would look for `~/.postgresql/root.crt` the system's roots
    /// are used.
    ///
    /// # Errors
    ///
    /// Names the first keyword that is unknown, not supported, or has a value that cannot be.
    pub fn from_keywords(keywords: &BTreeMap<String, String>) -> Result<Self, OptionsError> {
        let text = |keyword: &str| keywords.get(keyword).map(String::as_str).filter(|value| !value.is_empty());
        let user = text("user").ok_or_else(|| OptionsError::new("user", "is missing"))?;
        let mut options = Self::new(Host::parse(""), DEFAULT_PORT, text("dbname").unwrap_or(user), user);
        options.endpoints = endpoints(text("host"), text("hostaddr"), text("port"))?;
        if let Some(name) = text("application_name").or(text("fallback_application_name")) {
            name.clone_into(&mut options.application_name);
        }
        for (keyword, value) in keywords {
            if !value.is_empty() {
                options.apply(keyword, value)?;
            }
        }
        options.check_ssl(keywords)?;
        options.apply_keepalive(keywords)?;
        if options.min_protocol_version > options.max_protocol_version {
            return Err(OptionsError::new("min_protocol_version", "is above `max_protocol_version`"));
        }
        Ok(options)
    }

    fn apply(&mut self, keyword: &str, value: &str) -> Result<(), OptionsError> {
        let problem = |problem: &str| Err(OptionsError::new(keyword, problem));
        match keyword {
            "host"
            | "hostaddr"
            | "port"
            | "user"
            | "dbname"
            | "application_name"
            | "fallback_application_name"
            | "sslcert"
            | "sslkey"
            | "sslpassword"
            | "sslcertmode"
            | "keepalives"
            | "keepalives_idle"
            | "keepalives_interval"
            | "keepalives_count" => {}
            "connect_timeout" => match number::<u32>(keyword, value)? {
                // libpq waits for ever; a console must not.
                0 => return problem("must be at least 1 second"),
                seconds => self.connect_timeout = Duration::from_secs(u64::from(seconds)),
            },
            "client_encoding" => {
                if !matches!(value.to_ascii_lowercase().as_str(), "utf8" | "utf-8" | "auto") {
                    return problem("only UTF8 is supported");
                }
            }
            "options" => self.parameters.push((keyword.to_owned(), value.to_owned())),
            "sslmode" => self.ssl.mode = choose(keyword, value, SSL_MODES)?,
            "sslnegotiation" => {
                self.ssl.negotiation = choose(
                    keyword,
                    value,
                    &[("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)],
                )?;
            }
            "channel_binding" => {
                self.ssl.channel_binding = choose(
                    keyword,
                    value,
                    &[
                        ("disable", ChannelBinding::Disable),
                        ("prefer", ChannelBinding::Prefer),
                        ("require", ChannelBinding::Require),
                    ],
                )?;
            }
            "sslrootcert" if value == "system" => {}
            "sslrootcert" => self.ssl.root = RootCertificates::Pem(pem(keyword, value)?),
            "sslsni" => self.ssl.server_name_indication = choose(keyword, value, &[("0", false), ("1", true)])?,
            "sslcrl" => self.ssl.revocation_lists_pem = Some(pem(keyword, value)?),
            "ssl_min_protocol_version" => {
                self.ssl.min_version = tls_version(keyword, value)?.unwrap_or(TlsVersion::V1_2)
            }
            "ssl_max_protocol_version" => match tls_version(keyword, value)? {
                Some(version) => self.ssl.max_version = version,
                None => return problem("allows only versions before TLSv1.2, which are broken and not supported"),
            },
            "require_auth" => self.require_auth = Some(methods(value)?),
            "min_protocol_version" => self.min_protocol_version = choose(keyword, value, PROTOCOL_VERSIONS)?,
            "max_protocol_version" => self.max_protocol_version = choose(keyword, value, PROTOCOL_VERSIONS)?,
            "target_session_attrs" => self.target = choose(keyword, value, TARGETS)?,
            "load_balance_hosts" => {
                self.host_order =
                    choose(keyword, value, &[("disable", HostOrder::AsGiven), ("random", HostOrder::Random)])?;
            }
            "tcp_user_timeout" => {
                let milliseconds = number::<u32>(keyword, value)?;
                self.tcp_user_timeout = (milliseconds > 0).then(|| Duration::from_millis(milliseconds.into()));
            }
            _ => return refuse_in_words(keyword, value),
        }
        Ok(())
    }

    fn check_ssl(&mut self, keywords: &BTreeMap<String, String>) -> Result<(), OptionsError> {
        let given = |keyword: &str| keywords.get(keyword).filter(|value| !value.is_empty());
        match (given("sslcert"), given("sslkey")) {
            (Some(certificate), Some(key)) => {
                self.ssl.client_identity = Some(ClientIdentity {
                    certificate_pem: pem("sslcert", certificate)?,
                    key_pem: SecretString::from(pem("sslkey", key)?),
                    key_password: given("sslpassword").map(|password| SecretString::from(password.clone())),
                });
            }
            (None, None) => {}
            (Some(_), None) => return Err(OptionsError::new("sslkey", "is missing: `sslcert` needs its key")),
            (None, Some(_)) => return Err(OptionsError::new("sslcert", "is missing: `sslkey` needs its certificate")),
        }
        match given("sslcertmode").map(String::as_str) {
            None | Some("allow") => {}
            Some("disable") => self.ssl.client_identity = None,
            // rustls does not tell whether the server asked for one.
            Some("require") => return Err(OptionsError::new("sslcertmode", "`require` is not supported")),
            Some(_) => return Err(OptionsError::new("sslcertmode", "must be `disable`, `allow`")),
        }
        if self.ssl.min_version > self.ssl.max_version {
            return Err(OptionsError::new("ssl_min_protocol_version", "is above `ssl_max_protocol_version`"));
        }
        // Roots that everybody can get a certificate from prove nothing without the name.
        if given("sslrootcert").is_some_and(|value| value == "system") {
            if given("sslmode").is_none() {
                self.ssl.mode = SslMode::VerifyFull;
            } else if self.ssl.mode != SslMode::VerifyFull {
                return Err(OptionsError::new("sslrootcert", "`system` needs `sslmode` `verify-full`"));
            }
        }
        if self.ssl.negotiation == SslNegotiation::Direct && self.ssl.mode < SslMode::Require {
            return Err(OptionsError::new(
                "sslnegotiation",
                "`direct` needs `sslmode` `require`, `verify-ca` or `verify-full`",
            ));
        }
        Ok(())
    }

    fn apply_keepalive(&mut self, keywords: &BTreeMap<String, String>) -> Result<(), OptionsError> {
        let given = |keyword: &'static str| -> Result<Option<u32>, OptionsError> {
            let value = keywords.get(keyword).filter(|value| !value.is_empty());
            value.map(|value| number(keyword, value)).transpose()
        };
        if given("keepalives")? == Some(0) {
            self.keepalive = None;
        }
        // In libpq 0 means the system's default; ours is as good.
        let seconds =
            |value: Option<u32>| value.filter(|value| *value > 0).map(|value| Duration::from_secs(u64::from(value)));
        let (idle, interval) = (seconds(given("keepalives_idle")?), seconds(given("keepalives_interval")?));
        let count = given("keepalives_count")?.filter(|count| *count > 0);
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.idle = idle.unwrap_or(Keepalive::default().idle);
            keepalive.interval = interval.unwrap_or(Keepalive::default().interval);
            keepalive.count = count.unwrap_or(Keepalive::default().count);
        }
        Ok(())
    }
}

const SSL_MODES: &[(&str, SslMode)] = &[
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

const PROTOCOL_VERSIONS: &[(&str, ProtocolVersion)] =
    &[("3.0", ProtocolVersion::V3_0), ("3.2", ProtocolVersion::V3_2), ("latest", ProtocolVersion::V3_2)];

const TARGETS: &[(&str, TargetSession)] = &[
    ("any", TargetSession::Any),
    ("read-write", TargetSession::ReadWrite),
    ("read-only", TargetSession::ReadOnly),
    ("primary", TargetSession::Primary),
    ("standby", TargetSession::Standby),
    ("prefer-standby", TargetSession::PreferStandby),
];

/// Keywords that libpq knows and that mean nothing here, or mean nothing good.
fn refuse_in_words(keyword: &str, value: &str) -> Result<(), OptionsError> {
    // What cannot be had is only refused where somebody insists on it.
    let problem = match (keyword, value) {
        ("gssencmode", "disable" | "prefer")
        | ("sslcompression", "0")
        | ("gssdelegation", "0")
        | ("replication", "false" | "off" | "no" | "0") => return Ok(()),
        ("gssencmode", _) => "must be `disable` or `prefer`: there is no encryption by GSSAPI here",
        ("krbsrvname" | "gsslib" | "gssdelegation", _) => {
            "belongs to Kerberos (GSSAPI and SSPI), which is not supported: choose another way to authenticate"
        }
        ("sslcompression", _) => "must be `0`: compression inside TLS leaks secrets",
        ("sslcrldir", _) => "is not supported: give the revocation lists themselves by `sslcrl`",
        ("sslkeylogfile", _) => "is not supported: it would write the connection's secrets to a file",
        ("requirepeer", _) => "is not supported",
        ("replication", _) => "is not supported: a connection for replication runs no statements",
        ("password" | "scram_client_key" | "scram_server_key", _) => "is given with the credential, not here",
        ("oauth_issuer" | "oauth_client_id" | "oauth_client_secret" | "oauth_scope", _) => {
            "belongs to the credential: choose a source that obtains tokens"
        }
        ("passfile" | "service" | "servicefile", _) => "names a file that is not read here: give its settings instead",
        ("authtype" | "tty" | "requiressl", _) => "means nothing to PostgreSQL any more",
        _ => "is unknown",
    };
    Err(OptionsError::new(keyword, problem))
}

/// A version by its name; none for those before 1.2.
fn tls_version(keyword: &str, value: &str) -> Result<Option<TlsVersion>, OptionsError> {
    let versions =
        [("tlsv1", None), ("tlsv1.1", None), ("tlsv1.2", Some(TlsVersion::V1_2)), ("tlsv1.3", Some(TlsVersion::V1_3))];
    choose(keyword, &value.to_ascii_lowercase(), &versions)
        .map_err(|_| OptionsError::new(keyword, "must be `TLSv1.2` or `TLSv1.3`"))
}

/// Lists of hosts, of their addresses and of their ports (manual, 34.1.1.3): as many of each, or one port for all.
fn endpoints(hosts: Option<&str>, addresses: Option<&str>, ports: Option<&str>) -> Result<Vec<Endpoint>, OptionsError> {
    let list = |text: Option<&str>| -> Vec<String> {
        text.map(|text| text.split(',').map(|item| item.trim().to_owned()).collect()).unwrap_or_default()
    };
    let (hosts, addresses, ports) = (list(hosts), list(addresses), list(ports));
    let count = if hosts.is_empty() { addresses.len() } else { hosts.len() };
    if count == 0 {
        return Err(OptionsError::new("host", "is missing"));
    }
    if count > MOST_HOSTS {
        return Err(OptionsError::new("host", format!("has more than {MOST_HOSTS} hosts")));
    }
    if !addresses.is_empty() && addresses.len() != count {
        return Err(OptionsError::new("hostaddr", format!("has {} addresses for {count} hosts", addresses.len())));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(OptionsError::new("port", format!("has {} ports for {count} hosts", ports.len())));
    }
    let item = |list: &[String], index: usize| list.get(index).filter(|item| !item.is_empty()).cloned();
    (0..count)
        .map(|index| {
            let port = item(&ports, if ports.len() == 1 { 0 } else { index });
            let port = port.map_or(Ok(DEFAULT_PORT), |port| number("port", &port))?;
            Ok(Endpoint { host: host(item(&hosts, index), item(&addresses, index))?, port })
        })
        .collect()
}

fn host(name: Option<String>, address: Option<String>) -> Result<Host, OptionsError> {
    let hostaddr = address.as_deref().map(str::parse::<IpAddr>).transpose();
    let hostaddr = hostaddr.map_err(|_| OptionsError::new("hostaddr", "is not an IP address"))?;
    // Without a name the address is what a certificate must carry.
    let name = name.or(address).ok_or_else(|| OptionsError::new("host", "has an empty place in its list"))?;
    if name.starts_with('@') {
        return Err(OptionsError::new("host", "names a socket in the abstract namespace, which is not supported"));
    }
    match Host::parse(&name) {
        Host::Tcp { host, .. } => Ok(Host::Tcp { host, hostaddr }),
        Host::Unix(_) if hostaddr.is_some() => Err(OptionsError::new("hostaddr", "does not go with a Unix socket")),
        socket => Ok(socket),
    }
}

fn choose<T: Copy>(keyword: &str, value: &str, choices: &[(&str, T)]) -> Result<T, OptionsError> {
    let choice = choices.iter().find(|(name, _)| *name == value);
    choice.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        OptionsError::new(keyword, format!("must be {}", names.join(", ")))
    })
}

fn number<T: std::str::FromStr>(keyword: &str, value: &str) -> Result<T, OptionsError> {
    let value = value.trim().parse();
    value.map_err(|_| OptionsError::new(keyword, "is not a number in range"))
}

fn pem(keyword: &str, value: &str) -> Result<String, OptionsError> {
    if value.contains("-----BEGIN ") {
        Ok(value.to_owned())
    } else {
        Err(OptionsError::new(keyword, "must be PEM text"))
    }
}

/// `require_auth`: names, or names to exclude with a `!` each.
fn methods(value: &str) -> Result<BTreeSet<AuthenticationMethod>, OptionsError> {
    let names: Vec<&str> = value.split(',').map(str::trim).collect();
    let excluding = names.iter().all(|name| name.starts_with('!'));
    let mut methods = BTreeSet::new();
    for name in names {
        let bare = if excluding { &name[1..] } else { name };
        let method = AuthenticationMethod::ALL.into_iter().find(|method| method.name() == bare);
        match method {
            Some(method) => methods.insert(method),
            // Methods that are never answered can be excluded, not required.
            None if excluding && matches!(bare, "gss" | "sspi") => true,
            None => {
                return Err(OptionsError::new(
                    "require_auth",
                    format!("`{name}` is unknown, not supported, or mixes both forms of the list"),
                ));
            }
        };
    }
    if excluding {
        return Ok(AuthenticationMethod::ALL.into_iter().filter(|method| !methods.contains(method)).collect());
    }
    Ok(methods)
}

#[cfg(test)]
mod tests;
