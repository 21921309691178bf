use std::collections::BTreeMap;
use std::path::Path;

use super::{ConfigError, Loaded, keys::KEYS, parse};

const MINIMAL: &str = r#"
    [[auth.oauth2]]
    name = "corp"
    client_id = "howdah"
    client_secret = "s3cret"
    server_metadata_url = "https://login.example.com/.well-known/openid-configuration"
"#;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let environment: BTreeMap<_, _> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    parse(Path::new("howdah.toml"), text, &environment)
}

fn problems(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    match read(text, environment) {
        Ok(_) => Vec::new(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

#[track_caller]
fn check(text: &str, environment: &[(&str, &str)], expected: &str) {
    let found = problems(&format!("{text}\n{MINIMAL}"), environment);
    assert_eq!(found, [expected], "for {text:?} {environment:?}");
}

#[test]
fn a_minimal_config_has_safe_defaults() {
    let loaded = read(&format!("[auth]\nsources = [\"oauth2\"]\n{MINIMAL}"), &[]).expect("valid");
    assert_eq!(loaded.config.server.listen.to_string(), "127.0.0.1:5080");
    assert_eq!(loaded.config.session.idle_timeout.as_secs(), 8 * 3600);
    assert!(loaded.config.auth.auto_create_user);
    assert!(!loaded.config.credentials.allow_exec);
    assert_eq!(loaded.config.auth.providers.len(), 1);
    assert!(loaded.warnings.is_empty());
}

#[test]
fn each_problem_names_its_key_and_the_remedy() {
    check(
        "[server]\nlisten = \"localhost\"",
        &[],
        "howdah.toml: server.listen: `localhost` is not an address with a port: write it as 127.0.0.1:5080 or [::1]:5080",
    );
    check("[server]\nlisten = 5080", &[], "howdah.toml: server.listen: is a whole number: write a text in quotes");
    check("[server]\nlissten = \"x\"", &[], "howdah.toml: server.lissten: unknown key: did you mean server.listen?");
    check("listen = \"127.0.0.1:1\"", &[], "howdah.toml: listen: unknown key: did you mean server.listen?");
    check(
        "[server]\npublic_url = \"https://a.example/howdah\"",
        &[],
        "howdah.toml: server.public_url: has a path, query or fragment: write scheme, host and port only: https://pg.example.com",
    );
    check(
        "[session]\nidle_timeout = \"soon\"",
        &[],
        "howdah.toml: session.idle_timeout: `soon` is not a duration: write it as 30s, 15m, 8h or 7d",
    );
    check(
        "[credentials]\nallow_exec = \"yes\"",
        &[],
        "howdah.toml: credentials.allow_exec: is a text: write true or false",
    );
    check(
        "[auth]\nadministrators = {}",
        &[],
        "howdah.toml: auth.administrators: is empty, which would refuse everyone: write { groups = [\"dba\", \"pg-users\"] }, or leave the key out to allow everyone",
    );
    check(
        "[[credentials.command]]\nname = \"a\"",
        &[],
        "howdah.toml: credentials.command[0].argv: names no program: write argv = [\"/path/to/program\", \"argument\"]",
    );
    check("[zebra]\na = 1", &[], "howdah.toml: zebra: unknown key: remove it; docs/config.md lists every key");
    check("server = 3", &[], "howdah.toml: server: is not a table: write [server] above its keys");
}

#[test]
fn all_problems_are_reported_at_once() {
    let found =
        problems("[server]\nlisten = 1\nfoo = 2\n[session]\nidle_timeout = \"x\"\n[auth]\nsources = [\"oauth2\"]", &[]);
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn the_environment_wins_and_its_problems_name_it() {
    let loaded =
        read(&format!("[server]\nlisten = \"127.0.0.1:1\"\n{MINIMAL}"), &[("HOWDAH_SERVER__LISTEN", "127.0.0.1:2")])
            .expect("valid");
    assert_eq!(loaded.config.server.listen.port(), 2);
    check(
        "",
        &[("HOWDAH_SERVER__LISTEN", "nonsense")],
        "environment: server.listen: `nonsense` is not an address with a port: write it as 127.0.0.1:5080 or [::1]:5080",
    );
    check(
        "",
        &[("HOWDAH_SERVER__LISTN", "x")],
        "environment: server.listn: unknown setting HOWDAH_SERVER__LISTN: did you mean HOWDAH_SERVER__LISTEN?",
    );
    assert!(problems(MINIMAL, &[("HOWDAH_CONFIG", "x"), ("PATH", "y")]).is_empty());
}

#[test]
fn the_environment_reaches_into_arrays_and_lists() {
    let loaded = read(
        "",
        &[
            ("HOWDAH_AUTH__SOURCES", "oauth2"),
            ("HOWDAH_AUTH__OAUTH2__0__NAME", "corp"),
            ("HOWDAH_AUTH__OAUTH2__0__CLIENT_ID", "howdah"),
            ("HOWDAH_AUTH__OAUTH2__0__CLIENT_SECRET", "s3cret"),
            (
                "HOWDAH_AUTH__OAUTH2__0__SERVER_METADATA_URL",
                "https://login.example.com/.well-known/openid-configuration",
            ),
            ("HOWDAH_AUTH__ADMINISTRATORS", "{ groups = [\"dba\"] }"),
            ("HOWDAH_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ],
    )
    .expect("valid");
    assert_eq!(loaded.config.auth.providers[0].name(), "corp");
    assert_eq!(loaded.config.server.trusted_proxies.len(), 2);
    assert!(loaded.config.auth.administrators.is_some());
}

#[test]
fn a_secret_may_come_from_a_file_but_not_from_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "from-file\n").expect("written");
    let without = MINIMAL
        .replace("client_secret = \"s3cret\"", &format!("client_secret_file = {:?}", file.display().to_string()));
    assert!(problems(&without, &[]).is_empty());
    let both = format!("{MINIMAL}\nclient_secret_file = {:?}", file.display().to_string());
    assert_eq!(
        problems(&both, &[]),
        [
            "howdah.toml: auth.oauth2[0].client_secret_file: is set together with auth.oauth2[0].client_secret: keep one of the two"
        ]
    );
    let missing = MINIMAL.replace("client_secret = \"s3cret\"", "client_secret_file = \"/nowhere/secret\"");
    assert!(
        problems(&missing, &[])[0]
            .starts_with("howdah.toml: auth.oauth2[0].client_secret_file: cannot read /nowhere/secret")
    );
}

#[test]
fn no_problem_shows_a_secret() {
    let found = problems(
        "[store]\nurl = [\"hunter2\"]\n[[auth.oauth2]]\nname = \"a\"\nclient_secret = { x = \"hunter2\" }",
        &[],
    );
    assert!(!found.is_empty());
    assert!(found.iter().all(|line| !line.contains("hunter2")), "{found:?}");
}

#[test]
fn every_provider_key_of_the_relying_party_is_in_the_reference() {
    for key in howdah_oidc::ProviderSettings::KEYS {
        assert!(KEYS.iter().any(|known| known.path == format!("auth.oauth2[].{key}")), "{key}");
    }
}

#[test]
fn case_44_sessions_have_limits_that_can_be_set() {
    let limits = |text: &str| {
        let session = read(&format!("{text}\n{MINIMAL}"), &[]).expect("valid").config.session;
        (session.idle_timeout.as_secs() / 3600, session.absolute_timeout.as_secs() / 3600)
    };
    assert_eq!(limits(""), (8, 7 * 24));
    assert_eq!(limits("[session]\nidle_timeout = \"1h\"\nabsolute_timeout = \"1d\""), (1, 24));
    check(
        "[session]\nabsolute_timeout = \"0s\"",
        &[],
        "howdah.toml: session.absolute_timeout: is less than a second: write a duration such as 8h",
    );
}
