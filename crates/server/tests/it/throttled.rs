//! Too many sign-ins from one place have to wait, and only these.

use anyhow::Result;
use howdah_testkit::Page;
use reqwest::redirect::Policy;

use crate::scripted::{assert_refused, page};
use crate::world::World;

/// Behind a proxy that says where requests come from.
async fn world() -> Result<World> {
    World::start_with(("[store]", "trusted_proxies = [\"127.0.0.1\"]\n[store]"), "").await
}

async fn open(world: &World, client: &reqwest::Client, path: &str, from: &str) -> Result<Page> {
    page(client.get(format!("{}{path}", world.origin)).header("x-forwarded-for", from).send().await?).await
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().redirect(Policy::none()).build()?)
}

#[tokio::test]
async fn failed_sign_ins_are_counted_by_where_they_come_from() -> Result<()> {
    let (world, client) = (world().await?, client()?);
    let ada = world.sign_in("ada").await?;
    let forged = "/oauth2/authorize?code=a&state=forged";
    for _ in 0..120 {
        assert_refused(&open(&world, &client, forged, "2001:db8::1").await?, 400, "state_mismatch");
    }
    // Neither another address of that network nor a new beginning helps.
    for (path, from) in [(forged, "2001:db8::1"), (forged, "2001:db8::2"), ("/oauth2/login/corp", "2001:db8::3")] {
        assert_refused(&open(&world, &client, path, from).await?, 429, "too_many_attempts");
    }
    // What the client itself writes into the header is not believed.
    assert_refused(&open(&world, &client, forged, "192.0.2.7, 2001:db8::1").await?, 429, "too_many_attempts");
    assert_refused(&open(&world, &client, forged, "2001:db8:1::1").await?, 400, "state_mismatch");
    assert_eq!(open(&world, &client, "/login", "2001:db8::1").await?.status, 200);
    assert_eq!(ada.get("/api/v1/me").await?.status, 200, "who is signed in stays so");
    world.sign_in("grace").await?;
    Ok(())
}

#[tokio::test]
async fn sign_ins_that_are_only_begun_are_counted_too() -> Result<()> {
    let (world, client) = (world().await?, client()?);
    for _ in 0..600 {
        assert_eq!(open(&world, &client, "/oauth2/login/corp", "192.0.2.1").await?.status, 302);
    }
    assert_refused(&open(&world, &client, "/oauth2/login/corp", "192.0.2.1").await?, 429, "too_many_attempts");
    assert_eq!(open(&world, &client, "/oauth2/login/corp", "192.0.2.2").await?.status, 302);
    Ok(())
}
