//! Where sessions come from, in the clear: what a person recognizes their own by, and what a provider ends them by.

use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AnyExecutor, Row};
use time::OffsetDateTime;

use crate::Store;
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::SessionId;

/// How much of a browser's description of itself is kept, in characters.
const MAX_USER_AGENT: usize = 256;
/// The longest address, with a zone, is shorter.
const MAX_CLIENT_ADDRESS: usize = 64;

/// Where a session comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionOrigin {
    /// Who vouched for the person; `None` for an internal account.
    pub identity: Option<ProviderIdentity>,
    /// The address that the sign-in came from. The first 64 characters are kept.
    pub client_address: Option<String>,
    /// What the browser calls itself. The first 256 characters are kept.
    pub user_agent: Option<String>,
}

/// A person at a provider, in one session there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// The configured name of the provider.
    pub provider: String,
    /// With `subject`, who this is.
    pub issuer: String,
    /// With `issuer`, who this is.
    pub subject: String,
    /// The `sid` of the ID token: the provider's own name of the session. Only a hash of it is kept.
    pub session_id: Option<String>,
}

impl SessionOrigin {
    pub(crate) fn client_address(&self) -> Option<String> {
        self.client_address.as_deref().map(|address| printable(address, MAX_CLIENT_ADDRESS))
    }

    pub(crate) fn user_agent(&self) -> Option<String> {
        self.user_agent.as_deref().map(|agent| printable(agent, MAX_USER_AGENT))
    }
}

impl ProviderIdentity {
    pub(crate) fn provider_session(&self) -> Option<Vec<u8>> {
        self.session_id.as_deref().map(|id| provider_session(&self.issuer, id))
    }
}

impl Store {
    /// Ends the sessions that a provider's logout names (OpenID Connect Back-Channel Logout 1.0, section 2.7) and
    /// says which they were. With the provider's `session_id` (`sid`), those of that session, and only of `subject`
    /// if that is given too; with `subject` alone, all of that person; with neither, none.
    ///
    /// # Errors
    /// When the store fails; then none has ended.
    pub async fn end_provider_sessions(
        &self,
        issuer: &str,
        subject: Option<&str>,
        session_id: Option<&str>,
    ) -> Result<Vec<SessionId>, StoreError> {
        delete_provider_sessions(self.pool(), issuer, subject, session_id).await
    }

    /// As [`end_provider_sessions`](Self::end_provider_sessions), at the word of a logout token that counts once: `None`
    /// where its `jti` was taken before. `expires_at` is the last moment at which the caller would accept the token.
    ///
    /// # Errors
    /// When the store fails: then nothing has ended, and the token can be used again.
    pub async fn end_sessions_by_logout_token(
        &self,
        token: &UsedLogoutToken<'_>,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let mut transaction = self.begin().await?;
        if !take_logout_token(&mut transaction, token, self.now()).await? {
            return Ok(None);
        }
        let UsedLogoutToken { issuer, subject, session_id, .. } = *token;
        let ended = delete_provider_sessions(&mut transaction, issuer, subject, session_id).await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }
}

/// A logout token as it is used (Back-Channel Logout 1.0 section 2.4).
#[derive(Debug, Clone, Copy)]
pub struct UsedLogoutToken<'a> {
    /// `iss`
    pub issuer: &'a str,
    /// `jti`
    pub token_id: &'a str,
    /// `sub`
    pub subject: Option<&'a str>,
    /// `sid`
    pub session_id: Option<&'a str>,
    /// Until when the `jti` is remembered.
    pub expires_at: OffsetDateTime,
}

/// True for the first of any number of callers and processes.
async fn take_logout_token(
    executor: impl AnyExecutor<'_>,
    token: &UsedLogoutToken<'_>,
    now: Millis,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into logout_tokens (id, expires_at) values ($1, $2)
         on conflict (id) do update set expires_at = excluded.expires_at where logout_tokens.expires_at <= $3",
    )
    .bind(digest("logout token", token.issuer, token.token_id))
    .bind(Millis::from(token.expires_at).0)
    .bind(now.0)
    .execute(executor)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn delete_provider_sessions(
    executor: impl AnyExecutor<'_>,
    issuer: &str,
    subject: Option<&str>,
    session_id: Option<&str>,
) -> Result<Vec<SessionId>, StoreError> {
    let delete = match (session_id, subject) {
        (Some(session_id), subject) => sqlx::query(
            "delete from sessions where issuer = $1 and subject = coalesce($2, subject) and provider_session = $3
             returning id",
        )
        .bind(issuer)
        .bind(subject)
        .bind(provider_session(issuer, session_id)),
        (None, Some(subject)) => sqlx::query("delete from sessions where issuer = $1 and subject = $2 returning id")
            .bind(issuer)
            .bind(subject),
        (None, None) => return Ok(Vec::new()),
    };
    ids_from_rows(&delete.fetch_all(executor).await?)
}

pub(crate) fn ids_from_rows(rows: &[AnyRow]) -> Result<Vec<SessionId>, StoreError> {
    rows.iter().map(|row| Ok(SessionId::from_row(row.try_get("id")?))).collect()
}

/// The first `length` characters, without those that would steer a terminal or that PostgreSQL refuses.
pub(crate) fn printable(text: &str, length: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(length).collect()
}

/// An index holds this whatever the length of a provider's ids.
fn provider_session(issuer: &str, session_id: &str) -> Vec<u8> {
    digest("session", issuer, session_id)
}

fn digest(purpose: &str, issuer: &str, id: &str) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [purpose, issuer, id] {
        // Lengths, so that no two lists of parts are one text.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_and_without_control_characters() {
        assert_eq!(printable("Lynx", 256), "Lynx");
        assert_eq!(printable("äöü", 2), "äö");
        assert_eq!(printable("\u{1b}[2JLy\0nx\n", 5), "[2JLy");
        assert_eq!(printable("", 2), "");
    }

    #[test]
    fn a_digest_tells_issuer_from_id_and_purposes_from_each_other() {
        let digests = [
            digest("session", "a", "bc"),
            digest("session", "ab", "c"),
            digest("session", "abc", ""),
            digest("logout token", "a", "bc"),
        ];
        let distinct: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(distinct.len(), digests.len());
    }
}
