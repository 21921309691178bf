//! Tokens for Cloud SQL and AlloyDB.

use std::time::Duration;

use futures_util::future::join_all;
use howdah_credentials::{CredentialError, GcpConfig, GcpSettings, Identity, Person, Presentation, SourceConfig};
use howdah_testkit::{Behaviour, Gcp, MACHINE_ACCOUNT, REFRESH_TOKEN};
use serde_json::{Value, json};

use crate::cloud::{Cloud, Hands, life, secret_of, target};

const LOGIN: &str = "https://www.googleapis.com/auth/sqlservice.login";
const POOL: &str = "//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/corp/providers/id";
const PRINCIPAL: &str =
    "principal://iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/corp/subject/ada";
const CONSOLE: &str = "console@shop.iam.gserviceaccount.com";
const DBA: &str = "dba@shop.iam.gserviceaccount.com";

/// A project, and a broker in it. `$APIS` and `$METADATA` in the environment are the project's addresses.
async fn start(environment: &[(&str, &str)]) -> (Gcp, Cloud) {
    let hands = Hands::new();
    let gcp = Gcp::start(hands.clock()).await.unwrap();
    let metadata = gcp.metadata.url().trim_start_matches("http://").to_owned();
    let mut variables = vec![
        ("GCE_METADATA_HOST", metadata.as_str()),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_STS", gcp.apis.url()),
        ("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS", gcp.apis.url()),
    ];
    variables.extend(environment);
    let mut cloud = Cloud::new(&hands, &variables);
    cloud.target = target("10.1.2.3", "");
    (gcp, cloud)
}

const FILE: [(&str, &str); 1] = [("GOOGLE_APPLICATION_CREDENTIALS", "$D/adc.json")];

async fn with_file(content: impl FnOnce(&Gcp) -> Value) -> (Gcp, Cloud) {
    let (gcp, cloud) = start(&FILE).await;
    cloud.file("adc.json", &content(&gcp).to_string());
    (gcp, cloud)
}

fn source(settings: GcpSettings) -> SourceConfig {
    SourceConfig::Gcp(GcpConfig::new(settings).unwrap())
}

fn plain() -> SourceConfig {
    source(GcpSettings::default())
}

fn acting_as(service_account: &str) -> SourceConfig {
    source(GcpSettings { service_account: Some(service_account.to_owned()), ..GcpSettings::default() })
}

fn by_pool() -> SourceConfig {
    source(GcpSettings { identity: Identity::SignedInUser, audience: Some(POOL.to_owned()), ..GcpSettings::default() })
}

/// Who Cloud SQL finds in the token; it must be good for logging in and for nothing else.
async fn account(gcp: &Gcp, cloud: &Cloud, source: &SourceConfig) -> String {
    let token = gcp.token(&cloud.secret(source).await).unwrap();
    assert_eq!(token.scope, LOGIN);
    token.account
}

#[tokio::test]
async fn the_machine_s_account_logs_in_by_its_short_name() {
    let (gcp, cloud) = start(&[]).await;
    let obtained = cloud.obtain(&plain()).await.unwrap();
    assert!(matches!(obtained.credential.presentation, Presentation::Token(_)));
    assert_eq!(obtained.credential.username.as_deref(), Some("machine@shop.iam"));
    assert_eq!(life(&cloud, &obtained), 3600);
    assert_eq!(
        obtained.credential.issuer.as_deref(),
        Some("Google, the machine's service account machine@shop.iam.gserviceaccount.com")
    );
    let token = gcp.token(&secret_of(&obtained)).unwrap();
    assert_eq!((token.account.as_str(), token.scope.as_str()), (MACHINE_ACCOUNT, LOGIN));
}

#[tokio::test]
async fn a_configured_name_is_made_the_role_that_cloud_sql_has() {
    let (_gcp, mut cloud) = start(&[]).await;
    for (configured, expected) in [
        ("Ada@Example.com", "ada@example.com"),
        ("console@shop.iam.gserviceaccount.com", "console@shop.iam"),
        ("console@shop.iam", "console@shop.iam"),
        ("reporting", "reporting"),
    ] {
        cloud.target.user = configured.to_owned();
        let obtained = cloud.obtain(&plain()).await.unwrap();
        assert_eq!(obtained.credential.username.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn the_key_of_a_service_account_signs_for_a_token() {
    let (gcp, cloud) = with_file(|gcp| gcp.add_service_account(CONSOLE).unwrap()).await;
    let obtained = cloud.obtain(&plain()).await.unwrap();
    assert_eq!(obtained.credential.username.as_deref(), Some("console@shop.iam"));
    assert_eq!(gcp.token(&secret_of(&obtained)).unwrap().account, CONSOLE);

    gcp.delete_keys(CONSOLE);
    cloud.hands.advance(3600);
    let error = cloud.failure(&plain()).await;
    assert!(
        error.contains("refused the service account console@shop.iam.gserviceaccount.com: invalid_grant"),
        "{error}"
    );
    assert!(error.contains("make a new key"), "{error}");
}

#[tokio::test]
async fn gcloud_s_file_of_a_person_is_used_where_no_other_is_named() {
    let (gcp, cloud) = start(&[]).await;
    let file = json!({
        "type": "authorized_user", "client_id": "gcloud", "client_secret": "public", "refresh_token": REFRESH_TOKEN,
        "token_uri": format!("{}/token", gcp.apis.url()),
    });
    cloud.file(".config/gcloud/application_default_credentials.json", &file.to_string());
    assert_eq!(account(&gcp, &cloud, &plain()).await, "ada@example.com");
}

fn external(gcp: &Gcp, credential_source: &Value, impersonation: Option<&str>) -> Value {
    let mut file = json!({
        "type": "external_account", "audience": POOL, "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{}/v1/token", gcp.apis.url()), "credential_source": credential_source,
    });
    if let Some(account) = impersonation {
        file["service_account_impersonation_url"] =
            json!(format!("{}/v1/projects/-/serviceAccounts/{account}:generateAccessToken", gcp.apis.url()));
    }
    file
}

#[tokio::test]
async fn the_machine_s_token_of_another_provider_is_exchanged() {
    let (gcp, cloud) = with_file(|gcp| external(gcp, &json!({ "file": "$D/token" }), None)).await;
    gcp.trust_subject(POOL, "planted-machine-token", PRINCIPAL);
    assert!(cloud.failure(&plain()).await.contains("the subject token's file cannot be used"));
    cloud.file("token", "planted-machine-token\n");
    assert_eq!(account(&gcp, &cloud, &plain()).await, PRINCIPAL);

    // The file is written anew by whoever looks after it, and read for each exchange.
    gcp.trust_subject(POOL, "planted-next-token", "principal://next");
    cloud.file("token", "planted-next-token");
    cloud.hands.advance(3600);
    assert_eq!(account(&gcp, &cloud, &plain()).await, "principal://next");

    let from_field = json!({ "file": "$D/token", "format": { "type": "json", "subject_token_field_name": "id" } });
    let (gcp, cloud) = with_file(|gcp| external(gcp, &from_field, Some(CONSOLE))).await;
    gcp.trust_subject(POOL, "planted-machine-token", PRINCIPAL);
    gcp.allow_impersonation(PRINCIPAL, CONSOLE);
    cloud.file("token", r#"{"id":"planted-machine-token"}"#);
    assert_eq!(account(&gcp, &cloud, &plain()).await, CONSOLE);

    // An address can give it too.
    let (gcp, cloud) = start(&FILE).await;
    let address = format!("{}/computeMetadata/v1/instance/service-accounts/default/email", gcp.metadata.url());
    let source = json!({ "url": address, "headers": { "Metadata-Flavor": "Google" } });
    cloud.file("adc.json", &external(&gcp, &source, None).to_string());
    gcp.trust_subject(POOL, MACHINE_ACCOUNT, PRINCIPAL);
    assert_eq!(account(&gcp, &cloud, &plain()).await, PRINCIPAL);
}

#[tokio::test]
async fn a_service_account_is_impersonated() {
    let (gcp, cloud) = start(&[]).await;
    let error = cloud.failure(&acting_as(DBA)).await;
    assert!(
        error.contains(&format!("does not let the machine's service account {MACHINE_ACCOUNT} act as {DBA}")),
        "{error}"
    );
    assert!(error.contains("roles/iam.serviceAccountTokenCreator"), "{error}");
    gcp.allow_impersonation(MACHINE_ACCOUNT, DBA);
    let obtained = cloud.obtain(&acting_as(DBA)).await.unwrap();
    assert_eq!(obtained.credential.username.as_deref(), Some("dba@shop.iam"));
    let token = gcp.token(&secret_of(&obtained)).unwrap();
    assert_eq!((token.account.as_str(), token.scope.as_str()), (DBA, LOGIN));

    let file = |gcp: &Gcp| {
        json!({
            "type": "impersonated_service_account",
            "service_account_impersonation_url": format!("{}/v1/projects/-/serviceAccounts/{DBA}:generateAccessToken", gcp.apis.url()),
            "source_credentials": gcp.add_service_account(CONSOLE).unwrap(),
        })
    };
    let (gcp, cloud) = with_file(file).await;
    gcp.allow_impersonation(CONSOLE, DBA);
    assert_eq!(account(&gcp, &cloud, &plain()).await, DBA);
}

#[tokio::test]
async fn people_log_in_as_themselves() {
    let (gcp, mut cloud) = start(&[]).await;
    cloud.target.user = "Ada@example.com".to_owned();
    let grace = Person::new("session-grace", "grace");
    assert_eq!(by_pool().identity(), Identity::SignedInUser);
    assert!(matches!(cloud.obtain(&by_pool()).await, Err(CredentialError::InteractionRequired(_))));
    cloud.sign_in(&cloud.person, "planted-id-ada");
    cloud.sign_in(&grace, "planted-id-grace");

    let error = cloud.failure(&by_pool()).await;
    assert!(error.contains("invalid_target") && error.contains("names no provider of an identity pool"), "{error}");
    gcp.trust_subject(POOL, "planted-id-grace", "principal://grace");
    // What the service repeats of the token is not passed on.
    let error = cloud.failure(&by_pool()).await;
    assert!(error.contains("refused the sign-in of ada@example.com: invalid_grant: The audience"), "{error}");
    gcp.trust_subject(POOL, "planted-id-ada", PRINCIPAL);
    cloud.hands.advance(60);
    assert_eq!(account(&gcp, &cloud, &by_pool()).await, PRINCIPAL);
    let of_grace = cloud.obtain_for(&grace, &by_pool(), &cloud.target).await.unwrap();
    assert_eq!(gcp.token(&secret_of(&of_grace)).unwrap().account, "principal://grace");

    // With impersonation on top.
    let settings = GcpSettings {
        identity: Identity::SignedInUser,
        audience: Some(POOL.to_owned()),
        service_account: Some(DBA.to_owned()),
        ..GcpSettings::default()
    };
    gcp.allow_impersonation(PRINCIPAL, DBA);
    assert_eq!(account(&gcp, &cloud, &source(settings)).await, DBA);

    // Whoever signed in at Google has the token already.
    let own = gcp.sign_in("ada@example.com", LOGIN);
    cloud.sign_ins.access_tokens.lock().unwrap().insert(cloud.person.key().to_owned(), own);
    let source = source(GcpSettings { identity: Identity::SignedInUser, ..GcpSettings::default() });
    let obtained = cloud.obtain(&source).await.unwrap();
    assert_eq!(obtained.credential.username.as_deref(), Some("ada@example.com"));
    assert_eq!(gcp.token(&secret_of(&obtained)).unwrap().account, "ada@example.com");
    assert_eq!(life(&cloud, &obtained), 300, "where nobody says how long it is good");
}

#[tokio::test]
async fn alloydb_s_scope_is_asked_for_where_it_is_set() {
    let (gcp, cloud) = start(&[]).await;
    let scope = "https://www.googleapis.com/auth/alloydb.login";
    let source = source(GcpSettings { scope: Some(scope.to_owned()), ..GcpSettings::default() });
    assert_eq!(gcp.token(&cloud.secret(&source).await).unwrap().scope, scope);
}

#[tokio::test]
async fn a_hundred_databases_need_one_token() {
    let (gcp, cloud) = start(&[]).await;
    let targets: Vec<_> = (0..100).map(|number| target(&format!("10.0.0.{number}"), "console@shop.iam")).collect();
    let source = plain();
    let all = join_all(targets.iter().map(|target| cloud.obtain_for(&cloud.person, &source, target))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(gcp.metadata.count("/token"), 1);
}

#[tokio::test]
async fn what_is_left_of_a_cached_token_counts() {
    let (gcp, cloud) = start(&[]).await;
    gcp.set_metadata_life(Duration::from_secs(400));
    let first = cloud.obtain(&plain()).await.unwrap();
    assert_eq!(life(&cloud, &first), 400);
    gcp.set_metadata_life(Duration::from_secs(3600));
    cloud.hands.advance(371);
    let second = cloud.obtain(&plain()).await.unwrap();
    assert_eq!(life(&cloud, &second), 3600);
    assert_ne!(secret_of(&first), secret_of(&second));

    // While Google is away, the token in hand serves to its end.
    gcp.metadata.behave(Behaviour::Broken);
    cloud.hands.advance(3600 - 31);
    cloud.secret(&plain()).await;
    cloud.hands.advance(31);
    assert!(cloud.failure(&plain()).await.contains("metadata server"));
}

#[tokio::test]
async fn strange_files_and_answers_are_failures_in_words() {
    for (content, part) in [
        (None, "the file of GOOGLE_APPLICATION_CREDENTIALS cannot be used: there is no such file"),
        (Some("planted nonsense"), "it is not a credential file of Google's"),
        (Some(r#"{"type":"gdch_service_account"}"#), "it is not a credential file of Google's"),
        (
            Some(r#"{"type":"service_account","client_email":"a@b","private_key":"planted"}"#),
            "the key of the service account a@b cannot be used",
        ),
        (
            Some(
                r#"{"type":"external_account","audience":"x","subject_token_type":"y","credential_source":{"executable":{"command":"planted"}}}"#,
            ),
            "its credential_source has neither `file` nor `url`",
        ),
    ] {
        let (_gcp, cloud) = start(&FILE).await;
        if let Some(content) = content {
            cloud.file("adc.json", content);
        }
        let error = cloud.failure(&plain()).await;
        assert!(error.contains(part), "{error}");
    }

    let behaviours = [Behaviour::Page, Behaviour::Flood, Behaviour::Redirect, Behaviour::Broken, Behaviour::Hang];
    join_all(behaviours.map(|behaviour| misbehave(behaviour, "Google's token endpoint", FILE.as_slice()))).await;
    join_all(behaviours.map(|behaviour| misbehave(behaviour, "Google's metadata server", &[]))).await;
}

async fn misbehave(behaviour: Behaviour, what: &str, environment: &[(&str, &str)]) {
    let (gcp, cloud) = start(environment).await;
    cloud.file("adc.json", &gcp.add_service_account(CONSOLE).unwrap().to_string());
    gcp.apis.behave(behaviour);
    gcp.metadata.behave(behaviour);
    let error = cloud.obtain(&plain()).await.unwrap_err();
    let expected = if behaviour == Behaviour::Hang { "credential_timeout" } else { "credential_failed" };
    assert_eq!(error.code(), expected, "{behaviour:?}: {error}");
    assert!(error.to_string().contains(what), "{behaviour:?}: {error}");
}

#[tokio::test]
async fn settings_that_do_not_go_together_are_refused_by_field() {
    let check = |settings: GcpSettings, field: &str| assert_eq!(GcpConfig::new(settings).unwrap_err().field, field);
    let text = |text: &str| Some(text.to_owned());
    for account in ["dba", "dba@example.com", "a/b@shop.iam.gserviceaccount.com"] {
        check(GcpSettings { service_account: text(account), ..GcpSettings::default() }, "service_account");
    }
    for audience in ["https://example.com", "//iam.googleapis.com/locations/global/workforcePools/corp/providers/id"] {
        let audience = text(audience);
        check(GcpSettings { audience, identity: Identity::SignedInUser, ..GcpSettings::default() }, "audience");
    }
    for scope in ["sqlservice.login", "https://www.googleapis.com/auth/a b"] {
        check(GcpSettings { scope: text(scope), ..GcpSettings::default() }, "scope");
    }
    check(GcpSettings { audience: text(POOL), ..GcpSettings::default() }, "audience");
}
