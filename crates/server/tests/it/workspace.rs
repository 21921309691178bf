//! Tabs and settings over HTTP.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Signed, World};

async fn put(person: &Signed<'_>, path: &str, body: &Value) -> Result<(u16, Value)> {
    let page =
        person.browser.send(Method::PUT, &format!("{}/api/v1/me/{path}", person.world.origin), Some(body)).await?;
    Ok((page.status.as_u16(), page.json()?))
}

fn tab(version: i64, sql: &str) -> Value {
    json!({ "version": version, "title": "orders", "server_id": null, "database": "shop", "sql": sql, "cursor": 3 })
}

async fn workspace(person: &Signed<'_>) -> Result<Value> {
    person.get("/api/v1/me/workspace").await?.json()
}

#[tokio::test]
async fn tabs_and_settings_are_found_in_every_browser_of_a_person_and_in_no_other() -> Result<()> {
    let world = World::start("").await?;
    let (desk, laptop, alan) =
        (world.sign_in("ada").await?, world.sign_in("ada").await?, world.sign_in("grace").await?);
    assert_eq!(put(&desk, "tabs/a-1", &tab(0, "select 1")).await?, (200, json!({ "version": 1 })));
    assert_eq!(
        put(&desk, "settings/preferences", &json!({ "version": 0, "value": { "theme": "dark" } })).await?.0,
        200
    );

    let found = workspace(&laptop).await?;
    assert_eq!(
        (&found["tabs"][0]["sql"], &found["tabs"][0]["cursor"], &found["tabs"][0]["version"]),
        (&json!("select 1"), &json!(3), &json!(1))
    );
    assert_eq!(found["settings"], json!([{ "name": "preferences", "version": 1, "value": { "theme": "dark" } }]));
    assert_eq!(workspace(&alan).await?, json!({ "tabs": [], "settings": [] }));
    assert_eq!(put(&alan, "tabs/a-1", &tab(0, "mine")).await?.0, 200, "ids are each person's own");

    let mut manual = tab(1, "select 1");
    manual["options"] = json!({ "manual": true, "parameters": { "id": { "type": "number", "value": "7" } } });
    assert_eq!(put(&desk, "tabs/a-1", &manual).await?, (200, json!({ "version": 2 })));
    assert_eq!(put(&desk, "tabs/a-1", &tab(2, "select 2")).await?.0, 200, "a page that knows of no options keeps them");

    world.restart().await?;
    let found = workspace(&laptop).await?;
    assert_eq!((&found["tabs"][0]["sql"], &found["tabs"][0]["options"]), (&json!("select 2"), &manual["options"]));
    manual["options"]["parameters"]["id"]["value"] = json!("x".repeat(65 << 10));
    assert_eq!(put(&laptop, "tabs/a-1", &manual).await?.1["field"], "options");
    Ok(())
}

#[tokio::test]
async fn the_later_writer_is_told_and_shown_what_the_earlier_wrote() -> Result<()> {
    let world = World::shared().await;
    let (one, two) = (world.sign_in("ada").await?, world.sign_in("ada").await?);
    put(&one, "tabs/told", &tab(0, "select 1")).await?;
    put(&one, "tabs/told", &tab(1, "select 2")).await?;
    let (status, told) = put(&two, "tabs/told", &tab(1, "select 3")).await?;
    assert_eq!((status, &told["code"]), (409, &json!("conflict")));
    assert_eq!((&told["tab"]["sql"], &told["tab"]["version"]), (&json!("select 2"), &json!(2)));
    assert_eq!(two.delete("/api/v1/me/tabs/told?version=1").await?.status, 409);
    assert_eq!(two.delete("/api/v1/me/tabs/told?version=2").await?.status, 204);
    let (status, told) = put(&one, "tabs/told", &tab(2, "select 4")).await?;
    assert_eq!((status, &told["tab"]), (409, &Value::Null), "it was closed");

    let setting = |version, theme| json!({ "version": version, "value": { "theme": theme } });
    put(&one, "settings/layout", &setting(0, "light")).await?;
    let (status, told) = put(&two, "settings/layout", &setting(0, "dark")).await?;
    assert_eq!((status, &told["setting"]["value"]["theme"]), (409, &json!("light")));
    Ok(())
}

#[tokio::test]
async fn what_is_too_large_or_unfit_is_refused_with_words() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let check = async |path: &str, body: Value, status: u16, code: &str, words: &str| -> Result<()> {
        let (answered, problem) = put(&ada, path, &body).await?;
        assert_eq!((answered, problem["code"].as_str()), (status, Some(code)), "{problem}");
        let detail = problem["detail"].as_str().context("no detail")?;
        assert!(detail.contains(words), "{detail}");
        Ok(())
    };
    check("tabs/large", tab(0, &"x".repeat((1 << 20) + 1)), 413, "too_large", "larger than 1 MiB").await?;
    check("tabs/a_b", tab(0, ""), 422, "invalid_request", "letters, digits").await?;
    let mut nameless = tab(0, "");
    nameless["title"] = json!(" ");
    check("tabs/nameless", nameless, 422, "invalid_request", "Give the tab a name").await?;
    let large = json!({ "version": 0, "value": { "x": "y".repeat(64 << 10) } });
    check("settings/layout", large, 413, "too_large", "64 KiB").await?;
    check("settings/secrets", json!({ "version": 0, "value": {} }), 404, "not_found", "nothing at this address")
        .await?;
    Ok(())
}
