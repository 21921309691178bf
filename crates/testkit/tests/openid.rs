//! People sign in at the provider, as they would with a browser.

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Browser, Client, OpenIdProvider, Page, Person, ProviderOptions};
use reqwest::StatusCode;
use serde_json::Value;

/// Nobody listens here: what comes back is read off the redirect.
const ORIGIN: &str = "http://127.0.0.1:9";

async fn provider() -> Result<OpenIdProvider> {
    OpenIdProvider::start(ProviderOptions {
        people: vec![Person::new("ada").named("Ada Lovelace").groups(&["dba"]).claim("tid", "t1")],
        clients: vec![Client::confidential("howdah", "secret", ORIGIN), Client::public("public", ORIGIN)],
        list_people: true,
        ..ProviderOptions::default()
    })
    .await
}

fn authorization_url(provider: &OpenIdProvider, client: &str) -> String {
    let scope = "openid%20email%20profile%20offline_access";
    let redirect = "http%3A%2F%2F127.0.0.1%3A9%2Foauth2%2Fauthorize";
    let query = format!("client_id={client}&response_type=code&scope={scope}&redirect_uri={redirect}&state=s&nonce=n");
    // The challenge of the verifier "v" forty-three times.
    let challenge = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM";
    format!("{}/auth?{query}&code_challenge={challenge}&code_challenge_method=S256", provider.issuer())
}

/// The last address before the connection to nobody fails.
async fn sign_in(browser: &Browser, provider: &OpenIdProvider, client: &str, password: &str) -> Result<String> {
    match browser.sign_in(&authorization_url(provider, client), "ada", password).await {
        Ok(Page { url, status, .. }) => Ok(format!("{status} {url}")),
        Err(error) => {
            let failed = error.downcast_ref::<reqwest::Error>().and_then(|error| error.url()).cloned();
            failed.map(|url| url.to_string()).with_context(|| format!("{error:#}"))
        }
    }
}

async fn exchange(provider: &OpenIdProvider, location: &str) -> Result<Value> {
    let location = reqwest::Url::parse(location)?;
    let code = location.query_pairs().find(|(name, _)| name == "code").context("no code")?.1.into_owned();
    let response = reqwest::Client::new()
        .post(format!("{}/token", provider.issuer()))
        .basic_auth("howdah", Some("secret"))
        .form(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", "http://127.0.0.1:9/oauth2/authorize"),
            ("code_verifier", &"v".repeat(43)),
        ])
        .send()
        .await?;
    let status = response.status();
    let body = response.text().await?;
    ensure!(status == StatusCode::OK, "{status} {body}\n{}", provider.log());
    Ok(serde_json::from_str(&body)?)
}

#[tokio::test]
async fn a_person_signs_in_and_the_client_gets_all_three_tokens() -> Result<()> {
    let provider = provider().await?;
    let location = sign_in(&Browser::new()?, &provider, "howdah", "ada-password").await?;
    ensure!(location.starts_with("http://127.0.0.1:9/oauth2/authorize?code="), "{location}");
    let tokens = exchange(&provider, &location).await?;
    for name in ["access_token", "id_token", "refresh_token"] {
        ensure!(tokens[name].is_string(), "no {name} in {tokens}");
    }
    Ok(())
}

#[tokio::test]
async fn a_public_client_may_sign_people_in_too() -> Result<()> {
    let provider = provider().await?;
    let location = sign_in(&Browser::new()?, &provider, "public", "ada-password").await?;
    ensure!(location.contains("code="), "{location}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_refused_on_the_page() -> Result<()> {
    let provider = provider().await?;
    let end = sign_in(&Browser::new()?, &provider, "howdah", "wrong").await?;
    ensure!(end.starts_with("401 "), "{end}");
    Ok(())
}

#[tokio::test]
async fn the_second_sign_in_needs_no_password_unless_asked_for() -> Result<()> {
    let provider = provider().await?;
    let browser = Browser::new()?;
    sign_in(&browser, &provider, "howdah", "ada-password").await?;
    let url = authorization_url(&provider, "howdah");
    ensure!(browser.open(&url).await.is_err(), "went straight on to the redirect URI");
    let page = browser.open(&format!("{url}&prompt=login")).await?;
    ensure!(page.body.contains("name=\"password\""), "{}", page.body);
    let page = browser.open(&format!("{url}&prompt=select_account")).await?;
    ensure!(page.body.contains("?as=ada"), "{}", page.body);
    Ok(())
}

#[tokio::test]
async fn a_click_on_a_person_fills_the_form() -> Result<()> {
    let provider = provider().await?;
    let browser = Browser::new()?;
    let page = browser.open(&authorization_url(&provider, "howdah")).await?;
    let filled = browser.open(page.url.join("?as=ada")?.as_str()).await?;
    ensure!(filled.body.contains("value=\"ada-password\""), "{}", filled.body);
    Ok(())
}
