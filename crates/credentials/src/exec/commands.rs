//! Which commands may run: the operator's by name, a person's own text where that is allowed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::holds_placeholder;
use super::environment::{Passed, is_our_setting};
use super::{Author, ExecConfig, Expiration};
use crate::source::SourceConfig;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);

/// What the operator says about commands. Turns a server's `exec` setting into a source that may run.
#[derive(Clone, Debug)]
pub struct Commands {
    free_text: Option<Author>,
    passed: Arc<Passed>,
    named: BTreeMap<String, ExecConfig>,
}

impl Commands {
    /// For a shared server. `allow_free_text` is `credentials.allow_exec`, `environment` names the variables that
    /// commands get beside the usual ones (`credentials.exec_environment`).
    ///
    /// # Errors
    ///
    /// [`CommandError::Environment`] when a name is a setting of our own or no name at all.
    pub fn serve(allow_free_text: bool, environment: Vec<String>) -> Result<Self, CommandError> {
        Ok(Self {
            free_text: allow_free_text.then_some(Author::Guest),
            passed: Arc::new(listed(environment)?),
            named: BTreeMap::new(),
        })
    }

    /// For one person on their own machine: every command is theirs, and it runs in their own environment.
    pub fn desktop() -> Self {
        Self { free_text: Some(Author::Owner), passed: Arc::new(Passed::Everything), named: BTreeMap::new() }
    }

    /// Offers a command by name (`[[credentials.command]]`).
    ///
    /// # Errors
    ///
    /// When the name is taken, `argv` has no program, or the timeout is out of bounds.
    pub fn offer(
        &mut self,
        name: &str,
        argv: Vec<String>,
        expiration: Expiration,
        timeout: Option<Duration>,
    ) -> Result<(), CommandError> {
        if self.named.contains_key(name) {
            return Err(CommandError::Duplicate(name.to_owned()));
        }
        let config = self.config(argv, Author::Owner, expiration, timeout)?;
        self.named.insert(name.to_owned(), config);
        Ok(())
    }

    /// The names on offer, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// A command that the operator offers. What is `None` is as the operator set it.
    ///
    /// # Errors
    ///
    /// When there is no such name, or the timeout is out of bounds.
    pub fn named(
        &self,
        name: &str,
        expiration: Option<Expiration>,
        timeout: Option<Duration>,
    ) -> Result<SourceConfig, CommandError> {
        let mut config = self.named.get(name).ok_or_else(|| CommandError::UnknownName(name.to_owned()))?.clone();
        if let Some(expiration) = expiration {
            config.expiration = expiration;
        }
        if timeout.is_some() {
            config.timeout = check_timeout(timeout)?;
        }
        Ok(SourceConfig::Exec(config))
    }

    /// A command that a person wrote as one line. It is split as a shell would, and no shell runs it.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotAllowed`] where the operator has not allowed it; otherwise when the text is no command.
    pub fn free_text(
        &self,
        command: &str,
        expiration: Expiration,
        timeout: Option<Duration>,
    ) -> Result<SourceConfig, CommandError> {
        let author = self.free_text.ok_or(CommandError::NotAllowed)?;
        let argv = shell_words::split(command).map_err(|_| CommandError::Quotes)?;
        self.config(argv, author, expiration, timeout).map(SourceConfig::Exec)
    }

    fn config(
        &self,
        argv: Vec<String>,
        author: Author,
        expiration: Expiration,
        timeout: Option<Duration>,
    ) -> Result<ExecConfig, CommandError> {
        let mut words = argv.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or(CommandError::Empty)?;
        // A host or user name must not choose which program runs.
        if holds_placeholder(&program) {
            return Err(CommandError::PlaceholderInProgram);
        }
        Ok(ExecConfig {
            program,
            arguments: words.collect(),
            author,
            passed: Arc::clone(&self.passed),
            expiration,
            timeout: check_timeout(timeout)?,
        })
    }
}

/// Why a command cannot be a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// A person's own command on a server that does not allow them.
    #[error("commands of one's own are not allowed on this server: choose one that it offers by name")]
    NotAllowed,
    /// No command is on offer under this name.
    #[error("no command is called `{0}`")]
    UnknownName(String),
    /// Two commands with one name.
    #[error("another command is already called `{0}`")]
    Duplicate(String),
    /// No program.
    #[error("the command is empty")]
    Empty,
    /// A quote that is not closed.
    #[error("a quote in the command is not closed")]
    Quotes,
    /// `%HOSTNAME%` and the like in place of the program.
    #[error("the program itself cannot hold a placeholder")]
    PlaceholderInProgram,
    /// A variable that commands must not get.
    #[error("the environment variable `{0}` cannot be passed to commands")]
    Environment(String),
    /// A timeout of nothing, or of more than an hour.
    #[error("the timeout must be between 1 and {} seconds", LONGEST_TIMEOUT.as_secs())]
    Timeout,
}

impl CommandError {
    /// The API's stable code, where this has one of its own.
    pub fn code(&self) -> Option<&'static str> {
        matches!(self, Self::NotAllowed).then_some("exec_not_allowed")
    }
}

/// The variables that a command gets beside the usual ones.
pub(super) fn listed(environment: Vec<String>) -> Result<Passed, CommandError> {
    let is_refused = |name: &&String| name.is_empty() || name.contains(['=', '\0']) || is_our_setting(name);
    match environment.iter().find(is_refused) {
        Some(name) => Err(CommandError::Environment(name.clone())),
        None => Ok(Passed::Listed(environment)),
    }
}

fn check_timeout(timeout: Option<Duration>) -> Result<Duration, CommandError> {
    let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT);
    if timeout.is_zero() || timeout > LONGEST_TIMEOUT { Err(CommandError::Timeout) } else { Ok(timeout) }
}
