//! A PostgreSQL server of one's own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, anyhow};
use nix::sys::signal::Signal;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::directories::{keep_only, once, version_of};
use crate::oauth_validator;
use crate::programs::{Major, Programs};
use crate::server::Server;
use crate::{Identity, certificates};

/// The superuser of every server. Over the Unix socket it needs no password.
pub const SUPERUSER: &str = "postgres";
/// The superuser's password over TCP.
pub const SUPERUSER_PASSWORD: &str = "correct horse battery staple";

/// A running server with a cluster of its own. Dropping it stops the server and removes its files; when the process
/// dies without dropping it, a watchdog does the same.
pub struct Postgres(Arc<Server>);

/// What a server shall be like; see [`Postgres::builder`].
pub struct Builder {
    major: Major,
    hba: Vec<String>,
    ident: Vec<String>,
    oauth: Option<OAuth>,
    settings: Vec<(String, String)>,
    identity: Option<Identity>,
    client_ca_pem: Option<String>,
    template: Option<PathBuf>,
    data: Option<PathBuf>,
    standby: bool,
}

/// Which access tokens PostgreSQL's `oauth` shall accept; PostgreSQL 18 and later.
#[derive(Clone, Debug)]
pub struct OAuth {
    /// Who must have issued them (`iss`).
    pub issuer: String,
    /// Whom they must be for (`aud`), if that matters.
    pub audience: Option<String>,
    /// What they must allow (`scope`), if that matters.
    pub scope: Option<String>,
    /// The claim that names the identity, which must be the role's name unless `pg_ident.conf` says otherwise.
    pub claim: String,
    /// The issuer's keys: a JWK set.
    pub key_set: String,
}

impl Builder {
    /// Accepts these tokens in lines of `pg_hba.conf` whose method is `oauth`; such a line names `issuer` and `scope`.
    #[must_use]
    pub fn oauth(mut self, oauth: OAuth) -> Self {
        self.oauth = Some(oauth);
        self
    }

    /// Adds a line to `pg_ident.conf`.
    #[must_use]
    pub fn ident(mut self, line: &str) -> Self {
        self.ident.push(line.to_owned());
        self
    }

    /// Serves TLS as well as plain connections, with a certificate of [`certificates()`] for `localhost` and 127.0.0.1.
    #[must_use]
    pub fn tls(mut self) -> Self {
        let identity = certificates().server(&["localhost", "127.0.0.1"]).expect("both are good names");
        self.identity = Some(identity);
        self
    }

    /// Serves TLS with this certificate.
    #[must_use]
    pub fn tls_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Trusts client certificates of this authority (`ssl_ca_file`); by default those of [`certificates()`].
    #[must_use]
    pub fn client_ca(mut self, ca_pem: &str) -> Self {
        self.client_ca_pem = Some(ca_pem.to_owned());
        self
    }

    /// Adds a line to `pg_hba.conf`. The superuser may always use the Unix socket; without any line of yours, all
    /// others sign in by SCRAM over TCP and are trusted on the socket.
    #[must_use]
    pub fn hba(mut self, line: &str) -> Self {
        self.hba.push(line.to_owned());
        self
    }

    /// Sets a server setting, over testkit's own where both set it.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes it a hot standby. It follows no primary: what is in it comes from its cluster.
    #[must_use]
    pub fn standby(mut self) -> Self {
        self.standby = true;
        self
    }

    /// Starts the server and waits until it takes connections.
    ///
    /// # Errors
    /// With the server's log, when it does not start.
    pub async fn start(self) -> Result<Postgres> {
        blocking(move || self.start_blocking()).await
    }

    /// Starts the server on a copy of a cluster that `fill` filled once and that is kept in testkit's cache. Other
    /// content of the same name needs another version; one that nobody has used for a day is removed.
    ///
    /// # Errors
    /// Those of `fill`, or as [`Self::start`].
    pub async fn start_filled<F>(mut self, name: &str, version: u64, fill: F) -> Result<Postgres>
    where
        F: AsyncFnOnce(&Postgres) -> Result<()> + Send + 'static,
    {
        let template = version_of(name, version)?;
        let (major, path, runtime) = (self.major, template.clone(), Handle::current());
        let name = name.to_owned();
        let make = move |partial: &Path| {
            // Without replicas to write for, what is loaded into new tables needs no log.
            let mut builder = Postgres::builder(major).setting("wal_level", "minimal").setting("max_wal_senders", "0");
            builder.data = Some(partial.to_owned());
            let postgres = builder.start_blocking()?;
            runtime.block_on(fill(&postgres))?;
            postgres.0.stop(Signal::SIGINT)
        };
        blocking(move || {
            once(&path, make)?;
            keep_only(&path, &name)
        })
        .await?;
        self.template = Some(template);
        self.start().await
    }

    fn start_blocking(&self) -> Result<Postgres> {
        let mut server = Server::prepare(Programs::install(self.major)?, self.template.as_deref(), self.data.clone())?;
        let settings = self.all_settings(&server)?;
        if self.standby {
            server.make_standby()?;
        }
        server.start_on_free_port(settings)?;
        Ok(Postgres(Arc::new(server)))
    }

    /// All settings, with the files they name written.
    fn all_settings(&self, server: &Server) -> Result<Vec<(String, String)>> {
        let mut settings = Vec::new();
        let mut set = |name: &str, value: &str| settings.push((name.to_owned(), value.to_owned()));
        set("listen_addresses", "127.0.0.1");
        set("unix_socket_directories", &server.socket_directory().to_string_lossy());
        set("hba_file", &server.write_file("pg_hba.conf", self.hba_file())?);
        if !self.ident.is_empty() {
            set("ident_file", &server.write_file("pg_ident.conf", self.ident.join("\n") + "\n")?);
        }
        if let Some(oauth) = &self.oauth {
            let module = server.write_file("howdah_oauth_validator.so", oauth_validator::module()?)?;
            set("oauth_validator_libraries", &module);
            set("howdah_oauth.jwks_file", &server.write_file("jwks.json", &oauth.key_set)?);
            set("howdah_oauth.issuer", &oauth.issuer);
            set("howdah_oauth.audience", oauth.audience.as_deref().unwrap_or_default());
            set("howdah_oauth.scope", oauth.scope.as_deref().unwrap_or_default());
            set("howdah_oauth.claim", &oauth.claim);
        }
        // Sessions whose browser vanished are kept for minutes, and many tests share a server.
        set("max_connections", "300");
        // A cluster that is thrown away need not survive a power cut; it does survive `kill`.
        set("fsync", "off");
        set("full_page_writes", "off");
        set("timezone", "UTC");
        set("log_timezone", "UTC");
        set("log_connections", "on");
        set("log_line_prefix", "%m [%p] %q%u@%d ");
        if let Some(identity) = &self.identity {
            let ca_pem = self.client_ca_pem.as_deref().unwrap_or(certificates().ca_pem());
            set("ssl", "on");
            set("ssl_cert_file", &server.write_file("server.crt", &identity.certificate_pem)?);
            set("ssl_key_file", &server.write_file("server.key", &identity.key_pem)?);
            set("ssl_ca_file", &server.write_file("ca.crt", ca_pem)?);
        }
        for (name, value) in &self.settings {
            set(name, value);
        }
        Ok(settings)
    }

    fn hba_file(&self) -> String {
        let mut text = format!("local all {SUPERUSER} trust\n");
        if self.hba.is_empty() {
            text.push_str("host all all 127.0.0.1/32 scram-sha-256\nlocal all all trust\n");
        }
        for line in &self.hba {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

impl Postgres {
    /// Describes a server before it is started.
    pub fn builder(major: Major) -> Builder {
        Builder {
            major,
            hba: Vec::new(),
            ident: Vec::new(),
            oauth: None,
            settings: Vec::new(),
            identity: None,
            client_ca_pem: None,
            template: None,
            data: None,
            standby: false,
        }
    }

    /// Starts a server without TLS.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub async fn start(major: Major) -> Result<Self> {
        Self::builder(major).start().await
    }

    /// The one server, with TLS, that all tests of this process share; make a database each. Don't stop it.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub async fn shared(major: Major) -> Result<Arc<Self>> {
        static V15: OnceCell<Arc<Postgres>> = OnceCell::const_new();
        static V16: OnceCell<Arc<Postgres>> = OnceCell::const_new();
        static V17: OnceCell<Arc<Postgres>> = OnceCell::const_new();
        static V18: OnceCell<Arc<Postgres>> = OnceCell::const_new();
        let cell = match major {
            Major::V15 => &V15,
            Major::V16 => &V16,
            Major::V17 => &V17,
            Major::V18 => &V18,
        };
        let start = || async { Ok::<_, anyhow::Error>(Arc::new(Self::builder(major).tls().start().await?)) };
        cell.get_or_try_init(start).await.cloned()
    }

    /// Where it listens, with [`Self::port`]. The certificate is good for `localhost` too.
    pub fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// The TCP port, also the number in the socket's name.
    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// The directory of the Unix socket.
    pub fn socket_directory(&self) -> PathBuf {
        self.0.socket_directory()
    }

    /// The certificate that vouches for the server's, PEM, when it was made by [`Builder::tls`].
    pub fn ca_pem(&self) -> &str {
        certificates().ca_pem()
    }

    /// The postmaster's process id.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn pid(&self) -> Result<u32> {
        self.0.pid()
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        self.0.log()
    }

    /// Makes an empty database with a name of its own.
    ///
    /// # Errors
    /// When the server does not run.
    pub async fn create_database(&self) -> Result<String> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("create database {name}")).await?;
        Ok(name)
    }

    /// Runs statements as the superuser.
    ///
    /// # Errors
    /// PostgreSQL's.
    pub async fn execute(&self, database: &str, sql: &str) -> Result<()> {
        self.query(database, sql).await.map(drop)
    }

    /// Runs statements as the superuser and answers all rows as text.
    ///
    /// # Errors
    /// PostgreSQL's.
    pub async fn query(&self, database: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let (client, connection) = tokio_postgres::Config::new()
            .host_path(self.socket_directory())
            .port(self.port())
            .user(SUPERUSER)
            .dbname(database)
            .application_name("howdah-testkit")
            .connect(NoTls)
            .await
            .map_err(whole)?;
        let work = async move {
            let messages = client.simple_query(sql).await.map_err(whole)?;
            Ok(messages.into_iter().filter_map(row).collect())
        };
        // The connection ends by itself when `work` drops the client.
        let (rows, _) = tokio::join!(work, connection);
        rows
    }

    /// Kills the server and all its processes at once, as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&self) -> Result<()> {
        let server = Arc::clone(&self.0);
        blocking(move || server.kill()).await
    }

    /// Shuts the server down, ending its connections with an error of class 57 (a "fast" shutdown).
    ///
    /// # Errors
    /// When it does not run, or does not stop in time.
    pub async fn stop(&self) -> Result<()> {
        let server = Arc::clone(&self.0);
        blocking(move || server.stop(Signal::SIGINT)).await
    }

    /// Starts a server again that was stopped or killed: same data, same port.
    ///
    /// # Errors
    /// With the server's log, when it does not start.
    pub async fn start_again(&self) -> Result<()> {
        let server = Arc::clone(&self.0);
        blocking(move || server.start()).await
    }

    /// Stops and starts.
    ///
    /// # Errors
    /// As [`Self::stop`] and [`Self::start_again`].
    pub async fn restart(&self) -> Result<()> {
        self.stop().await?;
        self.start_again().await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| anyhow!(error))?
}

fn row(message: SimpleQueryMessage) -> Option<Vec<Option<String>>> {
    match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect()),
        _ => None,
    }
}

/// `tokio_postgres` keeps what the server said in the source.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn whole(error: tokio_postgres::Error) -> anyhow::Error {
    match error.as_db_error() {
        Some(said) => anyhow!("{said}"),
        None => anyhow!("{error}"),
    }
}
