//! The authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636): the person's browser goes and comes back.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use secrecy::SecretString;
use tokio::sync::oneshot;
use url::Url;

use super::token::{self, Endpoint, NoToken, Refused, Tokens};
use crate::error::{CredentialError, Prompt};
use crate::http::presentable;
use crate::redirects::{LIFE, RedirectAnswer, random_text};
use crate::request::Request;

/// A browser that is away.
pub(crate) struct Away {
    pub(crate) prompt: Prompt,
    pub(crate) expires_at: SystemTime,
    answer: oneshot::Receiver<RedirectAnswer>,
    verifier: String,
    redirect_uri: Url,
}

/// Whose answers are accepted.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    /// `None`: one that does not name itself.
    pub(crate) name: Option<String>,
    /// It names itself in every answer (RFC 9207).
    pub(crate) names_itself: bool,
}

/// The address where the browser is sent. `parameters` are added to those of every request; `reason` is for the person.
pub(crate) fn begin(
    request: &Request,
    authorization_url: &Url,
    client_id: &str,
    parameters: &[(&str, &str)],
    reason: Option<String>,
) -> Result<Away, CredentialError> {
    let redirect_uri = request.tools.redirect_uri.clone().ok_or_else(|| {
        CredentialError::failed("there is no address where a browser could come back to: use the device code flow")
    })?;
    let (state, answer) = request.tools.redirects.leave(request)?;
    let verifier = random_text()?;
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let mut url = authorization_url.clone();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("state", &state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(parameters);
    Ok(Away {
        prompt: Prompt::Redirect { url, reason },
        expires_at: request.now() + LIFE,
        answer,
        verifier,
        redirect_uri,
    })
}

/// Waits for the browser and redeems its code.
pub(crate) async fn wait(
    request: &Request,
    endpoint: &Endpoint,
    issuer: &Issuer,
    away: Away,
) -> Result<Tokens, NoToken> {
    let failed = |reason: String| NoToken::Failed(CredentialError::failed(reason));
    let answer = away.answer.await.map_err(|_| failed("the browser did not come back in time".to_owned()))?;
    // RFC 9207 section 2.4: before anything else of the answer is believed.
    let named = match (&answer.issuer, &issuer.name) {
        (Some(found), Some(expected)) => found == expected,
        (Some(_), None) => true,
        (None, _) => !issuer.names_itself,
    };
    if !named {
        return Err(failed(format!("the answer is not from {}: it names another issuer, or none", endpoint.name)));
    }
    let code = answer.outcome.map_err(|refusal| {
        NoToken::Refused(Refused {
            error: presentable(&refusal.error, &[]),
            description: refusal.description.map(|text| presentable(&text, &[])),
            ..Refused::default()
        })
    })?;
    let grant = [
        ("grant_type", SecretString::from("authorization_code")),
        ("code", code),
        ("redirect_uri", SecretString::from(away.redirect_uri.as_str())),
        ("code_verifier", SecretString::from(away.verifier)),
    ];
    token::ask(request, endpoint, &grant).await
}
