//! The command that gives a person's key: what a username can do in it, which is nothing. Case numbers are those of
//! docs/conformance.md.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use howdah_credentials::{CommandError, KeyCommand};
use secrecy::ExposeSecret;

/// Prints how many arguments there are, and the first.
const TELL: &str = "#!/bin/sh\nprintf '%s|%s' $# \"$1\"\n";

fn script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

fn command(argv: &[&str]) -> KeyCommand {
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    KeyCommand::new(argv, Vec::new(), std::env::vars_os()).unwrap()
}

#[tokio::test]
async fn case_97_to_103_a_username_is_one_argument_whatever_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("hook");
    script(&program, TELL);
    let hook = command(&[program.to_str().unwrap(), "%u"]);
    for username in ["ada; id", "$(id)", "`id`", "ada | id", "ada && id", "ada\nid", "ada lovelace", "%u", "-n"] {
        let key = hook.run(username).await.unwrap();
        assert_eq!(key.expose_secret(), format!("1|{username}"));
    }
    assert!(hook.run("a\0b").await.is_err());
}

#[tokio::test]
async fn case_104_to_106_a_program_s_path_is_taken_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["with spaces", r"C:\Program Files\hook.exe", r"C:\hook.exe"] {
        let program = folder.path().join(name);
        script(&program, TELL);
        assert_eq!(command(&[program.to_str().unwrap(), "%u"]).run("ada").await.unwrap().expose_secret(), "1|ada");
    }
}

#[tokio::test]
async fn case_107_a_username_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("marker");
    let username = format!("x; touch {0} $(touch {0}) `touch {0}`", marker.display());
    assert_eq!(command(&["echo", "%u"]).run(&username).await.unwrap().expose_secret(), username);
    assert!(!marker.exists());
}

#[tokio::test]
async fn what_gives_no_key_is_an_error_without_its_words() {
    for script in ["echo planted >&2; exit 3", "true", "printf '\\377'"] {
        let error = command(&["/bin/sh", "-c", script]).run("ada").await.unwrap_err();
        assert!(!error.to_string().contains("planted") && error.code() == "credential_failed", "{error}");
    }
    let refused = |argv: &[&str]| {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        KeyCommand::new(argv, Vec::new(), std::env::vars_os()).unwrap_err()
    };
    assert_eq!(refused(&[]), CommandError::Empty);
    assert_eq!(refused(&["/opt/%u"]), CommandError::PlaceholderInProgram);
}
