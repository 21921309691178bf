//! The flows of Entra ID in which Howdah itself is known there.

use std::fs;
use std::time::Duration;

use futures_util::future::join_all;
use howdah_credentials::{
    EntraConfig, EntraFlow, EntraSettings, Identity, Person, Presentation, ServerKey, SourceConfig, SourceKind,
};
use howdah_testkit::{APP_SERVICE_HEADER, Behaviour, ENTRA_RESOURCE, ENTRA_TENANT, Entra};
use secrecy::SecretString;

use crate::support::{Bench, Time, eventually, secret_of};

const CLIENT: &str = "0f0e0d0c-client";
const SECRET: &str = "planted-client-secret";

/// A tenant, and a broker in an environment.
struct World {
    entra: Entra,
    bench: Bench,
}

impl World {
    async fn new() -> Self {
        Self::with_environment(|_| Vec::new()).await
    }

    async fn with_environment(environment: impl Fn(&Entra) -> Vec<(&'static str, String)>) -> Self {
        let time = Time::new();
        let entra = Entra::start(time.clock()).await.unwrap();
        entra.register(CLIENT, Some(SECRET));
        let variables = environment(&entra);
        let bench = Bench::with(&time, |setup| {
            setup.environment.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        });
        Self { entra, bench }
    }

    fn settings(&self, flow: EntraFlow) -> EntraSettings {
        EntraSettings {
            flow,
            tenant: Some(ENTRA_TENANT.to_owned()),
            client_id: Some(CLIENT.to_owned()),
            authority: Some(self.entra.authority.url().to_owned()),
            ..EntraSettings::default()
        }
    }

    fn with_secret(&self, secret: &str) -> SourceConfig {
        let settings = self.settings(EntraFlow::ClientSecret);
        source(EntraSettings { client_secret: Some(SecretString::from(secret)), ..settings })
    }

    /// Whose token a source gives.
    async fn principal(&self, source: &SourceConfig) -> String {
        let obtained = self.bench.obtain(source).await.unwrap();
        let credential = &obtained.credential;
        assert!(matches!(credential.presentation, Presentation::Token(_)) && credential.source == SourceKind::Entra);
        let token = self.entra.check(&secret_of(&obtained)).unwrap();
        assert_eq!(token.resource, ENTRA_RESOURCE);
        assert_eq!(credential.expires_at, Some(token.expires_at));
        token.principal
    }
}

fn source(settings: EntraSettings) -> SourceConfig {
    SourceConfig::Entra(EntraConfig::new(settings).unwrap())
}

#[tokio::test]
async fn an_application_proves_itself_by_its_secret() {
    let world = World::new().await;
    let source = world.with_secret(SECRET);
    assert_eq!(world.principal(&source).await, CLIENT);
    assert_eq!(source.identity(), Identity::Service);
    let issuer = world.bench.obtain(&source).await.unwrap().credential.issuer.clone();
    assert_eq!(issuer, Some(format!("{}/{ENTRA_TENANT}/v2.0", world.entra.authority.url())));
}

#[tokio::test]
async fn a_wrong_secret_is_explained_and_not_repeated() {
    let world = World::new().await;
    let source = world.with_secret("planted-wrong-secret");
    let refusal = world.bench.refusal(&source).await;
    assert!(refusal.contains("use its value, not its id (AADSTS7000215)"), "{refusal}");
    let shown = format!("{source:?} {:?}", world.bench.obtain(&source).await);
    assert!(!shown.contains("planted"), "{shown}");
}

#[tokio::test]
async fn an_application_proves_itself_by_its_certificate() {
    let world = World::new().await;
    let other = "another-client";
    let pem = world.entra.certificate(other).unwrap();
    let settings = |pem: &str| EntraSettings {
        client_id: Some(other.to_owned()),
        client_certificate: Some(SecretString::from(pem)),
        ..world.settings(EntraFlow::ClientCertificate)
    };
    let good = source(settings(&pem));
    assert_eq!(world.principal(&good).await, other);
    // A new assertion each time: the tenant takes none twice.
    world.bench.advance(3600);
    assert_eq!(world.principal(&good).await, other);
    assert!(!format!("{good:?}").contains("PRIVATE"));

    let strange = world.entra.certificate("a-third-client").unwrap();
    let refusal = world.bench.refusal(&source(settings(&strange))).await;
    assert!(refusal.contains("certificate is not accepted"), "{refusal}");

    let mixed = format!(
        "{}{}",
        &pem[..pem.find("-----BEGIN PRIVATE").unwrap()],
        &strange[strange.find("-----BEGIN PRIVATE").unwrap()..]
    );
    let error = EntraConfig::new(settings(&mixed)).unwrap_err();
    assert_eq!(
        (error.field, error.problem.as_str()),
        ("client_certificate", "the private key is not this certificate's")
    );
    let without_key = &pem[..pem.find("-----BEGIN PRIVATE").unwrap()];
    assert!(EntraConfig::new(settings(without_key)).unwrap_err().problem.contains("no private key"));
}

#[tokio::test]
async fn a_workload_is_vouched_for_by_its_platform() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    let path = file.display().to_string();
    let world = World::with_environment(|entra| {
        vec![
            ("AZURE_TENANT_ID", ENTRA_TENANT.to_owned()),
            ("AZURE_CLIENT_ID", "workload".to_owned()),
            ("AZURE_FEDERATED_TOKEN_FILE", path.clone()),
            ("AZURE_AUTHORITY_HOST", format!("{}/", entra.authority.url())),
        ]
    })
    .await;
    world.entra.federate("workload", "first.platform.token");
    let source = source(EntraSettings { flow: EntraFlow::WorkloadIdentity, ..EntraSettings::default() });
    let error = world.bench.obtain(&source).await.unwrap_err();
    assert!(error.to_string().contains("check `token_file`"), "{error}");
    assert!(!error.to_string().contains(&path) && error.for_owner().unwrap().contains(&path), "{error}");

    fs::write(&file, "first.platform.token\n").unwrap();
    assert_eq!(world.principal(&source).await, "workload");

    // The platform replaced its token: the file is read each time.
    world.entra.federate("workload", "second.platform.token");
    world.bench.advance(3600);
    let refusal = world.bench.refusal(&source).await;
    assert!(refusal.contains("no federated credential fits"), "{refusal}");
    fs::write(&file, "second.platform.token").unwrap();
    assert_eq!(world.principal(&source).await, "workload");

    fs::write(&file, " \n").unwrap();
    world.bench.advance(3600);
    assert!(world.bench.refusal(&source).await.contains("it is empty"));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    world.bench.advance(3600);
    assert!(world.bench.refusal(&source).await.contains("no ordinary file"));
}

#[tokio::test]
async fn a_machine_has_an_identity() {
    let world =
        World::with_environment(|entra| vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.metadata.url().to_owned())])
            .await;
    let settings = EntraSettings { flow: EntraFlow::ManagedIdentity, ..EntraSettings::default() };
    let system_assigned = source(settings.clone());
    let refusal = world.bench.refusal(&system_assigned).await;
    assert!(refusal.contains("Identity not found") && refusal.contains("Check that an identity"), "{refusal}");

    world.entra.machine("vm-shop", None);
    assert_eq!(world.principal(&system_assigned).await, "vm-shop");

    world.entra.machine("id-shop", Some("id-of-identity"));
    let user_assigned = source(EntraSettings { client_id: Some("id-of-identity".to_owned()), ..settings });
    assert_eq!(world.principal(&user_assigned).await, "id-shop");
}

#[tokio::test]
async fn a_metadata_service_that_starts_is_asked_again() {
    let world =
        World::with_environment(|entra| vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.metadata.url().to_owned())])
            .await;
    world.entra.machine("vm-shop", None);
    let source = source(EntraSettings { flow: EntraFlow::ManagedIdentity, ..EntraSettings::default() });
    world.entra.metadata_fails(&[410, 500]);
    world.bench.time.wake(2);
    assert_eq!(world.principal(&source).await, "vm-shop");
    assert_eq!(world.bench.time.slept(), [1, 2]);
    assert_eq!(world.entra.metadata.calls().len(), 3);
}

#[tokio::test]
async fn app_service_has_an_identity_service_of_its_own() {
    let world = World::with_environment(|entra| {
        vec![
            ("IDENTITY_ENDPOINT", format!("{}/msi/token", entra.metadata.url())),
            ("IDENTITY_HEADER", APP_SERVICE_HEADER.to_owned()),
        ]
    })
    .await;
    world.entra.machine("app-shop", None);
    let source = source(EntraSettings { flow: EntraFlow::ManagedIdentity, ..EntraSettings::default() });
    assert_eq!(world.principal(&source).await, "app-shop");
}

#[tokio::test]
async fn the_azure_cli_is_asked_without_a_shell() {
    let directory = tempfile::tempdir().unwrap();
    let az = directory.path().join("az");
    let script = "#!/bin/sh\n[ \"$AZURE_CONFIG_DIR\" = /azure ] && [ -z \"$OTHER_SECRET\" ] || exit 9\n\
         [ \"$*\" = 'account get-access-token --resource https://ossrdbms-aad.database.windows.net --output json --tenant shop.example.com' ] || exit 8\n\
         echo '{\"accessToken\":\"cli-token\",\"expiresOn\":\"2027-01-15 04:00:00.000000\",\"expires_on\":1800003600,\"tokenType\":\"Bearer\"}'\n";
    fs::write(&az, script).unwrap();
    fs::set_permissions(&az, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", directory.path().display());
    let world =
        World::with_environment(|_| vec![("PATH", path.clone()), ("AZURE_CONFIG_DIR", "/azure".to_owned())]).await;
    let tenant = Some("shop.example.com".to_owned());
    let source = source(EntraSettings { flow: EntraFlow::AzureCli, tenant, ..EntraSettings::default() });
    let obtained = world.bench.obtain(&source).await.unwrap();
    assert_eq!(secret_of(&obtained), "cli-token");
    assert_eq!(obtained.credential.expires_at, Some(world.bench.time.now() + Duration::from_secs(3600)));

    fs::write(&az, "#!/bin/sh\necho \"Please run 'az login' planted\" >&2; exit 1\n").unwrap();
    world.bench.advance(3600);
    let error = world.bench.obtain(&source).await.unwrap_err();
    assert!(error.to_string().contains("run `az login`") && !error.to_string().contains("planted"), "{error}");
    assert!(error.for_owner().unwrap().contains("planted"));
    fs::remove_file(&az).unwrap();
    let refusal = world.bench.refusal(&source).await;
    assert!(refusal.contains("Azure CLI is installed"), "{refusal}");
}

#[tokio::test]
async fn a_hundred_servers_and_many_people_share_the_services_token() {
    let world = World::new().await;
    let source = world.with_secret(SECRET);
    let obtained = join_all((0..100).map(|number| {
        let (world, source) = (&world, &source);
        async move {
            let person = Person::new(format!("session-{}", number % 7), "somebody");
            let mut target = world.bench.target.clone();
            target.host = format!("db-{number}.postgres.database.azure.com");
            let server = ServerKey::new(format!("server-{number}"));
            let obtained = world.bench.broker.obtain(&person, &server, source, &target).await.unwrap();
            secret_of(&obtained)
        }
    }))
    .await;
    assert!(obtained.iter().all(|secret| *secret == obtained[0]));
    assert_eq!(world.entra.authority.count("/token"), 1);

    // One person leaves, one server goes: the service's token is nobody's.
    world.bench.broker.forget_person(&Person::new("session-1", "somebody"));
    world.bench.broker.forget_server(&ServerKey::new("server-1"));
    assert!(!world.bench.secret(&source).await.1);
    assert_eq!(world.entra.authority.count("/token"), 1);
}

#[tokio::test]
async fn a_renewal_that_entra_asks_for_comes_at_its_time() {
    let world = World::new().await;
    world.entra.life(Duration::from_secs(24 * 3600));
    let source = world.with_secret(SECRET);
    let obtained = world.bench.obtain(&source).await.unwrap();
    let half = world.bench.time.now() + Duration::from_secs(12 * 3600);
    assert_eq!(obtained.credential.renews_at(), Some(half));
    world.bench.advance(12 * 3600);
    let (old, _) = world.bench.secret(&source).await;
    eventually("the renewal ends", || world.entra.authority.count("/token") == 2).await;
    while world.bench.secret(&source).await.0 == old {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.entra.authority.count("/token"), 2);
}

#[tokio::test]
async fn a_broken_authority_fails_soon_and_in_words() {
    let world = World::new().await;
    let source = world.with_secret(SECRET);
    for (behaviour, part) in [
        (Behaviour::Flood, "larger than 1024 KiB"),
        (Behaviour::Page, "status 200 OK and no JSON object"),
        (Behaviour::Redirect, "a redirect, which is not followed"),
        (Behaviour::Broken, "status 500"),
    ] {
        world.entra.authority.behave(behaviour);
        let refusal = world.bench.refusal(&source).await;
        assert!(refusal.contains("Microsoft Entra ID") && refusal.contains(part), "{behaviour:?}: {refusal}");
        world.bench.advance(60);
    }
    assert_eq!(world.entra.authority.calls().len(), 4);
    world.entra.authority.behave(Behaviour::Documented);
    assert_eq!(world.principal(&source).await, CLIENT);
}

#[tokio::test]
async fn a_broken_metadata_service_fails_in_words() {
    let world =
        World::with_environment(|entra| vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.metadata.url().to_owned())])
            .await;
    world.entra.machine("vm-shop", None);
    let source = source(EntraSettings { flow: EntraFlow::ManagedIdentity, ..EntraSettings::default() });
    world.bench.time.wake(2);
    for (behaviour, part) in [
        (Behaviour::Flood, "larger than 1024 KiB"),
        (Behaviour::Page, "status 200 OK and no JSON object"),
        (Behaviour::Redirect, "a redirect, which is not followed"),
        (Behaviour::Broken, "status 500"),
    ] {
        world.entra.metadata.behave(behaviour);
        let refusal = world.bench.refusal(&source).await;
        assert!(refusal.contains("the managed identity service") && refusal.contains(part), "{behaviour:?}: {refusal}");
        world.bench.advance(60);
    }
    assert_eq!(world.entra.metadata.calls().len(), 6, "only what may pass is tried again");
}

#[tokio::test]
async fn an_authority_that_hangs_is_given_up() {
    let world = World::new().await;
    let source = world.with_secret(SECRET);
    world.entra.authority.behave(Behaviour::Hang);
    let error = world.bench.obtain(&source).await.unwrap_err();
    assert_eq!(error.code(), "credential_timeout");
    assert!(error.to_string().contains("Microsoft Entra ID gave no answer within 10 s"), "{error}");
}

#[tokio::test]
async fn a_source_that_hangs_holds_nobody_else_up() {
    let world = World::new().await;
    let (hanging, good) = (world.with_secret(SECRET), Entra::start(world.bench.time.clock()).await.unwrap());
    good.register(CLIENT, Some(SECRET));
    world.entra.authority.behave(Behaviour::Hang);
    let settings = EntraSettings {
        authority: Some(good.authority.url().to_owned()),
        client_secret: Some(SecretString::from(SECRET)),
        ..world.settings(EntraFlow::ClientSecret)
    };
    let answers = async {
        eventually("the request hangs", || world.entra.authority.count("/token") == 1).await;
        world.bench.obtain(&source(settings)).await
    };
    tokio::select! {
        outcome = world.bench.obtain(&hanging) => panic!("no answer was to be had: {outcome:?}"),
        outcome = answers => assert!(outcome.is_ok()),
    }
}

#[tokio::test]
async fn an_authority_with_a_strange_certificate_gets_nothing() {
    let world = World::new().await;
    let bench = Bench::with(&world.bench.time, |setup| setup.extra_roots.clear());
    let refusal = bench.refusal(&world.with_secret(SECRET)).await;
    assert!(refusal.contains("certificate of Microsoft Entra ID is not trusted"), "{refusal}");
    assert!(world.entra.authority.calls().is_empty());
}

/// The fields of settings, and the field that is wrong, if one is.
#[test]
fn settings_are_checked() {
    let text = |text: &str| Some(text.to_owned());
    let check = |settings: EntraSettings, field: Option<&str>| {
        let shown = format!("{settings:?}");
        assert_eq!(EntraConfig::new(settings).err().map(|error| error.field), field, "{shown}");
    };
    let base = EntraSettings::default;
    check(base(), None);
    check(EntraSettings { flow: EntraFlow::OnBehalfOf, ..base() }, None);
    check(EntraSettings { flow: EntraFlow::DeviceCode, ..base() }, None);
    check(EntraSettings { flow: EntraFlow::Interactive, ..base() }, Some("client_id"));
    check(EntraSettings { flow: EntraFlow::Interactive, client_id: text("c"), ..base() }, None);
    check(EntraSettings { flow: EntraFlow::ClientSecret, client_id: text("c"), ..base() }, Some("client_secret"));
    let secret = Some(SecretString::from("s"));
    let client = EntraSettings { flow: EntraFlow::ClientSecret, client_secret: secret, ..base() };
    check(client.clone(), Some("tenant"));
    check(EntraSettings { tenant: text("t"), ..client.clone() }, Some("client_id"));
    check(EntraSettings { tenant: text("t"), client_id: text("c"), ..client }, None);
    let certified = EntraSettings { flow: EntraFlow::ClientCertificate, ..base() };
    check(certified.clone(), Some("tenant"));
    check(EntraSettings { tenant: text("t"), client_id: text("c"), ..certified }, Some("client_certificate"));
    check(EntraSettings { tenant: text("a/../b"), ..base() }, Some("tenant"));
    check(EntraSettings { tenant: text(".."), ..base() }, Some("tenant"));
    check(EntraSettings { authority: text("http://login.microsoftonline.com"), ..base() }, Some("authority"));
    check(EntraSettings { authority: text("https://login.microsoftonline.com/tenant"), ..base() }, Some("authority"));
    check(EntraSettings { authority: text("login.microsoftonline.com"), ..base() }, Some("authority"));
    check(EntraSettings { authority: text("https://login.microsoftonline.us"), ..base() }, None);
}
