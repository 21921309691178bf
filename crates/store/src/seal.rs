//! Encryption of what the store keeps for a browser, under keys that only the browser's cookie yields.
//!
//! HKDF-SHA-256 turns the cookie's 32 random bytes into two independent values: a *lookup*, which finds the row and
//! is stored in it, and a *key*, which is never stored. Whoever has the database alone has neither cookie nor key.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use secrecy::SecretSlice;
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

use crate::error::{Cause, StoreError};

/// First byte of sealed contents: XChaCha20-Poly1305, a 24-byte nonce, the ciphertext with its tag.
const XCHACHA20_POLY1305: u8 = 1;
const NONCE_LENGTH: usize = 24;

/// What a value derived from a cookie is for. Values of different purposes tell nothing about each other.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    SessionLookup,
    SessionKey,
    Flow,
    PendingLookup,
    PendingKey,
    SealingKeyId,
    UnlockingKey,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::SessionLookup => b"howdah/v1/session/lookup",
            Self::SessionKey => b"howdah/v1/session/key",
            Self::Flow => b"howdah/v1/flow",
            Self::PendingLookup => b"howdah/v1/pending-sign-in/lookup",
            Self::PendingKey => b"howdah/v1/pending-sign-in/key",
            Self::SealingKeyId => b"howdah/v1/sealing-key/id",
            Self::UnlockingKey => b"howdah/v1/session/unlocking-key",
        }
    }
}

/// Derives 32 bytes from a cookie's secret for one purpose and, within it, one `context`.
pub(crate) fn derive(secret: &[u8; 32], purpose: Purpose, context: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut output = Zeroizing::new([0; 32]);
    // RFC 5869 section 3.1: a secret that is uniformly random needs no salt.
    Hkdf::<Sha256>::new(None, secret)
        // The zero byte ends the label, so that no label and context together spell another pair.
        .expand_multi_info(&[purpose.label(), &[0], context], output.as_mut_slice())
        .expect("HKDF-SHA-256 gives up to 8160 bytes");
    output
}

/// Encrypts `contents`. They open only with the same key and the same `bound_to`.
pub(crate) fn seal(key: &[u8; 32], bound_to: &[u8], contents: &[u8]) -> Result<Vec<u8>, StoreError> {
    // 192 random bits never repeat by chance, so no counter has to be kept.
    let nonce = random_bytes::<NONCE_LENGTH>()?;
    let ciphertext = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), Payload { msg: contents, aad: bound_to })
        .map_err(|_| StoreError::from(Cause::Seal))?;
    Ok([&[XCHACHA20_POLY1305], nonce.as_slice(), &ciphertext].concat())
}

/// Decrypts what [`seal`] made. `None` if it is damaged, forged, or sealed for something else.
pub(crate) fn unseal(key: &[u8; 32], bound_to: &[u8], sealed: &[u8]) -> Option<SecretSlice<u8>> {
    let (&[algorithm], rest) = sealed.split_first_chunk::<1>()?;
    if algorithm != XCHACHA20_POLY1305 {
        return None;
    }
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LENGTH>()?;
    let contents = XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: bound_to })
        .ok()?;
    Some(SecretSlice::from(contents))
}

/// The only source of randomness here. It is not passed in: a token that a test can predict is one that the
/// program might hand out.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::from(Cause::Random(error)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn opens_only_with_its_key_and_its_row_and_unchanged() -> anyhow::Result<()> {
        let key = derive(&[7; 32], Purpose::SessionKey, b"");
        let sealed = seal(&key, b"row 1", b"refresh token")?;
        let opened = unseal(&key, b"row 1", &sealed).map(|contents| contents.expose_secret().to_vec());
        assert_eq!(opened.as_deref(), Some(b"refresh token".as_slice()));

        assert!(unseal(&key, b"row 2", &sealed).is_none());
        assert!(unseal(&derive(&[8; 32], Purpose::SessionKey, b""), b"row 1", &sealed).is_none());
        assert!(unseal(&derive(&[7; 32], Purpose::SessionLookup, b""), b"row 1", &sealed).is_none());
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(unseal(&key, b"row 1", &damaged).is_none(), "byte {index}");
            assert!(unseal(&key, b"row 1", &sealed[..index]).is_none(), "cut at {index}");
        }
        Ok(())
    }

    #[test]
    fn derives_another_value_for_each_purpose_and_context() {
        let derived = [
            derive(&[7; 32], Purpose::SessionLookup, b""),
            derive(&[7; 32], Purpose::SessionKey, b""),
            derive(&[7; 32], Purpose::Flow, b""),
            derive(&[7; 32], Purpose::PendingLookup, b"state"),
            derive(&[7; 32], Purpose::PendingLookup, b"another state"),
            derive(&[7; 32], Purpose::PendingKey, b"state"),
        ];
        let distinct: std::collections::BTreeSet<_> = derived.iter().map(|value| **value).collect();
        assert_eq!(distinct.len(), derived.len());
    }

    #[test]
    fn never_seals_the_same_twice() -> anyhow::Result<()> {
        assert_ne!(seal(&[7; 32], b"row", b"same")?, seal(&[7; 32], b"row", b"same")?);
        Ok(())
    }
}
