//! Signing in at a provider that answers what the test says, so that one thing at a time can be wrong.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use howdah_testkit::hostile::{Answer, Hostile, SigningKey};
use howdah_testkit::{Browser, Page};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use crate::world::World;

/// A Howdah and its provider.
pub(crate) struct Scripted {
    pub(crate) world: World,
    pub(crate) provider: Hostile,
    pub(crate) key: SigningKey,
}

/// What a browser was sent to the provider with.
pub(crate) struct Begun {
    pub(crate) location: Url,
}

impl Scripted {
    /// An OpenID provider with `auth` in the config's `[auth]` and `keys` in its own table.
    pub(crate) async fn start(auth: &str, keys: &str) -> Result<Self> {
        Self::start_with(auth, |issuer| format!("client_secret = \"client-s3cret\"\n{}\n{keys}", discovery(issuer)))
            .await
    }

    /// A provider without OpenID Connect, in GitHub's shape.
    pub(crate) async fn start_plain(auth: &str, keys: &str) -> Result<Self> {
        Self::start_with(auth, |issuer| {
            format!(
                "client_secret = \"client-s3cret\"\nauthorization_url = \"{issuer}/authorize\"\n\
                 token_url = \"{issuer}/token\"\napi_base_url = \"{issuer}/\"\nuserinfo_endpoint = \"user\"\n{keys}"
            )
        })
        .await
    }

    /// A provider whose keys `keys` makes of its issuer.
    pub(crate) async fn start_with(auth: &str, keys: impl FnOnce(&str) -> String) -> Result<Self> {
        let key = SigningKey::es256();
        let provider = Hostile::start(&key).await;
        let auth = if auth.contains("sources") { auth.to_owned() } else { format!("sources = [\"oauth2\"]\n{auth}") };
        let world = World::start_alone(&format!(
            "[auth]\n{auth}\n[[auth.oauth2]]\nname = \"corp\"\ndisplay_name = \"Corp\"\nclient_id = \"howdah\"\n{}",
            keys(&provider.issuer)
        ))
        .await?;
        Ok(Self { world, provider, key })
    }

    /// Sends a browser to the provider.
    pub(crate) async fn begin(&self, browser: &Browser) -> Result<Begun> {
        self.begin_at(browser, "/oauth2/login/corp").await
    }

    pub(crate) async fn begin_at(&self, browser: &Browser, path: &str) -> Result<Begun> {
        let answer = browser.request(Method::GET, &format!("{}{path}", self.world.origin))?.send().await?;
        anyhow::ensure!(answer.status() == StatusCode::FOUND, "{}: {}", answer.status(), answer.text().await?);
        let location = answer.headers()[header::LOCATION].to_str()?.parse()?;
        Ok(Begun { location })
    }

    /// An ID token for `begun`, with `changes` to its claims; null takes one away.
    pub(crate) fn id_token(&self, begun: Option<&Begun>, changes: &Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let mut claims = json!({
            "iss": self.provider.issuer, "sub": "ada", "aud": "howdah", "iat": now, "exp": now + 300,
            "email": "ada@example.com", "email_verified": true, "name": "Ada M", "sid": "session-1",
            "nonce": begun.and_then(|begun| begun.parameter("nonce")),
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
        self.key.sign(&json!({ "alg": "ES256", "kid": "main" }), &claims)
    }

    /// The profile that is at the userinfo endpoint from now on.
    pub(crate) fn profile(&self, profile: Value) {
        self.provider.script(|script| script.userinfo = Answer::Json(profile));
    }

    /// What the token endpoint answers from now on, beside the ID token.
    pub(crate) fn give(&self, id_token: &str, more: &Value) {
        let mut tokens = json!({ "access_token": "access-s3cret", "token_type": "Bearer", "id_token": id_token });
        for (name, value) in more.as_object().into_iter().flatten() {
            tokens[name] = value.clone();
        }
        self.provider.script(|script| script.token = Answer::Json(tokens));
    }

    /// Comes back from the provider with a code.
    pub(crate) async fn come_back(&self, browser: &Browser, begun: &Begun) -> Result<Page> {
        let state = begun.parameter("state").context("no state")?;
        self.answer(browser, &format!("code=code-s3cret&state={state}")).await
    }

    /// Comes back from the provider with this query; the redirect is not followed.
    pub(crate) async fn answer(&self, browser: &Browser, query: &str) -> Result<Page> {
        let url = format!("{}/oauth2/authorize?{query}", self.world.origin);
        page(browser.request(Method::GET, &url)?.send().await?).await
    }

    /// A whole sign-in with `changes` to the ID token and `more` beside it.
    pub(crate) async fn sign_in(&self, browser: &Browser, changes: &Value, more: &Value) -> Result<Page> {
        let begun = self.begin(browser).await?;
        self.give(&self.id_token(Some(&begun), changes), more);
        self.come_back(browser, &begun).await
    }

    /// Somebody who is signed in.
    pub(crate) async fn signed_in(&self, changes: &Value, more: &Value) -> Result<Browser> {
        let browser = Browser::new()?;
        let page = self.sign_in(&browser, changes, more).await?;
        anyhow::ensure!(page.status == StatusCode::SEE_OTHER, "{}: {}", page.status, page.body);
        Ok(browser)
    }

    /// `GET /api/v1/me`
    pub(crate) async fn me(&self, browser: &Browser) -> Result<Page> {
        browser.send(Method::GET, &format!("{}/api/v1/me", self.world.origin), None).await
    }
}

/// The key that makes a provider an OpenID provider.
pub(crate) fn discovery(issuer: &str) -> String {
    format!("server_metadata_url = \"{issuer}/.well-known/openid-configuration\"")
}

impl Begun {
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// An answer as it is, redirects included.
pub(crate) async fn page(response: reqwest::Response) -> Result<Page> {
    let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
    Ok(Page { url, status, headers, body: response.text().await? })
}

/// Asserts that a sign-in was refused with this status and code, and left no session.
pub(crate) fn assert_refused(page: &Page, status: u16, code: &str) {
    assert_eq!((page.status.as_u16(), page.header("x-howdah-error")), (status, Some(code)), "{}", page.body);
    let cookies: Vec<_> = page.headers.get_all(header::SET_COOKIE).iter().collect();
    assert!(
        cookies.iter().all(|cookie| !cookie.to_str().is_ok_and(|cookie| cookie.starts_with("howdah="))),
        "{cookies:?}"
    );
    assert!(page.body.contains("role=\"alert\"") && page.body.contains(code), "{}", page.body);
}
