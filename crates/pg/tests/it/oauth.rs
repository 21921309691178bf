//! Tokens: by OAUTHBEARER and in place of a password, to whom they are sent and to whom never.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use howdah_pg::{
    Authentication, ConnectError, ConnectEvent, ConnectOptions, ConnectStep, Host, IssuerComparison, RootCertificates,
    SslMode,
};
use howdah_testkit::{Major, OAuth, OpenIdProvider, Postgres, ProviderOptions, Resource, TokenSigner, certificates};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::support::{message, options, password, value};

const ISSUER: &str = "https://issuer.example/realm";

fn claims(subject: &str) -> Result<Value> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(json!({ "iss": ISSUER, "aud": "postgres", "scope": "openid pg", "sub": subject, "exp": now + 60 }))
}

fn changed(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

fn bearer(token: &str) -> Authentication {
    Authentication::OAuthBearer { token: token.into(), issuer: Some(ISSUER.to_owned()) }
}

async fn server(signer: &TokenSigner) -> Result<Postgres> {
    let oauth = OAuth {
        issuer: ISSUER.to_owned(),
        audience: Some("postgres".to_owned()),
        scope: Some("pg".to_owned()),
        claim: "sub".to_owned(),
        key_set: signer.key_set().to_string(),
    };
    let mut builder = Postgres::builder(Major::V18).tls().oauth(oauth);
    for (user, method) in [
        ("plain_user", "password"),
        ("md5_user", "md5"),
        ("scram_user", "scram-sha-256"),
        ("trusted_user", "trust"),
        ("mapped_user", &*format!("oauth issuer=\"{ISSUER}\" scope=\"pg\" map=people")),
        ("all", &*format!("oauth issuer=\"{ISSUER}\" scope=\"openid pg\"")),
    ] {
        builder = builder.hba(&format!("hostssl all {user} 127.0.0.1/32 {method}"));
    }
    let server =
        builder.ident(r"people ada@example\.com mapped_user").ident("people /^(.*)$ mapped_user").start().await?;
    server
        .execute(
            "postgres",
            "create role ada login; create role mapped_user login; create role trusted_user login;
             create role plain_user login password 'token'; create role scram_user login password 'token';
             set password_encryption = 'md5'; create role md5_user login password 'token'",
        )
        .await?;
    Ok(server)
}

fn as_user(server: &Postgres, user: &str) -> ConnectOptions {
    let mut options = ConnectOptions { user: user.to_owned(), ..options(server, "postgres") };
    options.ssl.mode = SslMode::VerifyFull;
    options.ssl.root = RootCertificates::Pem(server.ca_pem().to_owned());
    options
}

#[tokio::test]
async fn a_token_opens_a_session_as_its_bearer() -> Result<()> {
    let signer = TokenSigner::generate()?;
    let server = server(&signer).await?;
    for (role, subject, mode) in [
        ("ada", "ada", SslMode::VerifyFull),
        ("mapped_user", "grace@example.com", SslMode::VerifyFull),
        // Over loopback nobody can listen.
        ("ada", "ada", SslMode::Require),
    ] {
        let mut options = as_user(&server, role);
        options.ssl.mode = mode;
        let mut method = None;
        let token = signer.sign(&claims(subject)?)?;
        let mut session = howdah_pg::connect(&options, bearer(&token), &mut |event| {
            if let ConnectEvent::Authenticated { method: by, channel_bound } = event {
                method = Some((by.name(), channel_bound));
            }
        })
        .await?;
        assert_eq!(method, Some(("oauth", false)));
        let who = value(&mut session, "select current_user || ' ' || system_user").await?;
        assert_eq!(who, format!("{role} oauth:{subject}"));
    }
    Ok(())
}

#[tokio::test]
async fn a_real_providers_token_opens_a_session() -> Result<()> {
    let audience = "https://database.example";
    let provider = OpenIdProvider::start(ProviderOptions {
        resource: Some(Resource { audience: audience.to_owned(), scope: "pg".to_owned() }),
        configuration: json!({
            "features": { "clientCredentials": { "enabled": true } },
            "clients": [{
                "client_id": "svc", "client_secret": "planted", "redirect_uris": [], "response_types": [],
                "grant_types": ["client_credentials"],
            }],
        }),
        ..ProviderOptions::default()
    })
    .await?;
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let metadata: Value = http.get(provider.metadata_url()).send().await?.json().await?;
    let url = |name: &str| metadata[name].as_str().map(str::to_owned).context("a URL is missing");
    let key_set = http.get(url("jwks_uri")?).send().await?.text().await?;
    let form = [("grant_type", "client_credentials"), ("scope", "pg")];
    let asked = http.post(url("token_endpoint")?).basic_auth("svc", Some("planted")).form(&form).send().await?;
    let answer: Value = asked.json().await?;
    let token = answer["access_token"].as_str().with_context(|| answer.to_string())?;

    let issuer = provider.issuer();
    let oauth = OAuth {
        issuer: issuer.to_owned(),
        audience: Some(audience.to_owned()),
        scope: Some("pg".to_owned()),
        claim: "sub".to_owned(),
        key_set,
    };
    let line = format!("hostssl all all 127.0.0.1/32 oauth issuer=\"{issuer}\" scope=\"pg\"");
    let server = Postgres::builder(Major::V18).tls().oauth(oauth).hba(&line).start().await?;
    server.execute("postgres", "create role svc login").await?;
    let bearer = Authentication::OAuthBearer { token: token.into(), issuer: Some(issuer.to_owned()) };
    let mut session = howdah_pg::connect(&as_user(&server, "svc"), bearer, &mut |_| {}).await?;
    assert_eq!(value(&mut session, "select system_user").await?, "oauth:svc");
    Ok(())
}

#[tokio::test]
async fn a_refused_token_is_told_in_words() -> Result<()> {
    let (signer, stranger) = (TokenSigner::generate()?, TokenSigner::generate()?);
    let server = server(&signer).await?;
    let good = claims("ada")?;
    for (name, token) in [
        ("expired", signer.sign(&changed(good.clone(), "exp", 1_700_000_000))?),
        ("another issuer", signer.sign(&changed(good.clone(), "iss", "https://other.example"))?),
        ("another audience", signer.sign(&changed(good.clone(), "aud", "web"))?),
        ("another scope", signer.sign(&changed(good.clone(), "scope", "openid"))?),
        ("another role", signer.sign(&claims("grace")?)?),
        ("another key", stranger.sign(&good)?),
        ("no token", "opaque".to_owned()),
    ] {
        let error = howdah_pg::connect(&as_user(&server, "ada"), bearer(&token), &mut |_| {}).await;
        let error = error.expect_err(name);
        assert_eq!(error.server().map(|error| error.code.as_str()), Some("28000"), "{name}: {error:?}");
        assert_eq!(error.step(), ConnectStep::Authentication);
        let refusal = error.oauth_refusal().with_context(|| format!("{name}: {error:?}"))?;
        assert_eq!((refusal.status.as_str(), refusal.scope.as_deref()), ("invalid_token", Some("openid pg")));
        assert_eq!(refusal.issuer, IssuerComparison::Same);
        let url = format!("{ISSUER}/.well-known/openid-configuration");
        assert_eq!(refusal.openid_configuration.as_deref(), Some(url.as_str()));
        assert!(error.to_string().contains("it asks for the scope `openid pg`"), "{error}");
    }
    let other = Authentication::OAuthBearer { token: "t".into(), issuer: Some("https://other.example".to_owned()) };
    let error = howdah_pg::connect(&as_user(&server, "ada"), other, &mut |_| {}).await.expect_err("no token");
    assert!(
        error
            .to_string()
            .contains(&format!("it trusts the issuer {ISSUER}, and the token is of https://other.example")),
        "{error}"
    );
    let odd = howdah_pg::connect(&as_user(&server, "ada"), bearer("a\u{1}b"), &mut |_| {}).await;
    assert!(matches!(odd, Err(ConnectError::Options(error)) if error.keyword == "token"));
    Ok(())
}

#[tokio::test]
async fn a_server_that_asks_for_something_else_gets_nothing() -> Result<()> {
    let signer = TokenSigner::generate()?;
    let server = server(&signer).await?;
    let token = Authentication::TokenAsPassword("token".into());
    for (user, authentication, expected) in [
        ("plain_user", &token, None),
        ("md5_user", &token, Some("md5")),
        ("scram_user", &token, Some("scram-sha-256")),
        ("trusted_user", &token, Some("none")),
        ("ada", &token, Some("oauth")),
        ("plain_user", &bearer("token"), Some("password")),
        ("md5_user", &bearer("token"), Some("md5")),
        ("scram_user", &bearer("token"), Some("scram-sha-256")),
        ("trusted_user", &bearer("token"), Some("none")),
        ("ada", &password("token"), Some("oauth")),
        ("ada", &Authentication::None, Some("oauth")),
    ] {
        let result = howdah_pg::connect(&as_user(&server, user), authentication.clone(), &mut |_| {}).await;
        match (result, expected) {
            (Ok(_), None) => {}
            (Err(ConnectError::AuthenticationMismatch { requested, presented }), Some(expected)) => {
                assert_eq!(requested, expected, "{user} {authentication:?}");
                assert!(presented.is_some());
            }
            (result, _) => panic!("{user} {authentication:?}: {:?}", result.err()),
        }
    }
    assert!(!server.log().contains("password authentication failed"), "nothing was sent");
    let mut options = as_user(&server, "ada");
    options.require_auth = Some([howdah_pg::AuthenticationMethod::ScramSha256].into());
    let result = howdah_pg::connect(&options, bearer("token"), &mut |_| {}).await;
    assert!(matches!(result, Err(ConnectError::AuthenticationMismatch { requested: "oauth", presented: None })));
    Ok(())
}

#[tokio::test]
async fn a_token_crosses_no_network_without_verified_tls() -> Result<()> {
    // An address for documents (RFC 5737), and a name that has none (RFC 6761). Nothing is sent there.
    for (host, mode) in [
        ("192.0.2.1", SslMode::Disable),
        ("192.0.2.1", SslMode::Allow),
        ("192.0.2.1", SslMode::Require),
        ("192.0.2.1", SslMode::VerifyCa),
        ("db.invalid", SslMode::Require),
    ] {
        let mut options = ConnectOptions::new(Host::parse(host), 5432, "postgres", "ada");
        for authentication in [bearer("token"), Authentication::TokenAsPassword("token".into())] {
            options.ssl.mode = mode;
            let error = howdah_pg::connect(&options, authentication, &mut |event| {
                assert!(!matches!(event, ConnectEvent::Connected { .. }));
            })
            .await
            .expect_err("refused before anything is sent");
            assert!(matches!(error, ConnectError::TokenNeedsVerifiedTls { mode: told } if told == mode), "{error:?}");
            assert_eq!(error.step(), ConnectStep::Tls);
        }
    }
    Ok(())
}

/// A server over TLS that plays its part of a conversation: it waits for exactly these bytes, and answers with those.
async fn play(script: Vec<(Vec<u8>, Vec<u8>)>) -> Result<(ConnectOptions, tokio::task::JoinHandle<Result<()>>)> {
    let identity = certificates().server(&["127.0.0.1"])?;
    let chain = vec![CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes())?];
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let mut options = ConnectOptions::new(Host::parse("127.0.0.1"), port, "postgres", "alice");
    options.ssl.mode = SslMode::VerifyFull;
    options.ssl.root = RootCertificates::Pem(certificates().ca_pem().to_owned());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let mut request = [0; 8];
        stream.read_exact(&mut request).await?;
        assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "SSLRequest");
        stream.write_all(b"S").await?;
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
        let mut length = [0; 4];
        stream.read_exact(&mut length).await?;
        let mut startup = vec![0; usize::try_from(u32::from_be_bytes(length))? - 4];
        stream.read_exact(&mut startup).await?;
        for (expected, answer) in script {
            let mut heard = vec![0; expected.len()];
            stream.read_exact(&mut heard).await?;
            assert_eq!(heard.escape_ascii().to_string(), expected.escape_ascii().to_string());
            stream.write_all(&answer).await?;
            stream.flush().await?;
        }
        let mut rest = Vec::new();
        // How the client leaves is no matter of this conversation.
        let _ = stream.read_to_end(&mut rest).await;
        assert_eq!(rest.escape_ascii().to_string(), "");
        Ok(())
    });
    Ok((options, server))
}

/// As PostgreSQL 18.4 was heard to speak.
const SASL: &[u8] = b"R\0\0\0\x15\0\0\0\x0aOAUTHBEARER\0\0";
const TOKEN: &[u8] = b"p\0\0\0\x34OAUTHBEARER\0\0\0\0\x20n,,\x01auth=Bearer abc.def-_~+/==\x01\x01";
const REFUSAL: &str = r#"{ "status": "invalid_token", "openid-configuration": "https://issuer.example/realm/.well-known/openid-configuration", "scope": "openid pg" }"#;
const FATAL: &[u8] =
    b"SFATAL\0VFATAL\0C28000\0MOAuth bearer authentication failed for user \"alice\"\0Fauth.c\0L332\0Rauth_failed\0\0";

fn refusal() -> Vec<u8> {
    message(b'R', &[&[0, 0, 0, 11][..], REFUSAL.as_bytes()].concat())
}

#[tokio::test]
async fn the_bytes_are_those_of_the_manual() -> Result<()> {
    let token = "abc.def-_~+/==";
    assert_eq!(SASL, message(b'R', &[&[0, 0, 0, 10][..], b"OAUTHBEARER\0\0"].concat()));
    let welcome = [message(b'R', &[0, 0, 0, 0]), message(b'Z', b"I")].concat();
    let (options, server) = play(vec![(Vec::new(), SASL.to_vec()), (TOKEN.to_vec(), welcome)]).await?;
    let session = howdah_pg::connect(&options, bearer(token), &mut |_| {}).await?;
    drop(session);
    server.await??;

    // One byte, without which the server stays silent (RFC 7628, 3.2.3).
    let dummy = b"p\0\0\0\x05\x01".to_vec();
    let script = vec![(Vec::new(), SASL.to_vec()), (TOKEN.to_vec(), refusal()), (dummy.clone(), message(b'E', FATAL))];
    let (options, server) = play(script).await?;
    let error = howdah_pg::connect(&options, bearer(token), &mut |_| {}).await.expect_err("refused");
    assert_eq!(error.oauth_refusal().map(|refusal| &refusal.issuer), Some(&IssuerComparison::Same));
    server.await??;

    // A server cannot refuse and let in, nor refuse twice.
    for next in [message(b'R', &[0, 0, 0, 0]), refusal()] {
        let script = vec![(Vec::new(), SASL.to_vec()), (TOKEN.to_vec(), refusal()), (dummy.clone(), next)];
        let (options, server) = play(script).await?;
        let error = howdah_pg::connect(&options, bearer(token), &mut |_| {}).await.expect_err("out of order");
        assert!(matches!(error, ConnectError::Protocol { step: ConnectStep::Authentication, .. }), "{error:?}");
        server.await??;
    }

    // Beside other mechanisms the token's is chosen; what is no refusal is only an error.
    let both = message(b'R', &[&[0, 0, 0, 10][..], b"SCRAM-SHA-256\0OAUTHBEARER\0\0"].concat());
    let riddle = message(b'R', &[&[0, 0, 0, 11][..], b"no JSON"].concat());
    let script = vec![(Vec::new(), both), (TOKEN.to_vec(), riddle), (dummy, message(b'E', FATAL))];
    let (options, server) = play(script).await?;
    let error = howdah_pg::connect(&options, bearer(token), &mut |_| {}).await.expect_err("refused");
    assert_eq!((error.server().map(|error| error.class()), error.oauth_refusal()), (Some("28"), None));
    server.await??;
    Ok(())
}

#[tokio::test]
async fn nothing_goes_to_impostors_and_strangers() -> Result<()> {
    for (asks, expected) in [
        (message(b'R', &[0, 0, 0, 3]), "password"),
        (message(b'R', &[0, 0, 0, 5, 1, 2, 3, 4]), "md5"),
        (message(b'R', &[0, 0, 0, 0]), "none"),
        (message(b'R', &[0, 0, 0, 7]), "gss"),
        (message(b'R', &[&[0, 0, 0, 10][..], b"SCRAM-SHA-256\0\0"].concat()), "scram-sha-256"),
        (message(b'R', &[&[0, 0, 0, 10][..], b"XOAUTH2\0\0"].concat()), "sasl"),
    ] {
        let (options, server) = play(vec![(Vec::new(), asks)]).await?;
        let error = howdah_pg::connect(&options, bearer("token"), &mut |_| {}).await.expect_err("a mismatch");
        assert!(
            matches!(error, ConnectError::AuthenticationMismatch { requested, .. } if requested == expected),
            "{error:?}"
        );
        server.await??;
    }
    // Loopback needs no verification; where it is asked for, a certificate that proves nothing ends it.
    let (mut options, server) = play(Vec::new()).await?;
    options.ssl.root = RootCertificates::System;
    let error = howdah_pg::connect(&options, bearer("token"), &mut |_| {}).await.expect_err("not verified");
    assert_eq!(error.step(), ConnectStep::Tls);
    assert!(server.await?.is_err());
    Ok(())
}
