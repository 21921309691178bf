//! Whole sign-ins at a real provider: npm's `oidc-provider`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::extract::RawQuery;
use axum::http::Method;
use howdah_oidc::{AuthorizationResponse, RefreshError, RelyingParty, SignIn, SignInError, check_providers};
use howdah_testkit::{Browser, Client, OpenIdProvider, Person, ProviderOptions};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;
use url::{Url, form_urlencoded};

use crate::hostile::SigningKey;

/// A console that only knows where the provider sends people back to.
struct Console {
    origin: String,
    provider: OpenIdProvider,
    /// What was posted to it.
    posted: Receiver<String>,
}

impl Console {
    async fn start(client: impl FnOnce(&str) -> Client) -> Result<Self> {
        Self::start_with(client, json!({})).await
    }

    /// With changes to the provider's configuration.
    async fn start_with(client: impl FnOnce(&str) -> Client, configuration: Value) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        // The redirect address shows its query: the browser's last page is what the relying party is given.
        let (sender, posted) = mpsc::channel(8);
        let app = Router::new().fallback(async move |method: Method, RawQuery(query): RawQuery, body: String| {
            if method == Method::POST {
                let _ = sender.send(body).await;
            }
            query.unwrap_or_default()
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        let provider = OpenIdProvider::start(ProviderOptions {
            people: vec![
                Person::new("ada").named("Ada Lovelace").groups(&["dba", "everyone"]),
                Person::new("alan").groups(&["everyone"]),
            ],
            clients: vec![client(&origin)],
            configuration,
            ..ProviderOptions::default()
        })
        .await?;
        Ok(Self { origin, provider, posted })
    }

    fn party(&self, changes: &Value) -> Result<RelyingParty> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut settings = json!({
            "name": "real", "client_id": "howdah", "server_metadata_url": self.provider.metadata_url(),
            "scope": "openid email profile offline_access",
        });
        crate::support::merge(&mut settings, changes);
        let config = check_providers(vec![serde_json::from_value(settings)?], &|_| None)
            .map_err(|problems| anyhow::anyhow!("{problems:?}"))?
            .remove(0);
        let redirect_uri = Url::parse(&format!("{}/oauth2/authorize", self.origin))?;
        Ok(RelyingParty::new(config, redirect_uri, Arc::new(SystemTime::now))?)
    }

    async fn sign_in(&self, party: &RelyingParty, username: &str) -> Result<Result<SignIn, SignInError>> {
        let request = party.begin(None).await?;
        let page = Browser::new()?.sign_in(request.url.as_str(), username, &format!("{username}-password")).await?;
        ensure!(page.url.as_str().starts_with(&self.origin), "ended at {}: {}", page.url, page.body);
        let query = page.url.query().context("no query")?;
        Ok(party.finish(request.pending, AuthorizationResponse::parse(query)).await)
    }
}

#[tokio::test]
async fn a_confidential_client_signs_in_refreshes_and_logs_out() -> Result<()> {
    let console = Console::start(|origin| Client::confidential("howdah", "s3cret: /+%", origin)).await?;
    let party = console.party(&json!({"client_secret": "s3cret: /+%"}))?;
    let sign_in = console.sign_in(&party, "ada").await??;
    assert_eq!(sign_in.issuer, console.provider.issuer());
    assert_eq!(sign_in.subject, "sub-ada");
    assert_eq!(sign_in.username, "ada@example.com");
    assert_eq!(sign_in.display_name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(sign_in.claims["groups"], json!(["dba", "everyone"]));
    assert!(sign_in.tokens.expires_at.is_some());

    let refreshed = party.refresh(&sign_in.tokens, &sign_in.subject, &sign_in.issuer).await?;
    let (old, new) =
        (sign_in.tokens.refresh.context("no refresh token")?, refreshed.tokens.refresh.clone().context("none")?);
    assert_ne!(old.expose_secret(), new.expose_secret(), "the provider rotates");
    assert_eq!(refreshed.claims.context("no ID token")?["sub"], "sub-ada");
    // The provider takes the second use of a refresh token for a theft.
    let replayed = howdah_oidc::Tokens { refresh: Some(old), ..refreshed.tokens.clone() };
    assert!(matches!(
        party.refresh(&replayed, "sub-ada", console.provider.issuer()).await,
        Err(RefreshError::Refused(_))
    ));

    let back = Url::parse(&format!("{}/oauth2/logout/callback", console.origin))?;
    let url = party.logout_url(refreshed.tokens.id.as_ref(), &back, "bye").await.context("no end-session endpoint")?;
    let page = Browser::new()?.open(url.as_str()).await?;
    ensure!(page.status.is_success() || page.url.as_str().starts_with(back.as_str()), "{}: {}", page.url, page.body);
    Ok(())
}

#[tokio::test]
async fn a_public_client_signs_in_and_claims_decide() -> Result<()> {
    let console = Console::start(|origin| Client::public("howdah", origin)).await?;
    let party = console.party(&json!({
        "challenge_method": "S256", "response_type": "code", "username_claim": "preferred_username",
        "additional_claims": {"groups": ["dba"]},
    }))?;
    assert_eq!(console.sign_in(&party, "ada").await??.username, "ada");
    let refused = console.sign_in(&party, "alan").await?.expect_err("alan is in no such group");
    assert_eq!(refused.code(), "claims_not_authorized");
    Ok(())
}

#[tokio::test]
async fn a_code_is_good_once_and_a_wrong_secret_never() -> Result<()> {
    let console = Console::start(|origin| Client::confidential("howdah", "s3cret", origin)).await?;
    let party = console.party(&json!({"client_secret": "s3cret"}))?;
    let request = party.begin(None).await?;
    let page = Browser::new()?.sign_in(request.url.as_str(), "ada", "ada-password").await?;
    let response = AuthorizationResponse::parse(page.url.query().context("no query")?);
    party.finish(request.pending.clone(), response.clone()).await?;
    let replayed = party.finish(request.pending, response).await.expect_err("a code is good once");
    assert_eq!(replayed.code(), "token_exchange_failed");

    let impostor = console.party(&json!({"client_secret": "planted-wrong"}))?;
    let refused = console.sign_in(&impostor, "ada").await?.expect_err("the secret is wrong");
    assert_eq!(refused.code(), "token_exchange_failed");
    assert!(refused.to_string().contains("invalid_client") && !format!("{refused:?}").contains("planted"), "{refused}");
    Ok(())
}

#[tokio::test]
async fn every_algorithm_of_the_provider_is_understood() -> Result<()> {
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let client = |origin: &str| {
            Client::confidential("howdah", "s3cret", origin).metadata("id_token_signed_response_alg", algorithm)
        };
        let console = Console::start(client).await?;
        let party = console.party(&json!({"client_secret": "s3cret", "id_token_signing_alg": algorithm}))?;
        let sign_in = console.sign_in(&party, "ada").await?.with_context(|| algorithm)?;
        assert_eq!(sign_in.subject, "sub-ada", "{algorithm}");
    }
    Ok(())
}

#[tokio::test]
async fn a_person_who_cancels_is_told_so() -> Result<()> {
    let console = Console::start(|origin| Client::confidential("howdah", "s3cret", origin)).await?;
    let party = console.party(&json!({"client_secret": "s3cret"}))?;
    let request = party.begin(None).await?;
    let browser = Browser::new()?;
    let page = browser.open(request.url.as_str()).await?;
    let page = browser.press(&page, "action", "cancel").await?;
    let response = AuthorizationResponse::parse(page.url.query().context("no query")?);
    let error = party.finish(request.pending, response).await.expect_err("it was cancelled");
    assert_eq!(error.code(), "provider_error");
    assert!(error.to_string().contains("access_denied"), "{error}");
    Ok(())
}

#[tokio::test]
async fn es512_of_another_implementation_is_understood() -> Result<()> {
    let configuration = json!({
        "jwks": {"keys": [SigningKey::es512().private("wide")]}, "enabledJWA": {"idTokenSigningAlgValues": ["ES512"]},
    });
    let client = |origin: &str| {
        Client::confidential("howdah", "s3cret", origin).metadata("id_token_signed_response_alg", "ES512")
    };
    let console = Console::start_with(client, configuration).await?;
    let party = console.party(&json!({"client_secret": "s3cret"}))?;
    assert_eq!(console.sign_in(&party, "ada").await??.subject, "sub-ada");
    Ok(())
}

#[tokio::test]
async fn a_signed_profile_of_another_implementation_is_understood() -> Result<()> {
    let configuration = json!({
        "conformIdTokenClaims": true, "features": {"jwtUserinfo": {"enabled": true}},
        "enabledJWA": {"userinfoSigningAlgValues": ["PS256", "ES256"]},
    });
    let client = |origin: &str| {
        Client::confidential("howdah", "s3cret", origin).metadata("userinfo_signed_response_alg", "ES256")
    };
    let console = Console::start_with(client, configuration).await?;
    let party = console.party(&json!({"client_secret": "s3cret"}))?;
    let sign_in = console.sign_in(&party, "ada").await??;
    assert_eq!((sign_in.subject.as_str(), sign_in.username.as_str()), ("sub-ada", "ada@example.com"));
    Ok(())
}

#[tokio::test]
async fn a_logout_token_of_another_implementation_is_understood() -> Result<()> {
    let configuration = json!({"features": {"backchannelLogout": {"enabled": true}}});
    let client = |origin: &str| {
        Client::confidential("howdah", "s3cret", origin)
            .metadata("backchannel_logout_uri", format!("{origin}/oauth2/backchannel-logout"))
            .metadata("backchannel_logout_session_required", true)
    };
    let mut console = Console::start_with(client, configuration).await?;
    let party = console.party(&json!({"client_secret": "s3cret"}))?;
    let request = party.begin(None).await?;
    let browser = Browser::new()?;
    let page = browser.sign_in(request.url.as_str(), "ada", "ada-password").await?;
    let response = AuthorizationResponse::parse(page.url.query().context("no query")?);
    let sign_in = party.finish(request.pending, response).await?;

    let back = Url::parse(&format!("{}/oauth2/logout/callback", console.origin))?;
    let url = party.logout_url(sign_in.tokens.id.as_ref(), &back, "bye").await.context("no end-session endpoint")?;
    let page = browser.open(url.as_str()).await?;
    browser.press(&page, "logout", "yes").await?;
    let body = timeout(Duration::from_secs(10), console.posted.recv()).await?.context("the console is gone")?;
    let (_, token) = form_urlencoded::parse(body.as_bytes())
        .find(|(name, _)| name == "logout_token")
        .with_context(|| body.clone())?;
    let logout = party.check_logout_token(&token).await?;
    assert_eq!((logout.issuer.as_str(), logout.subject.as_deref()), (console.provider.issuer(), Some("sub-ada")));
    assert_eq!(logout.session_id.as_deref(), sign_in.claims["sid"].as_str());
    assert!(logout.session_id.is_some() && logout.expires_at > SystemTime::now());
    Ok(())
}
