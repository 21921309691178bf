//! People and their sessions as an administrator looks at them: in pages, with a filter.

use std::fmt;
use std::str::FromStr;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Row};

use crate::Store;
use crate::accounts::{Account, AccountCursor, Role, account_columns, account_from_row};
use crate::error::StoreError;
use crate::ids::AccountId;
use crate::page::{InvalidCursor, decode_cursor, encode_cursor, page_length, rows_to_read};
use crate::sessions::{SessionSummary, session_columns, summary_from_row};

/// Which people to list. The default is everybody.
#[derive(Debug, Clone, Default)]
pub struct PeopleFilter {
    /// A part of the username, the e-mail address or the name to show, in letters of either case.
    pub search: String,
    /// Those with this role.
    pub role: Option<Role>,
    /// Those who are switched off, or those who are not.
    pub disabled: Option<bool>,
    /// Those who sign in like this.
    pub source: Option<SignInSource>,
}

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInSource {
    /// With a password kept here.
    Password,
    /// Through the provider with this name.
    Provider(String),
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPerson {
    /// The account.
    pub account: Account,
    /// Whether it has a password here.
    pub has_password: bool,
    /// The provider that it first signed in through, if it did.
    pub provider: Option<String>,
    /// How many sessions it has now.
    pub sessions: u64,
}

/// A page of people, in the order of their usernames.
#[derive(Debug)]
pub struct PeoplePage {
    /// The people.
    pub people: Vec<ListedPerson>,
    /// Where the next page begins, if there is one.
    pub next: Option<AccountCursor>,
    /// How many people the filter finds on all pages.
    pub total: u64,
}

/// What an account owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedServers {
    /// Servers that nobody else sees.
    pub private: u64,
    /// Servers that others see too.
    pub shared: u64,
}

/// A session in a list of everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// The session.
    pub session: SessionSummary,
    /// Whose it is.
    pub account: Account,
}

/// A page of sessions, the newest first.
#[derive(Debug)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<ListedSession>,
    /// Where the next page begins, if there is one.
    pub next: Option<SessionCursor>,
    /// How many sessions there are on all pages.
    pub total: u64,
}

/// A place in the list of sessions. Its text may stand in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCursor {
    id: String,
}

/// No id is greater.
const BEHIND_ALL_IDS: &str = "~";

/// The effective role, as `account_from_row` has it.
macro_rules! role_expression {
    () => {
        "case when accounts.administrator_by_claims <> 0 or accounts.role = 'administrator' then 'administrator' \
              when accounts.role = 'viewer' or coalesce(accounts.viewer_by_claims, 0) <> 0 then 'viewer' \
              else 'user' end"
    };
}
pub(crate) use role_expression;

/// Whether [`PeopleFilter`] finds an account; takes `$1` to `$5`.
macro_rules! is_found {
    () => {
        concat!(
            "(accounts.username_key like $1 escape '!' or lower(coalesce(accounts.email, '')) like $1 escape '!' \
              or lower(coalesce(accounts.display_name, '')) like $1 escape '!') \
             and ($2 = '' or ",
            role_expression!(),
            " = $2) and ($3 < 0 or accounts.disabled = $3) \
             and ($4 = 0 or exists (select 1 from passwords where passwords.account_id = accounts.id)) \
             and ($5 = '' or exists (select 1 from identities \
                 where identities.account_id = accounts.id and identities.provider = $5))"
        )
    };
}

impl Store {
    /// A page of the people that `filter` finds, of at most `limit` and [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn people(
        &self,
        filter: &PeopleFilter,
        after: Option<&AccountCursor>,
        limit: u32,
    ) -> Result<PeoplePage, StoreError> {
        let pattern = pattern(&filter.search);
        let rows = filter
            .bind(
                &pattern,
                sqlx::query(concat!(
                    "select ",
                    account_columns!(),
                    ", (select count(*) from passwords where passwords.account_id = accounts.id) as passwords,
                       (select min(identities.provider) from identities where identities.account_id = accounts.id)
                           as provider,
                       (select count(*) from sessions where sessions.account_id = accounts.id
                           and sessions.expires_at > $6 and sessions.last_used_at + sessions.idle_timeout > $6)
                           as sessions
                     from accounts where ",
                    is_found!(),
                    " and accounts.username_key > $7 order by accounts.username_key limit $8"
                )),
            )
            .bind(self.now().0)
            // No username is empty, so this is before the first.
            .bind(after.map_or("", AccountCursor::username_key))
            .bind(rows_to_read(limit))
            .fetch_all(self.pool())
            .await?;
        let mut people = rows
            .iter()
            .map(|row| {
                Ok(ListedPerson {
                    account: account_from_row(row)?,
                    has_password: row.try_get::<i64, _>("passwords")? > 0,
                    provider: row.try_get("provider")?,
                    sessions: row.try_get::<i64, _>("sessions")?.unsigned_abs(),
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let length = page_length(limit) as usize;
        let more = people.len() > length;
        people.truncate(length);
        let next = people.last().filter(|_| more).map(|person| AccountCursor::of(&person.account));
        let count = sqlx::query(concat!("select count(*) as total from accounts where ", is_found!()));
        let total: i64 = filter.bind(&pattern, count).fetch_one(self.pool()).await?.try_get("total")?;
        Ok(PeoplePage { people, next, total: total.unsigned_abs() })
    }

    /// Whether an account has a password here.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_password(&self, account: &AccountId) -> Result<bool, StoreError> {
        let row = sqlx::query("select 1 from passwords where account_id = $1")
            .bind(account.as_str())
            .fetch_optional(self.pool())
            .await?;
        Ok(row.is_some())
    }

    /// How many servers an account owns.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn owned_servers(&self, account: &AccountId) -> Result<OwnedServers, StoreError> {
        self.count_servers(
            "select audience, count(*) as servers from servers where owner_id = $1 group by audience",
            Some(account),
        )
        .await
    }

    /// How many servers there are in all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all_servers(&self) -> Result<OwnedServers, StoreError> {
        self.count_servers("select audience, count(*) as servers from servers group by audience", None).await
    }

    async fn count_servers(
        &self,
        counts: &'static str,
        account: Option<&AccountId>,
    ) -> Result<OwnedServers, StoreError> {
        let mut owned = OwnedServers { private: 0, shared: 0 };
        let mut query = sqlx::query(counts);
        if let Some(account) = account {
            query = query.bind(account.as_str());
        }
        for row in query.fetch_all(self.pool()).await? {
            let servers = row.try_get::<i64, _>("servers")?.unsigned_abs();
            match crate::Audience::from_json(row.try_get("audience")?) {
                crate::Audience::Private => owned.private += servers,
                crate::Audience::Rule(_) => owned.shared += servers,
            }
        }
        Ok(owned)
    }

    /// A page of everybody's living sessions, of at most `limit` and [`MAX_PAGE`](crate::MAX_PAGE): those of the people
    /// that `search` finds.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all_sessions(
        &self,
        search: &str,
        after: Option<&SessionCursor>,
        limit: u32,
    ) -> Result<SessionPage, StoreError> {
        let filter = PeopleFilter { search: search.to_owned(), ..PeopleFilter::default() };
        let pattern = pattern(search);
        let now = self.now().0;
        let rows = filter
            .bind(
                &pattern,
                sqlx::query(concat!(
                    "select ",
                    session_columns!(),
                    ", ",
                    account_columns!(),
                    " from sessions join accounts on accounts.id = sessions.account_id
                      where accounts.disabled = 0
                      and sessions.expires_at > $6 and sessions.last_used_at + sessions.idle_timeout > $6 and ",
                    is_found!(),
                    " and sessions.id < $7 order by sessions.id desc limit $8"
                )),
            )
            .bind(now)
            .bind(after.map_or(BEHIND_ALL_IDS, |cursor| &cursor.id))
            .bind(rows_to_read(limit))
            .fetch_all(self.pool())
            .await?;
        let mut sessions = rows
            .iter()
            .map(|row| Ok(ListedSession { session: summary_from_row(row)?, account: account_from_row(row)? }))
            .collect::<Result<Vec<_>, StoreError>>()?;
        let length = page_length(limit) as usize;
        let more = sessions.len() > length;
        sessions.truncate(length);
        let next =
            sessions.last().filter(|_| more).map(|last| SessionCursor { id: last.session.id.as_str().to_owned() });
        let count = sqlx::query(concat!(
            "select count(*) as total from sessions join accounts on accounts.id = sessions.account_id
             where accounts.disabled = 0
             and sessions.expires_at > $6 and sessions.last_used_at + sessions.idle_timeout > $6 and ",
            is_found!()
        ));
        let total: i64 = filter.bind(&pattern, count).bind(now).fetch_one(self.pool()).await?.try_get("total")?;
        Ok(SessionPage { sessions, next, total: total.unsigned_abs() })
    }
}

impl PeopleFilter {
    /// Binds `$1` to `$5`.
    fn bind<'q>(&'q self, pattern: &'q str, query: Query<'q, Any, AnyArguments>) -> Query<'q, Any, AnyArguments> {
        let provider = match &self.source {
            Some(SignInSource::Provider(name)) => name,
            _ => "",
        };
        query
            .bind(pattern)
            .bind(self.role.map_or("", Role::as_str))
            .bind(self.disabled.map_or(-1, i64::from))
            .bind(i64::from(self.source == Some(SignInSource::Password)))
            .bind(provider)
    }
}

/// What `like` takes to find a text that holds `search`.
fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for character in search.trim().to_lowercase().chars().filter(|character| *character != '\0') {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl fmt::Display for SessionCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&encode_cursor([&self.id]))
    }
}

impl FromStr for SessionCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        decode_cursor::<1>(text).map(|[id]| Self { id })
    }
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn what_is_searched_for_is_taken_literally() {
        for (search, expected) in [("", "%%"), (" Ada ", "%ada%"), ("50%_!", "%50!%!_!!%"), ("a\0b", "%ab%")] {
            assert_eq!(pattern(search), expected, "{search:?}");
        }
    }
}
