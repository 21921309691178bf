//! Links that let somebody in once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// How long a link may wait to be opened.
const LIFE: Duration = Duration::from_secs(300);
/// Links at a time; a further one makes the oldest void.
const MOST: usize = 8;

/// The links that were given and not opened yet. Only their hashes are kept.
#[derive(Default)]
pub struct Links(Mutex<Vec<([u8; 32], Instant)>>);

impl Links {
    /// A new token of a link.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes.
    pub fn make(&self) -> Result<String, getrandom::Error> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|(_, made)| made.elapsed() < LIFE);
        if links.len() >= MOST {
            links.remove(0);
        }
        links.push((hash(&token), Instant::now()));
        Ok(token)
    }

    /// Whether `token` is of a link that nobody has opened. It is void from now on.
    #[must_use]
    pub fn take(&self, token: &str) -> bool {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links.retain(|(_, made)| made.elapsed() < LIFE);
        // Hashes: how long a comparison takes tells nothing of the token.
        let wanted = hash(token);
        let before = links.len();
        links.retain(|(hash, _)| *hash != wanted);
        links.len() < before
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{Links, MOST};

    #[test]
    fn a_link_works_once_and_old_ones_give_way() -> Result<(), getrandom::Error> {
        let links = Links::default();
        let first = links.make()?;
        assert!(!links.take("") && !links.take(&first[1..]));
        assert!(links.take(&first) && !links.take(&first));
        let oldest = links.make()?;
        for _ in 0..MOST {
            links.make()?;
        }
        assert!(!links.take(&oldest));
        Ok(())
    }
}
