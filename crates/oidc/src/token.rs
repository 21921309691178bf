//! The token endpoint: which client we are, what we ask for, and what it answers.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode};
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use crate::config::{ClientAuthentication, ProviderConfig};
use crate::error::{SignInError, Step, presentable};
use crate::http;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Bytes of a demand on a new sign-in that are passed on.
const LONGEST_CLAIMS: usize = 2048;
const ASSERTION_LIFE: Duration = Duration::from_secs(60);

/// What a sign-in or a refresh gives. Not serializable: whoever stores it encrypts it.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For the provider's APIs.
    pub access: SecretString,
    /// For new tokens, if the provider gives one.
    pub refresh: Option<SecretString>,
    /// Says who signed in; also names the session at logout.
    pub id: Option<SecretString>,
    /// When the access token ends, if the provider says so.
    pub expires_at: Option<SystemTime>,
}

/// Asks the token endpoint with one grant. `secrets` are those of the grant: they do not come back in an error's text.
pub(crate) async fn request(
    config: &ProviderConfig,
    client: &Client,
    endpoint: &Url,
    mut form: Vec<(&str, String)>,
    secrets: &[&str],
    now: SystemTime,
) -> Result<Tokens, NoTokens> {
    let failed = |reason: String, error: Option<String>| SignInError::TokenExchangeFailed {
        provider: config.display_name().to_owned(),
        reason,
        error,
        source: None,
    };
    // What is missing is ours: nothing was asked, so nothing was refused.
    let header = authenticate(config, endpoint, &mut form, now).map_err(|reason| NoTokens {
        error: failed(reason, None),
        claims: None,
        passes: true,
    })?;
    let mut request = client.post(endpoint.clone()).header(ACCEPT, "application/json");
    if let Some(header) = header {
        request = request.header(AUTHORIZATION, header);
    }
    let sent = http::send(request.form(&form)).await;
    let answer =
        sent.map_err(|error| NoTokens { error: config.unavailable(Step::Token, error), claims: None, passes: true })?;
    // Whoever asks too often, or is answered by something in between, may ask again with the same grant.
    let is_busy = matches!(answer.status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    let passes = |error, code: Option<&str>| NoTokens {
        error,
        claims: None,
        passes: is_busy || matches!(code, Some("temporarily_unavailable" | "server_error" | "slow_down")),
    };

    let fields = parse(&answer.body)
        .ok_or_else(|| failed(format!("its token answer cannot be read (status {})", answer.status), None))
        .map_err(|error| NoTokens { error, claims: None, passes: is_busy || answer.status.is_success() })?;
    // GitHub answers refusals with status 200, so the error is looked for first.
    if let Some(error) = fields.get("error").filter(|error| !error.is_null()) {
        let client_secret = config.authentication.secret().map(|secret| secret.expose_secret());
        let secrets: Vec<_> = secrets.iter().copied().chain(client_secret).collect();
        let error = presentable(error.as_str().unwrap_or("an unnamed error"), &secrets);
        let description =
            fields.get("error_description").and_then(Value::as_str).map(|text| presentable(text, &secrets));
        let reason = match (error.as_str(), description) {
            ("invalid_client", description) => {
                let said = description.map(|text| format!(": {text}")).unwrap_or_default();
                format!("it does not accept our client id or secret ({error}{said})")
            }
            (_, Some(description)) => format!("{description} ({error})"),
            (_, None) => error.clone(),
        };
        let code = error.clone();
        let claims = fields.get("claims").and_then(Value::as_str).filter(|claims| claims.len() <= LONGEST_CLAIMS);
        return Err(NoTokens { claims: claims.map(str::to_owned), ..passes(failed(reason, Some(error)), Some(&code)) });
    }
    if !answer.status.is_success() {
        return Err(passes(failed(format!("its token endpoint answered with status {}", answer.status), None), None));
    }
    tokens(fields, now).map_err(|reason| NoTokens {
        error: failed(reason.to_owned(), None),
        claims: None,
        passes: false,
    })
}

/// The token endpoint gave none.
pub(crate) struct NoTokens {
    pub(crate) error: SignInError,
    /// What Entra ID demands of a new sign-in before it gives any.
    pub(crate) claims: Option<String>,
    /// The same grant may do later.
    pub(crate) passes: bool,
}

impl From<NoTokens> for SignInError {
    fn from(refusal: NoTokens) -> Self {
        refusal.error
    }
}

/// Adds what proves the client to the form, or gives it as a header. An error says why nothing can be sent.
fn authenticate(
    config: &ProviderConfig,
    endpoint: &Url,
    form: &mut Vec<(&str, String)>,
    now: SystemTime,
) -> Result<Option<HeaderValue>, String> {
    if let ClientAuthentication::SecretBasic(secret) = &config.authentication {
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&config.client_id), encode(secret.expose_secret()));
        let mut header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)))
            .map_err(|_| "the client secret cannot be sent".to_owned())?;
        header.set_sensitive(true);
        return Ok(Some(header));
    }
    form.push(("client_id", config.client_id.clone()));
    let assertion = match &config.authentication {
        ClientAuthentication::None | ClientAuthentication::SecretBasic(_) => return Ok(None),
        ClientAuthentication::SecretPost(secret) => {
            form.push(("client_secret", secret.expose_secret().to_owned()));
            return Ok(None);
        }
        ClientAuthentication::WorkloadIdentity(path) => {
            // Read each time: the platform replaces the token about once an hour. It is a small local file.
            let token = std::fs::read_to_string(path)
                .map_err(|error| format!("the workload identity token `{}` cannot be read: {error}", path.display()))?;
            match token.trim() {
                "" => return Err(format!("the workload identity token `{}` is empty", path.display())),
                token => token.to_owned(),
            }
        }
        ClientAuthentication::PrivateKeyJwt(key) => key.assertion(&config.client_id, endpoint, now)?,
    };
    // RFC 7523 section 2.2.
    form.push(("client_assertion_type", JWT_BEARER.to_owned()));
    form.push(("client_assertion", assertion));
    Ok(None)
}

/// A JSON object (RFC 6749 section 5.1), or a form as GitHub sent before it learned JSON.
fn parse(body: &[u8]) -> Option<Map<String, Value>> {
    if let Ok(Value::Object(fields)) = serde_json::from_slice(body) {
        return Some(fields);
    }
    let fields: Map<_, _> = form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    (fields.contains_key("access_token") || fields.contains_key("error")).then_some(fields)
}

fn tokens(mut fields: Map<String, Value>, now: SystemTime) -> Result<Tokens, &'static str> {
    let mut secret = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(SecretString::from(text)),
        _ => None,
    };
    let access = secret("access_token").ok_or("its answer holds no access token")?;
    let (refresh, id) = (secret("refresh_token"), secret("id_token"));
    // RFC 6749 section 7.1: a token of a kind that we do not know must not be used. Some leave the kind out.
    match fields.get("token_type") {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err("its access token is of a kind that we cannot use"),
    }
    let life = match fields.get("expires_in") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let life = life.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(Tokens { access, refresh, id, expires_at: life.and_then(|life| now.checked_add(life)) })
}

/// The key that signs our assertions with `private_key_jwt`.
pub(crate) struct SigningKey {
    pair: KeyPair,
    /// What the header of an assertion says of the certificate, if the file has one.
    thumbprints: Map<String, Value>,
}

enum KeyPair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair, &'static str),
}

impl SigningKey {
    /// # Errors
    ///
    /// What is wrong with the file.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, &'static str> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| "the file holds no private key in PEM format")?;
        // RFC 7515 sections 4.1.7 and 4.1.8. Entra ID finds the registered certificate by these.
        let certificate = CertificateDer::pem_slice_iter(pem).next().transpose();
        let thumbprints = match certificate.map_err(|_| "the file holds a malformed certificate")? {
            None => Map::new(),
            Some(certificate) => [("x5t", &SHA1_FOR_LEGACY_USE_ONLY), ("x5t#S256", &SHA256)]
                .into_iter()
                .map(|(name, algorithm)| {
                    let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(algorithm, &certificate));
                    (name.to_owned(), Value::String(thumbprint))
                })
                .collect(),
        };
        let pair = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok().map(KeyPair::Rsa),
            PrivateKeyDer::Pkcs8(der) => Self::from_pkcs8(der.secret_pkcs8_der()),
            _ => None,
        };
        pair.map(|pair| Self { pair, thumbprints }).ok_or("the private key is of a kind that we cannot use")
    }

    fn from_pkcs8(der: &[u8]) -> Option<KeyPair> {
        let random = SystemRandom::new();
        RsaKeyPair::from_pkcs8(der)
            .map(KeyPair::Rsa)
            .or_else(|_| {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random)
                    .map(|pair| KeyPair::Ecdsa(pair, "ES256"))
            })
            .or_else(|_| {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der, &random)
                    .map(|pair| KeyPair::Ecdsa(pair, "ES384"))
            })
            .ok()
    }

    /// RFC 7523 section 3 and OpenID Connect Core 9: we vouch for ourselves, once, for a minute.
    fn assertion(&self, client_id: &str, endpoint: &Url, now: SystemTime) -> Result<String, String> {
        let cannot_sign = |_| "our client assertion cannot be signed".to_owned();
        let random = SystemRandom::new();
        let mut id = [0; 16];
        random.fill(&mut id).map_err(cannot_sign)?;
        let issued_at = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let algorithm = match &self.pair {
            KeyPair::Rsa(_) => "RS256",
            KeyPair::Ecdsa(_, name) => name,
        };
        let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut header = self.thumbprints.clone();
        header.extend([("alg".to_owned(), json!(algorithm)), ("typ".to_owned(), json!("JWT"))]);
        let text = format!(
            "{}.{}",
            encode(Value::Object(header)),
            encode(json!({
                "iss": client_id,
                "sub": client_id,
                "aud": endpoint.as_str(),
                "jti": URL_SAFE_NO_PAD.encode(id),
                "iat": issued_at.as_secs(),
                "exp": (issued_at + ASSERTION_LIFE).as_secs(),
            }))
        );
        let signature = match &self.pair {
            KeyPair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).map_err(cannot_sign)?;
                signature
            }
            KeyPair::Ecdsa(pair, _) => pair.sign(&random, text.as_bytes()).map_err(cannot_sign)?.as_ref().to_vec(),
        };
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(***)")
    }
}
