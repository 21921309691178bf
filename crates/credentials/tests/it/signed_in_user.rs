//! A token from the person's own sign-in.

use std::sync::Arc;
use std::time::Duration;

use howdah_credentials::{
    Exchange, IssuedToken, Present, Presentation, Prompt, SignInTokenError, SignInTokens, SignedInUserConfig,
    SignedInUserSettings, SourceConfig, TokenRequest, Trouble,
};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Bench, SIGN_IN, ScriptedSignIns, Time, secret_of};

fn bench() -> (Bench, Arc<ScriptedSignIns>) {
    let sign_ins = Arc::new(ScriptedSignIns::default());
    let bench = Bench::with(&Time::new(), |setup| setup.sign_ins = Arc::clone(&sign_ins) as Arc<dyn SignInTokens>);
    (bench, sign_ins)
}

fn source(settings: SignedInUserSettings) -> SourceConfig {
    SourceConfig::SignedInUser(SignedInUserConfig::new(settings).unwrap())
}

fn issued(bench: &Bench, token: &str, life: u64) -> IssuedToken {
    IssuedToken {
        token: SecretString::from(token),
        issuer: Some("https://id.example.com".to_owned()),
        expires_at: Some(bench.time.now() + Duration::from_secs(life)),
        renew_at: None,
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn each_exchange_asks_for_its_own_token() {
    let check = async |settings: SignedInUserSettings, expected: TokenRequest| {
        let (bench, sign_ins) = bench();
        sign_ins.give(Ok(issued(&bench, "the-token", 60)));
        let obtained = bench.obtain(&source(settings)).await.unwrap();
        assert_eq!(secret_of(&obtained), "the-token");
        assert_eq!(sign_ins.asked(), [("session-1".to_owned(), expected)]);
    };
    let base = SignedInUserSettings::default;
    check(base(), TokenRequest::AccessToken).await;
    let settings = SignedInUserSettings {
        exchange: Exchange::Refresh,
        scope: text("db"),
        resource: text("https://db.example.com"),
        audience: text(" "),
        ..base()
    };
    let (scope, resource) = (text("db"), text("https://db.example.com"));
    check(settings, TokenRequest::Refresh { scope, resource, audience: None }).await;
    let settings = SignedInUserSettings { exchange: Exchange::TokenExchange, audience: text("postgres"), ..base() };
    let (audience, requested_token_type) = (text("postgres"), None);
    check(settings, TokenRequest::TokenExchange { audience, scope: None, resource: None, requested_token_type }).await;
    let settings = SignedInUserSettings { exchange: Exchange::OnBehalfOf, scope: text("db/.default"), ..base() };
    check(settings, TokenRequest::OnBehalfOf { scope: "db/.default".to_owned() }).await;
}

#[tokio::test]
async fn a_token_is_presented_as_the_settings_say() {
    let (bench, sign_ins) = bench();
    sign_ins.give(Ok(issued(&bench, "the-token", 60)));
    let scope = text("openid db");
    let bearer = SignedInUserSettings { exchange: Exchange::Refresh, scope, ..SignedInUserSettings::default() };
    let obtained = bench.obtain(&source(bearer.clone())).await.unwrap();
    let Presentation::OAuthBearer { issuer, scope, .. } = &obtained.credential.presentation else {
        panic!("{obtained:?}");
    };
    assert_eq!((issuer, scope), (&text("https://id.example.com"), &text("openid db")));
    let password = SignedInUserSettings { present: Present::Password, ..bearer };
    let obtained = bench.obtain(&source(password)).await.unwrap();
    assert!(matches!(obtained.credential.presentation, Presentation::Token(_)));
    assert!(obtained.credential.source.needs_verified_tls());
    assert!(!format!("{obtained:?}").contains("the-token"));
}

#[tokio::test]
async fn a_token_ends_when_anything_says_so() {
    let check = async |token: &str, life: Option<u64>, expected: u64| {
        let (bench, sign_ins) = bench();
        let now = bench.time.now();
        let expires_at = life.map(|life| now + Duration::from_secs(life));
        sign_ins.give(Ok(IssuedToken { expires_at, ..issued(&bench, token, 0) }));
        let obtained = bench.obtain(&source(SignedInUserSettings::default())).await.unwrap();
        assert_eq!(obtained.credential.expires_at, Some(now + Duration::from_secs(expected)), "{token} {life:?}");
    };
    // {"alg":"RS256"}.{"exp":1800000100}
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE4MDAwMDAxMDB9.c2ln";
    check("opaque", Some(60), 60).await;
    check(jwt, Some(60), 60).await;
    check(jwt, Some(600), 100).await;
    check(jwt, None, 100).await;
    check("opaque", None, 300).await;
}

#[tokio::test]
async fn a_token_that_postgresql_could_not_take_is_refused_unsent() {
    let (bench, sign_ins) = bench();
    sign_ins.give(Ok(issued(&bench, "a token\u{1}", 60)));
    let refusal = bench.refusal(&source(SignedInUserSettings::default())).await;
    assert!(refusal.contains("no bearer token may hold"), "{refusal}");
    sign_ins.give(Ok(issued(&bench, &"a".repeat(66_000), 60)));
    let refusal = bench.refusal(&source(SignedInUserSettings::default())).await;
    assert!(refusal.contains("66000 bytes"), "{refusal}");
}

#[tokio::test]
async fn what_a_new_sign_in_would_set_right_becomes_one() {
    let refused = |error: &str, claims: Option<&str>| SignInTokenError::Refused {
        error: error.to_owned(),
        description: Some("The token planted-token is bad".to_owned()),
        claims: claims.map(str::to_owned),
    };
    /// The address, or a part of the words.
    async fn check(exchange: Exchange, error: SignInTokenError, expected: Result<&str, &str>) {
        let (bench, sign_ins) = bench();
        sign_ins.give(Err(error.clone()));
        let scope = (exchange != Exchange::None).then(|| "db".to_owned());
        let source = source(SignedInUserSettings { exchange, scope, ..SignedInUserSettings::default() });
        match expected {
            Ok(address) => {
                let Prompt::Redirect { url, .. } = bench.prompt(&source).await else { panic!("{error:?}") };
                assert_eq!(url.as_str(), address, "{error:?}");
            }
            Err(part) => {
                let refusal = bench.refusal(&source).await;
                assert!(refusal.contains(part), "{error:?}: {refusal}");
            }
        }
    }
    let again = SignInTokenError::SignInAgain { claims: None };
    check(Exchange::None, again, Ok(SIGN_IN)).await;
    check(Exchange::Refresh, refused("invalid_grant", None), Ok(SIGN_IN)).await;
    check(Exchange::TokenExchange, refused("invalid_grant", None), Err("is bad (invalid_grant)")).await;
    check(Exchange::TokenExchange, refused("invalid_target", None), Err("(invalid_target)")).await;
    let demanded = format!("{SIGN_IN}?claims=%7B%7D");
    check(Exchange::OnBehalfOf, refused("interaction_required", Some("{}")), Ok(&demanded)).await;
    check(Exchange::Refresh, refused("invalid_scope", None), Err("(invalid_scope)")).await;
    check(Exchange::None, SignInTokenError::NotSignedInThroughProvider, Err("choose another credential source")).await;
    let unavailable = SignInTokenError::Unavailable { reason: "it cannot be reached".to_owned() };
    check(Exchange::Refresh, unavailable, Err("it cannot be reached")).await;
}

#[tokio::test]
async fn a_prompt_is_no_failure_of_the_source() {
    let (bench, sign_ins) = bench();
    let source = source(SignedInUserSettings::default());
    sign_ins.give(Err(SignInTokenError::SignInAgain { claims: None }));
    for _ in 0..10 {
        bench.prompt(&source).await;
    }
    sign_ins.give(Ok(issued(&bench, "the-token", 60)));
    assert_eq!(bench.secret(&source).await.0, "the-token");
}

#[tokio::test]
async fn a_run_that_broke_down_is_followed_by_another() {
    let (bench, sign_ins) = bench();
    let source = source(SignedInUserSettings::default());
    // Without an answer to give, the sign-in panics.
    let refusal = bench.refusal(&source).await;
    assert!(refusal.contains("ended while its credential"), "{refusal}");
    sign_ins.give(Ok(issued(&bench, "the-token", 60)));
    assert_eq!(bench.secret(&source).await.0, "the-token");
}

#[tokio::test]
async fn a_held_secret_is_renewed_without_being_asked_for() {
    let (bench, sign_ins) = bench();
    let source = source(SignedInUserSettings::default());
    sign_ins.give(Ok(issued(&bench, "first", 3600)));
    let obtained = bench.obtain(&source).await.unwrap();
    let hold = bench.broker.hold(&obtained);
    bench.broker.renew_due();
    assert_eq!(sign_ins.asked().len(), 1);

    // A laptop that slept for a day.
    bench.advance(24 * 3600);
    sign_ins.give(Ok(issued(&bench, "second", 3600)));
    bench.broker.renew_due();
    bench.broker.renew_due();
    crate::support::eventually("the renewal is asked for", || sign_ins.asked().len() == 2).await;
    assert_eq!(bench.secret(&source).await.0, "second");
    let newest = hold.standing().unwrap().credential;
    assert_eq!(newest.obtained_at, bench.time.now());
    assert!(newest.renews_at().unwrap() > bench.time.now());

    drop(hold);
    bench.advance(24 * 3600);
    bench.broker.renew_due();
    assert_eq!(sign_ins.asked().len(), 2, "nobody needs it any more");
}

#[tokio::test]
async fn a_refused_token_of_the_sign_in_is_asked_for_anew() {
    let (bench, sign_ins) = bench();
    let source = source(SignedInUserSettings::default());
    sign_ins.give(Ok(issued(&bench, "first", 3600)));
    bench.obtain(&source).await.unwrap();
    let cached = bench.obtain(&source).await.unwrap();
    assert!(bench.broker.reject(&cached));
    sign_ins.give(Ok(issued(&bench, "second", 3600)));
    assert_eq!(bench.secret(&source).await, ("second".to_owned(), true));
    let asked: Vec<_> = sign_ins.asked().into_iter().map(|(_, request)| request).collect();
    assert_eq!(asked, [TokenRequest::AccessToken, TokenRequest::NewAccessToken]);
}

#[tokio::test]
async fn whoever_holds_a_secret_hears_of_its_renewal_and_of_what_keeps_it_from_that() {
    let (bench, sign_ins) = bench();
    let source = source(SignedInUserSettings::default());
    sign_ins.give(Ok(issued(&bench, "first", 3600)));
    let obtained = bench.obtain(&source).await.unwrap();
    assert_eq!(obtained.renews_at(), obtained.credential.renews_at());
    let mut hold = bench.broker.hold(&obtained);
    let refused = |error: &str| SignInTokenError::Refused { error: error.to_owned(), description: None, claims: None };
    let unavailable = || SignInTokenError::Unavailable { reason: "it is down".to_owned() };
    for (answer, expected) in [
        (Ok(issued(&bench, "second", 3600)), "renewed"),
        (Err(unavailable()), "failed"),
        (Ok(issued(&bench, "third", 3600)), "renewed"),
        (Err(refused("invalid_grant")), "person"),
    ] {
        bench.advance(3400);
        sign_ins.give(answer);
        bench.broker.renew_due();
        let standing = hold.changed().await;
        let heard = match &standing.trouble {
            None => "renewed",
            Some(Trouble::Failed(error)) if error.to_string().contains("it is down") => "failed",
            Some(Trouble::Failed(_)) => "failed otherwise",
            Some(Trouble::NeedsPerson) => "person",
        };
        assert_eq!(heard, expected);
    }
    let standing = hold.standing().unwrap();
    let Presentation::OAuthBearer { token, .. } = &standing.credential.presentation else { panic!("no token") };
    assert_eq!(token.expose_secret(), "third", "the last good one is known on");
}

#[test]
fn settings_are_checked() {
    let check = |settings: SignedInUserSettings, field: Option<&str>| {
        let shown = format!("{settings:?}");
        assert_eq!(SignedInUserConfig::new(settings).err().map(|error| error.field), field, "{shown}");
    };
    let base = SignedInUserSettings::default;
    check(base(), None);
    check(SignedInUserSettings { scope: text("db"), ..base() }, Some("scope"));
    check(SignedInUserSettings { audience: text("db"), ..base() }, Some("audience"));
    check(SignedInUserSettings { resource: text(""), ..base() }, None);
    check(SignedInUserSettings { exchange: Exchange::OnBehalfOf, ..base() }, Some("scope"));
    check(SignedInUserSettings { exchange: Exchange::Refresh, ..base() }, None);
}
