//! What the machine says about AWS: environment variables and files.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::files::SharedFiles;
use crate::file;
use crate::request::Tools;

/// The surroundings in which keys are looked for.
#[derive(Clone, Copy)]
pub(super) struct Machine<'a> {
    pub(super) tools: &'a Tools,
}

impl Machine<'_> {
    pub(super) fn now(&self) -> SystemTime {
        (self.tools.clock)()
    }

    /// A variable that is set to something.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.tools.variables.text(name).map(str::to_owned)
    }

    pub(super) fn secret_variable(&self, name: &str) -> Option<SecretString> {
        self.variable(name).map(SecretString::from)
    }

    /// The profile that counts where none is asked for.
    pub(super) fn default_profile(&self) -> String {
        self.variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned())
    }

    /// The shared files; those that are missing say nothing.
    pub(super) async fn shared_files(&self) -> SharedFiles {
        let mut texts = [Zeroizing::default(), Zeroizing::default()];
        for (text, (variable, name)) in
            texts.iter_mut().zip([("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")])
        {
            let path = self
                .variable(variable)
                .map(|path| self.expanded(&path))
                .or_else(|| self.aws_directory().map(|d| d.join(name)));
            if let Some(path) = path {
                *text = file::read(&path).await.unwrap_or_default();
            }
        }
        SharedFiles::parse(&texts[0], &texts[1])
    }

    /// `~/.aws`.
    pub(super) fn aws_directory(&self) -> Option<PathBuf> {
        self.variable("HOME").map(|home| Path::new(&home).join(".aws"))
    }

    /// A path as AWS's tools read it: `~/` is the home directory.
    pub(super) fn expanded(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.variable("HOME")) {
            (Some(rest), Some(home)) => Path::new(&home).join(rest),
            _ => PathBuf::from(path),
        }
    }
}
