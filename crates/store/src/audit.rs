//! The audit trail: events are added and, when they are old, removed; one that was written ahead of what it tells of is
//! concluded once. Nothing else changes them.

use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use time::OffsetDateTime;

use crate::Store;
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::AuditEventId;
use crate::page::{InvalidCursor, decode_cursor, encode_cursor, page_length, rows_to_read};
use crate::patience::Work;

/// Old events that are removed at a time, so that nobody waits long for the store.
const PURGED_AT_A_TIME: i64 = 1000;

/// An event as it is kept. Times and texts are those of the moment.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRecord {
    /// Names the event and gives its place in the order.
    pub id: AuditEventId,
    /// When it happened, or began.
    pub at: OffsetDateTime,
    /// What happened, such as `sign_in`.
    pub kind: String,
    /// How it went, such as `ok`.
    pub result: String,
    /// Why it failed: a code of a problem, or an SQLSTATE.
    pub code: Option<String>,
    /// The person's name.
    pub person: Option<String>,
    /// Their account.
    pub account_id: Option<String>,
    /// With `subject`: whom a provider vouched for.
    pub issuer: Option<String>,
    /// With `issuer`: whom a provider vouched for.
    pub subject: Option<String>,
    /// The session's name.
    pub session_id: Option<String>,
    /// The server definition.
    pub server_id: Option<String>,
    /// Its name.
    pub server: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// The role in PostgreSQL.
    pub role: Option<String>,
    /// Rows of the result.
    pub rows: Option<u64>,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// Where the request came from.
    pub client_address: Option<String>,
    /// The request's id in the log.
    pub request_id: Option<String>,
    /// The statement, or what stands for it.
    pub statement: Option<String>,
    /// What only this kind of event has: a JSON object.
    pub details: String,
}

/// Which events to find. What is `None` is not asked.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// The person's name, in whatever case.
    pub person: Option<String>,
    /// One of these kinds; empty: all.
    pub kinds: Vec<String>,
    /// The server definition.
    pub server_id: Option<String>,
    /// How it went.
    pub result: Option<String>,
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Before.
    pub until: Option<OffsetDateTime>,
    /// Stands in the statement, the names or the details, in whatever case.
    pub text: Option<String>,
}

/// Where a page of events ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCursor(AuditEventId);

impl std::fmt::Display for AuditCursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&encode_cursor([self.0.as_str()]))
    }
}

impl FromStr for AuditCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let [id] = decode_cursor(text)?;
        id.parse().map(Self).map_err(|_| InvalidCursor)
    }
}

/// A part of the trail.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The events, the last first.
    pub events: Vec<AuditRecord>,
    /// Where the next page begins, if there is one.
    pub next: Option<AuditCursor>,
}

impl Store {
    /// A name for an event that happens now. In the order of the trail it comes behind those that this process named before.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new_audit_event_id(&self) -> Result<AuditEventId, StoreError> {
        let count = self.audit_events_named.fetch_add(1, Ordering::Relaxed);
        Ok(AuditEventId::generate(self.now())?.in_order(count))
    }

    /// Adds events, all or none. One that is there already is left as it is, so that a call may be repeated.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_audit_events(&self, events: &[AuditRecord]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for event in events {
            insert(&mut transaction, event).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Says how that went which an event was written ahead of.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn conclude_audit_event(
        &self,
        id: &AuditEventId,
        result: &str,
        code: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query("update audit_events set result = $1, code = $2 where id = $3 and result = 'begun'")
            .bind(result)
            .bind(code)
            .bind(id.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// The events that `filter` finds, the last first, in pages.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn audit_events(
        &self,
        filter: &AuditFilter,
        after: Option<&AuditCursor>,
        limit: u32,
    ) -> Result<AuditPage, StoreError> {
        let conditions = Conditions::of(filter, after);
        let mut sql = format!("select {COLUMNS} from audit_events");
        sql.push_str(&conditions.sql);
        // Writing to a String cannot fail.
        let _ = write!(sql, " order by id desc limit {}", rows_to_read(limit));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in conditions.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            };
        }
        let mut events =
            query.fetch_all(self.pool()).await?.iter().map(record).collect::<Result<Vec<_>, StoreError>>()?;
        let length = page_length(limit) as usize;
        let more = events.len() > length;
        events.truncate(length);
        let next = events.last().filter(|_| more).map(|event| AuditCursor(event.id.clone()));
        Ok(AuditPage { events, next })
    }

    /// Removes some events that are older than `age`, the oldest first. Says how many; fewer than
    /// [`AUDIT_PURGE`] means that none is left.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn purge_audit_events(&self, age: Duration) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "delete from audit_events where id in (select id from audit_events where at < $1 order by at limit $2)",
        )
        .bind(self.now().minus(age).0)
        .bind(PURGED_AT_A_TIME)
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected())
    }
}

/// So many events [`Store::purge_audit_events`] removes at most.
pub const AUDIT_PURGE: u64 = PURGED_AT_A_TIME.unsigned_abs();

const COLUMNS: &str = "id, at, kind, result, code, person, account_id, issuer, subject, session_id, server_id, server, \
     database_name, role, row_count, duration_ms, client_address, request_id, statement, details";

async fn insert(transaction: &mut Work, event: &AuditRecord) -> Result<(), StoreError> {
    let AuditRecord { person, server, database, role, statement, details, .. } = event;
    let mut search_key = String::new();
    for text in [person, server, database, role, &event.client_address, statement].into_iter().flatten() {
        search_key.push_str(&text.to_lowercase());
        search_key.push('\n');
    }
    search_key.push_str(&details.to_lowercase());
    sqlx::query(
        "insert into audit_events (id, at, kind, result, code, person, person_key, account_id, issuer, subject,
             session_id, server_id, server, database_name, role, row_count, duration_ms, client_address, request_id,
             statement, details, search_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, cast($17 as double precision), $18, $19, $20,
             $21, $22)
         on conflict (id) do nothing",
    )
    .bind(event.id.as_str())
    .bind(Millis::from(event.at).0)
    .bind(&event.kind)
    .bind(&event.result)
    .bind(event.code.as_deref())
    .bind(clean(person.as_deref()))
    .bind(clean(person.as_deref()).map(|person| person.to_lowercase()))
    .bind(event.account_id.as_deref())
    .bind(clean(event.issuer.as_deref()))
    .bind(clean(event.subject.as_deref()))
    .bind(event.session_id.as_deref())
    .bind(event.server_id.as_deref())
    .bind(clean(server.as_deref()))
    .bind(clean(database.as_deref()))
    .bind(clean(role.as_deref()))
    .bind(event.rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX)))
    .bind(in_digits(event.duration_ms))
    .bind(event.client_address.as_deref())
    .bind(clean(event.request_id.as_deref()))
    .bind(clean(statement.as_deref()))
    .bind(clean(Some(details)))
    .bind(clean(Some(&search_key)))
    .execute(&mut *transaction)
    .await?;
    Ok(())
}

/// PostgreSQL keeps no NUL character.
pub(crate) fn clean(text: Option<&str>) -> Option<String> {
    text.map(|text| text.replace('\0', "\u{fffd}"))
}

/// A number of double precision, for `cast($n as double precision)`.
///
/// `sqlx::Any` prepares a statement for numbers of single precision when its first one is NULL, and PostgreSQL refuses
/// all others from then on (`AnyArguments::convert_into` takes the two types for each other).
pub(crate) fn in_digits(number: Option<f64>) -> Option<String> {
    number.map(|number| number.to_string())
}

fn record(row: &AnyRow) -> Result<AuditRecord, StoreError> {
    let rows: Option<i64> = row.try_get("row_count")?;
    Ok(AuditRecord {
        id: AuditEventId::from_row(row.try_get("id")?),
        at: Millis(row.try_get("at")?).to_date_time(),
        kind: row.try_get("kind")?,
        result: row.try_get("result")?,
        code: row.try_get("code")?,
        person: row.try_get("person")?,
        account_id: row.try_get("account_id")?,
        issuer: row.try_get("issuer")?,
        subject: row.try_get("subject")?,
        session_id: row.try_get("session_id")?,
        server_id: row.try_get("server_id")?,
        server: row.try_get("server")?,
        database: row.try_get("database_name")?,
        role: row.try_get("role")?,
        rows: rows.map(i64::unsigned_abs),
        duration_ms: row.try_get("duration_ms")?,
        client_address: row.try_get("client_address")?,
        request_id: row.try_get("request_id")?,
        statement: row.try_get("statement")?,
        details: row.try_get("details")?,
    })
}

enum Value {
    Text(String),
    Number(i64),
}

/// The `where` of a search. Only what is asked stands in it, so that the indexes serve.
#[derive(Default)]
struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Conditions {
    fn of(filter: &AuditFilter, after: Option<&AuditCursor>) -> Self {
        let mut conditions = Self::default();
        if let Some(AuditCursor(id)) = after {
            conditions.add("id < ?", Value::Text(id.as_str().to_owned()));
        }
        if let Some(person) = &filter.person {
            conditions.add("person_key = ?", Value::Text(person.trim().to_lowercase()));
        }
        if let Some(server) = &filter.server_id {
            conditions.add("server_id = ?", Value::Text(server.clone()));
        }
        if let Some(result) = &filter.result {
            conditions.add("result = ?", Value::Text(result.clone()));
        }
        if let Some(from) = filter.from {
            conditions.add("at >= ?", Value::Number(Millis::from(from).0));
        }
        if let Some(until) = filter.until {
            conditions.add("at < ?", Value::Number(Millis::from(until).0));
        }
        if let Some(text) = &filter.text {
            conditions.add("search_key like ? escape '\\'", Value::Text(pattern(text)));
        }
        conditions.add_kinds(&filter.kinds);
        conditions
    }

    fn add_kinds(&mut self, kinds: &[String]) {
        let Some((first, others)) = kinds.split_first() else { return };
        self.add("kind in (?", Value::Text(first.clone()));
        for kind in others {
            self.values.push(Value::Text(kind.clone()));
            let _ = write!(self.sql, ", ${}", self.values.len());
        }
        self.sql.push(')');
    }

    /// Adds a condition, in which `?` stands for the value.
    fn add(&mut self, condition: &str, value: Value) {
        self.sql.push_str(if self.values.is_empty() { " where " } else { " and " });
        self.values.push(value);
        self.sql.push_str(&condition.replace('?', &format!("${}", self.values.len())));
    }
}

/// What LIKE looks for: `text` anywhere, its own wildcards taken as they are.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().replace('\0', "\u{fffd}").chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
