//! What every provider does.

use anyhow::{Context, Result, ensure};
use howdah_oidc::{PendingSignIn, RefreshError, SignIn, SignInError, Tokens};
use howdah_testkit::{Browser, Client, Product};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::console::{Console, public};

const PRODUCTS: [Product; 2] = [Product::LemonLdap, Product::Canaille];

#[tokio::test]
async fn a_confidential_client_signs_in_and_refreshes() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        let party = console.party(&json!({}))?;
        let sign_in = console.sign_in(&party, "ada").await?.with_context(|| format!("{product:?}"))?;
        assert_eq!(sign_in.issuer, console.provider.issuer(), "{product:?}");
        assert_eq!(sign_in.subject, console.subject("ada"), "{product:?}");
        assert_eq!(sign_in.username, "ada@example.com", "{product:?}");
        assert_eq!(sign_in.display_name.as_deref(), Some("Ada Lovelace"), "{product:?}");
        assert_eq!(sign_in.claims["groups"], json!(["dba", "everyone"]), "{product:?}");
        assert!(sign_in.tokens.expires_at.is_some(), "{product:?}");

        let refreshed = party.refresh(&sign_in.tokens, &sign_in.subject, &sign_in.issuer).await;
        let tokens = refreshed.with_context(|| format!("{product:?}"))?.tokens;
        assert_ne!(tokens.access.expose_secret(), sign_in.tokens.access.expose_secret(), "{product:?}");
        let again = party.refresh(&tokens, &sign_in.subject, &sign_in.issuer).await;
        again.with_context(|| format!("{product:?}, again"))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_public_client_signs_in_and_refreshes() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        let party = console.party(&public())?;
        let sign_in = console.sign_in(&party, "ada").await?.with_context(|| format!("{product:?}"))?;
        assert_eq!(sign_in.subject, console.subject("ada"), "{product:?}");
        let refreshed = party.refresh(&sign_in.tokens, &sign_in.subject, &sign_in.issuer).await;
        refreshed.with_context(|| format!("{product:?}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_code_is_good_once_and_with_its_verifier_only() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        let party = console.party(&public())?;
        let (pending, response) = console.answer(&Browser::new()?, &party, "ada").await?;
        party.finish(pending.clone(), response.clone()).await.with_context(|| format!("{product:?}"))?;
        let replayed = party.finish(pending, response).await;
        assert_token_refused(replayed, "invalid_grant", product);

        let (pending, response) = console.answer(&Browser::new()?, &party, "ada").await?;
        assert_token_refused(party.finish(with_other_verifier(&pending)?, response).await, "invalid_grant", product);
    }
    Ok(())
}

#[tokio::test]
async fn claims_decide_who_comes_in_and_under_which_name() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        for (group, ada, alan) in [("dba", true, false), ("everyone", true, true), ("nobody", false, false)] {
            let party = console.party(&json!({"username_claim": "sub", "additional_claims": {"groups": [group]}}))?;
            for (username, expected) in [("ada", ada), ("alan", alan)] {
                match console.sign_in(&party, username).await? {
                    Ok(sign_in) => {
                        assert!(expected, "{product:?} lets {username} in as one of {group}");
                        assert_eq!(sign_in.username, console.subject(username), "{product:?}");
                    }
                    Err(error) => {
                        assert!(!expected, "{product:?} keeps {username} of {group} out: {error}");
                        assert_eq!(error.code(), "claims_not_authorized", "{product:?}");
                    }
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_secret_is_told() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        for method in ["client_secret_basic", "client_secret_post"] {
            let impostor = console.party(&json!({"client_secret": "planted", "client_auth_method": method}))?;
            assert_token_refused(console.sign_in(&impostor, "ada").await?, "client id or secret", product);
        }
    }
    Ok(())
}

/// RFC 6749 section 2.3.1 has id and secret form-encoded before they go into the header, and neither of the two undoes
/// it. Such a secret must go into the body.
#[tokio::test]
async fn a_secret_with_signs_works_in_the_body_only() -> Result<()> {
    let secret = "planted: /+%";
    for product in PRODUCTS {
        for (method, works) in [("client_secret_basic", false), ("client_secret_post", true)] {
            let console = Console::start_with(product, |origin| {
                vec![Client::confidential("howdah", secret, origin).metadata("token_endpoint_auth_method", method)]
            })
            .await?;
            let party = console.party(&json!({"client_secret": secret, "client_auth_method": method}))?;
            let found = console.sign_in(&party, "ada").await?;
            if works {
                assert_eq!(found?.subject, console.subject("ada"), "{product:?}");
            } else {
                assert_token_refused(found, "client id or secret", product);
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_redirect_address_that_is_not_registered_stays_at_the_provider() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        let party = console.party_at("/elsewhere", &json!({}))?;
        let (_, page) = console.go(&Browser::new()?, &party, "ada").await?;
        ensure!(!console.is_here(&page), "{product:?} sent a person to {}", page.url);
        // Nobody is told anything they did not ask for.
        assert!(!page.url.query_pairs().any(|(name, _)| name == "code"), "{product:?} {}", page.url);
    }
    Ok(())
}

#[tokio::test]
async fn signing_out_ends_the_session_at_the_provider() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        let party = console.party(&json!({}))?;
        let browser = Browser::new()?;
        let (pending, response) = console.answer(&browser, &party, "ada").await?;
        let sign_in = party.finish(pending, response).await?;
        assert!(!console.asks_who_one_is(&browser, &party).await?, "{product:?} knows who is signed in");

        let back = console.signed_out();
        let url =
            party.logout_url(sign_in.tokens.id.as_ref(), &back, "bye").await.context("no end-session endpoint")?;
        let page = console.sign_out(&browser, &url).await?;
        assert_eq!(page.url.as_str(), format!("{back}?state=bye"), "{product:?} {}", page.body);
        assert!(console.asks_who_one_is(&browser, &party).await?, "{product:?} still knows who was signed in");
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_of_nobody_ends_the_session() -> Result<()> {
    for product in PRODUCTS {
        let console = Console::start(product).await?;
        let party = console.party(&json!({}))?;
        let tokens = Tokens { access: "a".into(), refresh: Some("planted".into()), id: None, expires_at: None };
        let refused = party.refresh(&tokens, &console.subject("ada"), console.provider.issuer()).await;
        assert!(matches!(&refused, Err(RefreshError::Refused(_))), "{product:?} {refused:?}");
        assert!(!format!("{refused:?}").contains("planted"), "{product:?} {refused:?}");
    }
    Ok(())
}

/// The sign-in got as far as the token endpoint, whose words hold `reason` and nothing of ours.
pub(crate) fn assert_token_refused(found: Result<SignIn, SignInError>, reason: &str, product: Product) {
    let error = found.expect_err("it is refused");
    assert_eq!(error.code(), "token_exchange_failed", "{product:?} {error}");
    assert!(error.to_string().contains(reason), "{product:?} {error}");
    assert!(!format!("{error:?}").contains("planted"), "{product:?} {error:?}");
}

/// As of somebody who got hold of the code alone.
pub(crate) fn with_other_verifier(pending: &PendingSignIn) -> Result<PendingSignIn> {
    let mut stored = serde_json::to_value(pending)?;
    stored["code_verifier"] = "planted-verifier-that-is-not-of-this-sign-in".into();
    Ok(serde_json::from_value(stored)?)
}
