//! Howdah's own identity in Google Cloud: "application default credentials".
//!
//! Google Cloud, "How Application Default Credentials works": the file that `GOOGLE_APPLICATION_CREDENTIALS` names, the
//! file of gcloud, the machine's metadata server.

use std::path::{Path, PathBuf};
use std::pin::Pin;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::assertion::assertion;
use super::exchange::{Subject, ask_for_token, exchange, impersonate, object, token_of};
use super::files::{AuthorizedUser, CredentialFile, ExternalAccount, ServiceAccountKey};
use super::{IMPERSONATION_SCOPE, Token};
use crate::error::CredentialError;
use crate::file;
use crate::http::{self, Answer};
use crate::request::Tools;

const METADATA: &str = "Google's metadata server";
const TOKEN_ENDPOINT: &str = "Google's token endpoint";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A token of Howdah's own.
pub(super) async fn token(tools: &Tools, scope: &str) -> Result<Token, CredentialError> {
    if let Some(path) = tools.variables.text("GOOGLE_APPLICATION_CREDENTIALS") {
        let parsed = file::read(Path::new(path)).await.and_then(|content| CredentialFile::parse(&content));
        let parsed = parsed.map_err(|problem| file_problem("the file of GOOGLE_APPLICATION_CREDENTIALS", &problem))?;
        return file_token(tools, &parsed, scope).await;
    }
    let gcloud = match gcloud_file(tools) {
        // That it is missing is the usual case.
        Some(path) => file::read(&path).await.ok(),
        None => None,
    };
    match gcloud {
        Some(content) => {
            let parsed = CredentialFile::parse(&content).map_err(|problem| file_problem("gcloud's file", &problem))?;
            file_token(tools, &parsed, scope).await
        }
        None => metadata_token(tools, scope).await,
    }
}

fn gcloud_file(tools: &Tools) -> Option<PathBuf> {
    let directory = tools
        .variables
        .text("CLOUDSDK_CONFIG")
        .map(PathBuf::from)
        .or_else(|| tools.variables.text("HOME").map(|home| Path::new(&home).join(".config/gcloud")))?;
    Some(directory.join("application_default_credentials.json"))
}

fn file_problem(file: &str, problem: &str) -> CredentialError {
    CredentialError::failed(format!("{file} cannot be used: {problem}"))
}

type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Token, CredentialError>> + Send + 'a>>;

/// The token that a file leads to. One file can hold another.
fn file_token<'a>(tools: &'a Tools, file: &'a CredentialFile, scope: &'a str) -> Fetching<'a> {
    Box::pin(async move {
        match file {
            CredentialFile::ServiceAccount(key) => by_key(tools, key, scope).await,
            CredentialFile::AuthorizedUser(user) => by_refresh_token(tools, user, scope).await,
            CredentialFile::ExternalAccount(account) => by_federation(tools, account, scope).await,
            CredentialFile::ImpersonatedServiceAccount(impersonated) => {
                let url = &impersonated.service_account_impersonation_url;
                let token = file_token(tools, &impersonated.source_credentials, IMPERSONATION_SCOPE).await?;
                impersonate(tools, Some(url), &token, account_in(url), scope).await
            }
        }
    })
}

/// RFC 7523 section 2.1.
async fn by_key(tools: &Tools, key: &ServiceAccountKey, scope: &str) -> Result<Token, CredentialError> {
    let assertion = assertion(key, scope, &key.token_uri, (tools.clock)())?;
    let form = [("grant_type", JWT_BEARER), ("assertion", assertion.expose_secret())];
    let who = format!("the service account {}", key.client_email);
    let token = ask_for_token(tools, TOKEN_ENDPOINT, &key.token_uri, &form, &who).await?;
    Ok(Token { account: Some(key.client_email.clone()), ..token })
}

async fn by_refresh_token(tools: &Tools, user: &AuthorizedUser, scope: &str) -> Result<Token, CredentialError> {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", user.refresh_token.expose_secret()),
        ("client_id", &user.client_id),
        ("client_secret", user.client_secret.expose_secret()),
        ("scope", scope),
    ];
    ask_for_token(tools, TOKEN_ENDPOINT, &user.token_uri, &form, "the person of gcloud's file").await
}

/// Workload identity federation.
async fn by_federation(tools: &Tools, account: &ExternalAccount, scope: &str) -> Result<Token, CredentialError> {
    let subject = Subject {
        token: subject_token(tools, account).await?,
        kind: &account.subject_token_type,
        who: "the machine's external account".to_owned(),
    };
    let url = Some(account.token_url.as_str());
    match &account.service_account_impersonation_url {
        None => exchange(tools, url, &account.audience, scope, subject).await,
        Some(impersonation) => {
            let token = exchange(tools, url, &account.audience, IMPERSONATION_SCOPE, subject).await?;
            impersonate(tools, Some(impersonation), &token, account_in(impersonation), scope).await
        }
    }
}

/// Read each time: it is renewed by whoever gives it.
async fn subject_token(tools: &Tools, account: &ExternalAccount) -> Result<SecretString, CredentialError> {
    let source = &account.credential_source;
    let content = match (&source.file, &source.url) {
        (Some(path), _) => {
            file::read(Path::new(path)).await.map_err(|error| file_problem("the subject token's file", &error))?
        }
        (None, Some(url)) => {
            const WHAT: &str = "the subject token's source";
            let url = Url::parse(url).map_err(|_| file_problem(WHAT, "its address is no address"))?;
            let mut request = tools.http.get(&url)?;
            for (name, value) in &source.headers {
                request = request.header(name, value.expose_secret());
            }
            let answer = http::send(WHAT, request).await?;
            if !answer.status.is_success() {
                return Err(file_problem(WHAT, &format!("it answered with status {}", answer.status.as_u16())));
            }
            String::from_utf8_lossy(&answer.body).into_owned().into()
        }
        (None, None) => {
            let problem =
                "its credential_source has neither `file` nor `url`; for a program, give its output to a file";
            return Err(file_problem("the external account", problem));
        }
    };
    source.subject_token(&content).map_err(CredentialError::failed)
}

/// `…/serviceAccounts/EMAIL:generateAccessToken`.
fn account_in(impersonation_url: &str) -> &str {
    let name = impersonation_url.rsplit('/').next().unwrap_or_default();
    name.split(':').next().unwrap_or_default()
}

/// The account of the machine: Compute Engine, Cloud Run, GKE.
async fn metadata_token(tools: &Tools, scope: &str) -> Result<Token, CredentialError> {
    let host = tools.variables.text("GCE_METADATA_HOST").unwrap_or("metadata.google.internal");
    let base = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/");
    let base = Url::parse(&base).map_err(|_| CredentialError::failed("GCE_METADATA_HOST is no host"))?;
    let address = |path: &str| base.join(path).map_err(|_| CredentialError::failed("GCE_METADATA_HOST is no host"));

    let mut url = address("token")?;
    url.query_pairs_mut().append_pair("scopes", scope);
    let answer = ask_metadata(tools.http.get(&url)?).await?;
    // It may be a cached one: `expires_in` is what remains of its life.
    let token = token_of(&object(&answer, METADATA)?, (tools.clock)(), "the machine's service account");
    let token = token
        .ok_or_else(|| CredentialError::failed(format!("{METADATA} answered with something else than a token")))?;

    let answer = ask_metadata(tools.http.get(&address("email")?)?).await?;
    let account = String::from_utf8_lossy(&answer.body).trim().to_owned();
    let who = format!("the machine's service account {account}");
    Ok(Token { account: account.contains('@').then_some(account), who, ..token })
}

async fn ask_metadata(request: RequestBuilder) -> Result<Answer, CredentialError> {
    let answer = http::send(METADATA, request.header("metadata-flavor", "Google")).await.map_err(|error| {
        error.advising("run Howdah on Google Cloud, or let GOOGLE_APPLICATION_CREDENTIALS name a credential file")
    })?;
    // Whoever answers without this header is not Google's server.
    if !answer.header("metadata-flavor").is_some_and(|flavor| flavor.eq_ignore_ascii_case("google")) {
        return Err(CredentialError::failed(format!("what answers is not {METADATA}: check GCE_METADATA_HOST")));
    }
    match answer.status.as_u16() {
        200 => Ok(answer),
        404 => Err(CredentialError::failed("this machine has no service account: attach one to it")),
        status => Err(CredentialError::failed(format!("{METADATA} answered with status {status}"))),
    }
}
