use std::collections::BTreeMap;
use std::path::Path;

use super::{ConfigError, Loaded, keys, parse};

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
    let found = problems(
        "[credentials]\nexec_environment = [\"HOWDAH_CONFIG\", \"LANG\", \"A=B\"]\n[[credentials.command]]\nname = \"a\"\nargv = [\"%HOSTNAME%\"]",
        &[],
    );
    let paths: Vec<_> = found.iter().filter_map(|line| line.split(": ").nth(1)).collect();
    let environment = "credentials.exec_environment";
    assert_eq!(paths, [environment, environment, "credentials.command[0].argv"], "{found:?}");
    check(
        "[[credentials.command]]\nname = \"a\"",
        &[],
        "howdah.toml: credentials.command[0].argv: names no program: write argv = [\"/path/to/program\", \"argument\"]",
    );
    for (text, meant) in [
        ("[auht]\na = 1", "auht: unknown key: did you mean [auth]?"),
        ("[sesion]\na = 1", "sesion: unknown key: did you mean [session]?"),
        ("[[auth.oauth]]\nname = \"a\"", "auth.oauth: unknown key: did you mean [[auth.oauth2]]?"),
        (
            "[[credentials.commands]]\nname = \"a\"",
            "credentials.commands: unknown key: did you mean [[credentials.command]]?",
        ),
        (
            "[server]\npublic_url = \"https://a:b@a.example\"",
            "server.public_url: has a user name or a password: write scheme, host and port only: https://pg.example.com",
        ),
    ] {
        check(text, &[], &format!("howdah.toml: {meant}"));
    }
    check("[zebra]\na = 1", &[], "howdah.toml: zebra: unknown key: remove it; docs/config.md lists every key");
    check("server = 3", &[], "howdah.toml: server: is not a table: write [server] above its keys");
}

#[test]
fn all_problems_are_reported_at_once() {
    let found =
        problems("[server]\nlisten = 1\nfoo = 2\n[session]\nidle_timeout = \"x\"\n[auth]\nsources = [\"oauth2\"]", &[]);
    assert_eq!(found.len(), 4, "{found:?}");
    let found = problems(
        "[server]\ntrusted_proxies = [\"a\", \"10.0.0.0/8\", \"b\"]\n[auth]\nsources = [\"ldap\", \"kerberos\"]",
        &[],
    );
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn what_serve_could_not_use_is_a_problem_already() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        format!("{:?}", file.display().to_string())
    };
    let [one, other] = [(); 2].map(|()| howdah_testkit::certificates().server(&["localhost"]).expect("a certificate"));
    let (certificate, key) = (write("a.crt", &one.certificate_pem), write("a.key", &one.key_pem));
    let (garbage, others) = (write("garbage", "nothing"), write("b.key", &other.key_pem));
    let tls = |certificate: &str, key: &str| {
        problems(&format!("[server]\ntls_cert = {certificate}\ntls_key = {key}\n{MINIMAL}"), &[])
    };
    assert!(tls(&certificate, &key).is_empty());
    for (found, expected) in [
        (tls(&garbage, &garbage), &["server.tls_cert: ", "server.tls_key: "][..]),
        (tls(&certificate, &others), &["server.tls_key: cannot be used"]),
        (problems("[log]\nfilter = \"howdah=loud\"", &[]), &["log.filter: `howdah=loud` cannot be read"]),
    ] {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (line, start) in found.iter().zip(expected) {
            assert!(line.starts_with(&format!("howdah.toml: {start}")), "{line}");
        }
    }
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
    // Wherever the two are set.
    let (variable, twin) = ("HOWDAH_AUTH__OAUTH2__0__CLIENT_SECRET", "HOWDAH_AUTH__OAUTH2__0__CLIENT_SECRET_FILE");
    let file = file.display().to_string();
    let neither = MINIMAL.replace("client_secret = \"s3cret\"", "");
    for (text, environment) in [
        (&without, &[(variable, "s3cret")][..]),
        (&MINIMAL.to_owned(), &[(twin, file.as_str())]),
        (&neither, &[(variable, "s3cret"), (twin, file.as_str())]),
    ] {
        let found = problems(text, environment);
        assert!(found.len() == 1 && found[0].contains("is set together with"), "{environment:?}: {found:?}");
    }
    // Empty is absent.
    assert!(problems(&format!("{MINIMAL}\nclient_secret_file = \"\""), &[]).is_empty());
    assert!(problems(&without, &[(variable, "")]).is_empty());
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
        assert!(keys::all().any(|known| known.path == format!("auth.oauth2[].{key}")), "{key}");
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

/// What is wrong with a server of the config that has these lines beside its name.
fn server_problems(lines: &str) -> Vec<String> {
    let found = problems(&format!("{MINIMAL}\n[[servers]]\nname = \"shop\"\n{lines}"), &[]);
    found.iter().map(|line| line.trim_start_matches("howdah.toml: ").to_owned()).collect()
}

const GOOD: &str = "host = \"db\"\nusername = \"{email:local}\"\ncredential = { type = \"signed_in_user\" }";

#[test]
fn servers_of_the_config_are_for_everyone_or_for_a_rule_and_keep_their_ids() {
    let ids = |text: &str| {
        let servers = read(&format!("{MINIMAL}\n{text}"), &[]).expect("valid").config.servers;
        servers.iter().map(|server| server.id.to_string()).collect::<Vec<_>>()
    };
    let server = |head: &str| format!("[[servers]]\n{head}\n{GOOD}\n");
    let plain = ids(&server("name = \"shop\""));
    assert_eq!(plain, ids(&server("name = \"shop\"\ngroup = \"Elsewhere\"")));
    assert_eq!(plain, ids(&server("name = \"renamed\"\nid = \"shop\"")));
    let two = ids(&(server("name = \"other\"") + &server("name = \"shop\"")));
    assert_eq!(two[1..], plain[..]);

    let loaded = read(&format!("{MINIMAL}\n{}", server("name = \"shop\"")), &[]).expect("valid");
    let definition = &loaded.config.servers[0].definition;
    assert_eq!((definition.group.as_str(), definition.port), ("Servers", 5432));
    assert_eq!(definition.audience.to_json(), "everyone");
    assert_eq!(loaded.config.configured_server(&loaded.config.servers[0].id).map(|_| ()), Some(()));
    assert!(server_problems(&format!("{GOOD}\naudience = {{ groups = [\"dba\"] }}")).is_empty());
}

#[test]
fn each_problem_of_a_server_names_its_key() {
    for (lines, expected) in [
        (
            "hots = \"db\"\n",
            &[
                "servers[0].hots: unknown key: did you mean servers[0].host?",
                "servers[0].host: is missing: say where PostgreSQL is: a host name, an address, or the folder of its socket",
                "servers[0].username: is missing: say whom people log in as: a role or a template such as {email:local}",
                "servers[0].credential: is missing: write credential = { type = \"signed_in_user\" } or another type",
            ][..],
        ),
        (
            "host = \"db\"\nusername = \"x\"\nport = 0\ncredential = { type = \"magic\" }\naudience = \"all\"",
            &[
                "servers[0].audience: `all` is no audience: write \"everyone\" or a rule on claims such as { groups = [\"dba\", \"pg-users\"] }",
                "servers[0].credential.type: `magic` is not known here: use password or none or exec or signed_in_user or entra or oauth or aws_rds or gcp or vault",
                "servers[0].port: 0 is out of range: write a whole number from 1 to 65535",
            ],
        ),
        (
            "host = \"db\"\nusername = \"{mail}\"\ncredential = { type = \"exec\", command = \"x\" }\naudience = \"private\"\nconnection_parameters = { sslmode = \"always\" }",
            &[
                "servers[0].audience: is private, and a server of the config has no owner who would see it: write \"everyone\" or a rule on claims such as { groups = [\"dba\"] }",
                "servers[0].username: The username `{mail}` is not a template: write {email}, {email:local}, {preferred_username}, {upn}, {sub} or {claim:NAME}",
                "servers[0].credential: This Howdah does not run commands of your own: Choose one that it offers by name, or ask whoever runs it to set credentials.allow_exec",
                "servers[0].connection_parameters.sslmode",
            ],
        ),
        (
            "host = \"db\"\nusername = \"x\"\ncredential = { type = \"password\", issuer = \"https://x\" }\nconnection_parameters = { sslrootcert = \"/nowhere/ca.pem\" }",
            &["servers[0].credential: unknown field `issuer`"],
        ),
        (
            "host = \"db\"\nusername = \"x\"\ncredential = { type = \"password\" }\nconnection_parameters = { sslrootcert = \"/nowhere/ca.pem\" }",
            &["servers[0].connection_parameters.sslrootcert: The file cannot be opened: "],
        ),
    ] {
        let found = server_problems(lines);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n{expected}");
        }
    }
    let twice = format!("{MINIMAL}\n[[servers]]\nname = \"a\"\n{GOOD}\n[[servers]]\nname = \"a\"\n{GOOD}");
    assert_eq!(
        problems(&twice, &[]),
        [
            "howdah.toml: servers[1].id: is that of the server `a` too: give each an `id` of its own; without one, its name is it"
        ]
    );
}

#[test]
fn secrets_of_a_server_may_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "hunter2\n").expect("written");
    let file = file.display().to_string();
    let lines = format!(
        "host = \"db\"\nusername = \"x\"\n[servers.credential]\ntype = \"oauth\"\nissuer = \"https://id.example.com\"\nclient_id = \"c\"\nflow = \"client_credentials\"\nclient_secret_file = {file:?}"
    );
    let loaded = read(&format!("{MINIMAL}\n[[servers]]\nname = \"shop\"\n{lines}"), &[]).expect("valid");
    assert_eq!(loaded.config.servers[0].definition.secrets().len(), 1);
    assert!(!format!("{:?}", loaded.config.servers).contains("hunter2"));

    let found = server_problems(&format!(
        "host = \"db\"\nusername = \"x\"\nconnection_parameters = {{ sslpassword = \"hunter2\", sslpassword_file = {file:?} }}\ncredential = {{ type = \"none\" }}"
    ));
    assert!(found[0].contains("sslpassword_file: is set together with sslpassword"), "{found:?}");
    assert!(found.iter().all(|line| !line.contains("hunter2")), "{found:?}");
}

#[test]
fn every_field_of_a_definition_can_stand_in_the_config() {
    let schema = serde_json::to_value(<crate::wire::ServerDefinition as utoipa::PartialSchema>::schema());
    let schema = schema.expect("a schema");
    let fields = schema["properties"].as_object().expect("fields");
    assert!(fields.len() > 12, "{fields:?}");
    for field in fields.keys() {
        let path = format!("servers[].{field}");
        assert!(keys::all().any(|key| key.path == path || key.path.starts_with(&format!("{path}."))), "{path}");
    }
}

#[test]
fn case_104_to_106_the_command_is_split_as_a_shell_would() {
    let hook = |value: &str| {
        let text = format!("[secrets]\nmaster_password_hook = {value}\n{MINIMAL}");
        read(&text, &[]).expect("valid").config.secrets.master_password_hook
    };
    for (value, program) in [
        (r#""'/opt/our tools/key' %u""#, "/opt/our tools/key"),
        (r#"'"C:\\Program Files\\key.exe" %u'"#, r"C:\Program Files\key.exe"),
        (r#"['C:\key.exe', "%u"]"#, r"C:\key.exe"),
        (r#"["/opt/our tools/key", "%u"]"#, "/opt/our tools/key"),
    ] {
        assert_eq!(hook(value), Some(vec![program.to_owned(), "%u".to_owned()]), "{value}");
    }
    assert_eq!(hook("\"\""), None);
}
