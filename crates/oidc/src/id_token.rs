//! The rules that an ID token must keep: OpenID Connect Core 3.1.3.7, and what the contract adds to it.

use std::str::FromStr;
use std::time::SystemTime;

use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, ClientSecret, EmptyAdditionalClaims, IdToken,
    IdTokenVerifier, IssuerUrl, JsonWebKeySet, Nonce,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::jwt::{Fault, Jwt, Trust, broken};
use crate::keys::{Algorithm, Key};

/// The values of `typ` that an ID token may have. `JOSE` says no more than `JWT` does.
const TYPES: [&str; 2] = ["jwt", "jose"];

/// What belongs to one sign-in.
pub(crate) struct Expected<'a> {
    /// `None`: the token may have any, as after a refresh (Core 12.2).
    pub(crate) nonce: Option<&'a str>,
    pub(crate) access_token: &'a SecretString,
}

/// Checks the token and gives its claims.
pub(crate) fn verify(
    token: &SecretString,
    keys: &[Key],
    trust: &Trust<'_>,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, Fault> {
    let text = token.expose_secret();
    let jwt = Jwt::parse(text)?;
    // Step 2, before all else: a token of somebody else is not worth a closer look.
    jwt.check_issuer(trust.issuer)?;
    let (key, algorithm) = jwt.key(keys, trust, &TYPES)?;
    let id_token =
        IdToken::<EmptyAdditionalClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, Algorithm>::from_str(text)
            .map_err(|_| broken("a claim is missing or has the wrong type"))?;

    let (earliest, latest) = (trust.earliest(), trust.latest());
    let issuer = IssuerUrl::new(trust.issuer.to_owned()).map_err(|_| broken("its issuer is not an address"))?;
    let client_id = ClientId::new(trust.client_id.to_owned());
    let keys = JsonWebKeySet::new(vec![key.clone()]);
    let verifier = match trust.client_secret {
        Some(secret) => {
            let secret = ClientSecret::new(secret.expose_secret().to_owned());
            IdTokenVerifier::new_confidential_client(client_id, secret, issuer, keys)
        }
        None => IdTokenVerifier::new_public_client(client_id, issuer, keys),
    };
    let verifier = verifier
        .set_allowed_algs([algorithm.clone()])
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
    let verified = id_token.claims(&verifier, nonce).map_err(|error| fault(&jwt, error))?;

    // Steps 4 and 5, which the library leaves to us.
    match verified.authorized_party() {
        Some(party) if party.as_str() != trust.client_id => return Err(broken("`azp` names another client")),
        None if verified.audiences().len() > 1 => return Err(broken("it has several audiences and no `azp`")),
        _ => {}
    }
    if verified.subject().as_str().is_empty() {
        return Err(broken("`sub` is empty"));
    }
    jwt.check_not_before(trust)?;
    // Core 3.1.3.8: optional in this flow, but if it is there it must be right.
    if let Some(hash) = jwt.text("at_hash")? {
        let access_token = AccessToken::new(expected.access_token.expose_secret().to_owned());
        let actual = AccessTokenHash::from_token(&access_token, &algorithm, &key)
            .map_err(|_| broken("`at_hash` cannot be checked"))?;
        if actual.as_str() != hash {
            return Err(broken("`at_hash` does not fit the access token"));
        }
    }
    Ok(jwt.claims)
}

fn fault(jwt: &Jwt<'_>, error: ClaimsVerificationError) -> Fault {
    use ClaimsVerificationError as Claims;
    let reason = match &error {
        Claims::SignatureVerification(_) => return jwt.wrong_signature(error.into()),
        Claims::Expired(_) => "it has expired, or its `iat` is in the future",
        Claims::InvalidAudience(_) => "it is meant for another client",
        Claims::InvalidNonce(_) => "its `nonce` does not belong to this sign-in",
        _ => "it breaks a rule",
    };
    Fault::Rule { reason: reason.to_owned(), source: Some(error.into()) }
}
