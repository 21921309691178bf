//! The files that AWS's tools share: `~/.aws/config` and `~/.aws/credentials`.
//!
//! The format is described in the AWS SDKs and Tools Reference Guide, "Shared config and credentials files".

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

/// What both files say, by profile and by SSO session. Any value may be a secret.
#[derive(Default)]
pub(super) struct SharedFiles {
    profiles: BTreeMap<String, Section>,
    sso_sessions: BTreeMap<String, Section>,
}

/// The settings of one profile.
#[derive(Clone, Default)]
pub(super) struct Section(BTreeMap<String, SecretString>);

impl Section {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.expose_secret()).filter(|value| !value.is_empty())
    }
}

impl SharedFiles {
    pub(super) fn parse(config: &str, credentials: &str) -> Self {
        let mut files = Self::default();
        for (heading, name, value) in settings(config) {
            let section = match heading.split_once(char::is_whitespace).map(|(kind, name)| (kind, unquoted(name))) {
                Some(("profile", profile)) => files.profiles.entry(profile.to_owned()).or_default(),
                Some(("sso-session", session)) => files.sso_sessions.entry(session.to_owned()).or_default(),
                None if heading == "default" => files.profiles.entry(heading.to_owned()).or_default(),
                _ => continue,
            };
            section.0.insert(name, value);
        }
        // Where both files say something about a profile, the credentials file counts.
        for (heading, name, value) in settings(credentials) {
            files.profiles.entry(heading.to_owned()).or_default().0.insert(name, value);
        }
        files
    }

    pub(super) fn profile(&self, name: &str) -> Option<&Section> {
        self.profiles.get(name)
    }

    pub(super) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.sso_sessions.get(name)
    }
}

/// Each setting with the heading that it stands under.
fn settings(text: &str) -> impl Iterator<Item = (&str, String, SecretString)> {
    let mut heading = "";
    text.lines().filter_map(move |line| {
        // An indented line goes on with the setting above it; none of ours has more than one line.
        if line.starts_with([' ', '\t', '#', ';']) {
            return None;
        }
        if let Some(rest) = line.strip_prefix('[') {
            heading = rest.split(']').next().unwrap_or_default().trim();
            return None;
        }
        let (name, value) = line.split_once('=')?;
        Some((heading, name.trim().to_ascii_lowercase(), without_comment(value).into()))
    })
}

/// A comment begins with a blank before its sign: a secret may hold the sign itself.
fn without_comment(value: &str) -> &str {
    let ends = [" #", " ;", "\t#", "\t;"].iter().filter_map(|sign| value.find(sign));
    value[..ends.min().unwrap_or(value.len())].trim()
}

fn unquoted(name: &str) -> &str {
    name.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
# a comment
[default]
region = eu-central-1   ; inline
aws_secret_access_key = from-config
s3 =
  region = us-east-1
[profile \"big one\"]
Role_Arn=arn:aws:iam::1:role/x#y
[sso-session corp]
sso_region = eu-west-1
[services other]
region = nowhere
[profile empty]
region =
";
    const CREDENTIALS: &str = "\
[default]
aws_secret_access_key = from/credentials+=#not-a-comment
[plain]
aws_access_key_id = AKIDPLAIN
";

    #[test]
    fn both_files_are_read_as_aws_tools_read_them() {
        let files = SharedFiles::parse(CONFIG, CREDENTIALS);
        let check = |profile, name, expected| {
            assert_eq!(files.profile(profile).and_then(|section| section.value(name)), expected, "{profile} {name}");
        };
        check("default", "region", Some("eu-central-1"));
        check("default", "aws_secret_access_key", Some("from/credentials+=#not-a-comment"));
        check("big one", "role_arn", Some("arn:aws:iam::1:role/x#y"));
        check("plain", "aws_access_key_id", Some("AKIDPLAIN"));
        check("empty", "region", None);
        check("other", "region", None);
        check("services other", "region", None);
        assert_eq!(files.sso_session("corp").and_then(|section| section.value("sso_region")), Some("eu-west-1"));
    }
}
