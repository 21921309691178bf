//! The secrets that browsers hold in cookies.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::{Zeroize, Zeroizing};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::error::StoreError;
use crate::seal::{Purpose, derive, random_bytes};
use crate::sealing::SealingKey;

/// The value of a session cookie: 32 random bytes. The store never keeps it. Wiped when dropped.
pub struct SessionToken(Secret);

/// The value of the short-lived cookie that binds pending sign-ins to a browser: 32 random bytes, never kept by the
/// store. Wiped when dropped.
pub struct FlowToken(Secret);

impl SessionToken {
    pub(crate) fn generate() -> Result<Self, StoreError> {
        Secret::generate().map(Self)
    }

    /// Reads a cookie's value; `None` if it is not the text of a token.
    #[must_use]
    pub fn parse(cookie: &str) -> Option<Self> {
        Secret::parse(cookie).map(Self)
    }

    /// The cookie's value: 43 characters of base64url.
    #[must_use]
    pub fn to_cookie(&self) -> SecretString {
        self.0.to_cookie()
    }

    /// The key under which the session keeps what it has unlocked. It does not lead back to the cookie.
    #[must_use]
    pub fn unlocking_key(&self) -> SealingKey {
        SealingKey::from_bytes(self.0.derive(Purpose::UnlockingKey, b""))
    }

    pub(crate) fn lookup(&self) -> Vec<u8> {
        self.0.derive(Purpose::SessionLookup, b"").to_vec()
    }

    pub(crate) fn key(&self) -> Zeroizing<[u8; 32]> {
        self.0.derive(Purpose::SessionKey, b"")
    }
}

impl FlowToken {
    /// A new token, for a browser that has none.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, StoreError> {
        Secret::generate().map(Self)
    }

    /// Reads a cookie's value; `None` if it is not the text of a token.
    #[must_use]
    pub fn parse(cookie: &str) -> Option<Self> {
        Secret::parse(cookie).map(Self)
    }

    /// The cookie's value: 43 characters of base64url.
    #[must_use]
    pub fn to_cookie(&self) -> SecretString {
        self.0.to_cookie()
    }

    pub(crate) fn flow(&self) -> Vec<u8> {
        self.0.derive(Purpose::Flow, b"").to_vec()
    }

    pub(crate) fn lookup(&self, state: &str) -> Vec<u8> {
        self.0.derive(Purpose::PendingLookup, state.as_bytes()).to_vec()
    }

    pub(crate) fn key(&self, state: &str) -> Zeroizing<[u8; 32]> {
        self.0.derive(Purpose::PendingKey, state.as_bytes())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionToken(***)")
    }
}

impl fmt::Debug for FlowToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FlowToken(***)")
    }
}

struct Secret(SecretBox<[u8; 32]>);

impl Secret {
    fn generate() -> Result<Self, StoreError> {
        random_bytes::<32>().map(Self::from_bytes)
    }

    fn parse(cookie: &str) -> Option<Self> {
        // Longer text is refused unread: a cookie may be 8 KiB of anything.
        if cookie.len() != 43 {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(cookie).ok()?);
        bytes.as_slice().try_into().ok().map(Self::from_bytes)
    }

    fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let secret = SecretBox::new(Box::new(bytes));
        bytes.zeroize();
        Self(secret)
    }

    fn to_cookie(&self) -> SecretString {
        URL_SAFE_NO_PAD.encode(self.0.expose_secret()).into()
    }

    fn derive(&self, purpose: Purpose, context: &[u8]) -> Zeroizing<[u8; 32]> {
        derive(self.0.expose_secret(), purpose, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_the_trip_through_a_cookie_and_never_prints() -> anyhow::Result<()> {
        let token = SessionToken::generate()?;
        let cookie = token.to_cookie();
        let parsed = SessionToken::parse(cookie.expose_secret()).ok_or_else(|| anyhow::anyhow!("does not parse"))?;
        assert_eq!(parsed.lookup(), token.lookup());
        assert_eq!(format!("{token:?}"), "SessionToken(***)");
        assert_eq!(format!("{:?}", FlowToken::generate()?), "FlowToken(***)");
        Ok(())
    }

    #[test]
    fn refuses_cookies_that_are_no_token() {
        let one_byte_short = URL_SAFE_NO_PAD.encode([0; 31]);
        for cookie in
            ["", "x", "!".repeat(43).as_str(), "A".repeat(44).as_str(), &one_byte_short, "é".repeat(22).as_str()]
        {
            assert!(SessionToken::parse(cookie).is_none(), "{cookie}");
        }
    }
}
