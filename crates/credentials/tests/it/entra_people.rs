//! The flows of Entra ID in which a person acts, or has acted at their sign-in.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use howdah_credentials::{
    CredentialError, EntraConfig, EntraFlow, EntraSettings, Identity, IssuedToken, Person, Prompt, RedirectAnswer,
    Refusal, ServerKey, SignInTokenError, SignInTokens, SourceConfig, TokenRequest,
};
use howdah_testkit::{ENTRA_RESOURCE, ENTRA_TENANT, Entra};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use crate::support::{Bench, REDIRECT_URI, SIGN_IN, ScriptedSignIns, Time, eventually, secret_of};

const CLIENT: &str = "0f0e0d0c-client";
const ADA: &str = "ada@shop.example.com";

struct World {
    entra: Arc<Entra>,
    bench: Bench,
}

impl World {
    async fn new() -> Self {
        let time = Time::new();
        let entra = Arc::new(Entra::start(time.clock()).await.unwrap());
        entra.register(CLIENT, None);
        entra.redirect_uri(CLIENT, REDIRECT_URI);
        Self { entra, bench: Bench::with(&time, |_| {}) }
    }

    fn source(&self, flow: EntraFlow) -> SourceConfig {
        let settings = EntraSettings {
            flow,
            tenant: Some(ENTRA_TENANT.to_owned()),
            client_id: Some(CLIENT.to_owned()),
            authority: Some(self.entra.authority.url().to_owned()),
            ..EntraSettings::default()
        };
        SourceConfig::Entra(EntraConfig::new(settings).unwrap())
    }

    /// Whose token the source gives now.
    async fn principal(&self, source: &SourceConfig) -> String {
        let obtained = self.bench.obtain(source).await.unwrap();
        let token = self.entra.check(&secret_of(&obtained)).unwrap();
        assert_eq!(token.resource, ENTRA_RESOURCE);
        token.principal
    }

    async fn code(&self, source: &SourceConfig) -> String {
        match self.bench.prompt(source).await {
            Prompt::DeviceCode { user_code, .. } => user_code.expose_secret().to_owned(),
            Prompt::Redirect { url, .. } => panic!("a redirect to {url}"),
        }
    }

    async fn page(&self, source: &SourceConfig) -> Url {
        match self.bench.prompt(source).await {
            Prompt::Redirect { url, .. } => url,
            Prompt::DeviceCode { .. } => panic!("a code"),
        }
    }

    /// Brings the answer of the page back as this person.
    async fn come_back(&self, person: &Person, back: &Url) -> Result<(), CredentialError> {
        let code = parameter(back, "code").map(SecretString::from);
        let refusal = || Refusal { error: parameter(back, "error").unwrap_or_default(), description: None };
        let answer = RedirectAnswer { outcome: code.ok_or_else(refusal), issuer: parameter(back, "iss") };
        self.bench.broker.complete_redirect(person, &parameter(back, "state").unwrap(), answer).await
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn a_code_is_shown_until_it_is_confirmed_and_then_the_token_is_there() {
    let world = World::new().await;
    let source = world.source(EntraFlow::DeviceCode);
    assert_eq!(source.identity(), Identity::SignedInUser);
    let Prompt::DeviceCode { verification_uri, user_code, expires_at, .. } = world.bench.prompt(&source).await else {
        panic!("no code");
    };
    assert_eq!(verification_uri.as_str(), "https://microsoft.com/devicelogin");
    assert_eq!(expires_at, world.bench.time.now() + Duration::from_secs(900));
    let code = user_code.expose_secret().to_owned();

    // Others who connect meanwhile, also to other servers, see the same code.
    assert_eq!(world.code(&source).await, code);
    let other = ServerKey::new("server-2");
    let error = world.bench.broker.obtain(&world.bench.person, &other, &source, &world.bench.target).await.unwrap_err();
    assert_eq!(error.code(), "interaction_required");
    assert!(!format!("{error:?} {error}").contains("PLANTED"), "{error:?}");
    assert_eq!(world.entra.authority.count("/devicecode"), 1);

    world.bench.time.wake(2);
    eventually("the flow asks twice", || world.entra.authority.count("/token") == 2).await;
    world.entra.confirm(&code, ADA).unwrap();
    world.bench.time.wake(1);
    world.bench.wait_for_person(&source).await;
    assert_eq!(world.principal(&source).await, ADA);
    assert_eq!(world.bench.time.slept(), [5, 5, 5]);
}

#[tokio::test]
async fn a_person_confirms_once_and_works_all_day() {
    let world = World::new().await;
    let source = world.source(EntraFlow::DeviceCode);
    let code = world.code(&source).await;
    world.entra.confirm(&code, ADA).unwrap();
    world.bench.time.wake(1);
    world.bench.wait_for_person(&source).await;
    for _ in 0..10 {
        assert_eq!(world.principal(&source).await, ADA);
        world.bench.advance(3600);
    }
    assert_eq!(world.entra.authority.count("/devicecode"), 1);
}

#[tokio::test]
async fn a_flow_asks_more_rarely_when_told_so() {
    let world = World::new().await;
    let source = world.source(EntraFlow::DeviceCode);
    let code = world.code(&source).await;
    world.entra.slow_down(Duration::from_secs(5));
    world.bench.time.wake(2);
    eventually("the flow asks twice", || world.entra.authority.count("/token") == 2).await;
    world.entra.confirm(&code, ADA).unwrap();
    world.bench.time.wake(1);
    world.bench.wait_for_person(&source).await;
    assert_eq!(world.bench.time.slept(), [5, 10, 10]);
    assert_eq!(world.principal(&source).await, ADA);
}

#[tokio::test]
async fn a_declined_code_is_said_so_and_the_next_is_another() {
    let world = World::new().await;
    let source = world.source(EntraFlow::DeviceCode);
    let code = world.code(&source).await;
    world.entra.decline(&code).unwrap();
    world.bench.time.wake(1);
    let error = world.bench.end_of_flow(&source).await.unwrap_err();
    assert_eq!(error.to_string(), "the sign-in was declined");
    assert_ne!(world.code(&source).await, code);
}

#[tokio::test]
async fn a_code_that_nobody_confirms_is_replaced() {
    let world = World::new().await;
    let source = world.source(EntraFlow::DeviceCode);
    let code = world.code(&source).await;
    world.bench.advance(901);
    assert_ne!(world.code(&source).await, code);
}

#[tokio::test]
async fn a_page_is_visited_once_and_the_token_is_renewed_from_then_on() {
    let world = World::new().await;
    let source = world.source(EntraFlow::Interactive);
    let page = world.page(&source).await;
    assert_eq!(page, world.page(&source).await, "the same flow");
    let state = parameter(&page, "state").unwrap();
    assert!(world.bench.broker.awaits_redirect(&world.bench.person, &state));

    let back = world.entra.sign_in(&page, ADA).unwrap();
    world.come_back(&world.bench.person, &back).await.unwrap();
    assert_eq!(world.principal(&source).await, ADA);
    assert!(!world.bench.broker.awaits_redirect(&world.bench.person, &state));
    let error = world.come_back(&world.bench.person, &back).await.unwrap_err();
    assert!(error.to_string().contains("too late or twice"), "{error}");

    world.bench.advance(3600);
    assert_eq!(world.principal(&source).await, ADA);
    assert_eq!(world.entra.authority.count("/token"), 2);
}

#[tokio::test]
async fn nobody_comes_back_for_another_person() {
    let world = World::new().await;
    let source = world.source(EntraFlow::Interactive);
    let back = world.entra.sign_in(&world.page(&source).await, ADA).unwrap();
    let mallory = Person::new("session-2", "mallory");
    assert!(world.come_back(&mallory, &back).await.is_err());
    assert!(!world.bench.broker.awaits_redirect(&mallory, &parameter(&back, "state").unwrap()));
    // Mallory has not used it up.
    world.come_back(&world.bench.person, &back).await.unwrap();
    assert_eq!(world.principal(&source).await, ADA);
}

#[tokio::test]
async fn a_browser_that_stays_away_too_long_starts_again() {
    let world = World::new().await;
    let source = world.source(EntraFlow::Interactive);
    let first = world.page(&source).await;
    let back = world.entra.sign_in(&first, ADA).unwrap();
    world.bench.advance(601);
    assert!(world.come_back(&world.bench.person, &back).await.is_err());
    assert_ne!(world.page(&source).await, first);
}

#[tokio::test]
async fn a_refusal_that_the_browser_brings_is_told() {
    let world = World::new().await;
    let source = world.source(EntraFlow::Interactive);
    let state = parameter(&world.page(&source).await, "state").unwrap();
    let refusal = Refusal {
        error: "access_denied".to_owned(),
        description: Some("AADSTS65004: User declined to consent.".to_owned()),
    };
    let answer = RedirectAnswer { outcome: Err(refusal), issuer: None };
    let error = world.bench.broker.complete_redirect(&world.bench.person, &state, answer).await.unwrap_err();
    assert!(error.to_string().contains("user_impersonation"), "{error}");
}

#[tokio::test]
async fn without_an_address_to_come_back_to_nobody_is_sent_away() {
    let world = World::new().await;
    let bench = Bench::with(&world.bench.time, |setup| setup.redirect_uri = None);
    let refusal = bench.refusal(&world.source(EntraFlow::Interactive)).await;
    assert!(refusal.contains("use the device code flow"), "{refusal}");
}

#[tokio::test]
async fn what_entra_demands_of_a_new_sign_in_is_passed_on() {
    let world = World::new().await;
    let source = world.source(EntraFlow::Interactive);
    let back = world.entra.sign_in(&world.page(&source).await, ADA).unwrap();
    world.come_back(&world.bench.person, &back).await.unwrap();
    world.bench.advance(3600);
    let demanded = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    world.entra.refuse_next("interaction_required", "AADSTS50076: Due to a configuration change.", Some(demanded));
    let page = world.page(&source).await;
    assert_eq!(parameter(&page, "claims").as_deref(), Some(demanded));
    let reason = world.bench.refusal(&source).await;
    assert!(reason.contains("sign in again with your second factor (AADSTS50076)"), "{reason}");
    world.come_back(&world.bench.person, &world.entra.sign_in(&page, ADA).unwrap()).await.unwrap();
    assert_eq!(world.principal(&source).await, ADA);
}

#[tokio::test]
async fn nobody_is_asked_for_a_renewal_ahead() {
    let world = World::new().await;
    let source = world.source(EntraFlow::DeviceCode);
    let code = world.code(&source).await;
    world.entra.confirm(&code, ADA).unwrap();
    world.bench.time.wake(1);
    world.bench.wait_for_person(&source).await;
    world.entra.revoke(ADA);
    world.bench.advance(3400);
    let asked = world.entra.authority.count("/token");
    // The old token serves on; one renewal was tried, and no code was asked for.
    for _ in 0..50 {
        assert_eq!(world.principal(&source).await, ADA);
        tokio::task::yield_now().await;
    }
    eventually("the renewal fails", || world.entra.authority.count("/token") == asked + 1).await;
    assert_eq!(world.entra.authority.count("/devicecode"), 1);
    world.bench.advance(200);
    assert_ne!(world.code(&source).await, code);
}

#[tokio::test]
async fn people_do_not_share_and_forgetting_ends_their_flows() {
    let world = World::new().await;
    let source = world.source(EntraFlow::DeviceCode);
    let (bench, grace) = (&world.bench, Person::new("session-2", "grace"));
    let ada_code = world.code(&source).await;
    let Err(CredentialError::InteractionRequired(prompt)) =
        bench.broker.obtain(&grace, &bench.server, &source, &bench.target).await
    else {
        panic!("no prompt");
    };
    let Prompt::DeviceCode { user_code, .. } = *prompt else { panic!("no code") };
    assert_ne!(user_code.expose_secret(), ada_code);

    world.entra.confirm(&ada_code, ADA).unwrap();
    world.entra.confirm(user_code.expose_secret(), "grace@shop.example.com").unwrap();
    bench.time.wake(2);
    bench.wait_for_person(&source).await;
    bench.broker.wait_for_person(&grace, &bench.server, &source, &bench.target).await.unwrap();
    assert_eq!(world.principal(&source).await, ADA);
    let theirs = bench.broker.obtain(&grace, &bench.server, &source, &bench.target).await.unwrap();
    assert_eq!(world.entra.check(&secret_of(&theirs)).unwrap().principal, "grace@shop.example.com");

    bench.broker.forget_person(&bench.person);
    // Refresh token and all are gone: Ada must confirm anew.
    assert_ne!(world.code(&source).await, ada_code);
    bench.broker.forget_person(&bench.person);
    bench.wait_for_person(&source).await;
}

/// A sign-in whose refresh token is redeemed at the tenant, as the server does it.
struct EntraSignIn {
    entra: Arc<Entra>,
    time: Time,
    refresh_token: Mutex<String>,
}

#[async_trait]
impl SignInTokens for EntraSignIn {
    async fn token(&self, _: &Person, request: TokenRequest) -> Result<IssuedToken, SignInTokenError> {
        let TokenRequest::Refresh { scope: Some(scope), resource: None, audience: None } = request else {
            panic!("not asked for the database: {request:?}");
        };
        let mut refresh_token = self.refresh_token.lock().await;
        let form = [
            ("client_id", CLIENT),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.as_str()),
            ("scope", &scope),
        ];
        let url = format!("{}/{ENTRA_TENANT}/oauth2/v2.0/token", self.entra.authority.url());
        let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().unwrap();
        let answer: Value = client.post(url).form(&form).send().await.unwrap().json().await.unwrap();
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        if let Some(error) = text("error") {
            return Err(SignInTokenError::Refused {
                error,
                description: text("error_description"),
                claims: text("claims"),
            });
        }
        *refresh_token = text("refresh_token").unwrap();
        Ok(IssuedToken {
            token: SecretString::from(text("access_token").unwrap()),
            issuer: None,
            expires_at: Some(self.time.now() + Duration::from_secs(answer["expires_in"].as_u64().unwrap())),
            renew_at: None,
        })
    }

    fn sign_in_again(&self, person: &Person, claims: Option<&str>) -> Option<Url> {
        ScriptedSignIns::default().sign_in_again(person, claims)
    }
}

async fn signed_in() -> World {
    let World { entra, bench } = World::new().await;
    let refresh_token = Mutex::new(entra.signed_in(CLIENT, ADA));
    let sign_ins = EntraSignIn { entra: Arc::clone(&entra), time: bench.time.clone(), refresh_token };
    let bench = Bench::with(&bench.time, |setup| setup.sign_ins = Arc::new(sign_ins));
    World { entra, bench }
}

#[tokio::test]
async fn the_sign_ins_own_refresh_token_opens_a_hundred_databases_all_day() {
    let world = signed_in().await;
    let source = SourceConfig::Entra(EntraConfig::new(EntraSettings::default()).unwrap());
    let before = world.entra.authority.count("/token");
    for hour in 1..=8 {
        let secrets = join_all((0..100).map(|number| {
            let (bench, source) = (&world.bench, &source);
            async move {
                let server = ServerKey::new(format!("server-{number}"));
                secret_of(&bench.broker.obtain(&bench.person, &server, source, &bench.target).await.unwrap())
            }
        }))
        .await;
        assert!(secrets.iter().all(|secret| world.entra.check(secret).unwrap().principal == ADA));
        assert_eq!(world.entra.authority.count("/token"), before + hour, "one request an hour");
        world.bench.advance(3600);
    }
}

#[tokio::test]
async fn refusals_at_the_sign_in_become_words_or_a_new_sign_in() {
    let world = signed_in().await;
    let source = SourceConfig::Entra(EntraConfig::new(EntraSettings::default()).unwrap());
    world.entra.refuse_next("invalid_grant", "AADSTS65001: The user has not consented.", None);
    let refusal = world.bench.refusal(&source).await;
    assert!(refusal.contains("user_impersonation") && refusal.contains("AADSTS65001"), "{refusal}");

    let demanded = r#"{"access_token":{}}"#;
    world.entra.refuse_next("interaction_required", "AADSTS50079: second factor", Some(demanded));
    let page = world.page(&source).await;
    assert!(page.as_str().starts_with(SIGN_IN) && parameter(&page, "claims").as_deref() == Some(demanded), "{page}");

    world.entra.revoke(ADA);
    assert_eq!(world.page(&source).await.as_str(), SIGN_IN);
    let reason = world.bench.refusal(&source).await;
    assert!(reason.contains("your sign-in is too old"), "{reason}");
}

#[tokio::test]
async fn sovereign_clouds_have_their_own_resource() {
    let check = async |host: &str, resource: Option<&str>, expected: &str| {
        let sign_ins = Arc::new(ScriptedSignIns::default());
        let bench = Bench::with(&Time::new(), |setup| setup.sign_ins = Arc::clone(&sign_ins) as Arc<dyn SignInTokens>);
        sign_ins.give(Err(SignInTokenError::NotSignedInThroughProvider));
        let settings = EntraSettings {
            host: Some(host.to_owned()),
            resource: resource.map(str::to_owned),
            ..EntraSettings::default()
        };
        let source = SourceConfig::Entra(EntraConfig::new(settings).unwrap());
        assert!(bench.refusal(&source).await.contains("did not sign in through an identity provider"));
        let scope = format!("{expected}/.default offline_access");
        let wanted = TokenRequest::Refresh { scope: Some(scope), resource: None, audience: None };
        assert_eq!(sign_ins.asked(), [("session-1".to_owned(), wanted)]);
    };
    check("db.postgres.database.azure.com", None, ENTRA_RESOURCE).await;
    check("10.0.0.1", None, ENTRA_RESOURCE).await;
    check("DB.postgres.database.usgovcloudapi.net", None, "https://ossrdbms-aad.database.usgovcloudapi.net").await;
    check("db.postgres.database.chinacloudapi.cn", None, "https://ossrdbms-aad.database.chinacloudapi.cn").await;
    check("db.postgres.database.azure.com", Some("https://db.example.com"), "https://db.example.com").await;
}
