//! Roles that Vault makes in a real PostgreSQL, while they live.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use howdah_credentials::{
    CredentialError, Identity, Obtained, Person, Presentation, SourceConfig, VaultAuth, VaultConfig, VaultSettings,
};
use howdah_testkit::{Behaviour, Certificates, Major, Postgres, VAULT_TOKEN, Vault, VaultLifetimes, certificates};
use tokio_postgres::NoTls;

use crate::cloud::{Cloud, Hands, life, secret_of};
use crate::support::eventually;

const HOUR: u64 = 3600;

async fn start_with(lifetimes: VaultLifetimes, postgres: Option<Arc<Postgres>>) -> (Vault, Cloud) {
    let hands = Hands::new();
    let vault = Vault::start(hands.clock(), postgres, lifetimes).await.unwrap();
    vault.allow("jwt", "people", "planted-id-ada");
    let cloud = Cloud::new(&hands, &[("VAULT_TOKEN", VAULT_TOKEN)]);
    cloud.sign_in(&cloud.person, "planted-id-ada");
    (vault, cloud)
}

async fn start() -> (Vault, Cloud) {
    start_with(VaultLifetimes::default(), None).await
}

fn settings(vault: &Vault, auth: VaultAuth) -> VaultSettings {
    VaultSettings { address: vault.api.url().to_owned(), role: "reader".to_owned(), auth, ..VaultSettings::default() }
}

fn source_of(settings: VaultSettings) -> SourceConfig {
    SourceConfig::Vault(VaultConfig::new(settings).unwrap())
}

fn people() -> VaultAuth {
    VaultAuth::Jwt { mount: None, role: Some("people".to_owned()) }
}

fn as_people(vault: &Vault) -> SourceConfig {
    source_of(settings(vault, people()))
}

fn role(obtained: &Obtained) -> String {
    obtained.credential.username.clone().unwrap()
}

/// Logs in to PostgreSQL as an ordinary client would.
async fn log_in(postgres: &Postgres, obtained: &Obtained) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let mut config = tokio_postgres::Config::new();
    config.host(postgres.host()).port(postgres.port()).dbname("postgres");
    config.user(role(obtained)).password(secret_of(obtained));
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

#[tokio::test]
async fn a_role_lives_in_postgresql_until_the_person_leaves() {
    let postgres = Arc::new(Postgres::start(Major::V15).await.unwrap());
    let (vault, cloud) = start_with(VaultLifetimes::default(), Some(Arc::clone(&postgres))).await;
    let source = as_people(&vault);
    let obtained = cloud.obtain(&source).await.unwrap();
    assert!(matches!(obtained.credential.presentation, Presentation::Password(_)), "any way to ask for it will do");
    assert_eq!(obtained.credential.issuer.as_deref(), Some("Vault at localhost"));
    assert_eq!(life(&cloud, &obtained), HOUR);
    let client = log_in(&postgres, &obtained).await.unwrap();
    let row = client.query_one("select current_user::text", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), role(&obtained));
    drop(client);

    cloud.broker.forget_person(&cloud.person);
    let count = format!("select count(*)::text from pg_roles where rolname = '{}'", role(&obtained));
    let gone = vec![vec![Some("0".to_owned())]];
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while postgres.query("postgres", &count).await.unwrap() != gone {
        assert!(tokio::time::Instant::now() < deadline, "the role is still there");
        tokio::task::yield_now().await;
    }
    assert!(log_in(&postgres, &obtained).await.is_err());
    eventually("the login ends too", || vault.count_tokens() == 0).await;
}

#[tokio::test]
async fn the_lease_of_an_open_connection_is_renewed_while_vault_allows() {
    let (vault, cloud) = start().await;
    let source = as_people(&vault);
    let first = cloud.obtain(&source).await.unwrap();
    let hold = cloud.broker.hold(&first);
    let held = role(&first);
    // Four hours in all, each renewal for one.
    for renewals in 1..=3 {
        cloud.hands.advance(HOUR - 200);
        cloud.broker.renew_due();
        eventually("the lease is renewed", || vault.api.count("sys/leases/renew") == renewals).await;
        let renewed = cloud.obtain(&source).await.unwrap();
        assert_eq!((role(&renewed), renewed.fresh), (held.clone(), false));
        assert_eq!(vault.roles().await, std::slice::from_ref(&held));
    }
    assert_eq!(vault.api.count("auth/jwt/login"), 1);

    // The end of all renewals is near: there is a new role, and the old one lives on under its connections.
    cloud.hands.advance(HOUR - 200);
    cloud.broker.renew_due();
    eventually("a new role is made", || vault.api.count("database/creds/reader") == 2).await;
    let mut next = cloud.obtain(&source).await.unwrap();
    while role(&next) == held {
        tokio::task::yield_now().await;
        next = cloud.obtain(&source).await.unwrap();
    }
    assert_eq!(vault.roles().await.len(), 2);
    drop(hold);

    // Whoever leaves takes both along.
    cloud.broker.shut_down().await;
    assert_eq!((vault.roles().await.len(), vault.count_tokens()), (0, 0));
}

#[tokio::test]
async fn nothing_is_renewed_that_no_connection_needs() {
    let (vault, cloud) = start().await;
    cloud.obtain(&as_people(&vault)).await.unwrap();
    cloud.hands.advance(HOUR - 60);
    cloud.broker.renew_due();
    cloud.hands.advance(HOUR);
    assert_eq!((vault.api.count("sys/leases/renew"), vault.roles().await.len()), (0, 0));
    // Its lease has ended: there is another when it is needed again, by the same login.
    cloud.obtain(&as_people(&vault)).await.unwrap();
    assert_eq!(vault.api.count("auth/jwt/login"), 1);
}

#[tokio::test]
async fn a_lease_ends_with_its_login_so_that_is_renewed_too() {
    let lifetimes = VaultLifetimes {
        token: Duration::from_secs(HOUR),
        token_max: Duration::from_secs(2 * HOUR),
        ..VaultLifetimes::default()
    };
    let (vault, cloud) = start_with(lifetimes, None).await;
    let source = as_people(&vault);
    let first = cloud.obtain(&source).await.unwrap();
    let _hold = cloud.broker.hold(&first);
    cloud.hands.advance(HOUR - 200);
    cloud.broker.renew_due();
    eventually("both are renewed", || vault.api.count("sys/leases/renew") == 1).await;
    assert_eq!(vault.api.count("auth/token/renew-self"), 1);
    let renewed = cloud.obtain(&source).await.unwrap();
    assert_eq!(role(&renewed), role(&first));

    // The login has 400 s left in all and would take the lease along, so there is another.
    cloud.hands.advance(HOUR - 200);
    cloud.broker.renew_due();
    eventually("there is a new login", || vault.api.count("database/creds/reader") == 2).await;
    assert_eq!(vault.api.count("auth/jwt/login"), 2);
}

#[tokio::test]
async fn a_revoked_login_is_replaced() {
    let (vault, cloud) = start().await;
    let source = as_people(&vault);
    let first = cloud.obtain(&source).await.unwrap();
    let cached = cloud.obtain(&source).await.unwrap();
    vault.revoke_all_tokens().await;
    assert!(cloud.broker.reject(&cached), "PostgreSQL refuses a role that is gone");
    let second = cloud.obtain(&source).await.unwrap();
    assert_ne!(role(&first), role(&second));
    assert_eq!(vault.api.count("auth/jwt/login"), 2);
}

#[tokio::test]
async fn each_way_to_log_in_leads_to_a_role() {
    let (vault, cloud) = start().await;
    vault.allow("oidc/corp", "", "planted-id-ada");
    vault.allow("approle", "console-role-id", "planted-secret-id");
    vault.allow("kubernetes", "console", "planted-pod-token");
    let secret_id_file = cloud.file("secret-id", "planted-secret-id\n");
    let token_file = cloud.file("pod-token", "planted-pod-token\n");
    let own_file = cloud.file("own-token", VAULT_TOKEN);
    let text = |text: &str| Some(text.to_owned());
    let app_role = |secret_id: Option<&str>, secret_id_file| VaultAuth::AppRole {
        mount: None,
        role_id: "console-role-id".to_owned(),
        secret_id: secret_id.map(Into::into),
        secret_id_file,
    };
    for (auth, identity) in [
        (VaultAuth::Jwt { mount: text("oidc/corp"), role: None }, Identity::SignedInUser),
        (VaultAuth::Token { file: None }, Identity::Service),
        (VaultAuth::Token { file: Some(own_file) }, Identity::Service),
        (app_role(Some("planted-secret-id"), None), Identity::Service),
        (app_role(None, Some(secret_id_file)), Identity::Service),
        (
            VaultAuth::Kubernetes { mount: None, role: "console".to_owned(), token_file: Some(token_file) },
            Identity::Service,
        ),
    ] {
        let shown = format!("{auth:?}");
        let source = match auth {
            // Vault allows a default role, the double has it as an empty one.
            VaultAuth::Jwt { .. } => source_of(settings(&vault, auth)),
            auth => source_of(settings(&vault, auth)),
        };
        assert_eq!(source.identity(), identity, "{shown}");
        cloud.obtain(&source).await.unwrap();
    }
    cloud.broker.shut_down().await;
    assert_eq!((vault.roles().await.len(), vault.count_tokens()), (0, 0), "its own token is left alone");
}

#[tokio::test]
async fn people_have_roles_of_their_own_also_by_howdah_s_login() {
    let (vault, cloud) = start().await;
    let grace = Person::new("session-grace", "grace");
    let source = source_of(settings(&vault, VaultAuth::Token { file: None }));
    let of_ada = cloud.obtain(&source).await.unwrap();
    let of_grace = cloud.obtain_for(&grace, &source, &cloud.target).await.unwrap();
    assert_ne!(role(&of_ada), role(&of_grace));
    cloud.broker.forget_person(&cloud.person);
    eventually("the lease is revoked", || vault.api.count("sys/leases/revoke") == 1).await;
    cloud.broker.shut_down().await;
    assert_eq!(vault.api.count("sys/leases/revoke"), 2);
    assert!(vault.roles().await.is_empty());
}

#[tokio::test]
async fn the_password_of_a_static_role_is_good_until_vault_changes_it() {
    let (vault, cloud) = start().await;
    let source = source_of(VaultSettings { static_role: true, ..settings(&vault, people()) });
    let first = cloud.obtain(&source).await.unwrap();
    assert_eq!((role(&first).as_str(), life(&cloud, &first)), ("reporting", 600));
    cloud.hands.advance(300);
    assert_eq!(secret_of(&cloud.obtain(&source).await.unwrap()), secret_of(&first));
    cloud.hands.advance(300);
    let second = cloud.obtain(&source).await.unwrap();
    assert_ne!(secret_of(&second), secret_of(&first));
    cloud.broker.shut_down().await;
    assert_eq!((vault.api.count("leases"), vault.count_tokens()), (0, 0));
}

#[tokio::test]
async fn whoever_leaves_while_a_role_is_made_leaves_no_login_behind() {
    let (vault, cloud) = start().await;
    vault.set_slow(true);
    let source = as_people(&vault);
    let (outcome, ()) = tokio::join!(cloud.obtain(&source), async {
        eventually("the role is asked for", || vault.api.count("database/creds") == 1).await;
        cloud.broker.forget_person(&cloud.person);
    });
    assert!(outcome.unwrap_err().to_string().contains("ended while"));
    eventually("the login ends", || vault.count_tokens() == 0).await;
}

#[tokio::test]
async fn a_hundred_servers_share_one_lease() {
    let (vault, cloud) = start().await;
    let source = as_people(&vault);
    let all = join_all((0..100).map(|_| cloud.obtain(&source))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((vault.api.calls().len(), vault.roles().await.len()), (2, 1));
}

#[tokio::test]
async fn namespaces_and_mounts_are_part_of_the_address() {
    let (vault, cloud) = start().await;
    vault.set_namespace("team/data");
    let error = cloud.failure(&as_people(&vault)).await;
    assert!(error.contains("check `auth.mount` and `namespace`"), "{error}");
    let inside = VaultSettings { namespace: Some("team/data".to_owned()), ..settings(&vault, people()) };
    cloud.obtain(&source_of(inside)).await.unwrap();
}

#[tokio::test]
async fn what_vault_refuses_is_said_with_its_remedy() {
    let (vault, cloud) = start().await;
    let with_role = |role: &str| source_of(VaultSettings { role: role.to_owned(), ..settings(&vault, people()) });
    let of = |auth: VaultAuth| source_of(settings(&vault, auth));
    let jwt = |mount: Option<&str>, role: &str| {
        of(VaultAuth::Jwt { mount: mount.map(str::to_owned), role: Some(role.to_owned()) })
    };
    vault.allow("kubernetes", "console", "planted-pod-token");
    vault.allow("approle", "console-role-id", "planted-secret-id");
    let token_file = Some(cloud.file("other-token", "planted-other"));
    let mount = Some("elsewhere".to_owned());
    for (source, parts) in [
        (with_role("writer"), ["refused to give a database role by database/creds/writer", "has no role `writer`"]),
        (with_role("forbidden"), ["(status 403)", "a policy with `read` on database/creds/forbidden"]),
        (
            source_of(VaultSettings { mount, ..settings(&vault, people()) }),
            ["(status 404)", "no database engine is mounted at elsewhere"],
        ),
        (jwt(Some("nowhere"), "people"), ["by auth/nowhere/login", "no auth method is mounted there"]),
        (jwt(None, "others"), ["the login of the sign-in of ada@example.com", "the role `others` of the auth method"]),
        (
            of(VaultAuth::Kubernetes { mount: None, role: "console".to_owned(), token_file: token_file.clone() }),
            ["the pod's service account", "bound_service_account_names"],
        ),
        (
            of(VaultAuth::AppRole {
                mount: None,
                role_id: "console-role-id".to_owned(),
                secret_id: Some("planted-wrong".into()),
                secret_id_file: None,
            }),
            ["Howdah's AppRole", "make a new secret id"],
        ),
        (of(VaultAuth::Token { file: token_file }), ["refused Howdah's own token (status 403)", "give Howdah another"]),
        (
            of(VaultAuth::Token { file: Some("/nowhere/token".to_owned()) }),
            ["cannot read the file of the token for Vault", "there is no such file"],
        ),
    ] {
        let error = cloud.failure(&source).await;
        for part in parts {
            assert!(error.contains(part), "{error}");
        }
        cloud.hands.advance(120);
    }
    vault.set_sealed(true);
    assert!(cloud.failure(&as_people(&vault)).await.contains("it is sealed or in maintenance"));
    let empty = Cloud::new(&cloud.hands, &[]);
    let error = empty.failure(&of(VaultAuth::Token { file: None })).await;
    assert!(error.contains("set VAULT_TOKEN in its environment"), "{error}");
    let stranger = Person::new("session-stranger", "stranger");
    let outcome = cloud.obtain_for(&stranger, &as_people(&vault), &cloud.target).await;
    assert!(matches!(outcome, Err(CredentialError::InteractionRequired(_))));
}

#[tokio::test]
async fn vault_s_own_authority_is_trusted_for_vault_alone() {
    let (vault, cloud) = start().await;
    let other = Certificates::generate("Another authority").unwrap();
    let with =
        |ca_pem: &str| source_of(VaultSettings { ca_pem: Some(ca_pem.to_owned()), ..settings(&vault, people()) });
    let error = cloud.failure(&with(other.ca_pem())).await;
    assert!(error.contains("certificate of Vault at localhost is not trusted"), "{error}");
    cloud.obtain(&with(&format!("{}{}", other.ca_pem(), certificates().ca_pem()))).await.unwrap();
}

#[tokio::test]
async fn strange_answers_are_failures_in_words() {
    let behaviours = [Behaviour::Page, Behaviour::Flood, Behaviour::Redirect, Behaviour::Broken, Behaviour::Hang];
    join_all(behaviours.map(misbehave)).await;
}

async fn misbehave(behaviour: Behaviour) {
    let (vault, cloud) = start().await;
    vault.api.behave(behaviour);
    let error = cloud.obtain(&as_people(&vault)).await.unwrap_err();
    let expected = if behaviour == Behaviour::Hang { "credential_timeout" } else { "credential_failed" };
    assert_eq!(error.code(), expected, "{behaviour:?}: {error}");
    assert!(error.to_string().contains("Vault at localhost"), "{behaviour:?}: {error}");
}

#[tokio::test]
async fn a_vault_that_is_away_at_the_end_holds_nobody_up() {
    let (vault, cloud) = start().await;
    cloud.obtain(&as_people(&vault)).await.unwrap();
    vault.api.behave(Behaviour::Hang);
    let started = tokio::time::Instant::now();
    cloud.broker.forget_person(&cloud.person);
    assert!(started.elapsed() < Duration::from_secs(1));
    cloud.broker.shut_down().await;
    assert!(started.elapsed() < Duration::from_secs(9));
}
