//! People whom a provider vouched for and who were not let in, so that an administrator can link them to an account.

use std::fmt;
use std::str::FromStr;

use sqlx::Row;
use sqlx::any::AnyRow;
use time::OffsetDateTime;

use crate::Store;
use crate::accounts::NewSignIn;
use crate::clock::Millis;
use crate::error::StoreError;
use crate::origin::printable;
use crate::page::{InvalidCursor, decode_cursor, encode_cursor, page_length, rows_to_read};
use crate::patience::Work;

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

/// A page of people who were not let in, the last one first.
#[derive(Debug)]
pub struct RefusedPage {
    /// The people.
    pub refused: Vec<RefusedSignIn>,
    /// Where the next page begins, if there is one.
    pub next: Option<RefusedCursor>,
    /// How many there are on all pages.
    pub total: u64,
}

/// A place in the list of people who were not let in. Its text may stand in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCursor {
    last_refused_at: i64,
    issuer: String,
    subject: String,
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
        self.refused_before(&RefusedCursor::start(), i64::from(limit.min(MAX_REFUSED_SIGN_INS))).await
    }

    /// A page of the people who were not let in, of at most `limit` and [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refused_page(&self, after: Option<&RefusedCursor>, limit: u32) -> Result<RefusedPage, StoreError> {
        let start = after.cloned().unwrap_or_else(RefusedCursor::start);
        let mut refused = self.refused_before(&start, rows_to_read(limit)).await?;
        let length = page_length(limit) as usize;
        let more = refused.len() > length;
        refused.truncate(length);
        let next = refused.last().filter(|_| more).map(RefusedCursor::of);
        let count = sqlx::query("select count(*) as total from refused_sign_ins").fetch_one(self.pool()).await?;
        Ok(RefusedPage { refused, next, total: count.try_get::<i64, _>("total")?.unsigned_abs() })
    }

    /// A person who was not let in, by whom their provider vouches for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refused_sign_in(&self, issuer: &str, subject: &str) -> Result<Option<RefusedSignIn>, StoreError> {
        sqlx::query(
            "select issuer, subject, provider, username, email, last_refused_at, times from refused_sign_ins
             where issuer = $1 and subject = $2",
        )
        .bind(issuer)
        .bind(subject)
        .fetch_optional(self.pool())
        .await?
        .map(|row| refused_from_row(&row))
        .transpose()
    }

    /// Strikes a person off the list until they are refused again. False if they are not on it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn dismiss_refused_sign_in(&self, issuer: &str, subject: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("delete from refused_sign_ins where issuer = $1 and subject = $2")
            .bind(issuer)
            .bind(subject)
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    async fn refused_before(&self, place: &RefusedCursor, limit: i64) -> Result<Vec<RefusedSignIn>, StoreError> {
        sqlx::query(
            "select issuer, subject, provider, username, email, last_refused_at, times from refused_sign_ins
             where (last_refused_at, issuer, subject) < ($1, $2, $3)
             order by last_refused_at desc, issuer desc, subject desc limit $4",
        )
        .bind(place.last_refused_at)
        .bind(&place.issuer)
        .bind(&place.subject)
        .bind(limit)
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(refused_from_row)
        .collect()
    }
}

fn refused_from_row(row: &AnyRow) -> Result<RefusedSignIn, StoreError> {
    Ok(RefusedSignIn {
        issuer: row.try_get("issuer")?,
        subject: row.try_get("subject")?,
        provider: row.try_get("provider")?,
        username: row.try_get("username")?,
        email: row.try_get("email")?,
        last_refused_at: Millis(row.try_get("last_refused_at")?).to_date_time(),
        times: u32::try_from(row.try_get::<i64, _>("times")?).unwrap_or(u32::MAX),
    })
}

impl RefusedCursor {
    /// Before everybody: nobody was refused so late.
    fn start() -> Self {
        Self { last_refused_at: i64::MAX, issuer: String::new(), subject: String::new() }
    }

    fn of(refused: &RefusedSignIn) -> Self {
        Self {
            last_refused_at: Millis::from(refused.last_refused_at).0,
            issuer: refused.issuer.clone(),
            subject: refused.subject.clone(),
        }
    }
}

impl fmt::Display for RefusedCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&encode_cursor([&self.last_refused_at.to_string(), &self.issuer, &self.subject]))
    }
}

impl FromStr for RefusedCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let [last_refused_at, issuer, subject] = decode_cursor(text)?;
        Ok(Self { last_refused_at: last_refused_at.parse().map_err(|_| InvalidCursor)?, issuer, subject })
    }
}

/// For a person who is let in from now on.
pub(crate) async fn forget_refused_sign_in(
    transaction: &mut Work,
    issuer: &str,
    subject: &str,
) -> Result<(), StoreError> {
    sqlx::query("delete from refused_sign_ins where issuer = $1 and subject = $2")
        .bind(issuer)
        .bind(subject)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}
