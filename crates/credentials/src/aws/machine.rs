//! What the machine says about AWS: environment variables and files.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::SecretString;
use tokio::io::AsyncReadExt;

use super::files::SharedFiles;
use crate::request::Tools;

const MOST_FILE_BYTES: u64 = 1024 * 1024;

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
        let value = self.tools.variables.value(name)?.to_str()?.trim().to_owned();
        (!value.is_empty()).then_some(value)
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
        let mut texts = [String::new(), String::new()];
        for (text, (variable, name)) in
            texts.iter_mut().zip([("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")])
        {
            let path = self
                .variable(variable)
                .map(|path| self.expanded(&path))
                .or_else(|| self.aws_directory().map(|d| d.join(name)));
            if let Some(path) = path {
                *text = read_file(&path).await.unwrap_or_default();
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

/// # Errors
///
/// In words without the path, which people who use the server need not know.
pub(super) async fn read_file(path: &Path) -> Result<String, String> {
    let read = async {
        let file = tokio::fs::File::open(path).await?;
        let mut text = String::new();
        file.take(MOST_FILE_BYTES).read_to_string(&mut text).await?;
        Ok::<_, std::io::Error>(text)
    };
    read.await.map_err(|error| error.kind().to_string())
}
