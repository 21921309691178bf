//! Secrets that must be read again without a browser's cookie: sealed under a key of the operator's, or of a person's.
//!
//! A sealed text is `v1.KEY.CONTENTS`: the layout, the id of the key, and what seal.rs gave, which begins with the
//! algorithm. So a key or an algorithm can follow another while both are in use.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::error::StoreError;
use crate::seal::{self, Purpose};

/// The layout of a sealed text, so that another can follow.
const VERSION: &str = "v1";

/// A key of 32 bytes that seals texts. Wiped when dropped.
#[derive(Clone)]
pub struct SealingKey {
    secret: Zeroizing<[u8; 32]>,
    id: String,
}

impl SealingKey {
    /// Reads 32 bytes in base64url, without padding. `None` for anything else.
    #[must_use]
    pub fn parse(text: &SecretString) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.expose_secret().trim()).ok()?);
        Self::from_slice(&bytes)
    }

    /// A new key.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, StoreError> {
        Ok(Self::from_bytes(Zeroizing::new(seal::random_bytes()?)))
    }

    /// A key from bytes of the caller's: as good as random ones, such as a derivation gives.
    #[must_use]
    pub fn from_bytes(secret: Zeroizing<[u8; 32]>) -> Self {
        let id = seal::derive(&secret, Purpose::SealingKeyId, b"");
        Self { id: URL_SAFE_NO_PAD.encode(&id[..6]), secret }
    }

    fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(|secret| Self::from_bytes(Zeroizing::new(secret)))
    }

    /// What [`parse`](Self::parse) reads.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        URL_SAFE_NO_PAD.encode(self.secret.as_slice()).into()
    }

    /// Tells the key from others; it stands in what the key has sealed and opens nothing.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of the key that sealed a text. `None` if nothing here did.
    #[must_use]
    pub fn id_in(sealed: &str) -> Option<&str> {
        let (id, _) = sealed.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        Some(id)
    }

    /// Reads the key in a file, or makes the file with a new one, for its owner alone.
    ///
    /// # Errors
    /// When the file can be neither read nor made, or holds no key.
    pub fn load_or_create(path: &Path) -> io::Result<Self> {
        let broken = || io::Error::new(io::ErrorKind::InvalidData, "the file holds no key of 32 bytes in base64url");
        if !path.exists() {
            let random = |error| io::Error::other::<StoreError>(error);
            let fresh = Self::generate().map_err(random)?.to_text();
            let name = URL_SAFE_NO_PAD.encode(seal::random_bytes::<6>().map_err(random)?);
            let draft = path.with_extension(format!("{name}.tmp"));
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(fresh.expose_secret().as_bytes())?;
            file.sync_all()?;
            // Whole or not at all, and never over another process's key.
            let linked = std::fs::hard_link(&draft, path);
            std::fs::remove_file(&draft)?;
            match linked {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        Self::parse(&std::fs::read_to_string(path)?.into()).ok_or_else(broken)
    }

    /// Seals `contents` so that they open under this key and with the same `bound_to` only.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal(&self, bound_to: &str, contents: &[u8]) -> Result<String, StoreError> {
        let sealed = seal::seal(&self.secret, bound_to.as_bytes(), contents)?;
        Ok(format!("{VERSION}.{}.{}", self.id, URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Opens what [`seal`](Self::seal) gave. `None` if another key sealed it, or somebody has changed or moved it.
    #[must_use]
    pub fn open(&self, bound_to: &str, sealed: &str) -> Option<SecretSlice<u8>> {
        let rest = sealed.strip_prefix(VERSION)?.strip_prefix('.')?;
        let (id, sealed) = rest.split_once('.')?;
        if id != self.id {
            return None;
        }
        seal::unseal(&self.secret, bound_to.as_bytes(), &URL_SAFE_NO_PAD.decode(sealed).ok()?)
    }

    /// Seals another key.
    pub(crate) fn wrap(&self, bound_to: &str, key: &Self) -> Result<String, StoreError> {
        self.seal(bound_to, key.secret.as_slice())
    }

    /// Opens what [`wrap`](Self::wrap) gave.
    pub(crate) fn unwrap(&self, bound_to: &str, wrapped: &str) -> Option<Self> {
        Self::from_slice(self.open(bound_to, wrapped)?.expose_secret())
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::SealingKey;

    #[test]
    fn only_the_same_key_and_place_open_what_was_sealed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = SealingKey::load_or_create(&path).expect("a key");
        let again = SealingKey::load_or_create(&path).expect("the same key");
        let other = SealingKey::load_or_create(&folder.path().join("other")).expect("another key");
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let sealed = key.seal("ada", b"s3cret").expect("sealed");
        assert!(sealed.starts_with("v1.") && !sealed.contains("s3cret"));
        let opened = |key: &SealingKey, place: &str, text: &str| {
            key.open(place, text).map(|bytes| bytes.expose_secret().to_vec())
        };
        assert_eq!(opened(&again, "ada", &sealed), Some(b"s3cret".to_vec()));
        assert_eq!(opened(&key, "grace", &sealed), None);
        assert_eq!(opened(&other, "ada", &sealed), None);
        for broken in ["", "v1", "v1.x", "v2.a.b", &sealed[..sealed.len() - 2], &format!("{sealed}A")] {
            assert_eq!(opened(&key, "ada", broken), None, "{broken}");
        }
    }

    #[test]
    fn a_file_without_a_key_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        std::fs::write(&path, "too short").expect("written");
        assert!(SealingKey::load_or_create(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "too short");
    }
}
