//! Which tokens are good (RFC 7519, RFC 9068).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;

/// What must be true of a token.
pub(crate) struct Rules {
    /// A JWK set.
    pub(crate) keys: Value,
    pub(crate) issuer: String,
    pub(crate) audience: Option<String>,
    pub(crate) scope: Option<String>,
    /// Names the identity.
    pub(crate) claim: String,
}

impl Rules {
    /// Who bears the token, if it is good at `now`.
    pub(crate) fn identity(&self, token: &str, now: u64) -> Option<String> {
        let claims = self.verified(token)?;
        let is_for_us = self.audience.as_deref().is_none_or(|wanted| match &claims["aud"] {
            Value::Array(audiences) => audiences.iter().any(|audience| audience == wanted),
            audience => audience == wanted,
        });
        let has_scope = self.scope.as_deref().is_none_or(|wanted| {
            let has = claims["scope"].as_str().unwrap_or_default();
            wanted.split(' ').all(|wanted| has.split(' ').any(|has| has == wanted))
        });
        let is_alive = claims["exp"].as_u64()? > now && claims["nbf"].as_u64().is_none_or(|begins| begins <= now);
        let is_good = claims["iss"] == self.issuer.as_str() && is_for_us && has_scope && is_alive;
        claims[self.claim.as_str()].as_str().filter(|_| is_good).map(str::to_owned)
    }

    /// The claims, if the signature is of one of the keys.
    fn verified(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let signature = decode(signature)?;
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        let key = self.keys["keys"].as_array()?.iter().find(|key| key["kid"] == header["kid"])?;
        let part = |name: &str| key[name].as_str().and_then(decode);
        match (header["alg"].as_str()?, key["kty"].as_str()?) {
            ("RS256", "RSA") => {
                let key = RsaPublicKeyComponents { n: part("n")?, e: part("e")? };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok()?;
            }
            ("ES256", "EC") => {
                let point = [vec![4], part("x")?, part("y")?].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(signed.as_bytes(), &signature).ok()?;
            }
            _ => return None,
        }
        serde_json::from_slice(&decode(claims)?).ok()
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
