//! What is shown at a login: by the credential's source, from a file, or typed; and before it to an SSH server.

use howdah_credentials::{CredentialError, Obtained, Presentation, ServerKey, SourceConfig, Standing, Target};
use howdah_pg::Authentication;
use howdah_pg::ssh::Tunnel;

use crate::app::App;
use crate::audit::{Action, Event, Secret};
use crate::credential;
use crate::error::ApiResult;
use crate::files::{self, Completed};
use crate::servers::Found;
use crate::session::SignedIn;
use crate::tunnel::{self, Means};
use crate::wire::CredentialStatus;

/// Who asks for the secrets of which server.
pub(super) struct Asking<'a> {
    pub(super) app: &'a App,
    pub(super) person: &'a SignedIn,
    pub(super) server: &'a Found,
    pub(super) files: &'a Completed,
    pub(super) source: SourceConfig,
    pub(super) target: Target,
}

/// What PostgreSQL is shown.
pub(super) struct Login {
    pub(super) obtained: Obtained,
    pub(super) authentication: Authentication,
    /// It is a password that stands in a file of the operator's, or of the person's own machine.
    pub(super) is_from_file: bool,
    label: String,
}

/// The way to PostgreSQL.
pub(super) struct Way {
    pub(super) tunnel: Option<Tunnel>,
    /// The person's password or passphrase for it, if they typed one.
    pub(super) typed: Option<Obtained>,
}

impl Asking<'_> {
    pub(super) async fn login(&self) -> ApiResult<Login> {
        let label = credential::label(&self.server.definition.credential);
        let error = match self.obtain(&ServerKey::new(self.server.id.as_str()), &self.source).await {
            Ok(obtained) => {
                let authentication = authentication(&obtained);
                return Ok(Login { obtained, authentication, is_from_file: false, label });
            }
            Err(error) => error,
        };
        if matches!(error, CredentialError::PasswordRequired)
            && let Some(authentication) = self.password_from_file()?
            && let Ok(obtained) = self.obtain(&ServerKey::new(self.server.id.as_str()), &SourceConfig::None).await
        {
            return Ok(Login { obtained, authentication, is_from_file: true, label: "Password file".to_owned() });
        }
        if let Some(output) = error.for_owner() {
            let (server, user) = (&self.server.id, &self.person.account.username);
            tracing::warn!(server.id = %server, user.name = user, output, "the credential command of server {server} failed: {error}");
        }
        Err(credential::problem(&error, self.server.is_owned))
    }

    async fn obtain(&self, key: &ServerKey, source: &SourceConfig) -> Result<Obtained, CredentialError> {
        self.app.broker().obtain(&self.person.person(), key, source, &self.target).await
    }

    /// A password of the service or the password file. It is the operator's to lend: whoever writes a definition could
    /// have it sent to a host of theirs.
    fn password_from_file(&self) -> ApiResult<Option<Authentication>> {
        let config = self.app.config();
        if !self.server.may_lend(&config.credentials, self.person) {
            return Ok(None);
        }
        if let Some(password) = &self.files.password {
            return Ok(Some(Authentication::Password(password.clone())));
        }
        Ok(files::passwords(&config.connections, self.files)?.map(Authentication::PassFile))
    }

    pub(super) async fn way(&self) -> ApiResult<Way> {
        let Some(definition) = &self.server.definition.tunnel else { return Ok(Way { tunnel: None, typed: None }) };
        // None: nothing was typed.
        let typed = self.obtain(&tunnel::secret_key(&self.server.id), &SourceConfig::Password).await.ok();
        let secret = typed.as_ref().and_then(|typed| match &typed.credential.presentation {
            Presentation::Password(secret) => Some(secret),
            _ => None,
        });
        let means = Means { agent: self.app.config().connections.ssh_agent.as_deref(), typed: secret };
        Ok(Way { tunnel: Some(tunnel::of(definition, &means)?), typed })
    }
}

impl Login {
    /// Writes down who logs in with what.
    pub(super) fn note(&self, user: &str, event: &mut Event) {
        event.role = Some(user.to_owned());
        if let Action::Connect(connect) = &mut event.action {
            (connect.identity, connect.secret) = (user.to_owned(), Secret::from(&*self.obtained.credential));
            if self.is_from_file {
                connect.secret.source = Some("password_file");
            }
        }
    }

    /// For the steps of a connection test.
    pub(super) fn describe(&self, user: &str) -> String {
        let label = &self.label;
        match self.obtained.credential.expires_at {
            Some(at) => {
                let left = at.duration_since(std::time::SystemTime::now()).unwrap_or_default();
                format!(
                    "{label}, for {user}, expires in {}",
                    humantime::format_duration(std::time::Duration::from_secs(left.as_secs()))
                )
            }
            None => format!("{label}, for {user}"),
        }
    }

    pub(super) fn status(&self, standing: Option<&Standing>) -> CredentialStatus {
        let status = credential::status(&self.obtained, standing, self.label.clone());
        if !self.is_from_file {
            return status;
        }
        CredentialStatus { source: "password".to_owned(), renewed_at: None, ..status }
    }
}

fn authentication(obtained: &Obtained) -> Authentication {
    match &obtained.credential.presentation {
        Presentation::None => Authentication::None,
        Presentation::Password(password) => Authentication::Password(password.clone()),
        Presentation::Token(token) => Authentication::TokenAsPassword(token.clone()),
        Presentation::OAuthBearer { token, issuer, .. } => {
            Authentication::OAuthBearer { token: token.clone(), issuer: issuer.clone() }
        }
    }
}
