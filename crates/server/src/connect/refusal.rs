//! What to say when a connection fails: what happened, to whom, by which secret, and what to do.

use howdah_credentials::SourceConfig;
use howdah_pg::{ConnectError, ConnectStep, ServerError, SessionError};

use crate::credential;
use crate::error::{ApiError, Code, chain, sentence};
use crate::remedy;
use crate::servers::Found;
use crate::tunnel;
use crate::wire::ConnectionStep;

/// SQLSTATE `invalid_catalog_name`.
const NO_SUCH_DATABASE: &str = "3D000";
/// SQLSTATE `undefined_object`.
const UNDEFINED_OBJECT: &str = "42704";
/// SQLSTATE `insufficient_privilege`.
const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// The class of refused logins.
const REFUSED_LOGIN: &str = "28";

/// Who was refused what.
pub(super) struct Refused<'a> {
    pub(super) server: &'a Found,
    pub(super) user: &'a str,
    pub(super) database: &'a str,
    pub(super) source: &'a SourceConfig,
    /// The password stands in a file.
    pub(super) is_from_file: bool,
    /// It was refused before, and fetched anew.
    pub(super) retried: bool,
}

/// Whether a refusal may be the secret's fault. A role that Vault made is gone when its lease is over.
pub(super) fn doubts_secret(refusal: &ServerError, source: &SourceConfig) -> bool {
    refusal.class() == REFUSED_LOGIN || (matches!(source, SourceConfig::Vault(_)) && refusal.code == UNDEFINED_OBJECT)
}

/// What a connection that fails is answered with.
pub(super) fn problem(error: &ConnectError, at: &Refused<'_>) -> ApiError {
    let target = format!("{}:{}", at.server.definition.host, at.server.definition.port);
    let step = match error.step() {
        ConnectStep::Dns => ConnectionStep::Dns,
        ConnectStep::Tunnel => ConnectionStep::Tunnel,
        ConnectStep::Tcp => ConnectionStep::Tcp,
        ConnectStep::Tls => ConnectionStep::Tls,
        ConnectStep::Authentication | ConnectStep::Startup => ConnectionStep::Authentication,
    };
    let problem = match error.decisive() {
        // So that the person can type another.
        ConnectError::Server { error: refusal, .. } if at.is_from_file && refusal.class() == REFUSED_LOGIN => {
            ApiError::new(
                Code::PasswordRequired,
                format!("PostgreSQL refused the password of {} in the password file. Type another, or have the file put right.", at.user),
            )
            .with_database(refusal)
        }
        ConnectError::Server { error: refusal, .. } if refusal.class() == REFUSED_LOGIN => {
            ApiError::new(Code::DatabaseLoginRefused, refusal_words(at))
                .with_database(refusal)
                .with_remedy(remedy::of_refusal(refusal, at.source, at.user))
        }
        ConnectError::Server { error: refusal, .. } if refusal.code == NO_SUCH_DATABASE => ApiError::new(
            Code::DatabaseNotFound,
            "There is no such database on this server, or it was dropped or renamed. Refresh the explorer.",
        )
        .with_database(refusal)
        .with_remedy(Some(remedy::of_database(at.database))),
        ConnectError::Server { error: refusal, .. } if refusal.code == INSUFFICIENT_PRIVILEGE => ApiError::new(
            Code::DatabaseUnreachable,
            format!("{} is known at {target}, but may not connect to the database {}.", at.user, at.database),
        )
        .with_database(refusal)
        .with_remedy(Some(remedy::of_privilege(at.database, at.user))),
        ConnectError::Server { error: refusal, .. } => ApiError::new(
            Code::DatabaseUnreachable,
            format!("PostgreSQL at {target} did not accept the connection. Its own words are below."),
        )
        .with_database(refusal),
        ConnectError::AuthenticationMismatch { .. } => ApiError::new(
            Code::AuthenticationMismatch,
            format!(
                "{}. Nothing was sent. Choose another credential source, or change pg_hba.conf.",
                sentence(&error.to_string()).trim_end_matches('.')
            ),
        ),
        ConnectError::PasswordRequired if at.is_from_file => {
            ApiError::new(Code::PasswordRequired, format!("The password file has no password of {} here. Type it.", at.user))
        }
        ConnectError::PasswordRequired => ApiError::new(
            Code::AuthenticationMismatch,
            format!(
                "PostgreSQL asks for a password of {}, and this server's credential gives none. Choose another credential source.",
                at.user
            ),
        ),
        ConnectError::Tunnel(error) => tunnel::problem(error, at.server.definition.tunnel.as_ref()),
        ConnectError::WrongServer { .. } => ApiError::new(
            Code::DatabaseUnreachable,
            format!(
                "{}. Change target_session_attrs, or name other hosts.",
                sentence(&error.to_string()).trim_end_matches('.')
            ),
        ),
        _ if step == ConnectionStep::Tls => ApiError::new(
            Code::DatabaseTlsFailed,
            format!("TLS with {target} failed: {}. Check sslmode and sslrootcert of this server.", chain(error)),
        ),
        _ => ApiError::new(
            Code::DatabaseUnreachable,
            format!(
                "{target} cannot be reached: {}. Check host, port and network, and whether PostgreSQL runs there.",
                chain(error)
            ),
        ),
    };
    problem.at_step(step)
}

fn refusal_words(at: &Refused<'_>) -> String {
    let user = at.user;
    match at.source {
        SourceConfig::Password => format!(
            "PostgreSQL refused the password of {user}. Type it again, or check that the role exists and may log in."
        ),
        SourceConfig::None => format!(
            "PostgreSQL refused {user} without a credential. Choose a credential source, or change pg_hba.conf."
        ),
        _ => {
            let label = credential::label(&at.server.definition.credential);
            let again = if at.retried { ", also with a secret fetched anew" } else { "" };
            format!("PostgreSQL refused {user} with the secret of {label}{again}. {}", advice(at.source))
        }
    }
}

/// What to look at when PostgreSQL refuses a secret of this source.
fn advice(source: &SourceConfig) -> &'static str {
    match source {
        SourceConfig::Entra(_) => {
            "Check that the role is named exactly as Entra ID names the user, the group or the application (a member of a group logs in with the group's name), and that it was made with pgaadauth_create_principal."
        }
        SourceConfig::AwsRds(_) => {
            "Check that the role has been granted rds_iam, that the IAM policy allows rds-db:connect for it, and that host and port are those of the instance."
        }
        SourceConfig::Gcp(_) => {
            "Check that the role is the e-mail address in lower case (of a service account without .gserviceaccount.com), was added as an IAM user, and may use cloudsql.instances.login."
        }
        SourceConfig::Vault(_) => {
            "Check the creation statements of the role in Vault, and that PostgreSQL accepts its passwords."
        }
        SourceConfig::SignedInUser(_) | SourceConfig::OAuth(_) => {
            "Check issuer, scope and map of the oauth line in pg_hba.conf, and that the role exists and may log in."
        }
        _ => "Check that the command gives a secret for this role, and that the role exists and may log in.",
    }
}

/// What a lost connection is answered with.
#[must_use]
pub fn lost_connection(error: &SessionError) -> ApiError {
    let problem = ApiError::new(
        Code::DatabaseUnreachable,
        format!("The connection to PostgreSQL was lost: {}. Run again to reconnect.", chain(error)),
    );
    match error.server() {
        Some(last_words) => problem.with_database(last_words),
        None => problem,
    }
}

/// What `SET ROLE` that fails is answered with. Without PostgreSQL's words the connection was lost.
pub(super) fn of_role(refusal: Option<&ServerError>, role: &str, user: &str) -> ApiError {
    let problem = match refusal {
        Some(refusal) => ApiError::new(
            Code::DatabaseLoginRefused,
            format!(
                "You are logged in as {user}, but may not become the role {role}. Ask for membership in it, or take the role out of the server's definition."
            ),
        )
        .with_database(refusal)
        .with_remedy(Some(remedy::of_role(refusal, role, user))),
        None => ApiError::new(
            Code::DatabaseUnreachable,
            "The connection was lost while the role was being set. Try again.",
        ),
    };
    problem.at_step(ConnectionStep::Role)
}
