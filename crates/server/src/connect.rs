//! Opens a connection to a person's server as that person: who to be, by which secret, and what to say when it fails.

mod greeting;
mod login;
mod refusal;

use std::collections::BTreeMap;
use std::time::Instant;

use howdah_credentials::{Obtained, SourceConfig, Target};
use howdah_pg::{CertificateVerification, ConnectError, ConnectEvent, ConnectOptions, Session, TlsInfo, quote};
use howdah_store::Role;
use howdah_store::SecretKind;
use time::OffsetDateTime;

pub use self::greeting::Greeting;
use self::login::{Asking, Login, Way};
use self::refusal::Refused;
pub use self::refusal::lost_connection;
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Pending};
use crate::credential;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::files::{self, Completed};
use crate::live::{Label, Tracked};
use crate::post_connection;
use crate::secrets::saved;
use crate::servers::{Found, SharedBy};
use crate::session::{self, SignedIn};
use crate::tunnel;
use crate::username;
use crate::wire::{ConnectionStep, CredentialStatus, ServerDefinition, WriteAccess};

/// The settings of a session that reads the catalogue.
const CATALOGUE_SETTINGS: [(&str, &str); 6] = [
    ("default_transaction_read_only", "on"),
    // The queries are long and read little: compiling them takes longer than running them.
    ("jit", "off"),
    // What takes a few milliseconds is not worth the start of a worker, nor the server's few workers.
    ("max_parallel_workers_per_gather", "0"),
    ("search_path", ""),
    ("statement_timeout", "15s"),
    ("lock_timeout", "1s"),
];
/// PostgreSQL cuts a longer `application_name`.
const MAX_APPLICATION_NAME: usize = 63;

/// What a connection is for. It shows in `pg_stat_activity` and decides the session's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A query tab.
    Query,
    /// Reading the catalogue.
    Catalogue,
    /// A download.
    Export,
}

impl Purpose {
    /// As it stands in the audit trail and in figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Catalogue => "explorer",
            Self::Export => "download",
        }
    }
}

/// A connection that works.
pub struct Connection {
    /// The connection.
    pub session: Session,
    /// What tells a query tab about it.
    pub greeting: Greeting,
    /// `session_user`.
    pub user: String,
    /// Where its secret came from.
    pub credential: CredentialStatus,
    /// Counts it while it is open.
    pub tracked: Tracked,
    /// For an account that was made for this person and ends by itself: to be called when it has, so that the next
    /// connection gets another.
    pub account_ended: Option<AccountEnded>,
}

/// To be called when an account that was made for a person has ended.
pub type AccountEnded = Box<dyn Fn() + Send + Sync>;

/// Hears of each step that passed.
pub type Observer<'a> = &'a mut (dyn FnMut(Passed) + Send);

/// A step of connecting that passed.
pub struct Passed {
    /// Which.
    pub step: ConnectionStep,
    /// What was found.
    pub detail: String,
}

/// Opens a connection to `database` of a server.
///
/// # Errors
///
/// Everything of the contract's table of connection problems.
pub async fn open(
    app: &App,
    person: &SignedIn,
    server: &Found,
    database: &str,
    purpose: Purpose,
) -> ApiResult<Connection> {
    open_observed(app, person, server, database, purpose, &mut |_| {}).await
}

/// As [`open()`], and tells `observer` of each step.
///
/// # Errors
///
/// As for [`open()`].
pub async fn open_observed(
    app: &App,
    person: &SignedIn,
    server: &Found,
    database: &str,
    purpose: Purpose,
    observer: Observer<'_>,
) -> ApiResult<Connection> {
    session::refuse_when_draining(app)?;
    let live = app.live().server_at(person, server);
    let label = Label {
        account: person.account.id.clone(),
        username: person.account.username.clone(),
        database: database.to_owned(),
        purpose,
        may_write: may_write(person),
    };
    let tracked = live.track(app.live(), label, app.metrics().connection(purpose)).ok_or_else(|| {
        ApiError::new(
            Code::LimitReached,
            "You have too many connections open to this server. Close some tabs, or disconnect it.",
        )
    })?;
    let ended = tracked.ended();
    let actor = Actor::from(person);
    app.audit().remember(&actor);
    let login = audit::Login { purpose: purpose.name(), ..audit::Login::default() };
    let event = Event::new(actor, Action::Connect(login)).at(server).in_database(database);
    let mut pending = app.audit().begin(event).await?;
    let attempt = Attempt { app, person, server, database, purpose };
    let result = tokio::select! {
        connection = attempt.run(observer, tracked, &mut pending) => connection,
        () = ended.cancelled() => Err(live.reason()),
    };
    pending.conclude_with(&result);
    result
}

/// The definition that a connection is opened by: with what its service and files say, where it may be used.
///
/// # Errors
///
/// 403 for what may not be used, 422 for what cannot be read.
pub fn completed(app: &App, person: &SignedIn, server: &Found) -> ApiResult<ServerDefinition> {
    let attempt = Attempt { app, person, server, database: "", purpose: Purpose::Catalogue };
    Ok(attempt.files()?.definition)
}

/// Whether a person's connections may write, as far as Howdah has a say in it.
fn may_write(person: &SignedIn) -> bool {
    person.account.role != Role::Viewer
}

/// Somebody's attempt to connect to a database of a server.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    app: &'a App,
    person: &'a SignedIn,
    server: &'a Found,
    database: &'a str,
    purpose: Purpose,
}

impl Attempt<'_> {
    async fn run(self, observer: Observer<'_>, tracked: Tracked, pending: &mut Pending) -> ApiResult<Connection> {
        let files = self.files()?;
        let server = Found { definition: files.definition.clone(), ..self.server.clone() };
        Attempt { server: &server, ..self }.log_in(&files, observer, tracked, pending).await
    }

    /// The definition with what its service and files say, where it may be used.
    fn files(&self) -> ApiResult<Completed> {
        let Self { app, person, server, .. } = self;
        let connections = &app.config().connections;
        let Some(shared) = &server.shared else {
            let (config, role) = (&app.config().credentials, person.account.role);
            let files = files::complete(connections, &server.definition)?;
            credential::permit(config, role, &files.definition)?;
            credential::permit_files(config, role, &files)?;
            return Ok(files);
        };
        let files = match &shared.by {
            SharedBy::Config => files::complete_for_operator(connections, &server.definition)?,
            SharedBy::Person { .. } => files::complete(connections, &server.definition)?,
        };
        shared.permit(app, &files)?;
        Ok(files)
    }

    async fn log_in(
        self,
        files: &Completed,
        observer: Observer<'_>,
        mut tracked: Tracked,
        pending: &mut Pending,
    ) -> ApiResult<Connection> {
        let Self { app, person, server, database, purpose } = self;
        let definition = &server.definition;
        let template_user = username::resolve(&definition.username, &person.contents.claims)
            .map_err(|error| ApiError::new(Code::UsernameUnresolved, sentence(&error.to_string())))?;
        let vouchers = saved::supply(app, person, server, &template_user).await?;
        let target = Target {
            host: definition.host.clone(),
            port: Some(definition.port),
            user: template_user.clone(),
            database: database.to_owned(),
        };
        let source = credential::source(app.commands(), definition)?;
        let asking = Asking { app, person, server, files, source, target };
        let mut retried = false;
        loop {
            let login = asking.login().await?;
            let user = login.obtained.credential.username.clone().unwrap_or_else(|| template_user.clone());
            pending.update(|event| login.note(&user, event));
            observer(Passed { step: ConnectionStep::Credential, detail: login.describe(&user) });
            if user.is_empty() {
                return Err(ApiError::new(
                    Code::UsernameUnresolved,
                    "The credential's source does not say whom to log in as. Fill in the server's username.",
                )
                .at_step(ConnectionStep::Credential));
            }
            let mut options = options(definition, database, &user, called(person), purpose)?;
            let Way { tunnel, typed } = asking.way().await?;
            options.tunnel = tunnel;
            if let Some(vouchers) = &vouchers {
                options.ssl.root = vouchers.among(&options.ssl.root);
            }
            if !may_write(person) {
                make_read_only(&mut options);
            }
            let result = howdah_pg::connect(&options, login.authentication.clone(), &mut |event| {
                if let Some(passed) = passed(event) {
                    observer(passed);
                }
            })
            .await;
            let error = match result {
                Ok(session) => {
                    tracked.keep_good(app.broker().hold(&login.obtained));
                    tracked.state().idles();
                    let ends_itself = matches!(asking.source, SourceConfig::Vault(_));
                    let mut connection = self.greet(session, &login, tracked, observer).await?;
                    pending.update(|event| note_connection(&connection, definition, event));
                    connection.account_ended = ends_itself.then(|| account_ended(app, login.obtained));
                    return Ok(connection);
                }
                Err(error) => error,
            };
            self.note_refused(&error, &user, &login, typed.as_ref()).await;
            let is_refused = error.server().is_some_and(|refusal| refusal::doubts_secret(refusal, &asking.source));
            if is_refused && !retried && app.broker().reject(&login.obtained) {
                retried = true;
                continue;
            }
            let (source, is_from_file) = (&asking.source, login.is_from_file);
            let at = Refused { server, user: &user, database, source, is_from_file, retried };
            let problem = refusal::problem(&error, &at);
            if vouchers.is_some() && problem.code() == Code::DatabaseTlsFailed {
                return Err(saved::not_vouched_for(server, &user));
            }
            return Err(problem);
        }
    }

    /// Drops or marks the typed and saved secrets that somebody on the way did not take.
    async fn note_refused(&self, error: &ConnectError, user: &str, login: &Login, typed: Option<&Obtained>) {
        let Self { app, person, server, .. } = self;
        if let (ConnectError::Tunnel(reason), Some(typed)) = (error.decisive(), typed)
            && tunnel::doubts_secret(reason)
        {
            let refused = &typed.credential.presentation;
            saved::note_refused(app, person, server, user, SecretKind::Tunnel, refused).await;
            // It is not kept: the next connection asks for another.
            let _ = app.broker().reject(typed);
        }
        if error.server().is_some_and(|refusal| refusal.code == saved::WRONG_PASSWORD) {
            let refused = &login.obtained.credential.presentation;
            saved::note_refused(app, person, server, user, SecretKind::Database, refused).await;
        }
    }

    /// Makes a session what the definition wants of it.
    async fn greet(
        &self,
        mut session: Session,
        login: &Login,
        tracked: Tracked,
        observer: Observer<'_>,
    ) -> ApiResult<Connection> {
        let Self { server, database, .. } = *self;
        let definition = &server.definition;
        let user = session.parameter("session_authorization").unwrap_or_default().to_owned();
        if let Some(role) = &definition.role {
            let statement = format!("SET ROLE {}", quote::identifier(role));
            session.query(&statement, &[]).await.map_err(|error| refusal::of_role(error.server(), role, &user))?;
        }
        let role = definition.role.as_ref();
        let detail = role.map_or_else(|| "No other role to become".to_owned(), |role| format!("Acting as {role}"));
        observer(Passed { step: ConnectionStep::Role, detail });
        if let Some(sql) = &definition.post_connection_sql {
            let count = post_connection::run(&mut session, sql).await?;
            observer(Passed { step: ConnectionStep::PostConnectionSql, detail: format!("Statements run: {count}") });
            if self.purpose == Purpose::Catalogue {
                settle(&mut session).await?;
            }
        }
        // Behind what the server's definition has run, which is its owner's to decide.
        let writes = if !may_write(self.person) {
            WriteAccess::Forbidden
        } else if definition.read_only && self.purpose == Purpose::Query {
            WriteAccess::Locked
        } else {
            WriteAccess::Allowed
        };
        if writes != WriteAccess::Allowed {
            session.forbid_writes();
        }
        let server_version = session.server_version().to_owned();
        observer(Passed { step: ConnectionStep::Version, detail: format!("PostgreSQL {server_version}") });
        let credential = login.status(tracked.standing().as_ref());
        let mut greeting = Greeting {
            session_user: user.clone(),
            database: database.to_owned(),
            server_version,
            backend_pid: session.backend_pid(),
            tls: session.tls().map(|tls| format!("{}, {}", tls.version, tls.cipher)),
            credential: credential.clone(),
            read_only: definition.read_only || writes != WriteAccess::Allowed,
            writes,
            standard_strings: true,
            default_read_only: None,
            standby: None,
            search_path: None,
        };
        greeting.note_reported(&session);
        if role.is_some() {
            // Of somebody who acts as another role the page cannot tell who `$user` is.
            greeting.search_path = None;
        }
        tracked.note_role(&user);
        tracing::info!(server.id = %server.id, database, role = user, source = credential.source, "connected to {}:{} as {user}", definition.host, definition.port);
        Ok(Connection { session, greeting, user, credential, tracked, account_ended: None })
    }
}

/// Writes down as whom a connection is, and what it became.
fn note_connection(connection: &Connection, definition: &ServerDefinition, event: &mut Event) {
    event.role = Some(connection.user.clone());
    if let Action::Connect(connect) = &mut event.action {
        connect.backend_pid = Some(connection.session.backend_pid());
        connect.acting_as.clone_from(&definition.role);
    }
}

/// Has the next connection get another account. Whether to try again is up to the person.
fn account_ended(app: &App, obtained: Obtained) -> AccountEnded {
    let app = app.clone();
    Box::new(move || {
        let _ = app.broker().reject(&obtained);
    })
}

/// Makes a session one that reads the catalogue.
async fn settle(session: &mut Session) -> ApiResult<()> {
    for (name, value) in CATALOGUE_SETTINGS {
        session.query("select pg_catalog.set_config($1, $2, false)", &[Some(name), Some(value)]).await.map_err(
            |error| {
                let problem = ApiError::new(
                    Code::DatabaseUnreachable,
                    "After the post-connection SQL the session cannot be used to read the catalogue.",
                );
                match error.server() {
                    Some(refusal) => problem.with_database(refusal),
                    None => problem,
                }
                .at_step(ConnectionStep::PostConnectionSql)
            },
        )?;
    }
    Ok(())
}

/// The options of a connection from a server's definition.
///
/// # Errors
///
/// 422 with the connection parameter that cannot be followed.
pub fn options(
    definition: &ServerDefinition,
    database: &str,
    user: &str,
    person: &str,
    purpose: Purpose,
) -> ApiResult<ConnectOptions> {
    let mut keywords: BTreeMap<String, String> = definition
        .connection_parameters
        .iter()
        .map(|(keyword, value)| (keyword.to_owned(), value.to_owned()))
        .collect();
    for keyword in ["host", "port", "dbname", "user", "password"] {
        // A list of ports goes with a list of hosts; the field takes a single one.
        let is_list = keyword == "port" && keywords.get(keyword).is_some_and(|ports| ports.contains(','));
        if keywords.contains_key(keyword) && !is_list {
            return Err(ApiError::invalid(
                format!("connection_parameters.{keyword}"),
                format!(
                    "`{keyword}` has a field of its own in the server's definition. Take it out of the connection parameters."
                ),
            ));
        }
    }
    if keywords.get("passfile").is_some_and(|value| !value.is_empty()) {
        return Err(ApiError::invalid(
            "connection_parameters.passfile",
            "Paths of files on Howdah's machine are not taken from the browser. Whoever runs Howdah names the password file (connections.password_file).",
        ));
    }
    for keyword in ["sslcert", "sslkey", "sslrootcert", "sslcrl"] {
        let is_path = keywords
            .get(keyword)
            .is_some_and(|value| !value.is_empty() && value != "system" && !value.contains("-----BEGIN"));
        if is_path {
            return Err(ApiError::invalid(
                format!("connection_parameters.{keyword}"),
                "Give the certificate or key itself, as PEM text. Paths of files on Howdah's machine are not taken from the browser.",
            ));
        }
    }
    for keyword in ["sslcert", "sslrootcert", "sslcrl"] {
        if keywords.get(keyword).is_some_and(|value| value.contains("PRIVATE KEY-----")) {
            return Err(ApiError::invalid(
                format!("connection_parameters.{keyword}"),
                "A private key stands in here. Put it in sslkey, where it is kept secret.",
            ));
        }
    }
    keywords.insert("host".to_owned(), definition.host.clone());
    keywords.entry("port".to_owned()).or_insert_with(|| definition.port.to_string());
    keywords.insert("dbname".to_owned(), database.to_owned());
    keywords.insert("user".to_owned(), user.to_owned());
    keywords.entry("application_name".to_owned()).or_insert_with(|| application_name(purpose, person));
    let mut options = ConnectOptions::from_keywords(&keywords).map_err(|error| {
        ApiError::invalid(format!("connection_parameters.{}", error.keyword), sentence(&error.problem))
    })?;
    let mut set = |name: &str, value: &str| options.parameters.push((name.to_owned(), value.to_owned()));
    match purpose {
        // The post-connection SQL comes first where there is some, so that it finds what it finds in a query tab.
        Purpose::Catalogue if definition.post_connection_sql.is_none() => {
            for (name, value) in CATALOGUE_SETTINGS {
                set(name, value);
            }
        }
        _ if definition.read_only => set("default_transaction_read_only", "on"),
        _ => {}
    }
    Ok(options)
}

/// For those who may not write: what PostgreSQL shows agrees with what it does.
fn make_read_only(options: &mut ConnectOptions) {
    let name = "default_transaction_read_only";
    options.parameters.retain(|(parameter, _)| parameter != name);
    options.parameters.push((name.to_owned(), "on".to_owned()));
}

/// What the person is called in `pg_stat_activity`.
fn called(person: &SignedIn) -> &str {
    person.account.email.as_deref().unwrap_or(&person.account.username)
}

/// Names what the connection is for and whose it is, in as much as PostgreSQL keeps: 63 bytes of ASCII.
fn application_name(purpose: Purpose, person: &str) -> String {
    let what = match purpose {
        Purpose::Query => "Howdah",
        Purpose::Catalogue => "Howdah explorer",
        Purpose::Export => "Howdah download",
    };
    let room = MAX_APPLICATION_NAME - what.len() - " ()".len();
    let printable = |character: char| if matches!(character, ' '..='~') { character } else { '?' };
    let person: String = person.chars().map(printable).take(room).collect();
    if person.is_empty() { what.to_owned() } else { format!("{what} ({person})") }
}

fn passed(event: ConnectEvent) -> Option<Passed> {
    let (step, detail) = match event {
        ConnectEvent::Resolved { addresses } => {
            let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
            (ConnectionStep::Dns, list.join(", "))
        }
        ConnectEvent::Tunnel { host_key } => {
            (ConnectionStep::Tunnel, format!("The SSH server's key is {}", host_key.fingerprint()))
        }
        ConnectEvent::Connected { address } => (ConnectionStep::Tcp, format!("{address} answers")),
        ConnectEvent::Tls(tls) => (ConnectionStep::Tls, describe_tls(&tls)),
        ConnectEvent::Plain => (ConnectionStep::Tls, "The connection is not encrypted".to_owned()),
        ConnectEvent::Authenticated { method, .. } => {
            (ConnectionStep::Authentication, format!("Accepted by {}", method.name()))
        }
        ConnectEvent::Retrying { .. } => return None,
    };
    Some(Passed { step, detail })
}

fn describe_tls(tls: &TlsInfo) -> String {
    let verified = match tls.verification {
        CertificateVerification::Nothing => "certificate not verified",
        CertificateVerification::Chain => "certificate verified, host name not",
        CertificateVerification::ChainAndName => "verified",
    };
    let until = OffsetDateTime::from(tls.not_after).date();
    format!("{}, {verified}. {} by {}, until {until}", tls.version, tls.subject, tls.issuer)
}

/// Times the steps of a connection attempt.
pub struct Stopwatch {
    last: Instant,
}

impl Stopwatch {
    /// Starts.
    #[must_use]
    pub fn start() -> Self {
        Self { last: Instant::now() }
    }

    /// Milliseconds since the last call.
    pub fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let lap = now.duration_since(self.last);
        self.last = now;
        lap.as_secs_f64() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Purpose, application_name};

    #[test]
    fn connections_name_whose_they_are() {
        let long = format!("{}@example.com", "a".repeat(80));
        for (purpose, person, expected) in [
            (Purpose::Query, "ada@example.com", "Howdah (ada@example.com)".to_owned()),
            (Purpose::Catalogue, "ada@example.com", "Howdah explorer (ada@example.com)".to_owned()),
            (Purpose::Export, "zoë\n", "Howdah download (zo??)".to_owned()),
            (Purpose::Query, &long, format!("Howdah ({})", "a".repeat(54))),
            (Purpose::Query, "", "Howdah".to_owned()),
        ] {
            let name = application_name(purpose, person);
            assert_eq!(name, expected);
            assert!(name.len() <= 63 && name.is_ascii());
        }
    }
}
