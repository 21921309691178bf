//! SASL's OAUTHBEARER (RFC 7628) as PostgreSQL 18 speaks it: what a token looks like, and what a refusal says.

use std::fmt;

use serde::Deserialize;

use crate::keywords::OptionsError;

/// The mechanism's name.
pub(crate) const MECHANISM: &str = "OAUTHBEARER";
/// The answer to a refusal, without which the server says nothing more (RFC 7628, 3.2.3).
pub(crate) const DUMMY_RESPONSE: &[u8] = b"\x01";
/// How much of each text of a refusal is kept.
const KEPT_CHARACTERS: usize = 300;

/// The initial response (RFC 7628, 3.1): no channel binding, no other identity, the token.
///
/// # Errors
///
/// When the token has a character that no bearer token has. Such a token could say more than it should.
pub(crate) fn initial_response(token: &str) -> Result<Vec<u8>, OptionsError> {
    if !is_bearer_token(token) {
        return Err(OptionsError::new("token", "is no bearer token: it has characters that none may have (RFC 6750)"));
    }
    Ok([b"n,,\x01auth=Bearer ", token.as_bytes(), b"\x01\x01"].concat())
}

/// `b64token` of RFC 6750, 2.1.
fn is_bearer_token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

/// What a server says of a token that it refuses. Nothing in it is followed: a server could otherwise send people, and
/// their tokens, wherever it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthRefusal {
    /// `invalid_token` or another code of RFC 6750, 3.1.
    pub status: String,
    /// The scope that the server asks for.
    pub scope: Option<String>,
    /// Where the server says that the issuer describes itself.
    pub openid_configuration: Option<String>,
    /// Whether that is the issuer whose token was sent.
    pub issuer: IssuerComparison,
}

/// The server's issuer beside the one that is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerComparison {
    /// One of them is not known.
    Unknown,
    /// They are the same.
    Same,
    /// The server trusts another one.
    Different {
        /// The one whose token was sent.
        expected: String,
        /// The one that the server names.
        named: String,
    },
}

impl OAuthRefusal {
    /// Reads the JSON of a refusal (RFC 7628, 3.2.2). None when it is not that.
    pub(crate) fn parse(json: &[u8], expected_issuer: Option<&str>) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer {
            status: String,
            scope: Option<String>,
            #[serde(rename = "openid-configuration")]
            openid_configuration: Option<String>,
        }
        let answer: Answer = serde_json::from_slice(json).ok()?;
        let named = answer.openid_configuration.as_deref().map(issuer_of);
        let issuer = match (expected_issuer, named) {
            (Some(expected), Some(named)) if expected == named => IssuerComparison::Same,
            (Some(expected), Some(named)) => {
                IssuerComparison::Different { expected: expected.to_owned(), named: printable(&named) }
            }
            _ => IssuerComparison::Unknown,
        };
        Some(Self {
            status: printable(&answer.status),
            scope: answer.scope.as_deref().map(printable),
            openid_configuration: answer.openid_configuration.as_deref().map(printable),
            issuer,
        })
    }
}

impl fmt::Display for OAuthRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server refused the token (`{}`)", self.status)?;
        match (&self.issuer, &self.openid_configuration) {
            (IssuerComparison::Different { expected, named }, _) => {
                write!(f, ": it trusts the issuer {named}, and the token is of {expected}")?;
            }
            (IssuerComparison::Same, _) => f.write_str(": it trusts the token's issuer")?,
            (IssuerComparison::Unknown, Some(url)) => write!(f, ": it trusts the issuer described at {url}")?,
            (IssuerComparison::Unknown, None) => {}
        }
        match self.scope.as_deref().filter(|scope| !scope.is_empty()) {
            Some(scope) => write!(f, "; it asks for the scope `{scope}`"),
            None => Ok(()),
        }
    }
}

/// The issuer behind the URL of a discovery document, which stands behind the issuer's path (OpenID Connect Discovery,
/// 4) or before it (RFC 8414, 3).
fn issuer_of(url: &str) -> String {
    const DOCUMENTS: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    for document in DOCUMENTS {
        if let Some((origin, path)) = url.split_once(document)
            && (path.is_empty() || path.starts_with('/'))
        {
            return format!("{origin}{path}");
        }
    }
    url.to_owned()
}

/// Text of a server that may be shown: cut, and without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(KEPT_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_tokens_are_sent() {
        for (token, is_one) in [
            ("abc.DEF-_~+/123", true),
            ("abc==", true),
            ("", false),
            ("==", false),
            ("a=b", false),
            ("a b", false),
            ("a\u{1}auth=Bearer b", false),
            ("ä", false),
        ] {
            assert_eq!(initial_response(token).is_ok(), is_one, "{token}");
        }
        assert_eq!(initial_response("t").ok().as_deref(), Some(&b"n,,\x01auth=Bearer t\x01\x01"[..]));
    }

    #[test]
    fn a_refusal_is_told_in_words() {
        let json = br#"{ "status": "invalid_token", "openid-configuration": "https://a.example/.well-known/openid-configuration", "scope": "openid pg" }"#;
        for (expected, words) in [
            (
                Some("https://a.example"),
                "the server refused the token (`invalid_token`): it trusts the token's issuer; it asks for the scope `openid pg`",
            ),
            (
                Some("https://b.example"),
                "the server refused the token (`invalid_token`): it trusts the issuer https://a.example, and the token is of https://b.example; it asks for the scope `openid pg`",
            ),
            (
                None,
                "the server refused the token (`invalid_token`): it trusts the issuer described at https://a.example/.well-known/openid-configuration; it asks for the scope `openid pg`",
            ),
        ] {
            let refusal = OAuthRefusal::parse(json, expected).map(|refusal| refusal.to_string());
            assert_eq!(refusal.as_deref(), Some(words));
        }
        assert_eq!(OAuthRefusal::parse(b"{}", None), None);
        assert_eq!(OAuthRefusal::parse(b"not JSON", None), None);
        let odd = br#"{"status":"a\u0007b"}"#;
        assert_eq!(OAuthRefusal::parse(odd, None).map(|refusal| refusal.status).as_deref(), Some("ab"));
    }

    #[test]
    fn the_issuer_is_found_on_either_side_of_its_path() {
        for (url, issuer) in [
            ("https://a.example/.well-known/openid-configuration", "https://a.example"),
            ("https://a.example/realms/x/.well-known/openid-configuration", "https://a.example/realms/x"),
            ("https://a.example/.well-known/oauth-authorization-server/x", "https://a.example/x"),
            (
                "https://a.example/.well-known/openid-configurationx",
                "https://a.example/.well-known/openid-configurationx",
            ),
            ("https://a.example", "https://a.example"),
        ] {
            assert_eq!(issuer_of(url), issuer);
        }
    }
}
