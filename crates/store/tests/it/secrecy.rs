//! What somebody learns who has the database, and what they can do with write access to it.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use howdah_store::{FlowToken, ProviderIdentity, SessionOrigin, UsedLogoutToken};
use secrecy::ExposeSecret;

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, TestStore, on_both};

const CONTENTS: &[u8] = b"refresh token: correct-horse-battery-staple";
const REPLACED: &[u8] = b"refresh token: wrong-zebra-capacitor-paperclip";
const VERIFIER: &[u8] = b"pkce verifier: quite-another-long-secret-value";
const SESSION_ID: &str = "sid-that-the-provider-gave-to-its-session";
const TOKEN_ID: &str = "jti-of-a-token-by-which-it-was-ended";
const STATE: &str = "state-that-went-through-the-provider";

/// Fails if the database holds the bytes, as they are or in a common spelling.
async fn check_absent(test: &TestStore, what: &str, secret: &[u8]) -> Result<()> {
    let dump = test.database.dump().await?;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    // Without the last characters, which depend on what follows.
    let trim = |text: String| text.as_bytes()[..text.len() - 2].to_vec();
    let spellings =
        [secret.to_vec(), hex.into_bytes(), trim(STANDARD_NO_PAD.encode(secret)), trim(URL_SAFE_NO_PAD.encode(secret))];
    for spelling in &spellings {
        let found = dump.windows(spelling.len()).any(|window| window == spelling);
        ensure!(!found, "the database holds the {what}");
    }
    Ok(())
}

#[tokio::test]
async fn a_dump_of_the_database_holds_no_cookie_and_nothing_that_was_sealed() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let identity = ProviderIdentity {
            provider: "corp".to_owned(),
            issuer: "https://id.example".to_owned(),
            subject: "ada".to_owned(),
            session_id: Some(SESSION_ID.to_owned()),
        };
        let origin = SessionOrigin { identity: Some(identity), ..FROM_NOWHERE };
        let session = test.store.create_session(&ada.id, CONTENTS, LIMITS, &origin).await?;
        let token = UsedLogoutToken {
            issuer: "https://id.example",
            token_id: TOKEN_ID,
            subject: None,
            session_id: None,
            expires_at: test.clock.now() + HOUR,
        };
        test.store.end_sessions_by_logout_token(&token).await?;
        let flow = FlowToken::generate()?;
        test.store.put_pending_sign_in(&flow, STATE, VERIFIER).await?;
        let opened = test.store.open_session(&session.token).await?.context("does not open")?;
        test.store.replace_session_contents(&session.token, &opened, REPLACED).await?;
        let next = test.store.rotate_session(&session.token).await?.context("is gone")?;

        // The dump would show them if they were there.
        let shown = test.database.dump().await?;
        ensure!(shown.windows(15).any(|window| window == b"ada@example.com"), "the dump shows nothing");

        check_absent(test, "contents", CONTENTS).await?;
        check_absent(test, "replaced contents", REPLACED).await?;
        check_absent(test, "pending sign-in", VERIFIER).await?;
        check_absent(test, "state", STATE.as_bytes()).await?;
        check_absent(test, "provider's session", SESSION_ID.as_bytes()).await?;
        check_absent(test, "logout token's id", TOKEN_ID.as_bytes()).await?;
        for cookie in [session.token.to_cookie(), next.to_cookie(), flow.to_cookie()] {
            check_absent(test, "cookie", cookie.expose_secret().as_bytes()).await?;
            check_absent(test, "cookie's bytes", &URL_SAFE_NO_PAD.decode(cookie.expose_secret())?).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_that_were_tampered_with_open_nothing() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let grace = test.person("grace").await?;
        let hers = test.store.create_session(&ada.id, CONTENTS, LIMITS, &FROM_NOWHERE).await?.token;
        let theirs = test.store.create_session(&grace.id, b"", LIMITS, &FROM_NOWHERE).await?.token;

        // A session of one's own handed to somebody else's account.
        let (ada, grace) = (ada.id, grace.id);
        test.database
            .execute(&format!("update sessions set account_id = '{ada}' where account_id = '{grace}'"))
            .await?;
        assert!(test.store.open_session(&theirs).await?.is_none());
        assert!(test.store.open_session(&hers).await?.is_some());

        // Contents of one session put into another.
        test.database.execute("update sessions set contents = (select min(contents) from sessions)").await?;
        let open = [test.store.open_session(&hers).await?, test.store.open_session(&theirs).await?];
        assert!(open.iter().flatten().count() <= 1);
        test.database.execute("update sessions set contents = lookup").await?;
        assert!(test.store.open_session(&hers).await?.is_none());
        assert!(test.store.rotate_session(&hers).await?.is_none());

        let flow = FlowToken::generate()?;
        test.store.put_pending_sign_in(&flow, STATE, VERIFIER).await?;
        test.database.execute("update pending_sign_ins set contents = lookup").await?;
        assert!(test.store.take_pending_sign_in(&flow, STATE).await?.is_none());
        Ok(())
    })
    .await
}
