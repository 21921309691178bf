//! Cookies, as browsers are told to keep them.

use anyhow::{Context, Result};
use reqwest::redirect::Policy;
use reqwest::{Response, header};

use crate::internal::{INTERNAL, user};
use crate::world::World;

/// The attributes of the cookie that `response` sets: name, then the rest in order, without the value and its age.
fn attributes(response: &Response) -> Result<(String, Vec<String>)> {
    let cookie = response.headers().get(header::SET_COOKIE).context("no cookie")?.to_str()?;
    let (name, rest) = cookie.split_once('=').context("no name")?;
    let attributes = rest.split("; ").skip(1).filter(|attribute| !attribute.starts_with("Max-Age="));
    Ok((name.to_owned(), attributes.map(str::to_owned).collect()))
}

#[tokio::test]
async fn cookies_are_for_this_host_alone_and_out_of_reach_of_scripts() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    let client = reqwest::Client::builder().redirect(Policy::none()).build()?;
    assert!(user(&world, &["add", "linus"], "correct horse\n")?.status.success());
    let form = [("username", "linus"), ("password", "correct horse")];
    for (scheme, prefix, mode, of_flow, of_session) in [
        ("http", "", "query", vec!["SameSite=Lax"], vec!["SameSite=Lax"]),
        ("http", "", "form_post", vec!["SameSite=Lax"], vec!["SameSite=Lax"]),
        ("https", "__Host-", "query", vec!["Secure", "SameSite=Lax"], vec!["Secure", "SameSite=Lax"]),
        // The answer is a POST of another site, which carries no Lax cookie.
        ("https", "__Host-", "form_post", vec!["Secure", "SameSite=None"], vec!["Secure", "SameSite=Lax"]),
    ] {
        let public = world.origin.replace("http", scheme);
        let config = world
            .config()
            .replace(&format!("public_url = \"{}\"", world.origin), &format!("public_url = \"{public}\""));
        let config = config.replace("client_secret =", &format!("response_mode = \"{mode}\"\nclient_secret ="));
        std::fs::write(world.folder.path().join("howdah.toml"), config)?;
        world.restart().await?;
        let expected = |more: &[&'static str]| [&["Path=/", "HttpOnly"], more].concat();

        let begun = client.get(format!("{}/oauth2/login/corp", world.origin)).send().await?;
        let (name, found) = attributes(&begun)?;
        assert_eq!(name, format!("{prefix}howdah-flow"));
        assert_eq!(found, expected(&of_flow), "{scheme} {mode}");

        let login = client.post(format!("{}/login", world.origin)).header(header::ORIGIN, &public).form(&form);
        let entered = login.send().await?;
        assert_eq!(entered.status(), 303);
        let (name, found) = attributes(&entered)?;
        assert_eq!(name, format!("{prefix}howdah"));
        assert_eq!(found, expected(&of_session), "{scheme} {mode}");
    }
    Ok(())
}
