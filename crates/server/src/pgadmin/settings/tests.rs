use toml::Value;

use super::translate;
use crate::pgadmin::python;
use crate::pgadmin::report::Report;

/// What a file of settings becomes: the config, secrets' files, and the report.
fn translated(text: &str) -> (toml::Table, Vec<(String, String)>, String) {
    let mut report = Report::default();
    let settings = translate(&[("config_local.py".to_owned(), python::read(text))], &mut report);
    let secrets = settings.secrets.into_iter().map(|file| (file.name, file.secret)).collect();
    (settings.config, secrets, report.lines().join("\n"))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let expected: toml::Table = toml::from_str(expected).expect("TOML");
    assert_eq!(translated(text).0, expected, "{text}");
}

#[test]
fn each_setting_has_its_place() {
    for (text, expected) in [
        ("AUTHENTICATION_SOURCES = ['oauth2', 'internal']", "auth.sources = ['oauth2', 'internal']"),
        ("AUTHENTICATION_SOURCES = ('ldap', 'internal')", "auth.sources = ['internal']"),
        ("OAUTH2_AUTO_CREATE_USER = False", "auth.oauth2_auto_create_user = false"),
        ("MAX_LOGIN_ATTEMPTS = 5", "auth.max_login_attempts = 5"),
        ("MASTER_PASSWORD_REQUIRED = True", "secrets.master_password_required = true"),
        ("MASTER_PASSWORD_HOOK = '/opt/key %u'", "secrets.master_password_hook = '/opt/key %u'"),
        ("ALLOW_SAVE_PASSWORD = False", "secrets.allow_save_password = false"),
        ("ALLOW_SAVE_TUNNEL_PASSWORD = True", "secrets.allow_save_tunnel_password = true"),
        ("ENABLE_SERVER_PASS_EXEC_CMD = True", "credentials.allow_exec = true"),
        ("SESSION_EXPIRATION_TIME = 2", "session.absolute_timeout = '2d'"),
        ("USER_INACTIVITY_TIMEOUT = 900", "session.idle_timeout = '900s'"),
        ("USER_INACTIVITY_TIMEOUT = 0", ""),
        ("LOGIN_BANNER = '<b>Careful</b> here'", "auth.login_banner = 'Careful here'"),
        ("DEFAULT_SERVER = '0.0.0.0'\nDEFAULT_SERVER_PORT = 8080", "server.listen = '0.0.0.0:8080'"),
        ("MASTER_PASSWORD_REQUIRED = 'yes'", ""),
        ("LDAP_SERVER_URI = 'ldap://x'\nMAIL_SERVER = 'x'\nNO_SUCH = 1", ""),
    ] {
        check(text, expected);
    }
}

const ENTRA: &str = r#"
OAUTH2_CONFIG = [{
    'OAUTH2_NAME': 'Azure AD',
    'OAUTH2_CLIENT_ID': 'id',
    'OAUTH2_CLIENT_SECRET': 's3cret',
    'OAUTH2_SERVER_METADATA_URL': 'https://login.example.com/.well-known/openid-configuration',
    'OAUTH2_SCOPE': 'openid email profile',
    'OAUTH2_ADDITIONAL_CLAIMS': {'groups': ['dba', 'pg'], 'wids': 7},
    'OAUTH2_USERNAME_CLAIM': None,
    'OAUTH2_ICON': 'fa-microsoft',
    'OAUTH2_NO_SUCH': 1,
    'OAUTH2_LOGOUT_URL': build_url(),
}, call()]
"#;

#[test]
fn providers_are_taken_key_by_key_and_secrets_go_into_files() {
    let (config, secrets, report) = translated(ENTRA);
    let provider = &config["auth"]["oauth2"][0];
    for (key, expected) in [
        ("name", "azure-ad"),
        ("display_name", "Azure AD"),
        ("client_id", "id"),
        ("client_secret_file", "azure-ad.client_secret"),
        ("scope", "openid email profile"),
        ("icon", "fa-microsoft"),
    ] {
        assert_eq!(provider[key].as_str(), Some(expected), "{key}");
    }
    let claims: Value = toml::from_str::<toml::Table>("groups = ['dba', 'pg']\nwids = 7").expect("TOML").into();
    assert_eq!(provider["additional_claims"], claims);
    assert_eq!(provider.get("username_claim"), None);
    assert_eq!(secrets, [("azure-ad.client_secret".to_owned(), "s3cret".to_owned())]);
    for words in [
        "OAUTH2_NO_SUCH: is no key",
        "OAUTH2_LOGOUT_URL: its value",
        "OAUTH2_CONFIG[1]: is no dictionary",
        "issuer and subject",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
    assert!(!report.contains("s3cret") && !config.to_string().contains("s3cret"));
}

#[test]
fn what_is_odd_or_dangerous_in_a_provider_is_told() {
    let one = |fields: &str| translated(&format!("OAUTH2_CONFIG = [{{'OAUTH2_NAME': 'x', {fields}}}]"));
    for (fields, words, key, value) in [
        ("'OAUTH2_SSL_CERT_VERIFICATION': False", "DANGER", "ssl_cert_verification", Some(Value::Boolean(false))),
        ("'OAUTH2_ADDITIONAL_CLAIMS': {}", "lets nobody in", "additional_claims", Some(toml::Table::new().into())),
        (
            "'OAUTH2_ADDITIONAL_CLAIMS': 'openid'",
            "lets nobody in",
            "additional_claims",
            Some(toml::Table::new().into()),
        ),
        (
            "'OAUTH2_METADATA_URL': 'https://x'",
            "pgAdmin reads OAUTH2_SERVER_METADATA_URL",
            "server_metadata_url",
            Some("https://x".into()),
        ),
        (
            "'OAUTH2_CLIENT_SECRET': os.environ['SECRET']",
            "comes from $SECRET",
            "client_secret_file",
            Some("x.client_secret".into()),
        ),
        (
            "'OAUTH2_CLIENT_SECRET': open('/run/x').read().strip()",
            "is auth.oauth2[0]",
            "client_secret_file",
            Some("/run/x".into()),
        ),
        ("'OAUTH2_CLIENT_AUTH_METHOD': 'post'", "takes this for client_secret", "client_auth_method", None),
        (
            "'OAUTH2_CHALLENGE_METHOD': 'S256', 'OAUTH2_RESPONSE_TYPE': 'code'",
            "is auth.oauth2[0]",
            "challenge_method",
            Some("S256".into()),
        ),
        ("'OAUTH2_CHALLENGE_METHOD': 'plain', 'OAUTH2_CLIENT_SECRET': 'y'", "in every case", "challenge_method", None),
        ("'OAUTH2_CHALLENGE_METHOD': 'S256'", "in every case", "response_type", Some("code".into())),
    ] {
        let (config, _, report) = one(fields);
        assert!(report.contains(words), "{fields}: {report}");
        assert_eq!(config["auth"]["oauth2"][0].get(key), value.as_ref(), "{fields}");
    }
    let (config, _, report) = translated("OAUTH2_NAME = 'corp'\nOAUTH2_CLIENT_ID = 'id'");
    assert_eq!(config["auth"]["oauth2"][0]["client_id"].as_str(), Some("id"));
    assert!(report.contains("outside OAUTH2_CONFIG"), "{report}");
    let (config, _, report) = translated("OAUTH2_CONFIG = {'OAUTH2_NAME': 'corp'}\nif x:\n    MAIL_PORT = 1\n");
    assert_eq!(config["auth"]["oauth2"][0]["name"].as_str(), Some("corp"));
    assert!(report.contains("wants a list") && report.contains("config_local.py:3: MAIL_PORT"), "{report}");
    let (config, _, _) = translated("OAUTH2_CONFIG = [{'OAUTH2_CLIENT_ID': 'id'}]");
    assert_eq!(config, toml::Table::new());
}
