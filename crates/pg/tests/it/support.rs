//! Short ways to a session and through its events.

use anyhow::{Result, bail};
use howdah_pg::{
    Authentication, Column, ConnectError, ConnectOptions, Event, Host, ServerError, Session, TransactionStatus,
    value::rows,
};
use howdah_testkit::{Postgres, SUPERUSER, SUPERUSER_PASSWORD};

/// Options for the superuser over TCP, with `sslmode=prefer`.
pub(crate) fn options(server: &Postgres, database: &str) -> ConnectOptions {
    ConnectOptions::new(Host::parse(server.host()), server.port(), database, SUPERUSER)
}

pub(crate) fn password(password: &str) -> Authentication {
    Authentication::Password(password.into())
}

pub(crate) async fn open(options: &ConnectOptions) -> Result<Session, ConnectError> {
    howdah_pg::connect(options, password(SUPERUSER_PASSWORD), &mut |_| {}).await
}

/// A session of the superuser in the database `postgres`.
pub(crate) async fn session(server: &Postgres) -> Result<Session> {
    Ok(open(&options(server, "postgres")).await?)
}

/// Everything that a run of statements tells.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) columns: Vec<Vec<Column>>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) batches: Vec<u32>,
    pub(crate) tags: Vec<String>,
    pub(crate) discarded: u64,
    pub(crate) notices: Vec<ServerError>,
    pub(crate) error: Option<ServerError>,
    pub(crate) copy: Vec<u8>,
    /// The first letters of the events, in order: Columns, Rows, Tag, Notice, Error, copY, Parameter, Q empty.
    pub(crate) order: String,
    pub(crate) status: Option<TransactionStatus>,
}

/// Runs a text by the simple protocol.
pub(crate) async fn run(session: &mut Session, sql: &str) -> Result<Told> {
    session.start_simple(sql).await?;
    finish(session).await
}

/// Takes the events to the end.
pub(crate) async fn finish(session: &mut Session) -> Result<Told> {
    let mut told = Told::default();
    loop {
        let letter = match session.next_event().await? {
            Event::Columns(columns) => {
                told.columns.push(columns);
                'C'
            }
            Event::Rows(batch) => {
                told.batches.push(batch.rows());
                for row in rows(batch.bytes()) {
                    told.rows.push(row.values().map(|value| value.text().map(Into::into)).collect());
                }
                'R'
            }
            Event::Complete { tag, discarded_rows } => {
                told.tags.push(tag);
                told.discarded += discarded_rows;
                'T'
            }
            Event::Notice(notice) => {
                told.notices.push(*notice);
                'N'
            }
            Event::Error(error) => {
                told.error = Some(*error);
                'E'
            }
            Event::CopyOutBegins { .. } | Event::CopyInRefused => 'Y',
            Event::CopyOut(data) => {
                told.copy.extend_from_slice(&data);
                'Y'
            }
            Event::Parameter { .. } => 'P',
            Event::EmptyQuery => 'Q',
            Event::Ready(status) => {
                told.status = Some(status);
                return Ok(told);
            }
            other => bail!("unexpected {other:?}"),
        };
        if !told.order.ends_with(letter) {
            told.order.push(letter);
        }
    }
}

/// Runs a text and answers its rows; fails when it does.
pub(crate) async fn fetch(session: &mut Session, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    let told = run(session, sql).await?;
    match told.error {
        Some(error) => Err(error.into()),
        None => Ok(told.rows),
    }
}

/// The single value of a query.
pub(crate) async fn value(session: &mut Session, sql: &str) -> Result<String> {
    let rows = fetch(session, sql).await?;
    Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
}

/// Waits until a query of the superuser answers `true`; the runner's own limit ends a wait in vain.
pub(crate) async fn until(server: &Postgres, condition: &str) -> Result<()> {
    let mut watcher = session(server).await?;
    while value(&mut watcher, condition).await? != "t" {
        tokio::task::yield_now().await;
    }
    watcher.close().await;
    Ok(())
}

/// A message of the server's.
pub(crate) fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![tag];
    message.extend_from_slice(&u32::try_from(body.len() + 4).unwrap().to_be_bytes());
    message.extend_from_slice(body);
    message
}
