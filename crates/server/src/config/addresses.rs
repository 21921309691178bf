//! Which addresses people may write into a credential. Howdah asks there, with secrets of theirs or its own, from where it
//! stands: in a network that they may not be able to reach themselves.

use url::{Host, Url};

/// Where Microsoft's clouds sign people in.
const ENTRA: [&str; 5] = [
    "https://login.microsoftonline.com",
    "https://login.microsoftonline.us",
    "https://login.chinacloudapi.cn",
    "https://login.partner.microsoftonline.cn",
    "https://login.sovcloud-identity.fr",
];

/// Issuers, authorities and Vaults that anybody may name in a credential. Administrators may name others.
#[derive(Debug, Clone)]
pub struct Addresses {
    every: bool,
    loopback: bool,
    listed: Vec<Url>,
}

impl Addresses {
    /// For one person on their own machine: all of them.
    #[must_use]
    pub fn every() -> Self {
        Self { every: true, loopback: true, listed: Vec::new() }
    }

    /// Those that the operator lists, the issuers of sign-in providers, and Microsoft's clouds; where `origin` is on
    /// this machine, as in development, everything on it.
    #[must_use]
    pub fn listed<'a>(
        operators: impl IntoIterator<Item = Url>,
        issuers: impl IntoIterator<Item = &'a str>,
        origin: &Url,
    ) -> Self {
        let known = ENTRA.into_iter().chain(issuers).filter_map(|text| Url::parse(text).ok());
        Self { every: false, loopback: is_loopback(origin), listed: operators.into_iter().chain(known).collect() }
    }

    /// Whether anybody may name this address. What is no URL is for others to judge.
    #[must_use]
    pub fn permit(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address.trim()) else { return true };
        self.every || (self.loopback && is_loopback(&url)) || self.listed.iter().any(|listed| is_below(&url, listed))
    }
}

/// Whether `url` is `base` or stands below it.
fn is_below(url: &Url, base: &Url) -> bool {
    let rest = url.path().strip_prefix(base.path().trim_end_matches('/'));
    url.origin() == base.origin()
        && url.username().is_empty()
        && url.password().is_none()
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(origin: &str) -> Result<Addresses, url::ParseError> {
        let operators = [Url::parse("https://vault.example.com:8200")?, Url::parse("https://id.example.com/realms/")?];
        Ok(Addresses::listed(operators, ["https://sso.example.com/corp", "corp"], &Url::parse(origin)?))
    }

    #[test]
    fn people_name_what_is_listed_and_what_is_below_it() -> Result<(), url::ParseError> {
        let addresses = addresses("https://pg.example.com")?;
        for (address, expected) in [
            ("https://vault.example.com:8200", true),
            ("https://vault.example.com:8200/", true),
            ("https://VAULT.example.com:8200/v1", true),
            ("https://vault.example.com", false),
            ("http://vault.example.com:8200", false),
            ("https://id.example.com/realms", true),
            ("https://id.example.com/realms/db", true),
            ("https://id.example.com/realms-of-others", false),
            ("https://id.example.com/realms/../admin", false),
            ("https://id.example.com/realms/%2e%2e/admin", false),
            ("https://id.example.com/", false),
            ("https://id.example.com@evil.example/realms/db", false),
            ("https://user@id.example.com/realms/db", false),
            ("https://sso.example.com/corp", true),
            ("https://sso.example.com/corp/", true),
            ("https://login.microsoftonline.com/tenant/v2.0", true),
            ("https://login.microsoftonline.com.evil.example", false),
            ("https://login.microsoftonline.us", true),
            ("https://localhost:8443", false),
            ("https://127.0.0.1", false),
            ("https://10.0.0.1", false),
            ("not a URL", true),
        ] {
            assert_eq!(addresses.permit(address), expected, "{address}");
        }
        assert!(Addresses::every().permit("https://10.0.0.1"));
        Ok(())
    }

    #[test]
    fn in_development_this_machine_is_allowed() -> Result<(), url::ParseError> {
        for origin in ["http://127.0.0.1:5080", "http://localhost:5080", "http://[::1]:5080"] {
            let addresses = addresses(origin)?;
            assert!(addresses.permit("https://localhost:8443/x"), "{origin}");
            assert!(addresses.permit("http://127.0.0.2:1"), "{origin}");
            assert!(!addresses.permit("https://10.0.0.1"), "{origin}");
        }
        Ok(())
    }
}
