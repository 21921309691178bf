//! What commands may run, with which arguments and environment, and what of their output counts.

use std::fs;
use std::time::Duration;

use howdah_credentials::{CommandError, Commands, CredentialError, Expiration, Presentation, SourceConfig, Target};
use secrecy::SecretString;

use crate::support::{Bench, HOUR};

/// Runs a script once: the secret, or the code and a part of the words.
async fn check(script: &str, expected: Result<&str, (&str, &str)>) {
    let bench = Bench::new();
    let found = bench.obtain(&bench.source(script, HOUR)).await;
    match (found, expected) {
        (Ok(obtained), Ok(secret)) => assert_eq!(crate::support::secret_of(&obtained), secret, "{script}"),
        (Err(error), Err((code, part))) => {
            assert_eq!(error.code(), code, "{script}");
            assert!(error.to_string().contains(part), "{script}: {error}");
        }
        (found, expected) => panic!("{script}: found {found:?}, expected {expected:?}"),
    }
}

#[tokio::test]
async fn exit_code_and_output_decide() {
    check("echo '  s3cret '", Ok("s3cret")).await;
    check("printf 'tok en\\n\\n'; echo warning >&2", Ok("tok en")).await;
    check("echo s3cret; exit 3", Err(("credential_failed", "exit status: 3"))).await;
    check("kill -9 $$", Err(("credential_failed", "signal: 9"))).await;
    check("true", Err(("credential_failed", "printed nothing"))).await;
    check("printf '\\377\\376'", Err(("credential_failed", "not UTF-8"))).await;
    check("printf 'a\\000b'", Err(("credential_failed", "zero byte"))).await;
    check("echo '{\"access_token\":\"t\",\"expires_in\":60}'", Ok("t")).await;
    check("echo '{\"error\":\"denied\"}'", Err(("credential_failed", "without a token"))).await;
}

#[tokio::test]
async fn standard_error_is_for_the_owner_only() {
    let bench = Bench::new();
    let script = "i=0; while [ $i -lt 2000 ]; do echo noise$i >&2; i=$((i+1)); done; echo planted-reason >&2; exit 1";
    let error = bench.obtain(&bench.source(script, HOUR)).await.unwrap_err();
    assert!(!error.to_string().contains("planted-reason") && !format!("{error:?}").contains("planted-reason"));
    let text = error.for_owner().unwrap();
    assert!(text.ends_with("planted-reason") && text.len() <= 4096, "{} bytes", text.len());
}

#[tokio::test]
async fn a_program_that_is_missing_is_a_failure_without_its_path() {
    let bench = Bench::new();
    let mut commands = Commands::desktop();
    commands.offer("gone", vec!["/nonexistent/planted-program".to_owned()], HOUR, None).unwrap();
    let error = bench.obtain(&commands.named("gone", None, None).unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("cannot be started") && !error.to_string().contains("planted"), "{error}");
}

#[tokio::test]
async fn placeholders_stay_single_arguments_that_no_shell_reads() {
    let mut bench = Bench::new();
    bench.target.user = format!("o'hara\"; touch {}; $(id) %HOSTNAME%", bench.path("hacked").display());
    bench.target.host = "db -h\n*".to_owned();
    let source = bench.source_with(
        "printf '%s|' \"$#\" \"$@\"",
        &["--user=%USERNAME%", "%HOSTNAME%", "%PORT%$REGION"],
        HOUR,
        None,
    );
    let (printed, _) = bench.secret(&source).await;
    assert_eq!(printed, format!("3|--user={}|db -h\n*|5432eu|", bench.target.user));
    assert!(!bench.path("hacked").exists());
}

#[tokio::test]
async fn unset_places_become_empty() {
    let mut bench = Bench::new();
    bench.target = Target::default();
    let source =
        bench.source_with("echo \"[$1] ${PGHOST-unset} ${PGPORT-unset}\"", &["%HOSTNAME%%PORT%%USERNAME%"], HOUR, None);
    assert_eq!(bench.secret(&source).await.0, "[] unset unset");
}

#[tokio::test]
async fn a_command_sees_only_the_environment_that_it_should() {
    let bench = Bench::new();
    let (printed, _) = bench.secret(&bench.source("env | sort", HOUR)).await;
    let names: Vec<_> = printed.lines().filter_map(|line| line.split('=').next()).collect();
    // PWD, OLDPWD, SHLVL and _ are the shell's own.
    let passed: Vec<_> = names.into_iter().filter(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name)).collect();
    assert_eq!(passed, ["HOME", "HOWDAH_USER", "PATH", "PGDATABASE", "PGHOST", "PGPORT", "PGUSER", "REGION"]);
    assert!(printed.contains("HOWDAH_USER=ada\n") && printed.contains("PGDATABASE=shop\n"), "{printed}");
}

#[tokio::test]
async fn on_the_desktop_a_command_has_the_persons_environment_without_our_settings() {
    let bench = Bench::new();
    let script = bench.script("env");
    let source = Commands::desktop().free_text(&script.join(" "), HOUR, None).unwrap();
    let (printed, _) = bench.secret(&source).await;
    assert!(printed.contains("OTHER_SECRET=") && !printed.contains("planted-setting"), "{printed}");
}

#[tokio::test]
async fn a_guests_text_is_split_like_a_shell_and_expanded_like_none() {
    let bench = Bench::new();
    let script = bench.script("printf '%s|' \"$@\"").join(" ");
    let guest = Commands::serve(true, Vec::new()).unwrap();
    let source = guest.free_text(&format!("{script} 'a b' \"$HOME\" ~ '%PORT% x'"), HOUR, None).unwrap();
    assert_eq!(bench.secret(&source).await.0, "a b|$HOME|~|5432 x|");
    let owner = Commands::desktop();
    let source = owner.free_text(&format!("{script} 'a b' $HOME ~/x"), HOUR, None).unwrap();
    assert_eq!(bench.secret(&source).await.0, "a b|/home/howdah|/home/howdah/x|");
}

#[test]
fn only_allowed_commands_become_sources() {
    let mut commands = Commands::serve(false, Vec::new()).unwrap();
    let argv = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    commands.offer("token", argv(&["true"]), HOUR, None).unwrap();
    assert_eq!(commands.free_text("true", HOUR, None), Err(CommandError::NotAllowed));
    assert_eq!(CommandError::NotAllowed.code(), Some("exec_not_allowed"));
    assert_eq!(commands.named("other", None, None), Err(CommandError::UnknownName("other".to_owned())));
    assert_eq!(commands.offer("token", argv(&["true"]), HOUR, None), Err(CommandError::Duplicate("token".to_owned())));
    assert_eq!(commands.offer("empty", argv(&[]), HOUR, None), Err(CommandError::Empty));
    assert_eq!(commands.offer("any", argv(&["/bin/%USERNAME%"]), HOUR, None), Err(CommandError::PlaceholderInProgram));
    assert_eq!(commands.named("token", None, Some(Duration::ZERO)), Err(CommandError::Timeout));
    assert_eq!(Commands::desktop().free_text("echo 'a", HOUR, None), Err(CommandError::Quotes));
    assert_eq!(Commands::desktop().free_text("  ", HOUR, None), Err(CommandError::Empty));
    let refused = Commands::serve(true, vec!["howdah_store__url".to_owned()]).err();
    assert_eq!(refused, Some(CommandError::Environment("howdah_store__url".to_owned())));
    assert_eq!(commands.names().collect::<Vec<_>>(), ["token"]);
}

#[test]
fn expiration_follows_the_contract() {
    assert_eq!(Expiration::from_secs(None), Expiration::Never);
    assert_eq!(Expiration::from_secs(Some(0)), Expiration::EveryConnection);
    assert_eq!(Expiration::from_secs(Some(60)), Expiration::After(Duration::from_secs(60)));
}

#[tokio::test]
async fn secrets_are_in_no_debug_output_and_no_argument_list() {
    let bench = Bench::new();
    let script = "tr '\\0' ' ' < /proc/$$/cmdline > $D/cmdline; echo planted-secret";
    let source = bench.source_with(script, &["planted-argument"], HOUR, None);
    let obtained = bench.obtain(&source).await.unwrap();
    bench.broker.provide_password(&bench.person, &bench.server, SecretString::from("planted-password"), "here");
    let password = bench.obtain(&SourceConfig::Password).await.unwrap();
    let shown = format!("{obtained:?} {password:?} {source:?} {:?}", bench.person);
    assert!(!shown.contains("planted") && !shown.contains("session-1"), "{shown}");
    let arguments = fs::read_to_string(bench.path("cmdline")).unwrap();
    assert!(arguments.contains("planted-argument") && !arguments.contains("planted-secret"));
}

#[tokio::test]
async fn a_password_is_asked_for_kept_and_dropped_when_refused() {
    let bench = Bench::new();
    let error = bench.obtain(&SourceConfig::Password).await.unwrap_err();
    assert!(matches!(error, CredentialError::PasswordRequired) && error.code() == "password_required");
    bench.broker.provide_password(&bench.person, &bench.server, SecretString::from("hunter2"), "here");
    let obtained = bench.obtain(&SourceConfig::Password).await.unwrap();
    assert_eq!(crate::support::secret_of(&obtained), "hunter2");
    bench.broker.provide_password(&bench.person, &bench.server, SecretString::from("hunter3"), "here");
    assert!(!bench.broker.reject(&obtained), "a person must type it");
    assert_eq!(bench.secret(&SourceConfig::Password).await.0, "hunter3");
    let newer = bench.obtain(&SourceConfig::Password).await.unwrap();
    assert!(!bench.broker.reject(&newer));
    assert!(bench.obtain(&SourceConfig::Password).await.is_err());
}

#[tokio::test]
async fn no_secret_is_a_credential_too() {
    let bench = Bench::new();
    let obtained = bench.obtain(&SourceConfig::None).await.unwrap();
    assert!(matches!(obtained.credential.presentation, Presentation::None));
    assert!(!bench.broker.reject(&obtained));
}
