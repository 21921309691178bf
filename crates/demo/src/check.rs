//! `cargo xtask demo --check`: the main job, end to end, without a person.

use anyhow::{Context, Result, ensure};
use howdah_testkit::Browser;
use serde_json::json;

use crate::database::DATABASE;
use crate::progress::step;
use crate::stage::{Stage, password};

/// Does what a person would do first, and says how long each thing took.
///
/// # Errors
///
/// With what did not work.
pub async fn run(stage: &Stage) -> Result<()> {
    println!("checks");
    let origin = stage.console.origin();
    let ada = step("ada signs in through the provider", stage.sign_in("ada")).await?;
    step("Howdah knows her as an administrator", async {
        let me = ada.get("/api/v1/me").await?.json()?;
        ensure!(me["username"] == "ada@example.com" && me["role"] == "administrator", "{me}");
        Ok(())
    })
    .await?;
    let server = ada.first_server().await?;
    step("she connects as herself, with a secret that a command printed", async {
        let page = ada.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
        let connected = page.json()?;
        ensure!(connected["connected"] == true && connected["user"] == "ada", "{}", page.body);
        let expires = connected["credential"]["expires_at"].as_str().context("the secret has no expiry")?;
        ensure!(connected["credential"]["source"] == "exec" && !expires.is_empty(), "{}", page.body);
        Ok(())
    })
    .await?;
    step("she runs a query whose 1,000,000 rows stream over the WebSocket", async {
        let mut session = ada.open_session(&server, DATABASE).await?;
        let figures = session.run("select * from shop.stock_movements").await?;
        ensure!(figures.rows == 1_000_000, "{} rows came", figures.rows);
        Ok(())
    })
    .await?;
    step("she downloads 55,000 orders as CSV", async {
        let file = ada
            .export(&server, DATABASE, "select id, status, total from shop.orders order by id")
            .await?
            .text()
            .await?;
        let mut lines = file.lines();
        ensure!(lines.next() == Some("id,status,total"), "the first line is not the header");
        ensure!(lines.count() == 55_000, "the file is not whole");
        Ok(())
    })
    .await?;
    step("grace may read, and PostgreSQL refuses her the rest", async {
        let grace = stage.sign_in("grace").await?;
        let server = grace.first_server().await?;
        let mut session = grace.open_session(&server, DATABASE).await?;
        ensure!(session.run("select id from shop.customers limit 5").await?.rows == 5, "grace cannot read");
        let refused = session.run("select * from shop.payments").await;
        ensure!(refused.is_err_and(|error| error.to_string().contains("42501")), "grace can read payments");
        Ok(())
    })
    .await?;
    step("alan, who is in no group, is refused", async {
        let browser = Browser::new()?;
        let page = browser.sign_in(&format!("{origin}/oauth2/login/demo"), "alan", &password("alan")).await?;
        ensure!(page.status.as_u16() == 403, "{} {}", page.status, page.body);
        ensure!(page.header("x-howdah-error") == Some("claims_not_authorized"), "{:?}", page.headers);
        Ok(())
    })
    .await
}
