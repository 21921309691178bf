//! Nothing secret gets out: every secret of a sign-in is a marker, and all that Howdah writes is searched for them.

use anyhow::Result;
use howdah_testkit::Browser;
use howdah_testkit::hostile::Answer;
use serde_json::json;

use crate::internal::{sign_in, user};
use crate::scripted::{Scripted, discovery};

#[tokio::test]
async fn no_secret_is_logged_shown_or_sent_on_at_any_level() -> Result<()> {
    let bench = Scripted::start_with("sources = [\"oauth2\", \"internal\"]", |issuer| {
        format!("client_secret = \"client-s3cret\"\n{}\n[log]\nfilter = \"trace\"", discovery(issuer))
    })
    .await?;
    let mut shown = String::new();
    let mut collect = |page: &howdah_testkit::Page| {
        shown.push_str(&page.body);
        for (name, value) in &page.headers {
            // The session's own cookie is for this browser; the provider is told the ID token at sign-out.
            if name != "set-cookie" {
                shown.push_str(value.to_str().unwrap_or_default());
            }
        }
    };

    let browser = Browser::new()?;
    collect(
        &bench.sign_in(&browser, &json!({}), &json!({ "refresh_token": "refresh-s3cret", "expires_in": 2 })).await?,
    );
    collect(&bench.me(&browser).await?);
    bench.give(&bench.id_token(None, &json!({})), &json!({ "refresh_token": "renewed-s3cret", "expires_in": 600 }));

    // Every way to fail, with the provider quoting what it was sent.
    for answer in [
        Answer::Text(
            400,
            "application/json",
            "{\"error\":\"invalid_grant\",\"error_description\":\"code-s3cret of client-s3cret\"}".to_owned(),
        ),
        Answer::Text(500, "text/plain", "code-s3cret".to_owned()),
        Answer::Text(200, "text/html", "access-s3cret".to_owned()),
        Answer::Json(json!({ "access_token": "access-s3cret", "token_type": "Bearer", "id_token": "token.s3cret.x" })),
    ] {
        let other = Browser::new()?;
        let begun = bench.begin(&other).await?;
        bench.provider.script(|script| script.token = answer.clone());
        collect(&bench.come_back(&other, &begun).await?);
    }
    user(&bench.world, &["add", "linus"], "password-s3cret\n")?;
    collect(&sign_in(&bench.world, &Browser::new()?, "linus", "wrong-s3cret").await?);
    collect(&sign_in(&bench.world, &Browser::new()?, "linus", "password-s3cret").await?);

    let cookies = browser.cookie_header(&bench.world.origin.parse()?).unwrap_or_default();
    let session = cookies.split("howdah=").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    assert_eq!(session.len(), 43, "{cookies}");
    let log = bench.world.log();
    assert!(log.contains("signed in through corp") && log.contains("TRACE"), "the log is written at every level");
    for (what, text) in [("the log", &log), ("a page", &shown)] {
        for marker in ["s3cret", session] {
            let line = text.lines().find(|line| line.contains(marker));
            assert!(line.is_none(), "{marker} is in {what}: {}", line.unwrap_or_default());
        }
    }
    Ok(())
}
