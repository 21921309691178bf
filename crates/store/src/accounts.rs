//! Accounts, and the identities of providers that lead to them.

use std::fmt;
use std::str::FromStr;

use sqlx::any::AnyRow;
use sqlx::{AnyExecutor, Row};
use time::OffsetDateTime;

use crate::Store;
use crate::clock::Millis;
use crate::error::{Cause, StoreError};
use crate::ids::{AccountId, SessionId};
use crate::origin::ids_from_rows;
use crate::page::{InvalidCursor, decode_cursor, encode_cursor, page_length, rows_to_read};
use crate::patience::Work;
use crate::refused::forget_refused_sign_in;
use crate::servers::delete_private_servers;

/// A person as Howdah knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, which never changes.
    pub id: AccountId,
    /// The name it was made with, unique whatever the case of its letters.
    pub username: String,
    /// As of the last sign-in.
    pub email: Option<String>,
    /// As of the last sign-in.
    pub display_name: Option<String>,
    /// What it may do, by the role given by hand and the one that the claims of the last sign-in give.
    pub role: Role,
    /// The role given by hand.
    pub given_role: Role,
    /// Switched off: it cannot sign in and its sessions do not open.
    pub disabled: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it last signed in, if ever.
    pub last_sign_in_at: Option<OffsetDateTime>,
}

/// What an account may do. Of a role given by hand and one that claims give, an administrator's counts first and a
/// viewer's next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Looks at databases and changes nothing.
    Viewer,
    /// Works with databases.
    User,
    /// Also manages accounts and shared servers.
    Administrator,
}

/// What a provider said about a person who has just signed in.
#[derive(Debug, Clone)]
pub struct NewSignIn {
    /// With `subject`, who this is.
    pub issuer: String,
    /// With `issuer`, who this is.
    pub subject: String,
    /// The configured name of the provider.
    pub provider: String,
    /// The name of the account if one is made; a known person keeps theirs.
    pub username: String,
    /// Replaces what is known.
    pub email: Option<String>,
    /// Replaces what is known.
    pub display_name: Option<String>,
    /// The role that the claims give; [`Role::User`] if they give none. It lasts until the next sign-in; a role given by
    /// hand stays.
    pub role_by_claims: Role,
}

/// What to do at the first sign-in of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownPerson {
    /// Make an account.
    Create,
    /// Answer [`SignInAccountError::NoAccount`].
    Refuse,
}

/// Why a person who has signed in gets no account.
#[derive(Debug, thiserror::Error)]
pub enum SignInAccountError {
    /// The person has none, and none is to be made.
    #[error("there is no account for this person")]
    NoAccount,
    /// Another person's account has the username.
    #[error("the username is another person's")]
    UsernameTaken,
    /// The account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was there of an account that was deleted.
#[derive(Debug)]
pub struct DeletedAccount {
    /// The account.
    pub account: Account,
    /// Its sessions, which have ended.
    pub sessions: Vec<SessionId>,
    /// How many identities led to it.
    pub identities: u64,
    /// How many private servers it had.
    pub servers: u64,
}

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// It owns servers that others see. Delete them or make them private first.
    #[error("the account owns {0} servers that others see")]
    SharedServers(u64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of accounts, in the order of their usernames.
#[derive(Debug)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Where the next page begins, if there is one.
    pub next: Option<AccountCursor>,
}

/// A place in the list of accounts. Its text may stand in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCursor {
    username_key: String,
}

/// Columns that [`account_from_row`] reads, of a table that the statement calls `accounts`.
macro_rules! account_columns {
    () => {
        "accounts.id as account_id, accounts.username, accounts.email, accounts.display_name, accounts.role, \
         accounts.administrator_by_claims, accounts.viewer_by_claims, accounts.disabled, accounts.created_at as account_created_at, \
         accounts.last_sign_in_at"
    };
}
pub(crate) use account_columns;

impl Store {
    /// The account that an identity leads to, disabled or not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account_for_identity(&self, issuer: &str, subject: &str) -> Result<Option<Account>, StoreError> {
        identified_account(self.pool(), issuer, subject).await
    }

    /// An account by its id, disabled or not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        sqlx::query(concat!("select ", account_columns!(), " from accounts where id = $1"))
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| account_from_row(&row))
            .transpose()
    }

    /// A page of all accounts, of at most `limit` and [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn accounts(&self, after: Option<&AccountCursor>, limit: u32) -> Result<AccountPage, StoreError> {
        let rows = sqlx::query(concat!(
            "select ",
            account_columns!(),
            " from accounts where username_key > $1 order by username_key limit $2"
        ))
        // No username is empty, so this is before the first.
        .bind(after.map_or("", |cursor| &cursor.username_key))
        .bind(rows_to_read(limit))
        .fetch_all(self.pool())
        .await?;
        let mut accounts = rows.iter().map(account_from_row).collect::<Result<Vec<_>, _>>()?;
        let length = page_length(limit) as usize;
        let more = accounts.len() > length;
        accounts.truncate(length);
        let next = accounts.last().filter(|_| more).map(AccountCursor::of);
        Ok(AccountPage { accounts, next })
    }

    /// Finds or makes the account of a person whom a provider has vouched for, and notes the sign-in.
    ///
    /// All or nothing. First sign-ins of one person at the same time make one account.
    ///
    /// # Errors
    /// The variants say what to tell the person.
    pub async fn sign_in_account(
        &self,
        sign_in: &NewSignIn,
        unknown: UnknownPerson,
    ) -> Result<Account, SignInAccountError> {
        let now = self.now();
        let mut transaction = self.begin().await?;
        let account = match identified_account(&mut transaction, &sign_in.issuer, &sign_in.subject).await? {
            Some(account) => account,
            None if unknown == UnknownPerson::Refuse => return Err(SignInAccountError::NoAccount),
            None => create_identified_account(&mut transaction, sign_in, now).await?,
        };
        if account.disabled {
            return Err(SignInAccountError::Disabled);
        }
        note_sign_in(&mut transaction, &account.id, sign_in, now).await?;
        forget_refused_sign_in(&mut transaction, &sign_in.issuer, &sign_in.subject).await?;
        let account = identified_account(&mut transaction, &sign_in.issuer, &sign_in.subject)
            .await?
            .ok_or(SignInAccountError::NoAccount)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(account)
    }

    /// Gives an account a role by hand. False if there is no such account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_role(&self, id: &AccountId, role: Role) -> Result<bool, StoreError> {
        let done = sqlx::query("update accounts set role = $2 where id = $1")
            .bind(id.as_str())
            .bind(role.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Switches an account off and ends its sessions. False if there is no such account.
    ///
    /// # Errors
    /// When the store fails; then nothing has changed.
    pub async fn disable_account(&self, id: &AccountId) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query("update accounts set disabled = 1 where id = $1")
            .bind(id.as_str())
            .execute(&mut transaction)
            .await?;
        sqlx::query("delete from sessions where account_id = $1").bind(id.as_str()).execute(&mut transaction).await?;
        transaction.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Switches an account on again. False if there is no such account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn enable_account(&self, id: &AccountId) -> Result<bool, StoreError> {
        let done = sqlx::query("update accounts set disabled = 0 where id = $1")
            .bind(id.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Deletes an account with all that is its own: identities, password, sessions and private servers. `None` if
    /// there is no such account. A person whose provider still vouches for them may get a new one by signing in.
    ///
    /// # Errors
    /// The variants say why not; then nothing has changed.
    pub async fn delete_account(&self, id: &AccountId) -> Result<Option<DeletedAccount>, DeleteAccountError> {
        let mut transaction = self.begin().await?;
        let deleted = delete_account(&mut transaction, id).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(deleted)
    }
}

pub(crate) async fn identified_account(
    executor: impl AnyExecutor<'_>,
    issuer: &str,
    subject: &str,
) -> Result<Option<Account>, StoreError> {
    sqlx::query(concat!(
        "select ",
        account_columns!(),
        " from accounts join identities on identities.account_id = accounts.id
          where identities.issuer = $1 and identities.subject = $2"
    ))
    .bind(issuer)
    .bind(subject)
    .fetch_optional(executor)
    .await?
    .map(|row| account_from_row(&row))
    .transpose()
}

pub(crate) async fn delete_account(
    transaction: &mut Work,
    id: &AccountId,
) -> Result<Option<DeletedAccount>, DeleteAccountError> {
    // Changes nothing, but makes those wait who would give the account a server or an identity.
    let locked =
        sqlx::query(concat!("update accounts set disabled = disabled where id = $1 returning ", account_columns!()))
            .bind(id.as_str())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(StoreError::from)?;
    let Some(row) = locked else { return Ok(None) };
    let account = account_from_row(&row)?;
    let servers = delete_private_servers(transaction, id).await?;
    let shared: i64 = sqlx::query("select count(*) as shared from servers where owner_id = $1")
        .bind(id.as_str())
        .fetch_one(&mut *transaction)
        .await
        .and_then(|row| row.try_get("shared"))
        .map_err(StoreError::from)?;
    if shared > 0 {
        return Err(DeleteAccountError::SharedServers(shared.unsigned_abs()));
    }
    // Accounts, identities, sessions: whoever changes several of them does so in this order, or two would wait for
    // each other.
    let identities = sqlx::query("delete from identities where account_id = $1")
        .bind(id.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::from)?;
    let sessions = sqlx::query("delete from sessions where account_id = $1 returning id")
        .bind(id.as_str())
        .fetch_all(&mut *transaction)
        .await
        .map_err(StoreError::from)?;
    // With the row go the password and a session that was made in this very moment.
    sqlx::query("delete from accounts where id = $1")
        .bind(id.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::from)?;
    let (sessions, identities) = (ids_from_rows(&sessions)?, identities.rows_affected());
    Ok(Some(DeletedAccount { account, sessions, identities, servers }))
}

/// An account to be made.
pub(crate) struct NewAccount<'a> {
    pub(crate) id: &'a AccountId,
    pub(crate) username: &'a str,
    pub(crate) email: Option<&'a str>,
    pub(crate) display_name: Option<&'a str>,
    pub(crate) role: Role,
    pub(crate) now: Millis,
}

/// Makes an account with nothing that signs it in. False if the username is taken.
pub(crate) async fn insert_account(transaction: &mut Work, new: NewAccount<'_>) -> Result<bool, StoreError> {
    let created = sqlx::query(
        "insert into accounts
            (id, username, username_key, email, display_name, role, administrator_by_claims, disabled, created_at)
         values ($1, $2, $3, $4, $5, $6, 0, 0, $7)
         on conflict (username_key) do nothing",
    )
    .bind(new.id.as_str())
    .bind(new.username.trim())
    .bind(username_key(new.username))
    .bind(new.email)
    .bind(new.display_name)
    .bind(new.role.as_str())
    .bind(new.now.0)
    .execute(&mut *transaction)
    .await?;
    Ok(created.rows_affected() > 0)
}

/// Makes the account and its identity, unless another transaction makes the same ones first: PostgreSQL waits at the
/// conflict until that one has ended, and the statements after it see what it did.
async fn create_identified_account(
    transaction: &mut Work,
    sign_in: &NewSignIn,
    now: Millis,
) -> Result<Account, SignInAccountError> {
    let id = AccountId::generate(now)?;
    let (username, email, display_name) =
        (&sign_in.username, sign_in.email.as_deref(), sign_in.display_name.as_deref());
    let new = NewAccount { id: &id, username, email, display_name, role: Role::User, now };
    if !insert_account(transaction, new).await? {
        return identified_account(&mut *transaction, &sign_in.issuer, &sign_in.subject)
            .await?
            .ok_or(SignInAccountError::UsernameTaken);
    }
    let identified = sqlx::query(
        "insert into identities (issuer, subject, account_id, provider, created_at, last_sign_in_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (issuer, subject) do nothing",
    )
    .bind(&sign_in.issuer)
    .bind(&sign_in.subject)
    .bind(id.as_str())
    .bind(&sign_in.provider)
    .bind(now.0)
    .execute(&mut *transaction)
    .await
    .map_err(StoreError::from)?;
    if identified.rows_affected() == 0 {
        // The same person came in at the same moment under another username; that account counts, not this one.
        sqlx::query("delete from accounts where id = $1")
            .bind(id.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::from)?;
    }
    identified_account(&mut *transaction, &sign_in.issuer, &sign_in.subject).await?.ok_or(SignInAccountError::NoAccount)
}

async fn note_sign_in(
    transaction: &mut Work,
    id: &AccountId,
    sign_in: &NewSignIn,
    now: Millis,
) -> Result<(), StoreError> {
    sqlx::query(
        "update accounts
         set email = $2, display_name = $3, administrator_by_claims = $4, last_sign_in_at = $5, viewer_by_claims = $6
         where id = $1",
    )
    .bind(id.as_str())
    .bind(&sign_in.email)
    .bind(&sign_in.display_name)
    .bind(i64::from(sign_in.role_by_claims == Role::Administrator))
    .bind(now.0)
    .bind(i64::from(sign_in.role_by_claims == Role::Viewer))
    .execute(&mut *transaction)
    .await?;
    sqlx::query("update identities set provider = $3, last_sign_in_at = $4 where issuer = $1 and subject = $2")
        .bind(&sign_in.issuer)
        .bind(&sign_in.subject)
        .bind(&sign_in.provider)
        .bind(now.0)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Reads the columns that `account_columns!` names.
pub(crate) fn account_from_row(row: &AnyRow) -> Result<Account, StoreError> {
    let is_administrator = row.try_get::<i64, _>("administrator_by_claims")? != 0;
    let is_viewer = row.try_get::<Option<i64>, _>("viewer_by_claims")?.is_some_and(|viewer| viewer != 0);
    let given_role = Role::from_row(row.try_get("role")?)?;
    let role = match given_role {
        _ if is_administrator => Role::Administrator,
        Role::User if is_viewer => Role::Viewer,
        role => role,
    };
    Ok(Account {
        id: AccountId::from_row(row.try_get("account_id")?),
        username: row.try_get("username")?,
        email: row.try_get("email")?,
        display_name: row.try_get("display_name")?,
        role,
        given_role,
        disabled: row.try_get::<i64, _>("disabled")? != 0,
        created_at: Millis(row.try_get("account_created_at")?).to_date_time(),
        last_sign_in_at: row.try_get::<Option<i64>, _>("last_sign_in_at")?.map(|time| Millis(time).to_date_time()),
    })
}

pub(crate) fn username_key(username: &str) -> String {
    username.trim().to_lowercase()
}

impl AccountCursor {
    /// Behind this account.
    pub(crate) fn of(account: &Account) -> Self {
        Self { username_key: username_key(&account.username) }
    }

    pub(crate) fn username_key(&self) -> &str {
        &self.username_key
    }
}

impl Role {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::User => "user",
            Self::Administrator => "administrator",
        }
    }

    fn from_row(text: &str) -> Result<Self, StoreError> {
        match text {
            "viewer" => Ok(Self::Viewer),
            "user" => Ok(Self::User),
            "administrator" => Ok(Self::Administrator),
            _ => Err(Cause::UnknownValue { column: "accounts.role", value: text.to_owned() }.into()),
        }
    }
}

impl fmt::Display for AccountCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&encode_cursor([&self.username_key]))
    }
}

impl FromStr for AccountCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        decode_cursor::<1>(text).map(|[username_key]| Self { username_key })
    }
}
