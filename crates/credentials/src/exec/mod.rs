//! The source `exec`: a command prints the secret.

mod arguments;
mod commands;
mod environment;
mod output;
mod process;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use self::commands::{CommandError, Commands};
pub(crate) use self::environment::Variables;
pub(crate) use self::output::{Printed, earlier};

use self::environment::Passed;
use crate::error::CredentialError;
use crate::identity::{Person, Target};

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

/// Runs the command once. Dropping the future kills the command's process group.
pub(crate) async fn fetch(
    config: &ExecConfig,
    variables: &Variables,
    person: &Person,
    target: &Target,
    clock: &(dyn Fn() -> SystemTime + Send + Sync),
) -> Result<Printed, CredentialError> {
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
    output::read(&finished.stdout, clock())
        .map_err(|reason| CredentialError::failed(reason).with_owner_text(finished.stderr))
}
