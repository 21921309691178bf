//! Figures for Prometheus.

use anyhow::Result;
use howdah_testkit::Browser;
use reqwest::Client;

use crate::internal::{sign_in, user};
use crate::world::{Signed, World, postgres};

#[tokio::test]
async fn figures_count_and_name_nobody() -> Result<()> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let world =
        World::start_alone(&format!("[auth]\nsources = [\"internal\"]\n[metrics]\nlisten = \"127.0.0.1:{port}\"\n"))
            .await?;
    assert!(user(&world, &["add", "linus"], "correct horse\n")?.status.success());
    assert_eq!(sign_in(&world, &Browser::new()?, "linus", "wrong").await?.status, 401);
    let browser = Browser::new()?;
    assert_eq!(sign_in(&world, &browser, "linus", "correct horse").await?.status, 303);
    let linus = Signed { world: &world, browser };
    let server = linus.connected_server(&*postgres().await).await?;
    let mut socket = linus.open_session(&server, "postgres").await?;
    socket.run("select generate_series(1, 7)").await?;
    socket.run("select 1/0").await?;
    assert_eq!(linus.get("/api/v1/servers/nosuch").await?.status, 404);
    assert_eq!(linus.get("/nosuch-linus").await?.status, 200);

    // Nobody is trusted where the console listens.
    assert_eq!(linus.get("/metrics").await?.status, 404);
    let read = async || -> Result<String> {
        Ok(Client::new()
            .get(format!("http://127.0.0.1:{port}/metrics"))
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?)
    };
    let text = read().await?;
    assert!(text.contains("howdah_rows_total 7\n"), "{text}");
    for line in [
        "howdah_sign_ins_total{provider=\"password\",result=\"ok\"} 1",
        "howdah_sign_ins_total{provider=\"password\",result=\"bad_credentials\"} 1",
        "howdah_sessions 1",
        "howdah_database_connections{purpose=\"query\",state=\"idle\"} 1",
        "howdah_database_connections{purpose=\"explorer\",state=\"idle\"} 1",
        "howdah_database_connects_total{result=\"ok\"} 2",
        "howdah_statement_seconds_count{result=\"ok\"} 1",
        "howdah_statement_seconds_count{result=\"failed\"} 1",
        "howdah_http_requests_total{method=\"GET\",route=\"/api/v1/servers/{id}\",status=\"404\"} 1",
        "howdah_http_problems_total{code=\"not_found\"} 2",
        "howdah_store_up 1",
        "howdah_audit_failing 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("linus") && !text.contains(&server) && !text.contains("127.0.0.1"), "{text}");
    Ok(())
}

#[tokio::test]
async fn only_trusted_addresses_read_figures_where_the_console_listens() -> Result<()> {
    let world =
        World::start_alone("[auth]\nsources = [\"internal\"]\n[metrics]\ntrusted = [\"127.0.0.0/8\"]\n").await?;
    let url = format!("{}/metrics", world.origin);
    let page = Client::new().get(&url).send().await?;
    assert_eq!(
        (page.status().as_u16(), page.headers()["content-type"].to_str()?),
        (200, "text/plain; version=0.0.4; charset=utf-8")
    );
    // Somebody behind a proxy that nobody has named.
    for header in ["x-forwarded-for", "forwarded"] {
        assert_eq!(Client::new().get(&url).header(header, "203.0.113.9").send().await?.status(), 404, "{header}");
    }
    Ok(())
}
