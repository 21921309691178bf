//! The environment that commands see.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::identity::{Person, Target};

/// What every command gets of the process's environment, as `credentials.exec_environment` adds to.
const ALWAYS_PASSED: [&str; 4] = ["PATH", "HOME", "LANG", "TZ"];

/// How to reach the network, for the programs of clouds.
const NETWORK: [&str; 9] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Which of the process's variables a command gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Passed {
    /// The usual ones and these.
    Listed(Vec<String>),
    /// All but our own settings.
    Everything,
}

/// The environment of the process, as it was at start.
pub(crate) struct Variables(BTreeMap<OsString, OsString>);

impl Variables {
    /// Our own settings are left out at once: they hold secrets, and no command or argument may see them.
    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(variables.into_iter().filter(|(name, _)| !is_our_setting(&name.to_string_lossy())).collect())
    }

    /// A variable that says something, without blanks around it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.to_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// A variable of the process.
    pub(crate) fn value(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The environment of a program that a cloud's own files name: the usual variables and those of that cloud,
    /// and how to reach the network.
    pub(crate) fn for_cloud_tool(&self, prefix: &str) -> BTreeMap<OsString, OsString> {
        let is_passed = |name: &str| {
            ALWAYS_PASSED.contains(&name)
                || NETWORK.contains(&name)
                || name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty())
        };
        let passed = self.0.iter().filter(|(name, _)| is_passed(&name.to_string_lossy()));
        passed.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// What a program gets of the process's environment.
    pub(super) fn passed(&self, passed: &Passed) -> BTreeMap<OsString, OsString> {
        match passed {
            Passed::Everything => self.0.clone(),
            Passed::Listed(names) => ALWAYS_PASSED
                .into_iter()
                .chain(names.iter().map(String::as_str))
                .filter_map(|name| Some((name.into(), self.value(name)?.to_owned())))
                .collect(),
        }
    }

    /// The whole environment of one run.
    pub(super) fn for_command(
        &self,
        passed: &Passed,
        person: &Person,
        target: &Target,
    ) -> BTreeMap<OsString, OsString> {
        let mut environment = self.passed(passed);
        let port = target.port.map(|port| port.to_string()).unwrap_or_default();
        let ours = [
            ("PGHOST", target.host.as_str()),
            ("PGPORT", &port),
            ("PGUSER", &target.user),
            ("PGDATABASE", &target.database),
            ("HOWDAH_USER", person.username()),
        ];
        for (name, value) in ours {
            if value.is_empty() {
                environment.remove(OsStr::new(name));
            } else {
                environment.insert(name.into(), value.into());
            }
        }
        environment
    }
}

/// Whether a variable is a setting of Howdah.
pub(super) fn is_our_setting(name: &str) -> bool {
    name.to_ascii_uppercase().starts_with("HOWDAH_")
}
