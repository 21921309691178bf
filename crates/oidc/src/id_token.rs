//! The rules that an ID token must keep: OpenID Connect Core 3.1.3.7, and what the contract adds to it.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, ClientSecret, IssuerUrl, JsonWebKey,
    JwsSigningAlgorithm, Nonce, SignatureVerificationError,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// What an ID token is measured against.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) client_secret: Option<&'a SecretString>,
    pub(crate) algorithms: &'a [CoreJwsSigningAlgorithm],
    /// `None`: the token may have any, as after a refresh (Core 12.2).
    pub(crate) nonce: Option<&'a str>,
    pub(crate) access_token: &'a SecretString,
    pub(crate) now: SystemTime,
    pub(crate) skew: Duration,
}

/// Which rule an ID token breaks.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is another issuer's, or nobody's.
    Issuer(Option<String>),
    /// None of the keys fits.
    UnknownKey,
    /// Anything else.
    Rule { reason: String, source: Option<ClaimsVerificationError> },
}

/// Checks the token and gives its claims.
pub(crate) fn verify(
    token: &SecretString,
    keys: &CoreJsonWebKeySet,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, Fault> {
    let text = token.expose_secret();
    let claims = payload(text).ok_or_else(|| broken("it is not a signed JSON Web Token"))?;

    // Step 2, before all else: a token of somebody else is not worth a closer look. Compared as text (RFC 3986 6.2.1).
    let issuer = claims.get("iss").and_then(Value::as_str);
    if issuer != Some(expected.issuer) {
        return Err(Fault::Issuer(issuer.map(str::to_owned)));
    }
    let id_token = CoreIdToken::from_str(text).map_err(|_| broken("a claim is missing or has the wrong type"))?;

    let latest = expected.now + expected.skew;
    let earliest = expected.now.checked_sub(expected.skew).unwrap_or(expected.now);
    let issuer = IssuerUrl::new(expected.issuer.to_owned()).map_err(|_| broken("its issuer is not an address"))?;
    let client_id = ClientId::new(expected.client_id.to_owned());
    let verifier = match expected.client_secret {
        Some(secret) => {
            let secret = ClientSecret::new(secret.expose_secret().to_owned());
            CoreIdTokenVerifier::new_confidential_client(client_id, secret, issuer, keys.clone())
        }
        None => CoreIdTokenVerifier::new_public_client(client_id, issuer, keys.clone()),
    };
    let verifier = verifier
        .set_allowed_algs(expected.algorithms.iter().cloned())
        // Other audiences are allowed where `azp` says that the token was made for us: see below.
        .set_other_audience_verifier_fn(|_| true)
        .set_time_fn(move || earliest.into())
        .set_issue_time_verifier_fn(move |issued_at| {
            // Step 10, as a provider's clock that runs ahead is not to be trusted for `exp` either.
            if SystemTime::from(issued_at) <= latest { Ok(()) } else { Err("`iat` is in the future".to_owned()) }
        });
    let nonce = |found: Option<&Nonce>| match expected.nonce {
        Some(nonce) => openidconnect::NonceVerifier::verify(&Nonce::new(nonce.to_owned()), found),
        None => Ok(()),
    };
    let verified = id_token.claims(&verifier, nonce).map_err(fault)?;

    // Steps 4 and 5, which the library leaves to us.
    match verified.authorized_party() {
        Some(party) if party.as_str() != expected.client_id => return Err(broken("`azp` names another client")),
        None if verified.audiences().len() > 1 => return Err(broken("it has several audiences and no `azp`")),
        _ => {}
    }
    if verified.subject().as_str().is_empty() {
        return Err(broken("`sub` is empty"));
    }
    // RFC 7519 section 4.1.5.
    if let Some(not_before) = claims.get("nbf") {
        let seconds = not_before.as_f64().ok_or_else(|| broken("`nbf` is not a time"))?;
        let latest = latest.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        if seconds > latest {
            return Err(broken("`nbf` is in the future"));
        }
    }
    // Core 3.1.3.8: optional in this flow, but if it is there it must be right.
    if let Some(hash) = verified.access_token_hash() {
        let actual = access_token_hash(&id_token, &verifier, expected.access_token)
            .ok_or_else(|| broken("`at_hash` cannot be checked"))?;
        if actual != *hash {
            return Err(broken("`at_hash` does not fit the access token"));
        }
    } else if claims.contains_key("at_hash") {
        return Err(broken("`at_hash` is not text"));
    }
    Ok(claims)
}

/// What `at_hash` should be. The key tells which hash belongs to its curve; nothing is signed here.
fn access_token_hash(
    id_token: &CoreIdToken,
    verifier: &CoreIdTokenVerifier<'_>,
    access_token: &SecretString,
) -> Option<AccessTokenHash> {
    let algorithm = id_token.signing_alg().ok()?;
    let shared = CoreJsonWebKey::new_symmetric(Vec::new());
    let key = if algorithm.uses_shared_secret() { &shared } else { id_token.signing_key(verifier).ok()? };
    AccessTokenHash::from_token(&AccessToken::new(access_token.expose_secret().to_owned()), algorithm, key).ok()
}

/// The algorithms of a discovery document that we accept. `none` and MACs never come this way.
pub(crate) fn accepted_algorithms(listed: &[String]) -> Vec<CoreJwsSigningAlgorithm> {
    if listed.is_empty() {
        // Discovery 3: every provider must support it.
        return vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256];
    }
    listed.iter().filter(|name| !name.starts_with("HS")).filter_map(|name| algorithm_named(name)).collect()
}

/// The algorithm of this name (RFC 7518 section 3.1, RFC 8037), if one can pin it. ES512 is missing: `openidconnect`
/// does not compute on its curve.
pub(crate) fn algorithm_named(name: &str) -> Option<CoreJwsSigningAlgorithm> {
    Some(match name {
        "RS256" => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        "RS384" => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        "RS512" => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        "PS256" => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        "PS384" => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        "PS512" => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        "ES256" => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        "ES384" => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        "EdDSA" => CoreJwsSigningAlgorithm::EdDsa,
        "HS256" => CoreJwsSigningAlgorithm::HmacSha256,
        "HS384" => CoreJwsSigningAlgorithm::HmacSha384,
        "HS512" => CoreJwsSigningAlgorithm::HmacSha512,
        _ => return None,
    })
}

/// The claims as they are written, not yet to be believed.
fn payload(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn fault(error: ClaimsVerificationError) -> Fault {
    use ClaimsVerificationError as Claims;
    use SignatureVerificationError as Signature;
    let reason = match &error {
        Claims::SignatureVerification(Signature::NoMatchingKey) => return Fault::UnknownKey,
        Claims::SignatureVerification(Signature::AmbiguousKeyId(_)) => {
            "several of the provider's keys may have signed it"
        }
        Claims::SignatureVerification(Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_)) => {
            "its algorithm is not accepted"
        }
        Claims::SignatureVerification(_) => "its signature is wrong",
        Claims::Expired(_) => "it has expired, or its `iat` is in the future",
        Claims::InvalidAudience(_) => "it is meant for another client",
        Claims::InvalidNonce(_) => "its `nonce` does not belong to this sign-in",
        _ => "it breaks a rule",
    };
    Fault::Rule { reason: reason.to_owned(), source: Some(error) }
}

fn broken(reason: &str) -> Fault {
    Fault::Rule { reason: reason.to_owned(), source: None }
}
