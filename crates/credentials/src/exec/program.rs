//! Programs of the machine that Howdah runs for itself and not for a server: one that gives people's keys, and those that
//! talk to the keyring of a desktop.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::commands::listed;
use super::environment::Variables;
use super::{CommandError, process};
use crate::error::CredentialError;

/// Stands for the person's username in the arguments of a [`KeyCommand`].
const USERNAME: &str = "%u";
/// How long a [`KeyCommand`] may take.
const KEY_TIMEOUT: Duration = Duration::from_secs(30);

/// A program with its arguments. No shell runs it.
#[derive(Clone)]
pub struct Program {
    program: OsString,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether its exit code is 0.
    pub success: bool,
    /// What it printed, without blanks and line breaks around it.
    pub output: SecretString,
    /// The end of what it wrote to standard error, if anything.
    pub complaint: Option<String>,
}

impl Program {
    /// A program in this environment, less our own settings.
    pub fn new(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: Variables::new(environment).passed(&super::Passed::Everything),
        }
    }

    /// Runs it with `input` (some kilobytes at most) as its standard input. Its whole process group is killed when it
    /// takes longer than `limit`, prints more than 128 KiB, or this future is dropped.
    ///
    /// # Errors
    ///
    /// When it cannot be started, takes too long, or prints too much or no UTF-8.
    pub async fn run(&self, input: Option<&SecretString>, limit: Duration) -> Result<Ended, CredentialError> {
        let input = input.map(|input| input.expose_secret().as_bytes());
        let environment = self.environment.clone();
        let finished = process::run_with(&self.program, &self.arguments, environment, input, limit).await?;
        let output = std::str::from_utf8(&finished.stdout)
            .map_err(|_| CredentialError::failed("the command printed something that is not UTF-8 text"))?;
        Ok(Ended {
            success: finished.status.success(),
            output: SecretString::from(output.trim()),
            complaint: finished.stderr,
        })
    }
}

/// A program of the operator's that prints the key of a person (`secrets.master_password_hook`).
#[derive(Clone)]
pub struct KeyCommand {
    program: String,
    arguments: Vec<String>,
    environment: BTreeMap<OsString, OsString>,
}

impl KeyCommand {
    /// From program and arguments, in which `%u` stands for the person's username. It gets the variables of
    /// `environment` that every command gets, and those that `passed` names.
    ///
    /// # Errors
    ///
    /// When there is no program, the program itself holds `%u`, or a variable may not be passed.
    pub fn new(
        argv: Vec<String>,
        passed: Vec<String>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, CommandError> {
        let mut words = argv.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or(CommandError::Empty)?;
        // A username must not choose which program runs.
        if program.contains(USERNAME) {
            return Err(CommandError::PlaceholderInProgram);
        }
        let environment = Variables::new(environment).passed(&listed(passed)?);
        Ok(Self { program, arguments: words.collect(), environment })
    }

    /// Runs it for a person. What it prints, trimmed, is their key.
    ///
    /// # Errors
    ///
    /// When it cannot be started, fails, takes longer than half a minute, or prints nothing. What it wrote to standard
    /// error is for the log alone.
    pub async fn run(&self, username: &str) -> Result<SecretString, CredentialError> {
        if username.contains('\0') {
            return Err(CredentialError::failed("the username holds a zero byte, which no argument can"));
        }
        // In one pass: what is put in is not looked at again.
        let arguments = self.arguments.iter().map(|argument| argument.replace(USERNAME, username));
        let mut environment = self.environment.clone();
        environment.insert("HOWDAH_USER".into(), username.into());
        let program =
            Program { program: (&self.program).into(), arguments: arguments.map(Into::into).collect(), environment };
        let ended = program.run(None, KEY_TIMEOUT).await?;
        if !ended.success {
            return Err(CredentialError::failed("the command failed").with_owner_text(ended.complaint));
        }
        if ended.output.expose_secret().is_empty() {
            return Err(CredentialError::failed("the command printed nothing").with_owner_text(ended.complaint));
        }
        Ok(ended.output)
    }
}

/// Arguments may hold what is nobody else's business.
impl fmt::Debug for KeyCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyCommand").field("arguments", &self.arguments.len()).finish_non_exhaustive()
    }
}

/// As [`KeyCommand`]'s.
impl fmt::Debug for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Program").field("arguments", &self.arguments.len()).finish_non_exhaustive()
    }
}
