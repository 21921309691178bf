//! Managed identities: the platform that Howdah runs on vouches for it.

use std::time::Duration;

use reqwest::RequestBuilder;
use url::Url;

use super::EntraConfig;
use crate::error::CredentialError;
use crate::http::{self, Answer, presentable};
use crate::oauth::{Tokens, read_tokens};
use crate::request::Request;

const METADATA_SERVICE: &str = "http://169.254.169.254";
/// What Microsoft's documentation says to ask again after: the service may be starting, or busy.
const TRY_AGAIN: [u16; 3] = [404, 410, 429];
const TRIES: u32 = 3;
const NAME: &str = "the managed identity service";

/// A token of this machine's identity, or of the user-assigned one that `client_id` names.
pub(super) async fn token(
    config: &EntraConfig,
    client_id: Option<&str>,
    request: &Request,
) -> Result<Tokens, CredentialError> {
    let mut wait = Duration::from_secs(1);
    let mut tries = 1;
    loop {
        let sent = http::send(NAME, question(config, client_id, request)?).await;
        let answer = sent.map_err(|error| error.advising("a managed identity is there in Azure alone"))?;
        let may_pass = TRY_AGAIN.contains(&answer.status.as_u16()) || answer.status.is_server_error();
        if !may_pass || tries == TRIES {
            return read(&answer, request);
        }
        tries += 1;
        request.sleep(wait).await;
        wait *= 2;
    }
}

/// App Service, Functions and Container Apps have a service of their own, which the environment names; virtual machines
/// and AKS ask the instance metadata service.
fn question(
    config: &EntraConfig,
    client_id: Option<&str>,
    request: &Request,
) -> Result<RequestBuilder, CredentialError> {
    let variable = |name: &str| request.tools.variables.text(name);
    let unusable = |name: &str| CredentialError::failed(format!("`{name}` in the environment is no address"));
    let (mut url, version, header) = match (variable("IDENTITY_ENDPOINT"), variable("IDENTITY_HEADER")) {
        (Some(endpoint), Some(secret)) => {
            let url = Url::parse(endpoint).map_err(|_| unusable("IDENTITY_ENDPOINT"))?;
            (url, "2019-08-01", ("X-IDENTITY-HEADER", secret))
        }
        _ => {
            const OTHER_PLACE: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
            let base = variable(OTHER_PLACE).unwrap_or(METADATA_SERVICE);
            let url = Url::parse(base).and_then(|base| base.join("/metadata/identity/oauth2/token"));
            (url.map_err(|_| unusable(OTHER_PLACE))?, "2018-02-01", ("Metadata", "true"))
        }
    };
    url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", &config.resource);
    if let Some(client_id) = client_id {
        url.query_pairs_mut().append_pair("client_id", client_id);
    }
    Ok(request.tools.http.get_from_platform(&url)?.header(header.0, header.1))
}

fn read(answer: &Answer, request: &Request) -> Result<Tokens, CredentialError> {
    let retry_at = answer.retry_at(request.now());
    let failed = |reason: String| CredentialError::failed(reason).not_before(retry_at);
    let fields = answer
        .object()
        .ok_or_else(|| failed(format!("{NAME} answered with status {} and no JSON object", answer.status)))?;
    if answer.status.is_success() {
        return read_tokens(fields, request.now()).map_err(|reason| failed(format!("{NAME} {reason}")));
    }
    // The two services say it in two ways.
    let said = ["error_description", "message", "error"].into_iter().find_map(|key| fields.get(key)?.as_str());
    let secret = request.tools.variables.text("IDENTITY_HEADER");
    let said = presentable(said.unwrap_or("no reason given"), &[secret.unwrap_or_default()]);
    Err(failed(format!(
        "{NAME} refused with status {}: {said}. Check that an identity is assigned to this machine, and that `client_id` is its",
        answer.status.as_u16()
    )))
}
