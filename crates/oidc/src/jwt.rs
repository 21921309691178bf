//! Signed JSON Web Tokens (RFC 7515, RFC 7519) of a provider: what holds for ID tokens, logout tokens and signed profiles.
//!
//! `openidconnect` computes signatures and judges ID tokens. Which key may have signed what is decided here, once for all
//! three: the library does not look at curves, and has no logout tokens.

use std::error::Error;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::{JsonWebKey, JwsSigningAlgorithm};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::keys::{Algorithm, Key, algorithm_named};

/// Which rule a token breaks.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is another issuer's, or nobody's.
    Issuer(Option<String>),
    /// None of the keys fits.
    UnknownKey,
    /// Anything else.
    Rule { reason: String, source: Option<Box<dyn Error + Send + Sync>> },
}

pub(crate) fn broken(reason: &str) -> Fault {
    Fault::Rule { reason: reason.to_owned(), source: None }
}

/// Who signs, and how.
#[derive(Clone, Copy)]
pub(crate) struct Trust<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) client_secret: Option<&'a SecretString>,
    pub(crate) algorithms: &'a [Algorithm],
    pub(crate) now: SystemTime,
    pub(crate) skew: Duration,
}

impl Trust<'_> {
    /// What lies after this is in the future, even if our clock is behind.
    pub(crate) fn latest(&self) -> SystemTime {
        self.now + self.skew
    }

    /// What lies before this is in the past, even if our clock is ahead.
    pub(crate) fn earliest(&self) -> SystemTime {
        self.now.checked_sub(self.skew).unwrap_or(self.now)
    }

    /// Whether any accepted algorithm needs a key of the provider.
    pub(crate) fn needs_keys(&self) -> bool {
        self.algorithms.iter().any(|algorithm| !algorithm.uses_shared_secret())
    }
}

/// A token taken apart. Nothing in it is to be believed before [`Jwt::key`] and a check of the signature.
#[derive(Debug)]
pub(crate) struct Jwt<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    header: Map<String, Value>,
    /// The claims as they are written.
    pub(crate) claims: Map<String, Value>,
}

impl<'a> Jwt<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Fault> {
        let malformed = || broken("it is not a signed JSON Web Token");
        match text.split('.').count() {
            3 => {}
            // RFC 7516 section 3.1.
            5 => return Err(broken("it is encrypted, and only signed ones are read")),
            _ => return Err(malformed()),
        }
        let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
        let object = |part: &str| serde_json::from_slice(&decode(part)?).map_err(|_| malformed());
        Ok(Self { signed, signature: decode(signature)?, header: object(header)?, claims: object(claims)? })
    }

    /// The one key that may have signed it, and how. `types` are the values of `typ` that the token may have; it may
    /// have none at all.
    pub(crate) fn key(&self, keys: &[Key], trust: &Trust<'_>, types: &[&str]) -> Result<(Key, Algorithm), Fault> {
        // RFC 8725 section 3.11: one kind of token must not pass for another. RFC 7515 section 4.1.9: `application/`
        // may be left out.
        let is_type = |found: &str| {
            let found = found.to_ascii_lowercase();
            types.contains(&found.strip_prefix("application/").unwrap_or(&found))
        };
        match self.header.get("typ") {
            None => {}
            Some(Value::String(found)) if is_type(found) => {}
            Some(_) => return Err(broken("its `typ` is that of another kind of token")),
        }
        // RFC 7515 section 4.1.11: we understand no extension; so says `b64`, too. RFC 7519 section 5.2: no nesting.
        if ["crit", "b64", "zip", "cty", "enc"].iter().any(|name| self.header.contains_key(*name)) {
            return Err(broken("its header asks for something that is not supported"));
        }
        let algorithm = self.header.get("alg").and_then(Value::as_str).and_then(algorithm_named);
        let algorithm = algorithm
            .filter(|algorithm| trust.algorithms.contains(algorithm))
            .ok_or_else(|| broken("its algorithm is not accepted"))?;
        if algorithm.uses_shared_secret() {
            let secret = trust.client_secret.ok_or_else(|| broken("its algorithm is not accepted"))?;
            return Ok((Key::new_symmetric(secret.expose_secret().as_bytes().to_vec()), algorithm));
        }
        let id = match self.header.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.as_str()),
            Some(_) => return Err(broken("its `kid` is not text")),
        };
        let is_named = |key: &&Key| id.is_none() || key.key_id().map(|found| found.as_str()) == id;
        let mut fitting = keys.iter().filter(is_named).filter(|key| key.fits(&algorithm));
        match (fitting.next(), fitting.next()) {
            (None, _) => Err(Fault::UnknownKey),
            (Some(key), None) => Ok((key.clone(), algorithm)),
            // Core 10.1: with several keys, the token must say which.
            (Some(_), Some(_)) => Err(broken("several of the provider's keys may have signed it")),
        }
    }

    pub(crate) fn verify(&self, key: &Key, algorithm: &Algorithm) -> Result<(), Fault> {
        key.verify_signature(algorithm, self.signed.as_bytes(), &self.signature)
            .map_err(|error| self.wrong_signature(error.into()))
    }

    /// A token that does not say which key it was signed with may be signed with one that we have not seen yet.
    pub(crate) fn wrong_signature(&self, source: Box<dyn Error + Send + Sync>) -> Fault {
        if self.header.contains_key("kid") {
            Fault::Rule { reason: "its signature is wrong".to_owned(), source: Some(source) }
        } else {
            Fault::UnknownKey
        }
    }

    /// Compared as text (RFC 3986 section 6.2.1).
    pub(crate) fn check_issuer(&self, expected: &str) -> Result<(), Fault> {
        let issuer = self.claims.get("iss").and_then(Value::as_str);
        if issuer == Some(expected) { Ok(()) } else { Err(Fault::Issuer(issuer.map(str::to_owned))) }
    }

    /// RFC 7519 section 4.1.3.
    pub(crate) fn check_audience(&self, client_id: &str) -> Result<(), Fault> {
        let is_ours = match self.claims.get("aud") {
            Some(Value::String(audience)) => audience == client_id,
            Some(Value::Array(audiences)) => {
                audiences.iter().all(Value::is_string) && audiences.iter().any(|audience| audience == client_id)
            }
            _ => false,
        };
        if is_ours { Ok(()) } else { Err(broken("it is meant for another client")) }
    }

    /// RFC 7519 section 4.1.5.
    pub(crate) fn check_not_before(&self, trust: &Trust<'_>) -> Result<(), Fault> {
        match self.time("nbf")? {
            Some(not_before) if not_before > trust.latest() => Err(broken("`nbf` is in the future")),
            _ => Ok(()),
        }
    }

    /// A NumericDate (RFC 7519 section 2), if the claim is there.
    pub(crate) fn time(&self, name: &str) -> Result<Option<SystemTime>, Fault> {
        let Some(value) = self.claims.get(name) else { return Ok(None) };
        let since = value.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let time = since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        time.map(Some).ok_or_else(|| broken(&format!("`{name}` is not a time")))
    }

    /// A text that is not empty, if the claim is there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Fault> {
        match self.claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(broken(&format!("`{name}` is not text"))),
        }
    }
}

#[cfg(test)]
mod tests;
