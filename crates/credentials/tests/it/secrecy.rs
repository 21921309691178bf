//! What is said about secrets, to whom.

use std::sync::{Arc, Mutex};

use howdah_credentials::{
    CredentialError, EntraConfig, EntraFlow, EntraSettings, OAuthConfig, OAuthFlow, OAuthSettings, Present, Prompt,
    RedirectAnswer, SourceConfig,
};
use howdah_testkit::{ENTRA_TENANT, Entra, ScriptedOAuthServer};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::support::{Bench, REDIRECT_URI, Time, listen_to_log, logged};

#[tokio::test]
async fn no_secret_is_logged_or_shown() {
    listen_to_log();

    let time = Time::new();
    let entra = Entra::start(time.clock()).await.unwrap();
    entra.register("client", Some("planted-client-secret"));
    entra.redirect_uri("client", REDIRECT_URI);
    let settings = |flow| EntraSettings {
        flow,
        tenant: Some(ENTRA_TENANT.to_owned()),
        client_id: Some("client".to_owned()),
        client_secret: Some(SecretString::from("planted-client-secret")),
        authority: Some(entra.authority.url().to_owned()),
        ..EntraSettings::default()
    };
    let bench = Bench::with(&time, |_| {});
    let mut shown = String::new();
    let mut show = |what: &dyn std::fmt::Debug| shown.push_str(&format!("{what:?}\n"));

    // Each flow, its refresh, and its refusals.
    for flow in [EntraFlow::ClientSecret, EntraFlow::DeviceCode, EntraFlow::Interactive] {
        let source = SourceConfig::Entra(EntraConfig::new(settings(flow)).unwrap());
        show(&source);
        let first = bench.obtain(&source).await;
        show(&first);
        if let Err(CredentialError::InteractionRequired(prompt)) = &first {
            show(prompt);
            match &**prompt {
                Prompt::DeviceCode { user_code, .. } => {
                    let code = user_code.expose_secret();
                    entra.confirm(code, "ada@shop.example.com").unwrap();
                    bench.time.wake(1);
                    bench.wait_for_person(&source).await;
                }
                Prompt::Redirect { url, .. } => {
                    let back = entra.sign_in(url, "ada@shop.example.com").unwrap();
                    let value = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
                    let answer = RedirectAnswer { outcome: Ok(SecretString::from(value("code"))), issuer: None };
                    show(&answer);
                    bench.broker.complete_redirect(&bench.person, &value("state"), answer).await.unwrap();
                }
            }
        }
        bench.secret(&source).await;
        bench.advance(3600);
        show(&bench.obtain(&source).await.unwrap());
        bench.advance(3600);
        let said = "AADSTS50000: planted-client-secret is bad";
        entra.refuse_next("invalid_client", said, None);
        show(&bench.obtain(&source).await);
    }

    // A server that says our secrets back to us.
    let server = ScriptedOAuthServer::start().await.unwrap();
    let oauth = OAuthSettings {
        issuer: server.endpoint.url().to_owned(),
        client_id: "client".to_owned(),
        client_secret: Some(SecretString::from("planted-secret")),
        scope: None,
        flow: OAuthFlow::ClientCredentials,
        present: Present::Password,
    };
    let source = SourceConfig::OAuth(OAuthConfig::new(oauth).unwrap());
    server.token(400, json!({"error": "planted-secret", "error_description": "planted-secret is wrong"}));
    let error = bench.obtain(&source).await.unwrap_err();
    shown.push_str(&format!("{error} {error:?} {source:?}"));

    let logged = logged();
    assert!(logged.contains("a source gave a credential"), "{logged}");
    for text in [&logged, &shown] {
        assert!(!text.contains("planted") && !text.contains("PLANTED"), "{text}");
        // A token, a state, a challenge.
        assert!(!text.contains("eyJ") && !text.contains("code_challenge"), "{text}");
    }
}

#[tokio::test]
async fn a_witness_hears_of_every_answer() {
    let time = Time::new();
    let entra = Entra::start(time.clock()).await.unwrap();
    entra.register("client", Some("planted-client-secret"));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&heard);
    let bench = Bench::with(&time, |setup| {
        setup.witness = Arc::new(move |fetch| {
            let outcome = match fetch.outcome {
                Ok(credential) => format!("{:?}", credential.issuer.is_some()),
                Err(error) => error.code().to_owned(),
            };
            let (user, host) = (fetch.person.username(), &fetch.target.host);
            hearing.lock().unwrap().push(format!("{user} {host} {} {outcome}", fetch.source.as_str()));
        });
    });
    let settings = |secret: &str| EntraSettings {
        flow: EntraFlow::ClientSecret,
        tenant: Some(ENTRA_TENANT.to_owned()),
        client_id: Some("client".to_owned()),
        client_secret: Some(SecretString::from(secret)),
        authority: Some(entra.authority.url().to_owned()),
        ..EntraSettings::default()
    };
    let source = |secret| SourceConfig::Entra(EntraConfig::new(settings(secret)).unwrap());
    bench.secret(&source("planted-client-secret")).await;
    bench.secret(&source("planted-client-secret")).await;
    bench.refusal(&source("planted-wrong-secret")).await;
    let heard = heard.lock().unwrap().clone();
    assert_eq!(heard, ["ada db.example.com entra true", "ada db.example.com entra credential_failed"]);
}
