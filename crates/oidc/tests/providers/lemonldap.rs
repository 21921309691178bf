//! LemonLDAP::NG 2.16, from Debian.

use anyhow::{Context, Result, ensure};
use howdah_oidc::{RefreshError, SignInError};
use howdah_testkit::{Browser, Client, Product};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::common::with_other_verifier;
use crate::console::{Console, SECRET, public};

#[tokio::test]
async fn claims_are_in_userinfo_alone_and_one_group_is_no_list() -> Result<()> {
    let console = Console::start(Product::LemonLdap).await?;
    // Where `sub` is all that is wanted, the ID token is enough.
    let party = console.party(&json!({"username_claim": "sub"}))?;
    let sign_in = console.sign_in(&party, "alan").await??;
    assert_eq!((sign_in.username.as_str(), sign_in.claims.get("groups")), ("sub-alan", None));
    let sign_in = console.sign_in(&console.party(&json!({}))?, "alan").await??;
    assert_eq!(sign_in.claims["groups"], "everyone");
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_stays_until_the_person_signs_out() -> Result<()> {
    let console = Console::start(Product::LemonLdap).await?;
    let party = console.party(&json!({}))?;
    let browser = Browser::new()?;
    let (pending, response) = console.answer(&browser, &party, "ada").await?;
    let sign_in = party.finish(pending, response).await?;
    let refreshed = party.refresh(&sign_in.tokens, &sign_in.subject, &sign_in.issuer).await?;
    let (old, new) = (sign_in.tokens.refresh.context("none")?, refreshed.tokens.refresh.as_ref().context("none")?);
    assert_eq!(old.expose_secret(), new.expose_secret(), "it does not rotate");

    let url = party.logout_url(refreshed.tokens.id.as_ref(), &console.signed_out(), "bye").await.context("none")?;
    console.sign_out(&browser, &url).await?;
    let refused = party.refresh(&refreshed.tokens, &sign_in.subject, &sign_in.issuer).await;
    assert!(matches!(refused, Err(RefreshError::Refused(_))), "{refused:?}");
    Ok(())
}

/// RFC 6749 section 5.2 has `invalid_grant` for it.
#[tokio::test]
async fn an_unknown_refresh_token_is_an_invalid_request() -> Result<()> {
    let console = Console::start(Product::LemonLdap).await?;
    let party = console.party(&json!({}))?;
    let mut tokens = console.sign_in(&party, "ada").await??.tokens;
    tokens.refresh = Some("planted".into());
    let refused = party.refresh(&tokens, "sub-ada", console.provider.issuer()).await;
    let Err(RefreshError::Refused(SignInError::TokenExchangeFailed { error, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error.as_deref(), Some("invalid_request"));
    Ok(())
}

/// RFC 7636 section 4.6 wants it checked whenever a challenge was sent. An administrator can turn that on for a client.
#[tokio::test]
async fn the_verifier_of_a_confidential_client_is_not_looked_at() -> Result<()> {
    let console = Console::start(Product::LemonLdap).await?;
    let party = console.party(&json!({}))?;
    let (pending, response) = console.answer(&Browser::new()?, &party, "ada").await?;
    party.finish(with_other_verifier(&pending)?, response).await?;
    Ok(())
}

/// In a browser in which it asked for consent, which leaves a cookie, it forgets where people are to go.
#[tokio::test]
async fn signing_out_after_consent_ends_the_session_and_stays_there() -> Result<()> {
    let console = Console::start(Product::LemonLdap).await?;
    let party = console.party(&public())?;
    let browser = Browser::new()?;
    let (pending, response) = console.answer(&browser, &party, "ada").await?;
    let sign_in = party.finish(pending, response).await?;
    let url = party.logout_url(sign_in.tokens.id.as_ref(), &console.signed_out(), "bye").await.context("none")?;
    let page = console.sign_out(&browser, &url).await?;
    assert_eq!(page.url.as_str(), format!("{}/oauth2", console.provider.issuer()));
    ensure!(console.asks_who_one_is(&browser, &party).await?, "the session goes on");
    Ok(())
}

#[tokio::test]
async fn its_algorithms_are_understood() -> Result<()> {
    for algorithm in ["RS256", "RS384", "RS512", "HS256", "HS384", "HS512"] {
        let console = Console::start_with(Product::LemonLdap, |origin| {
            let client = Client::confidential("howdah", SECRET, origin);
            vec![client.metadata("id_token_signed_response_alg", algorithm)]
        })
        .await?;
        let party = console.party(&json!({"id_token_signing_alg": algorithm}))?;
        let sign_in = console.sign_in(&party, "ada").await?.context(algorithm)?;
        assert_eq!(sign_in.subject, "sub-ada", "{algorithm}");
    }
    Ok(())
}
