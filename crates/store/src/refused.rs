//! People whom a provider vouched for and who were not let in, so that an administrator can link them to an account.

use sqlx::{Any, Row, Transaction};
use time::OffsetDateTime;

use crate::Store;
use crate::accounts::NewSignIn;
use crate::clock::Millis;
use crate::error::StoreError;
use crate::origin::printable;

/// How many people are remembered: those who were refused last. (When several are refused in the same instant, a few
/// more may stay until the next.)
pub const MAX_REFUSED_SIGN_INS: u32 = 1000;

/// Characters of a name or an address. Anybody at the provider can put one here.
const MAX_TEXT: usize = 320;
/// Bytes of an issuer or a subject, which OpenID Connect Core, section 2, limits to 255.
const MAX_KEY: usize = 1024;

/// A person who was not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSignIn {
    /// With `subject`, who this is.
    pub issuer: String,
    /// With `issuer`, who this is.
    pub subject: String,
    /// The configured name of the provider.
    pub provider: String,
    /// The name that an account would have got.
    pub username: String,
    /// As the provider said.
    pub email: Option<String>,
    /// When they last tried.
    pub last_refused_at: OffsetDateTime,
    /// How often they tried.
    pub times: u32,
}

impl Store {
    /// Remembers a sign-in that was refused because the person has no account or the username is another's.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_refused_sign_in(&self, sign_in: &NewSignIn) -> Result<(), StoreError> {
        if sign_in.issuer.len() > MAX_KEY || sign_in.subject.len() > MAX_KEY {
            return Ok(());
        }
        // Not one transaction: two that remember and forget the same people in another order would wait for each
        // other. What is left to forget, the next refusal does.
        sqlx::query(
            "insert into refused_sign_ins (issuer, subject, provider, username, email, last_refused_at, times)
             values ($1, $2, $3, $4, $5, $6, 1)
             on conflict (issuer, subject) do update
             set provider = excluded.provider, username = excluded.username, email = excluded.email,
                 last_refused_at = excluded.last_refused_at, times = refused_sign_ins.times + 1",
        )
        .bind(&sign_in.issuer)
        .bind(&sign_in.subject)
        .bind(&sign_in.provider)
        .bind(printable(&sign_in.username, MAX_TEXT))
        .bind(sign_in.email.as_deref().map(|email| printable(email, MAX_TEXT)))
        .bind(self.now().0)
        .execute(self.pool())
        .await?;
        sqlx::query(
            "delete from refused_sign_ins
             where (last_refused_at, issuer, subject) < (
                 select last_refused_at, issuer, subject from refused_sign_ins
                 order by last_refused_at desc, issuer desc, subject desc limit 1 offset $1
             )",
        )
        .bind(i64::from(MAX_REFUSED_SIGN_INS) - 1)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// The people who were not let in, the last one first, at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refused_sign_ins(&self, limit: u32) -> Result<Vec<RefusedSignIn>, StoreError> {
        sqlx::query(
            "select issuer, subject, provider, username, email, last_refused_at, times from refused_sign_ins
             order by last_refused_at desc, issuer desc, subject desc limit $1",
        )
        .bind(i64::from(limit.min(MAX_REFUSED_SIGN_INS)))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(|row| {
            Ok(RefusedSignIn {
                issuer: row.try_get("issuer")?,
                subject: row.try_get("subject")?,
                provider: row.try_get("provider")?,
                username: row.try_get("username")?,
                email: row.try_get("email")?,
                last_refused_at: Millis(row.try_get("last_refused_at")?).to_date_time(),
                times: u32::try_from(row.try_get::<i64, _>("times")?).unwrap_or(u32::MAX),
            })
        })
        .collect()
    }
}

/// For a person who is let in from now on.
pub(crate) async fn forget_refused_sign_in(
    transaction: &mut Transaction<'static, Any>,
    issuer: &str,
    subject: &str,
) -> Result<(), StoreError> {
    sqlx::query("delete from refused_sign_ins where issuer = $1 and subject = $2")
        .bind(issuer)
        .bind(subject)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
