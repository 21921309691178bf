//! `cargo xtask demo --check`: the main job, end to end, without a person.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use howdah_testkit::Browser;
use serde_json::json;

use crate::client::{QuerySession, Signed};
use crate::database::DATABASE;
use crate::progress::step;
use crate::stage::{AS_YOURSELF, BY_COMMAND, Stage, password};

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
    let yourself = AsYourself::begin(&ada).await?;
    let server = ada.server(BY_COMMAND).await?;
    step("she connects with a secret that a command printed", async {
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
        let server = grace.server(BY_COMMAND).await?;
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
    .await?;
    yourself.end(stage).await
}

/// The server that one is on by one's own sign-in, over more than the life of an access token.
struct AsYourself<'a> {
    ada: &'a Signed,
    server: String,
    /// Open all the time.
    session: QuerySession,
    began: Instant,
    /// When the first token ends, as Howdah tells it.
    expires: String,
}

impl<'a> AsYourself<'a> {
    async fn begin(ada: &'a Signed) -> Result<Self> {
        let server = ada.server(AS_YOURSELF).await?;
        let began = Instant::now();
        step("on the other server PostgreSQL 18 takes her sign-in's own token, and knows who she is", async {
            let expires = connect(ada, &server).await?;
            let mut session = ada.open_session(&server, DATABASE).await?;
            ensure_is_ada(&mut session).await?;
            Ok(Self { ada, server, session, began, expires })
        })
        .await
    }

    async fn end(mut self, stage: &Stage) -> Result<()> {
        step("when that token has ended, the open session goes on and new ones open with the next token", async {
            while self.began.elapsed() < stage.token_life {
                // A page that is open asks now and then.
                self.ada.get("/api/v1/me").await?;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            let expires = connect(self.ada, &self.server).await?;
            ensure!(expires > self.expires, "the token is still the one of before: {expires}");
            ensure_is_ada(&mut self.session).await?;
            ensure_is_ada(&mut self.ada.open_session(&self.server, DATABASE).await?).await
        })
        .await
    }
}

/// Connects and answers when the token ends.
async fn connect(ada: &Signed, server: &str) -> Result<String> {
    let page = ada.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
    let connected = page.json()?;
    ensure!(connected["user"] == "ada@example.com", "{}", page.body);
    ensure!(connected["credential"]["source"] == "signed_in_user", "{}", page.body);
    let expires = connected["credential"]["expires_at"].as_str().context("the token has no expiry")?;
    Ok(expires.to_owned())
}

async fn ensure_is_ada(session: &mut QuerySession) -> Result<()> {
    let row = session.first_row("select session_user, system_user").await?;
    let row: Vec<_> = row.iter().map(Option::as_deref).collect();
    ensure!(row == [Some("ada@example.com"), Some("oauth:ada@example.com")], "{row:?}");
    Ok(())
}
