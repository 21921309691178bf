//! A console that knows where the provider sends people back to, and a person who signs in there.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, anyhow, ensure};
use axum::Router;
use axum::extract::RawQuery;
use howdah_oidc::{AuthorizationResponse, PendingSignIn, RelyingParty, SignIn, SignInError, check_providers};
use howdah_testkit::{Browser, Client, InstalledProvider, Page, Person, Product};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

pub(crate) const SECRET: &str = "s3cret";

/// A console with a confidential client `howdah` and a public client `public` at the provider.
pub(crate) struct Console {
    pub(crate) provider: InstalledProvider,
    origin: String,
    product: Product,
}

impl Console {
    pub(crate) async fn start(product: Product) -> Result<Self> {
        Self::start_with(product, |origin| {
            vec![Client::confidential("howdah", SECRET, origin), Client::public("public", origin)]
        })
        .await
    }

    /// With other clients.
    pub(crate) async fn start_with(product: Product, clients: impl FnOnce(&str) -> Vec<Client>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        // The redirect address shows its query: the browser's last page is what the relying party is given.
        let app = Router::new().fallback(async |RawQuery(query): RawQuery| query.unwrap_or_default());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let people = vec![
            Person::new("ada").named("Ada Lovelace").groups(&["dba", "everyone"]),
            Person::new("alan").named("Alan Turing").groups(&["everyone"]),
        ];
        let provider = InstalledProvider::start(product, people, clients(&origin)).await?;
        Ok(Self { provider, origin, product })
    }

    /// The confidential client, with these settings changed; null removes one.
    pub(crate) fn party(&self, changes: &Value) -> Result<RelyingParty> {
        self.party_at("/oauth2/authorize", changes)
    }

    /// As [`Self::party`], with a redirect URI that may not be registered.
    pub(crate) fn party_at(&self, redirect_path: &str, changes: &Value) -> Result<RelyingParty> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut settings = json!({
            "name": "real", "client_id": "howdah", "client_secret": SECRET,
            "server_metadata_url": self.provider.metadata_url(), "scope": "openid email profile groups",
        });
        for (key, change) in changes.as_object().context("no object")? {
            settings[key] = change.clone();
        }
        settings.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let config = check_providers(vec![serde_json::from_value(settings)?], &|_| None)
            .map_err(|problems| anyhow!("{problems:?}"))?
            .remove(0);
        let redirect_uri = Url::parse(&format!("{}{redirect_path}", self.origin))?;
        Ok(RelyingParty::new(config, redirect_uri, Arc::new(SystemTime::now))?)
    }

    pub(crate) async fn sign_in(&self, party: &RelyingParty, username: &str) -> Result<Result<SignIn, SignInError>> {
        let (pending, response) = self.answer(&Browser::new()?, party, username).await?;
        Ok(party.finish(pending, response).await)
    }

    /// Goes through the provider's pages and gives what it sends back.
    pub(crate) async fn answer(
        &self,
        browser: &Browser,
        party: &RelyingParty,
        username: &str,
    ) -> Result<(PendingSignIn, AuthorizationResponse)> {
        let (pending, page) = self.go(browser, party, username).await?;
        ensure!(self.is_here(&page), "ended at {} ({}): {}", page.url, page.status, page.body);
        let query = page.url.query().context("no query")?;
        Ok((pending, AuthorizationResponse::parse(query)))
    }

    /// Goes through the provider's pages for as long as it shows the expected ones.
    pub(crate) async fn go(
        &self,
        browser: &Browser,
        party: &RelyingParty,
        username: &str,
    ) -> Result<(PendingSignIn, Page)> {
        let request = party.begin(None).await?;
        let password = format!("{username}-password");
        let steps: &[&[(&str, &str)]] = match self.product {
            Product::LemonLdap => &[&[("user", username), ("password", &password)], &[]],
            Product::Canaille => &[&[("login", username)], &[("password", &password)], &[("answer", "accept")]],
        };
        let mut page = browser.open(request.url.as_str()).await?;
        for fields in steps {
            if self.is_here(&page) || !page.body.contains("<form") {
                break;
            }
            page = browser.fill(&page, fields).await?;
        }
        Ok((request.pending, page))
    }

    /// Opens the provider's page to sign out and says yes where it asks.
    pub(crate) async fn sign_out(&self, browser: &Browser, url: &Url) -> Result<Page> {
        let page = browser.open(url.as_str()).await?;
        let asks = page.url.path() == url.path() && !self.is_here(&page);
        if asks { browser.fill(&page, &[]).await } else { Ok(page) }
    }

    /// Whether a new sign-in begins with the provider's question who one is.
    pub(crate) async fn asks_who_one_is(&self, browser: &Browser, party: &RelyingParty) -> Result<bool> {
        let page = browser.open(party.begin(None).await?.url.as_str()).await?;
        let field = match self.product {
            Product::LemonLdap => "name=\"user\"",
            Product::Canaille => "name=\"login\"",
        };
        Ok(page.body.contains(field))
    }

    /// The `sub` of somebody.
    pub(crate) fn subject(&self, username: &str) -> String {
        match self.product {
            Product::LemonLdap => format!("sub-{username}"),
            Product::Canaille => username.to_owned(),
        }
    }

    /// Where the provider sends people after they signed out.
    pub(crate) fn signed_out(&self) -> Url {
        Url::parse(&format!("{}/oauth2/logout/callback", self.origin)).unwrap()
    }

    /// Whether the page is the console's.
    pub(crate) fn is_here(&self, page: &Page) -> bool {
        page.url.as_str().starts_with(&self.origin)
    }
}

/// Settings of the public client.
pub(crate) fn public() -> Value {
    json!({"client_id": "public", "client_secret": null, "challenge_method": "S256", "response_type": "code"})
}
