//! Where the browser goes to end the session at the provider too.

use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use crate::config::ProviderConfig;

/// Fills pgAdmin's template. Values are encoded: raw ones could change the address.
pub(crate) fn fill(template: &str, redirect_uri: &str, id_token: &str) -> String {
    let encode = |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    template.replace("{redirect_uri}", &encode(redirect_uri)).replace("{id_token}", &encode(id_token))
}

pub(crate) fn url(
    config: &ProviderConfig,
    end_session: Option<&Url>,
    id_token: Option<&SecretString>,
    post_logout_redirect_uri: &Url,
    state: &str,
) -> Option<Url> {
    let id_token = id_token.map(|token| token.expose_secret());
    if let Some(template) = &config.logout_template {
        return Url::parse(&fill(template, post_logout_redirect_uri.as_str(), id_token.unwrap_or_default())).ok();
    }
    // OpenID Connect RP-Initiated Logout 1.0 section 2.
    let mut url = end_session?.clone();
    let mut query = url.query_pairs_mut();
    if let Some(id_token) = id_token {
        query.append_pair("id_token_hint", id_token);
    }
    // Beside the hint too: providers that do not know by the hint alone which client this is have been met.
    query.append_pair("client_id", &config.client_id);
    query.append_pair("post_logout_redirect_uri", post_logout_redirect_uri.as_str()).append_pair("state", state);
    drop(query);
    Some(url)
}
