//! libpq's connection keywords (manual, 34.1.2), those that make sense in a console.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use secrecy::SecretString;

use crate::options::{
    AuthenticationMethod, ChannelBinding, ClientIdentity, ConnectOptions, Host, Keepalive, ProtocolVersion,
    RootCertificates, SslMode, SslNegotiation,
};

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
    /// Certificates and keys are PEM text: whoever allows paths reads the files first. `user` has no default since a
    /// console's own account is nobody's role. Where libpq would look for `~/.postgresql/root.crt` the system's roots
    /// are used.
    ///
    /// # Errors
    ///
    /// Names the first keyword that is unknown, not supported, or has a value that cannot be.
    pub fn from_keywords(keywords: &BTreeMap<String, String>) -> Result<Self, OptionsError> {
        let text = |keyword: &str| keywords.get(keyword).map(String::as_str).filter(|value| !value.is_empty());
        let host = text("host").ok_or_else(|| OptionsError::new("host", "is missing"))?;
        let user = text("user").ok_or_else(|| OptionsError::new("user", "is missing"))?;
        if host.contains(',') {
            return Err(OptionsError::new("host", "only one host is supported"));
        }
        let mut options = Self::new(Host::parse(host), 5432, text("dbname").unwrap_or(user), user);
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
        Ok(options)
    }

    fn apply(&mut self, keyword: &str, value: &str) -> Result<(), OptionsError> {
        let problem = |problem: &str| Err(OptionsError::new(keyword, problem));
        match keyword {
            "host"
            | "user"
            | "dbname"
            | "application_name"
            | "fallback_application_name"
            | "sslcert"
            | "sslkey"
            | "keepalives"
            | "keepalives_idle"
            | "keepalives_interval"
            | "keepalives_count" => {}
            "port" => self.port = number(keyword, value)?,
            "hostaddr" => match (&mut self.host, value.parse::<IpAddr>()) {
                (Host::Tcp { hostaddr, .. }, Ok(address)) => *hostaddr = Some(address),
                (Host::Tcp { .. }, Err(_)) => return problem("is not an IP address"),
                (Host::Unix(_), _) => return problem("does not go with a Unix socket"),
            },
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
            "require_auth" => self.require_auth = Some(methods(value)?),
            "max_protocol_version" => {
                self.max_protocol_version = choose(
                    keyword,
                    value,
                    &[
                        ("3.0", ProtocolVersion::V3_0),
                        ("3.2", ProtocolVersion::V3_2),
                        ("latest", ProtocolVersion::V3_2),
                    ],
                )?;
            }
            // What cannot be had is only refused where somebody insists on it.
            "gssencmode" => choose(keyword, value, &[("disable", ()), ("prefer", ())])?,
            "sslcompression" => choose(keyword, value, &[("0", ())])?,
            "target_session_attrs" => choose(keyword, value, &[("any", ())])?,
            "password" => return problem("a password is given with the credential, not here"),
            _ => return problem("is unknown or not supported"),
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
                });
            }
            (None, None) => {}
            (Some(_), None) => return Err(OptionsError::new("sslkey", "is missing: `sslcert` needs its key")),
            (None, Some(_)) => return Err(OptionsError::new("sslcert", "is missing: `sslkey` needs its certificate")),
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
            None if excluding && matches!(bare, "gss" | "sspi" | "oauth") => true,
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
mod tests {
    use super::*;

    fn options(keywords: &[(&str, &str)]) -> Result<ConnectOptions, OptionsError> {
        let base = [("host", "db.example"), ("user", "ada")];
        let pairs = base.iter().chain(keywords);
        ConnectOptions::from_keywords(&pairs.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn keywords_become_options() -> Result<(), OptionsError> {
        let plain = options(&[])?;
        assert_eq!((plain.port, plain.database.as_str()), (5432, "ada"));
        assert_eq!(plain.ssl.mode, SslMode::Prefer);
        let full = options(&[
            ("host", "/run/postgresql"),
            ("port", "6543"),
            ("dbname", "shop"),
            ("options", "-c geqo=off"),
            ("connect_timeout", "3"),
            ("require_auth", "!password,!none"),
            ("keepalives_idle", "5"),
            ("sslmode", ""),
        ])?;
        assert_eq!(full.host, Host::Unix("/run/postgresql".into()));
        assert_eq!(full.connect_timeout, Duration::from_secs(3));
        assert_eq!(full.parameters, [("options".to_owned(), "-c geqo=off".to_owned())]);
        let methods = full.require_auth.unwrap_or_default();
        assert!(methods.into_iter().eq([AuthenticationMethod::Md5, AuthenticationMethod::ScramSha256]));
        assert_eq!(full.keepalive.map(|keepalive| keepalive.idle), Some(Duration::from_secs(5)));
        assert_eq!(options(&[("sslrootcert", "system")])?.ssl.mode, SslMode::VerifyFull);
        Ok(())
    }

    #[test]
    fn the_keyword_at_fault_is_named() {
        for (keywords, at_fault) in [
            (&[("host", "")][..], "host"),
            (&[("host", "a,b")], "host"),
            (&[("port", "70000")], "port"),
            (&[("hostaddr", "db")], "hostaddr"),
            (&[("sslmode", "verify_full")], "sslmode"),
            (&[("sslrootcert", "/etc/ssl/ca.pem")], "sslrootcert"),
            (&[("sslrootcert", "system"), ("sslmode", "require")], "sslrootcert"),
            (&[("sslnegotiation", "direct")], "sslnegotiation"),
            (&[("sslkey", "-----BEGIN PRIVATE KEY-----")], "sslcert"),
            (&[("require_auth", "scram-sha-256,!md5")], "require_auth"),
            (&[("require_auth", "gss")], "require_auth"),
            (&[("password", "x")], "password"),
            (&[("passfile", "/root/.pgpass")], "passfile"),
            (&[("connect_timeout", "0")], "connect_timeout"),
        ] {
            let error = options(keywords).expect_err("must be refused");
            assert_eq!(error.keyword, at_fault, "{error}");
        }
    }
}
