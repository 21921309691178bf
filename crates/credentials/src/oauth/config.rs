//! What an `oauth` source is set to.

use secrecy::SecretString;
use url::Url;

use crate::http::check_address;
use crate::settings::{Present, SettingError, SettingSecret, filled};

/// The ways to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OAuthFlow {
    /// The person types a code on any device (RFC 8628).
    DeviceCode,
    /// The person is sent to the sign-in page (RFC 6749 section 4.1, with PKCE).
    Interactive,
    /// The client itself (RFC 6749 section 4.4).
    ClientCredentials,
}

/// The fields of the API's `credential` object.
#[derive(Clone, Debug)]
pub struct OAuthSettings {
    /// `issuer`
    pub issuer: String,
    /// `client_id`
    pub client_id: String,
    /// `client_secret`
    pub client_secret: Option<SecretString>,
    /// `scope`
    pub scope: Option<String>,
    /// `flow`
    pub flow: OAuthFlow,
    /// `present`
    pub present: Present,
}

/// A checked `oauth` source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OAuthConfig {
    /// As it was written: an issuer is compared letter by letter.
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) client_secret: Option<SettingSecret>,
    pub(super) scope: Option<String>,
    pub(super) flow: OAuthFlow,
    pub(super) present: Present,
}

impl OAuthConfig {
    /// # Errors
    ///
    /// When a field is missing or wrong.
    pub fn new(settings: OAuthSettings) -> Result<Self, SettingError> {
        let issuer = settings.issuer.trim().to_owned();
        let wrong = |problem: String| SettingError::new("issuer", problem);
        let url = Url::parse(&issuer)
            .map_err(|_| wrong("this is no address: write the issuer's https address".to_owned()))?;
        check_address(&url).map_err(wrong)?;
        // RFC 8414 section 2.
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("an issuer has no query and no fragment".to_owned()));
        }
        let client_id = settings.client_id.trim().to_owned();
        if client_id.is_empty() {
            return Err(SettingError::new("client_id", "name the client that asks for the token"));
        }
        let client_secret =
            settings.client_secret.map(SettingSecret::from).filter(|secret| !secret.expose().is_empty());
        if settings.flow == OAuthFlow::ClientCredentials && client_secret.is_none() {
            return Err(SettingError::new("client_secret", "this flow needs the client's secret"));
        }
        let scope = filled(&settings.scope).map(str::to_owned);
        Ok(Self { issuer, client_id, client_secret, scope, flow: settings.flow, present: settings.present })
    }
}
