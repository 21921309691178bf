//! No statement waits for ever: a database whose machine is gone, or that is stopped where it stands, sends no error.
//!
//! The pool limits how long a connection is waited for. What is asked on a connection is limited here, and a connection
//! that gives no sign of life when it is handed out or handed back is dropped for a new one, so that the store works again
//! as soon as the database does. In a file there is nobody to wait for, and nothing is limited.

use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, try_unfold};
use futures_util::{StreamExt, TryStreamExt};
use sqlx::any::{AnyPoolOptions, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::{Any, AnyConnection, Connection, Describe, Either, Execute, Executor, SqlStr, Transaction};
use tokio::time::{Instant, timeout, timeout_at};

/// Statements of the store take milliseconds. One that takes so long is given up, and its connection with it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that does not answer to an empty question within so long is dropped.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// What the server is told of itself, so that what a lost connection held there is free again before long: a transaction
/// that nobody goes on with, and a peer that acknowledges nothing (in seconds and milliseconds).
const SERVER_SIDE: &str = "set idle_in_transaction_session_timeout = 15000; \
    set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; \
    set tcp_user_timeout = 30000";

/// Runs statements on `inner`, each for a limited time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patient<E> {
    inner: E,
    patience: Option<Duration>,
}

impl<E> Patient<E> {
    pub(crate) fn new(inner: E, patience: Option<Duration>) -> Self {
        Self { inner, patience }
    }
}

/// A transaction that waits no longer for its statements than [`Patient`].
#[derive(Debug)]
pub(crate) struct Work {
    transaction: Transaction<'static, Any>,
    patience: Option<Duration>,
}

impl Work {
    /// Begins when `transaction` has begun.
    pub(crate) async fn begin(
        transaction: impl Future<Output = Result<Transaction<'static, Any>, sqlx::Error>>,
        patience: Option<Duration>,
    ) -> Result<Self, sqlx::Error> {
        Ok(Self { transaction: limited(patience, transaction).await?, patience })
    }

    /// Commits. After an error it may have been committed or not, as when a connection is lost.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        limited(self.patience, self.transaction.commit()).await
    }

    /// Undoes what was done.
    pub(crate) async fn rollback(self) -> Result<(), sqlx::Error> {
        limited(self.patience, self.transaction.rollback()).await
    }

    fn patient(&mut self) -> Patient<&mut AnyConnection> {
        Patient::new(&mut *self.transaction, self.patience)
    }
}

/// Has connections tested before they are used, each for a limited time only.
pub(crate) fn tested(options: AnyPoolOptions) -> AnyPoolOptions {
    options
        // The pool's own test waits as long as the caller does.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(give_sign_of_life(connection)))
        // The pool tests here as well, and would wait for ever.
        .after_release(|connection, _| {
            Box::pin(async move {
                give_sign_of_life(connection).await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                // What a server does not know of this it does without.
                if let Err(error) = limited(Some(SIGN_OF_LIFE), connection.execute(SERVER_SIDE)).await {
                    tracing::debug!("the store's server takes no time limits: {error}");
                }
                Ok(())
            })
        })
}

async fn give_sign_of_life(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    // An error has the pool drop the connection without a farewell, for which it would wait again.
    limited(Some(SIGN_OF_LIFE), connection.ping()).await.map(|()| true)
}

/// Waits for `answer` for so long.
pub(crate) async fn limited<T>(
    patience: Option<Duration>,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match patience {
        None => answer.await,
        Some(patience) => timeout(patience, answer).await.unwrap_or_else(|_| Err(no_answer())),
    }
}

fn no_answer() -> sqlx::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the database does not answer").into()
}

impl<'c, E> Executor<'c> for Patient<E>
where
    E: Executor<'c, Database = Any> + 'c,
{
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, Q>(self, query: Q) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        Q: 'q + Execute<'q, Any>,
    {
        let parts = self.inner.fetch_many(query);
        let Some(patience) = self.patience else { return parts };
        let end = Instant::now() + patience;
        try_unfold(parts, move |mut parts| async move {
            let part = timeout_at(end, parts.try_next()).await.unwrap_or_else(|_| Err(no_answer()))?;
            Ok(part.map(|part| (part, parts)))
        })
        .boxed()
    }

    fn fetch_optional<'e, 'q: 'e, Q>(self, query: Q) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        Q: 'q + Execute<'q, Any>,
    {
        Box::pin(limited(self.patience, self.inner.fetch_optional(query)))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        Box::pin(limited(self.patience, self.inner.prepare_with(sql, parameters)))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, sqlx::Error>>
    where
        'c: 'e,
    {
        Box::pin(limited(self.patience, self.inner.describe(sql)))
    }
}

impl<'c> Executor<'c> for &'c mut Work {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, Q>(self, query: Q) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        Q: 'q + Execute<'q, Any>,
    {
        self.patient().fetch_many(query)
    }

    fn fetch_optional<'e, 'q: 'e, Q>(self, query: Q) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        Q: 'q + Execute<'q, Any>,
    {
        self.patient().fetch_optional(query)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        self.patient().prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.patient().describe(sql)
    }
}
