//! Downloads.

use anyhow::Result;
use reqwest::{Method, header};
use serde_json::json;

use crate::world::{World, postgres};

const VALUES: &str = "select * from (values (1, 'plain', null::text), (2, 'with, comma and \"quote\"', ''), (3, E'two\\nlines', '\\.')) v(id, text, other)";
const CSV: &str = "id,text,other\n1,plain,\n2,\"with, comma and \"\"quote\"\"\",\"\"\n3,\"two\nlines\",\\.\n";

#[tokio::test]
async fn a_csv_is_what_copy_writes() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let file = ada.post(&path, &json!({ "sql": VALUES, "format": "csv", "file_name": "late orders" })).await?;
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.body, CSV);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\"late orders.csv\""));
    let bare = ada.post(&path, &json!({ "sql": VALUES, "format": "csv", "header": false })).await?;
    assert_eq!(bare.body, CSV.split_once('\n').unwrap().1);
    Ok(())
}

#[tokio::test]
async fn a_form_downloads_the_same_and_only_from_this_origin() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let sql = VALUES.replace("(values", "(\r\nvalues").replace("E'two\\nlines'", "'two\r\nlines'");
    let form = [("sql", sql.as_str()), ("format", "csv")];
    let response = ada.browser.request(Method::POST, &url)?.form(&form).send().await?;
    assert_eq!(response.text().await?, CSV);
    let cookie = ada.browser.cookie_header(&url.parse()?).unwrap();
    let foreign = reqwest::Client::new()
        .post(&url)
        .header(header::COOKIE, cookie)
        .header(header::ORIGIN, "https://evil.example")
        .form(&form)
        .send()
        .await?;
    assert_eq!(foreign.status(), 403);
    Ok(())
}

#[tokio::test]
async fn statements_that_copy_cannot_wrap_are_written_in_the_same_format() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let file = ada.post(&path, &json!({ "sql": "show server_version_num", "format": "csv" })).await?;
    assert!(file.body.starts_with("server_version_num\n18"), "{}", file.body);
    Ok(())
}

#[tokio::test]
async fn a_statement_that_fails_is_told_before_anything_is_sent() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let failed = ada.post(&path, &json!({ "sql": "select nosuch", "format": "csv" })).await?;
    assert_eq!((failed.status.as_u16(), failed.json()?["sqlstate"].as_str()), (422, Some("42703")));
    let two = ada.post(&path, &json!({ "sql": "select 1; select 2", "format": "csv" })).await?;
    assert_eq!((two.status.as_u16(), two.json()?["code"].as_str()), (422, Some("invalid_statement")));
    let unknown = ada.post(&path, &json!({ "sql": "select 1", "format": "pdf" })).await?;
    assert_eq!(unknown.status, 422);
    Ok(())
}

#[tokio::test]
async fn a_large_download_streams_and_is_whole() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let before = world.memory_mib()?;
    let body = json!({ "sql": "select g, repeat('x', 200) from generate_series(1, 500000) g", "format": "csv", "header": false });
    let mut response = ada.browser.request(Method::POST, &url)?.json(&body).send().await?;
    let (mut lines, mut peak) = (0, 0);
    while let Some(chunk) = response.chunk().await? {
        lines += chunk.iter().filter(|&&byte| byte == b'\n').count();
        peak = peak.max(if lines % 50_000 < 300 { world.memory_mib()? } else { 0 });
    }
    assert_eq!(lines, 500_000);
    assert!(peak < before + 16, "{before} MiB before, {peak} MiB at most");
    Ok(())
}
