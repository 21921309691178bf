//! Who may call what.

use anyhow::Result;
use howdah_testkit::Browser;
use reqwest::{Client, Method};
use serde_json::Value;

use crate::world::World;

/// Every operation of the API's description, with parameters filled in.
async fn operations(world: &World) -> Result<Vec<(Method, String)>> {
    let description: Value =
        Client::new().get(format!("{}/api/v1/openapi.json", world.origin)).send().await?.json().await?;
    let paths = description["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, methods) in paths {
        let path = path.replace("{id}", "x").replace("{db}", "x").replace("{schema}", "x").replace("{oid}", "1");
        for method in methods.as_object().unwrap().keys() {
            operations.push((method.to_uppercase().parse()?, path.clone()));
        }
    }
    assert!(operations.len() >= 15, "{operations:?}");
    Ok(operations)
}

#[tokio::test]
async fn the_whole_api_is_closed_to_whoever_is_not_signed_in() -> Result<()> {
    let world = World::shared().await;
    let nobody = Browser::new()?;
    for (method, path) in operations(world).await? {
        let page = nobody.send(method.clone(), &format!("{}{path}", world.origin), None).await?;
        assert_eq!(
            (page.status.as_u16(), page.json()?["code"].as_str()),
            (401, Some("not_signed_in")),
            "{method} {path}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_changes_something_must_come_from_this_origin() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let cookie = ada.browser.cookie_header(&format!("{}/", world.origin).parse()?).unwrap();
    let client = Client::new();
    for (method, path) in operations(world).await?.into_iter().filter(|(method, _)| method != Method::GET) {
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let mut request =
                client.request(method.clone(), format!("{}{path}", world.origin)).header("cookie", &cookie);
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let response = request.send().await?;
            let problem: Value = response.json().await?;
            assert_eq!(problem["code"], "cross_site", "{method} {path} from {origin:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_websocket_from_another_origin_is_refused() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let cookie = ada.browser.cookie_header(&format!("{}/", world.origin).parse()?).unwrap();
    for origin in [None, Some("https://evil.example")] {
        let mut request = Client::new()
            .get(format!("{}/api/v1/servers/x/databases/x/session", world.origin))
            .header("cookie", &cookie)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        assert_eq!(request.send().await?.status(), 403, "{origin:?}");
    }
    Ok(())
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_a_browser() -> Result<()> {
    let world = World::shared().await;
    let nobody = Browser::new()?;
    for path in ["/login", "/api/v1/me", "/healthz", "/nosuch", "/assets/nosuch.js"] {
        let page = nobody.send(Method::GET, &format!("{}{path}", world.origin), None).await?;
        for header in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "x-frame-options",
            "x-request-id",
            "cache-control",
        ] {
            assert!(page.header(header).is_some(), "{path} lacks {header}");
        }
    }
    Ok(())
}
