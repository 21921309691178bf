//! Whose certificates are believed.

use std::fs;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Result;
use axum::{Json, Router};
use axum_server::tls_rustls::RustlsConfig;
use howdah_testkit::{Certificates, certificates};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hostile::document;
use crate::support::{merge, relying_party};

/// The outcome of a first step with a provider whose certificate our own authority signed.
async fn begin(settings: Value) -> Result<Result<(), String>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let issuer = format!("https://localhost:{}", listener.local_addr()?.port());
    let identity = certificates().server(&["localhost"])?;
    let tls = RustlsConfig::from_pem(identity.certificate_pem.into_bytes(), identity.key_pem.into_bytes()).await?;
    let answer = document(&issuer);
    let app = Router::new().fallback(async move || Json(answer.clone()));
    let server = tokio::spawn(axum_server::from_tcp_rustls(listener, tls)?.serve(app.into_make_service()));
    let mut all = json!({
        "name": "private", "client_id": "howdah", "client_secret": "s3cret",
        "server_metadata_url": format!("{issuer}/.well-known/openid-configuration"),
    });
    merge(&mut all, &settings);
    let begun = relying_party(all, Arc::new(SystemTime::now)).begin(None).await;
    server.abort();
    Ok(begun.map(drop).map_err(|error| format!("{}: {error}", error.code())))
}

#[tokio::test]
async fn a_private_authority_is_trusted_only_when_it_is_named() -> Result<()> {
    let directory = TempDir::new()?;
    let file = |name: &str, pem: &str| -> Result<Value> {
        let path = directory.path().join(name);
        fs::write(&path, pem)?;
        Ok(json!({ "ca_file": path }))
    };
    let refused = begin(json!({})).await?.expect_err("nobody knows this authority");
    assert!(refused.starts_with("provider_unavailable") && refused.contains("`ca_file`"), "{refused}");
    assert_eq!(begin(file("ours.pem", certificates().ca_pem())?).await?, Ok(()));
    let stranger = Certificates::generate("A stranger")?;
    let refused = begin(file("stranger.pem", stranger.ca_pem())?).await?.expect_err("it did not sign this one");
    assert!(refused.starts_with("provider_unavailable"), "{refused}");
    assert_eq!(begin(json!({"ssl_cert_verification": false})).await?, Ok(()));
    Ok(())
}
