//! The source `exec`: a command prints the secret.

mod arguments;
mod commands;
mod environment;
mod output;
mod process;
mod program;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::commands::{CommandError, Commands};
pub(crate) use self::environment::Variables;
pub(crate) use self::output::{Printed, read as read_printed};
pub(crate) use self::process::run as run_program;
pub use self::program::{Ended, KeyCommand, Program};

use self::environment::Passed;
use crate::credential::Presentation;
use crate::error::CredentialError;
use crate::moment::earlier;
use crate::request::Request;
use crate::source::{By, Fetched, Outcome, Share, Source, Whose};

/// How long what a command printed is kept, unless the output itself says that it ends sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expiration {
    /// While the process lives.
    Never,
    /// Not at all: the command runs for every new connection.
    EveryConnection,
    /// For this long.
    After(Duration),
}

impl Expiration {
    /// From the contract's `expiration_seconds`: absent, 0, or a number of seconds.
    pub fn from_secs(seconds: Option<u64>) -> Self {
        match seconds {
            None => Self::Never,
            Some(0) => Self::EveryConnection,
            Some(seconds) => Self::After(Duration::from_secs(seconds)),
        }
    }
}

/// A command that is ready to run. Only [`Commands`] makes one, because it knows what is allowed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExecConfig {
    program: String,
    arguments: Vec<String>,
    author: Author,
    passed: Arc<Passed>,
    expiration: Expiration,
    timeout: Duration,
}

/// Whose text the command is: `~` and `$NAME` mean something only to people who own the process's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Author {
    /// The operator in the config file, or the person at their own machine.
    Owner,
    /// A person in the browser of a shared server.
    Guest,
}

impl ExecConfig {
    /// How long the output is kept.
    pub fn expiration(&self) -> Expiration {
        self.expiration
    }
}

/// Arguments may hold what is nobody else's business.
impl fmt::Debug for ExecConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ExecConfig")
            .field("arguments", &self.arguments.len())
            .field("expiration", &self.expiration)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for ExecConfig {
    fn share(&self) -> Share {
        let by = match self.expiration {
            Expiration::EveryConnection => By::Connection,
            Expiration::Never | Expiration::After(_) => By::ServerAndLogin,
        };
        Share { whose: Whose::Person, by }
    }

    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError> {
        let printed = run(self, request).await?;
        let configured = match self.expiration {
            Expiration::Never | Expiration::EveryConnection => None,
            Expiration::After(life) => request.now().checked_add(life),
        };
        Ok(Outcome::Credential(Fetched {
            username: printed.username,
            expires_at: earlier(printed.expires_at, configured),
            ..Fetched::new(Presentation::Password(printed.secret))
        }))
    }
}

/// Runs the command once. Dropping the future kills the command's process group.
async fn run(config: &ExecConfig, request: &Request) -> Result<Printed, CredentialError> {
    let (person, target, variables) = (&request.person, &request.target, &request.tools.variables);
    let program = arguments::fill_program(&config.program, config.author, variables)?;
    let arguments = config
        .arguments
        .iter()
        .map(|argument| arguments::fill(argument, config.author, variables, target))
        .collect::<Result<Vec<_>, _>>()?;
    let environment = variables.for_command(&config.passed, person, target);

    let finished = process::run(&program, &arguments, environment, config.timeout).await?;
    if let Some(text) = &finished.stderr {
        tracing::debug!(user = person.username(), stderr = text, "a credential command wrote to standard error");
    }
    if !finished.status.success() {
        let reason = format!("the command failed: {}", finished.status);
        return Err(CredentialError::failed(reason).with_owner_text(finished.stderr));
    }
    output::read(&finished.stdout, request.now())
        .map_err(|reason| CredentialError::failed(reason).with_owner_text(finished.stderr))
}
