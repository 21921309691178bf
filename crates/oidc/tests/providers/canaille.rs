//! Canaille 0.3, from PyPI: a provider made with Authlib.

use anyhow::{Context, Result};
use howdah_oidc::{AuthorizationResponse, RefreshError, Tokens};
use howdah_testkit::{Browser, Client, Product};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::common::{assert_token_refused, with_other_verifier};
use crate::console::{Console, SECRET};

#[tokio::test]
async fn a_refresh_token_is_good_once() -> Result<()> {
    let console = Console::start(Product::Canaille).await?;
    let party = console.party(&json!({}))?;
    let sign_in = console.sign_in(&party, "ada").await??;
    let refreshed = party.refresh(&sign_in.tokens, &sign_in.subject, &sign_in.issuer).await?;
    // It has no new ID token for us: the claims stay as they were.
    assert_eq!(refreshed.claims, None);
    let (old, new) = (sign_in.tokens.refresh.context("none")?, refreshed.tokens.refresh.as_ref().context("none")?);
    assert_ne!(old.expose_secret(), new.expose_secret(), "it rotates");
    let replayed = Tokens { refresh: Some(old), ..refreshed.tokens.clone() };
    let refused = party.refresh(&replayed, &sign_in.subject, &sign_in.issuer).await;
    assert!(matches!(refused, Err(RefreshError::Refused(_))), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn the_verifier_of_a_confidential_client_counts_too() -> Result<()> {
    let console = Console::start(Product::Canaille).await?;
    let party = console.party(&json!({}))?;
    let (pending, response) = console.answer(&Browser::new()?, &party, "ada").await?;
    let refused = party.finish(with_other_verifier(&pending)?, response).await;
    assert_token_refused(refused, "invalid_grant", Product::Canaille);
    Ok(())
}

#[tokio::test]
async fn a_person_who_denies_is_told_so() -> Result<()> {
    let console = Console::start(Product::Canaille).await?;
    let party = console.party(&json!({}))?;
    let request = party.begin(None).await?;
    let browser = Browser::new()?;
    let page = browser.open(request.url.as_str()).await?;
    let page = browser.fill(&page, &[("login", "ada")]).await?;
    let page = browser.fill(&page, &[("password", "ada-password")]).await?;
    let page = browser.fill(&page, &[("answer", "deny")]).await?;
    let response = AuthorizationResponse::parse(page.url.query().context("no query")?);
    let error = party.finish(request.pending, response).await.expect_err("it was denied");
    assert_eq!(error.code(), "provider_error");
    assert!(error.to_string().contains("access_denied"), "{error}");
    Ok(())
}

#[tokio::test]
async fn its_algorithms_are_understood() -> Result<()> {
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"] {
        let console = Console::start_with(Product::Canaille, |origin| {
            let client = Client::confidential("howdah", SECRET, origin);
            vec![client.metadata("id_token_signed_response_alg", algorithm)]
        })
        .await?;
        let party = console.party(&json!({"id_token_signing_alg": algorithm}))?;
        let sign_in = console.sign_in(&party, "ada").await?.context(algorithm)?;
        assert_eq!(sign_in.subject, "ada", "{algorithm}");
    }
    Ok(())
}
