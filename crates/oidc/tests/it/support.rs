//! A relying party of the hostile provider, and a sign-in there.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use howdah_oidc::{
    AuthorizationResponse, Clock, PendingSignIn, ProviderConfig, RelyingParty, SignIn, SignInError, check_providers,
};
use serde_json::{Map, Value, json};
use url::Url;

use crate::hostile::{Answer, Hostile, SigningKey};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const ACCESS_TOKEN: &str = "the-access-token";

/// Somebody's sign-in at a hostile provider.
pub(crate) struct Bench {
    pub(crate) provider: Hostile,
    pub(crate) key: SigningKey,
    now: Arc<Mutex<SystemTime>>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let key = SigningKey::es256();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        Self { provider: Hostile::start(&key).await, key, now: Arc::new(Mutex::new(now)) }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.now.lock().unwrap() += Duration::from_secs(seconds);
    }

    /// A confidential client of the provider with these keys changed; null removes one.
    pub(crate) fn party(&self, changes: &Value) -> RelyingParty {
        let discovery = format!("{}/.well-known/openid-configuration", self.provider.issuer);
        let mut settings = json!({
            "name": "hostile", "client_id": "howdah", "client_secret": "planted-secret", "server_metadata_url": discovery,
        });
        merge(&mut settings, changes);
        let now = Arc::clone(&self.now);
        relying_party(settings, Arc::new(move || *now.lock().unwrap()))
    }

    /// Good claims for a sign-in.
    pub(crate) fn claims(&self, nonce: &str) -> Value {
        json!({
            "iss": self.provider.issuer, "sub": "ada", "aud": "howdah", "exp": NOW + 300, "iat": NOW, "nonce": nonce,
            "email": "ada@example.com", "name": "Ada Lovelace",
        })
    }

    /// A good ID token, signed.
    pub(crate) fn id_token(&self, nonce: &str, changes: &Value) -> String {
        let mut claims = self.claims(nonce);
        merge(&mut claims, changes);
        self.key.sign(&json!({"alg": "ES256", "kid": "main"}), &claims)
    }

    /// A sign-in in which the provider does everything right.
    pub(crate) async fn sign_in(&self, party: &RelyingParty) -> Result<SignIn, SignInError> {
        self.sign_in_with(party, &json!({})).await
    }

    /// A sign-in with these claims changed in the ID token.
    pub(crate) async fn sign_in_with(&self, party: &RelyingParty, claims: &Value) -> Result<SignIn, SignInError> {
        let request = party.begin(None).await?;
        let nonce = parameter(&request.url, "nonce").unwrap_or_default();
        let id_token = self.id_token(&nonce, claims);
        self.provider.script(|script| script.token = Answer::Json(token_answer(&id_token)));
        let response = good_response(&request.pending);
        party.finish(request.pending, response).await
    }
}

pub(crate) fn token_answer(id_token: &str) -> Value {
    json!({
        "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60, "refresh_token": "r1", "id_token": id_token,
    })
}

pub(crate) fn good_response(pending: &PendingSignIn) -> AuthorizationResponse {
    AuthorizationResponse::parse(&format!("code=the-code&state={}", pending.state()))
}

pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub(crate) fn relying_party(settings: Value, clock: Clock) -> RelyingParty {
    // An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let redirect_uri = Url::parse("https://console.example.com/oauth2/authorize").unwrap();
    RelyingParty::new(config(settings), redirect_uri, clock).unwrap()
}

pub(crate) fn config(settings: Value) -> ProviderConfig {
    check_providers(vec![serde_json::from_value(settings).unwrap()], &|_| None).unwrap().remove(0)
}

/// Sets the keys of `changes`; null removes one.
pub(crate) fn merge(value: &mut Value, changes: &Value) {
    let fields: &mut Map<_, _> = value.as_object_mut().unwrap();
    for (key, change) in changes.as_object().unwrap() {
        if change.is_null() {
            fields.remove(key);
        } else {
            fields.insert(key.clone(), change.clone());
        }
    }
}
