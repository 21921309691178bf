//! A provider that answers whatever a test tells it to, and signs whatever a test wants signed.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot go on fails")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{StreamExt, stream};
use p521::ecdsa::signature::Signer;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a path answers.
#[derive(Clone)]
pub enum Answer {
    /// A JSON document with status 200.
    Json(Value),
    /// Status, media type and body.
    Text(u16, &'static str, String),
    /// To another place on the same host, where a good answer would wait.
    Redirect,
    /// 1 GiB of blanks.
    Flood,
    /// A byte now and then, for ever.
    Drip,
    /// Nothing, for ever.
    Hang,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The path alone.
    pub path: String,
    /// What follows `?`.
    pub query: Option<String>,
    /// The header.
    pub authorization: Option<String>,
    /// The body.
    pub body: String,
}

/// The answers by path.
#[derive(Clone)]
pub struct Script {
    /// The discovery document.
    pub discovery: Answer,
    /// The JSON Web Key Set.
    pub keys: Answer,
    /// The token endpoint.
    pub token: Answer,
    /// Every other path.
    pub userinfo: Answer,
}

/// A running provider; it ends with this value.
pub struct Hostile {
    /// Its issuer identifier.
    pub issuer: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
}

impl Hostile {
    /// A provider that does everything right but has no token to give yet.
    pub async fn start(key: &SigningKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Script {
            discovery: Answer::Json(document(&issuer)),
            keys: Answer::Json(json!({"keys": [key.public("main")]})),
            token: Answer::Json(json!({"error": "invalid_grant"})),
            userinfo: Answer::Json(json!({"sub": "ada", "email": "ada@example.com"})),
        };
        let shared = Arc::new(Shared { script: Mutex::new(script), seen: Mutex::default() });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { issuer, shared, server }
    }

    /// Changes what it answers from now on.
    pub fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.shared.script.lock().unwrap());
    }

    /// How many requests there were so far.
    pub fn requests(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    /// The requests to a path so far.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A good discovery document.
pub fn document(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "end_session_endpoint": format!("{issuer}/end"),
        "id_token_signing_alg_values_supported": ["none", "HS256", "ES256"],
    })
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path().to_owned();
    let authorization = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let body = String::from_utf8(body.to_vec()).unwrap();
    let query = parts.uri.query().map(str::to_owned);
    shared.seen.lock().unwrap().push(Seen { path: path.clone(), query, authorization, body });
    let script = shared.script.lock().unwrap().clone();
    let answer = match path.as_str() {
        "/.well-known/openid-configuration" => script.discovery,
        "/keys" => script.keys,
        "/token" => script.token,
        _ => script.userinfo,
    };
    let builder = Response::builder();
    match answer {
        Answer::Json(value) => builder.header(CONTENT_TYPE, "application/json").body(Body::from(value.to_string())),
        Answer::Text(status, kind, text) => builder.status(status).header(CONTENT_TYPE, kind).body(Body::from(text)),
        Answer::Redirect => builder.status(302).header(LOCATION, "/elsewhere").body(Body::empty()),
        Answer::Flood => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let chunks = stream::repeat(chunk).take(16 * 1024).map(Ok::<_, Infallible>);
            builder.body(Body::from_stream(chunks))
        }
        Answer::Drip => {
            let drops = stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
            });
            builder.body(Body::from_stream(drops))
        }
        Answer::Hang => std::future::pending().await,
    }
    .unwrap()
}

/// A key of a provider.
pub enum SigningKey {
    /// For ES256.
    Es256(EcdsaKeyPair),
    /// For ES512.
    Es512(p521::ecdsa::SigningKey),
}

impl SigningKey {
    /// A key for ES256.
    pub fn es256() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self::Es256(pair)
    }

    /// A key for ES512.
    pub fn es512() -> Self {
        let mut scalar = [0; 66];
        ring::rand::SecureRandom::fill(&SystemRandom::new(), &mut scalar[1..]).unwrap();
        Self::Es512(p521::ecdsa::SigningKey::from_slice(&scalar).unwrap())
    }

    /// As a JSON Web Key (RFC 7518 section 6.2).
    pub fn public(&self, kid: &str) -> Value {
        let (curve, point) = match self {
            Self::Es256(pair) => ("P-256", pair.public_key().as_ref().to_vec()),
            Self::Es512(key) => ("P-521", key.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
        };
        let (x, y) = point[1..].split_at((point.len() - 1) / 2);
        json!({
            "kty": "EC", "crv": curve, "use": "sig", "kid": kid,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// With its private part, for a provider that shall sign with it.
    pub fn private(&self, kid: &str) -> Value {
        let Self::Es512(key) = self else { panic!("this one stays here") };
        let mut jwk = self.public(kid);
        jwk["d"] = json!(URL_SAFE_NO_PAD.encode(key.to_bytes()));
        jwk
    }

    /// A JSON Web Signature in its compact form (RFC 7515 section 3.1).
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature = match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Es512(key) => {
                let signature: p521::ecdsa::Signature = key.sign(text.as_bytes());
                signature.to_bytes().to_vec()
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Signed with a shared secret.
pub fn hmac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let text = unsigned(header, claims);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, text.as_bytes())))
}

/// Header and claims, without any signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// `at_hash` of an access token for a token signed with an algorithm on SHA-256.
pub fn at_hash(access_token: &str) -> String {
    half_of_digest(&ring::digest::SHA256, access_token)
}

/// The left half of a digest, as `at_hash` is made (Core 3.1.3.6).
pub fn half_of_digest(algorithm: &'static ring::digest::Algorithm, text: &str) -> String {
    let digest = ring::digest::digest(algorithm, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..digest.as_ref().len() / 2])
}
