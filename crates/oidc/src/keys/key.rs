//! One key of a provider, and the algorithms that we accept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeyType, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyId, SignatureVerificationError};
use p521::ecdsa::signature::Verifier;
use p521::ecdsa::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) type Algorithm = CoreJwsSigningAlgorithm;

/// RFC 7518 sections 3.3 and 3.5: RSA keys have at least this many bits.
const LEAST_RSA_BITS: usize = 2048;

/// The algorithm of this name (RFC 7518 section 3.1, RFC 8037), if one can pin it. `none` is no algorithm.
pub(crate) fn algorithm_named(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RsaSsaPkcs1V15Sha256,
        "RS384" => Algorithm::RsaSsaPkcs1V15Sha384,
        "RS512" => Algorithm::RsaSsaPkcs1V15Sha512,
        "PS256" => Algorithm::RsaSsaPssSha256,
        "PS384" => Algorithm::RsaSsaPssSha384,
        "PS512" => Algorithm::RsaSsaPssSha512,
        "ES256" => Algorithm::EcdsaP256Sha256,
        "ES384" => Algorithm::EcdsaP384Sha384,
        "ES512" => Algorithm::EcdsaP521Sha512,
        "EdDSA" => Algorithm::EdDsa,
        "HS256" => Algorithm::HmacSha256,
        "HS384" => Algorithm::HmacSha384,
        "HS512" => Algorithm::HmacSha512,
        _ => return None,
    })
}

/// The algorithms of a discovery document that we accept. `none` and MACs never come this way.
pub(crate) fn accepted_algorithms(listed: &[String]) -> Vec<Algorithm> {
    if listed.is_empty() {
        // Discovery 3: every provider must support it.
        return vec![Algorithm::RsaSsaPkcs1V15Sha256];
    }
    listed.iter().filter(|name| !name.starts_with("HS")).filter_map(|name| algorithm_named(name)).collect()
}

/// A key that `openidconnect` computes with, and P-521, which it does not know.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "Map<String, Value>", into = "CoreJsonWebKey")]
pub(crate) struct Key {
    core: CoreJsonWebKey,
    kind: Kind,
    /// RFC 7517 section 4.4.
    algorithm: Option<String>,
    /// RFC 7517 section 4.3.
    may_verify: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Rsa,
    P256,
    P384,
    P521(VerifyingKey),
    Ed25519,
    /// Made of the client secret. Never one of a provider's.
    Shared,
}

impl Key {
    /// Whether a token with this algorithm may have been signed with this key.
    pub(crate) fn fits(&self, algorithm: &Algorithm) -> bool {
        use Algorithm as A;
        let is_of_kind = match algorithm {
            A::RsaSsaPkcs1V15Sha256
            | A::RsaSsaPkcs1V15Sha384
            | A::RsaSsaPkcs1V15Sha512
            | A::RsaSsaPssSha256
            | A::RsaSsaPssSha384
            | A::RsaSsaPssSha512 => matches!(self.kind, Kind::Rsa),
            A::EcdsaP256Sha256 => matches!(self.kind, Kind::P256),
            A::EcdsaP384Sha384 => matches!(self.kind, Kind::P384),
            A::EcdsaP521Sha512 => matches!(self.kind, Kind::P521(_)),
            A::EdDsa => matches!(self.kind, Kind::Ed25519),
            A::HmacSha256 | A::HmacSha384 | A::HmacSha512 => matches!(self.kind, Kind::Shared),
            _ => false,
        };
        let is_meant = self.algorithm.as_deref().is_none_or(|name| algorithm_named(name).as_ref() == Some(algorithm));
        let may_sign =
            !matches!(self.core.key_use(), Some(CoreJsonWebKeyUse::Encryption | CoreJsonWebKeyUse::Other(_)));
        is_of_kind && is_meant && may_sign && self.may_verify
    }
}

impl TryFrom<Map<String, Value>> for Key {
    type Error = &'static str;

    /// RFC 7517 section 5: keys that we do not understand are left out, so what is wrong with one matters to nobody.
    fn try_from(mut fields: Map<String, Value>) -> Result<Self, Self::Error> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let kind = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => {
                let modulus = bytes("n").ok_or("no modulus")?;
                let first = modulus.iter().position(|byte| *byte != 0).ok_or("no modulus")?;
                let bits = (modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize;
                if bits < LEAST_RSA_BITS {
                    return Err("too short");
                }
                Kind::Rsa
            }
            (Some("EC"), Some("P-256")) => Kind::P256,
            (Some("EC"), Some("P-384")) => Kind::P384,
            (Some("EC"), Some("P-521")) => {
                // SEC 1 section 2.3.3: an uncompressed point.
                let mut point = vec![4];
                point.extend(bytes("x").ok_or("no x")?);
                point.extend(bytes("y").ok_or("no y")?);
                Kind::P521(VerifyingKey::from_sec1_bytes(&point).map_err(|_| "not on the curve")?)
            }
            (Some("OKP"), Some("Ed25519")) => Kind::Ed25519,
            _ => return Err("not a public key for signatures"),
        };
        let algorithm = match fields.remove("alg") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err("`alg` is not text"),
        };
        let may_verify = match fields.remove("key_ops") {
            None | Some(Value::Null) => true,
            Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
            Some(_) => false,
        };
        let core = serde_json::from_value(Value::Object(fields)).map_err(|_| "malformed")?;
        Ok(Self { core, kind, algorithm, may_verify })
    }
}

impl From<Key> for CoreJsonWebKey {
    fn from(key: Key) -> Self {
        key.core
    }
}

impl JsonWebKey for Key {
    type KeyUse = CoreJsonWebKeyUse;
    type SigningAlgorithm = Algorithm;

    fn key_id(&self) -> Option<&JsonWebKeyId> {
        self.core.key_id()
    }

    fn key_type(&self) -> &CoreJsonWebKeyType {
        self.core.key_type()
    }

    fn key_use(&self) -> Option<&CoreJsonWebKeyUse> {
        self.core.key_use()
    }

    fn signing_alg(&self) -> JsonWebKeyAlgorithm<&Algorithm> {
        self.core.signing_alg()
    }

    fn new_symmetric(secret: Vec<u8>) -> Self {
        let core = CoreJsonWebKey::new_symmetric(secret);
        Self { core, kind: Kind::Shared, algorithm: None, may_verify: true }
    }

    fn verify_signature(
        &self,
        algorithm: &Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        match (&self.kind, algorithm) {
            // RFC 7518 section 3.4: the signature is the two numbers, 66 bytes each.
            (Kind::P521(key), Algorithm::EcdsaP521Sha512) => Signature::from_slice(signature)
                .and_then(|signature| key.verify(message, &signature))
                .map_err(|_| SignatureVerificationError::CryptoError("wrong ES512 signature".to_owned())),
            _ => self.core.verify_signature(algorithm, message, signature),
        }
    }

    fn hash_bytes(&self, bytes: &[u8], algorithm: &Algorithm) -> Result<Vec<u8>, String> {
        self.core.hash_bytes(bytes, algorithm)
    }
}
