//! A person's browser, as far as HTTP goes: cookies, redirects and forms.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, ORIGIN};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use url::Url;

use crate::html::{self, Form};

/// More hops than any sign-in takes.
const MOST_HOPS: usize = 20;

/// A cookie jar with the manners of a browser: it sends an `Origin` with what changes something, follows redirects,
/// and submits the pages that a script would submit by itself.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    jar: Arc<Jar>,
}

/// Where a request ended.
#[derive(Debug)]
pub struct Page {
    /// The final address.
    pub url: Url,
    /// The final status.
    pub status: StatusCode,
    /// The final answer's headers.
    pub headers: HeaderMap,
    /// The final answer's body.
    pub body: String,
}

impl Page {
    /// A header's value, if it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("no JSON from {}: {}", self.url, self.body))
    }
}

impl Browser {
    /// A browser without cookies.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new() -> Result<Self> {
        Self::with_headers(HeaderMap::new())
    }

    /// A browser without cookies, at this address as far as a server behind a proxy can tell: its requests carry what
    /// the proxy would say (`X-Forwarded-For`).
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn behind_proxy(address: IpAddr) -> Result<Self> {
        let value = HeaderValue::try_from(address.to_string())?;
        Self::with_headers(HeaderMap::from_iter([(HeaderName::from_static("x-forwarded-for"), value)]))
    }

    fn with_headers(headers: HeaderMap) -> Result<Self> {
        // An error means that another provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let jar = Arc::new(Jar::default());
        let client = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { client, jar })
    }

    /// The `Cookie` header this browser sends to `url`, for what is not requested through it (a WebSocket).
    pub fn cookie_header(&self, url: &Url) -> Option<String> {
        self.jar.cookies(url)?.to_str().ok().map(str::to_owned)
    }

    /// A request with this browser's cookies and an `Origin`, to be sent by the caller. Redirects are not followed.
    ///
    /// # Errors
    /// When `url` is none.
    pub fn request(&self, method: Method, url: &str) -> Result<RequestBuilder> {
        let url = Url::parse(url).with_context(|| format!("not a URL: {url}"))?;
        let origin = url.origin().ascii_serialization();
        let changes = method != Method::GET;
        let request = self.client.request(method, url);
        Ok(if changes { request.header(ORIGIN, origin) } else { request })
    }

    /// Opens an address and follows where it leads.
    ///
    /// # Errors
    /// When a server cannot be reached or leads astray.
    pub async fn open(&self, url: &str) -> Result<Page> {
        let response = self.request(Method::GET, url)?.send().await?;
        self.follow(response).await
    }

    /// Sends JSON, or nothing, and answers what came back.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn send(&self, method: Method, url: &str, body: Option<&Value>) -> Result<Page> {
        let mut request = self.request(method, url)?;
        if let Some(body) = body {
            request = request.json(body);
        }
        page(request.send().await?).await
    }

    /// Opens `start`, which leads to a provider's sign-in page, signs in there, and follows the way back.
    ///
    /// # Errors
    /// When no sign-in form is met, or a server cannot be reached. A refusal is a [`Page`], no error.
    pub async fn sign_in(&self, start: &str, username: &str, password: &str) -> Result<Page> {
        let page = self.open(start).await?;
        let mut form = sign_in_form(&page)?;
        for (name, value) in &mut form.fields {
            match name.as_str() {
                "username" => username.clone_into(value),
                "password" => password.clone_into(value),
                _ => {}
            }
        }
        self.submit(&page.url, &form).await
    }

    /// Fills these fields of a form and submits it: the form that has the first of them, or else the page's first one.
    /// Its other fields stay as they are, and what it does not have is sent too, like the button that is pressed.
    ///
    /// # Errors
    /// When the page has no form, or a server cannot be reached.
    pub async fn fill(&self, page: &Page, fields: &[(&str, &str)]) -> Result<Page> {
        let mut forms = html::forms(&page.body);
        let has_first =
            |form: &Form| fields.first().is_some_and(|(wanted, _)| form.fields.iter().any(|(name, _)| name == wanted));
        let place = forms.iter().position(has_first).unwrap_or(0);
        ensure!(place < forms.len(), "no form at {} ({}):\n{}", page.url, page.status, page.body);
        let mut form = forms.swap_remove(place);
        for &(name, value) in fields {
            form.fields.retain(|(other, _)| other != name);
            form.fields.push((name.to_owned(), value.to_owned()));
        }
        self.submit(&page.url, &form).await
    }

    /// Presses the button `name` = `value` of the first form on a page.
    ///
    /// # Errors
    /// When the page has no form, or a server cannot be reached.
    pub async fn press(&self, page: &Page, name: &str, value: &str) -> Result<Page> {
        let mut form = html::forms(&page.body).into_iter().next().context("the page has no form")?;
        form.fields.push((name.to_owned(), value.to_owned()));
        self.submit(&page.url, &form).await
    }

    async fn submit(&self, base: &Url, form: &Form) -> Result<Page> {
        let response = self.submit_once(base, form).await?;
        self.follow(response).await
    }

    async fn submit_once(&self, base: &Url, form: &Form) -> Result<Response> {
        let target = if form.action.is_empty() { base.clone() } else { base.join(&form.action)? };
        let request = if form.posts {
            // The origin is the page's, not the target's.
            self.client.post(target).header(ORIGIN, base.origin().ascii_serialization()).form(&form.fields)
        } else {
            self.client.get(target).query(&form.fields)
        };
        Ok(request.send().await?)
    }

    async fn follow(&self, mut response: Response) -> Result<Page> {
        for _ in 0..MOST_HOPS {
            if response.status().is_redirection() {
                let location = response.headers().get(LOCATION).context("a redirect without a Location")?;
                let target = response.url().join(location.to_str()?)?;
                ensure!(response.status() != StatusCode::TEMPORARY_REDIRECT, "307 would send a form to {target}");
                response = self.client.get(target).send().await?;
                continue;
            }
            let page = page(response).await?;
            let posts_itself = html::forms(&page.body).into_iter().find(|form| form.posts && !form.needs_a_person);
            let Some(form) = posts_itself.filter(|_| page.body.contains("<script")) else {
                return Ok(page);
            };
            response = self.submit_once(&page.url, &form).await?;
        }
        bail!("more than {MOST_HOPS} redirects, lastly to {}", response.url())
    }
}

async fn page(response: Response) -> Result<Page> {
    Ok(Page {
        url: response.url().clone(),
        status: response.status(),
        headers: response.headers().clone(),
        body: response.text().await?,
    })
}

fn sign_in_form(page: &Page) -> Result<Form> {
    html::forms(&page.body)
        .into_iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "password"))
        .with_context(|| format!("no sign-in form at {} ({}):\n{}", page.url, page.status, page.body))
}
