use std::time::Duration;

use anyhow::{Context, Result};
use howdah_store::{ReplaceContentsError, SessionLimits, SessionToken, Store};
use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, MINUTE, on_both};

async fn contents(store: &Store, token: &SessionToken) -> Result<Option<String>> {
    let session = store.open_session(token).await?;
    let text = session.map(|session| String::from_utf8(session.contents.expose_secret().to_vec()));
    Ok(text.transpose()?)
}

#[tokio::test]
async fn a_session_opens_with_its_cookie_only() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let new = test.store.create_session(&ada.id, b"tokens", LIMITS, &FROM_NOWHERE).await?;
        let cookie = new.token.to_cookie();
        let token = SessionToken::parse(cookie.expose_secret()).context("does not parse")?;

        // Another process needs nothing but the cookie.
        let session = test.another().await?.open_session(&token).await?.context("does not open")?;
        assert_eq!(session.id, new.id);
        assert_eq!(session.account, ada);
        assert_eq!(session.contents.expose_secret(), b"tokens");
        assert_eq!(session.created_at, test.clock.now());
        assert_eq!(session.expires_at, test.clock.now() + LIMITS.absolute);
        assert_eq!(session.idle_expires_at, test.clock.now() + LIMITS.idle);
        assert_eq!(new.expires_at, session.expires_at);
        assert!(!format!("{session:?} {new:?}").contains(cookie.expose_secret()));

        let another = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        test.store.end_session(&another.token).await?;
        assert_eq!(contents(&test.store, &another.token).await?, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_or_old() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let limits = SessionLimits { idle: HOUR, absolute: 3 * HOUR };
        let token = test.store.create_session(&ada.id, b"", limits, &FROM_NOWHERE).await?.token;
        test.clock.forward(HOUR - Duration::from_secs(1));
        let session = test.store.open_session(&token).await?.context("idle too early")?;
        test.clock.forward(Duration::from_secs(1));
        assert!(test.store.open_session(&token).await?.is_none());

        // Use keeps it alive, but not beyond its absolute limit.
        test.clock.back(Duration::from_secs(1));
        test.store.touch_session(&session).await?;
        for _ in 0..3 {
            test.clock.forward(30 * MINUTE);
            let session = test.store.open_session(&token).await?.context("ended while in use")?;
            test.store.touch_session(&session).await?;
        }
        test.clock.forward(31 * MINUTE);
        assert!(test.store.open_session(&token).await?.is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_use_of_a_session_is_written_at_most_once_a_minute() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let token = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.token;
        let last_used = async || {
            let session = test.store.open_session(&token).await?.context("has ended")?;
            test.store.touch_session(&session).await?;
            let session = test.store.open_session(&token).await?.context("has ended")?;
            anyhow::Ok(session.last_used_at)
        };
        let start = test.clock.now();
        test.clock.forward(Duration::from_secs(59));
        assert_eq!(last_used().await?, start);
        test.clock.forward(Duration::from_secs(1));
        assert_eq!(last_used().await?, start + MINUTE);
        test.clock.forward(Duration::from_secs(59));
        assert_eq!(last_used().await?, start + MINUTE);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_with_a_short_idle_limit_lives_while_it_is_used() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let limits = SessionLimits { idle: Duration::from_secs(30), absolute: HOUR };
        let token = test.store.create_session(&ada.id, b"", limits, &FROM_NOWHERE).await?.token;
        for _ in 0..10 {
            test.clock.forward(Duration::from_secs(20));
            let session = test.store.open_session(&token).await?.context("ended while in use")?;
            test.store.touch_session(&session).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_ends_sessions_nor_keeps_them_alive_unused() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        test.clock.forward(24 * HOUR);
        let token = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.token;
        test.clock.back(24 * HOUR);
        let session = test.store.open_session(&token).await?.context("ended by the clock")?;
        test.store.touch_session(&session).await?;
        let session = test.store.open_session(&token).await?.context("ended by the clock")?;
        assert_eq!(session.last_used_at, test.clock.now());
        test.clock.forward(LIMITS.idle);
        assert!(test.store.open_session(&token).await?.is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn absurd_limits_mean_for_ever_and_not_at_all() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let limits = SessionLimits { idle: Duration::MAX, absolute: Duration::MAX };
        let token = test.store.create_session(&ada.id, b"kept", limits, &FROM_NOWHERE).await?.token;
        assert_eq!(contents(&test.store, &token).await?.as_deref(), Some("kept"));
        assert_eq!(test.store.purge_expired().await?.sessions, []);
        let limits = SessionLimits { idle: Duration::ZERO, absolute: HOUR };
        let token = test.store.create_session(&ada.id, b"", limits, &FROM_NOWHERE).await?.token;
        assert_eq!(contents(&test.store, &token).await?, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn contents_are_replaced_unless_somebody_else_did_so_first() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let token = test.store.create_session(&ada.id, b"one", LIMITS, &FROM_NOWHERE).await?.token;
        let mine = test.store.open_session(&token).await?.context("does not open")?;
        let theirs = test.store.open_session(&token).await?.context("does not open")?;
        test.store.replace_session_contents(&token, &theirs, b"two").await?;
        assert_eq!(contents(&test.store, &token).await?.as_deref(), Some("two"));

        let late = test.store.replace_session_contents(&token, &mine, b"three").await;
        assert!(matches!(late, Err(ReplaceContentsError::Changed)));
        assert_eq!(contents(&test.store, &token).await?.as_deref(), Some("two"));

        test.store.end_session(&token).await?;
        let late = test.store.replace_session_contents(&token, &mine, b"three").await;
        assert!(matches!(late, Err(ReplaceContentsError::Ended)));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_session_opens_with_its_newest_token_only() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let new = test.store.create_session(&ada.id, b"kept", LIMITS, &FROM_NOWHERE).await?;
        let next = test.store.rotate_session(&new.token).await?.context("is gone")?;
        assert_eq!(contents(&test.store, &new.token).await?, None);
        assert_eq!(contents(&test.store, &next).await?.as_deref(), Some("kept"));
        let session = test.store.open_session(&next).await?.context("does not open")?;
        assert_eq!(session.id, new.id);
        assert!(test.store.rotate_session(&new.token).await?.is_none());

        // Rotated by many at once, one wins and its token works.
        let cookie = next.to_cookie();
        let mut rotations = JoinSet::new();
        for _ in 0..8 {
            let store = test.store.clone();
            let token = SessionToken::parse(cookie.expose_secret()).context("does not parse")?;
            rotations.spawn(async move { store.rotate_session(&token).await });
        }
        let rotated = rotations.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut winners = rotated.into_iter().flatten();
        let winner = winners.next().context("nobody won")?;
        assert!(winners.next().is_none());
        assert_eq!(contents(&test.store, &winner).await?.as_deref(), Some("kept"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_sessions_of_a_person_are_listed_and_ended_together() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let grace = test.person("grace").await?;
        let first = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        test.clock.forward(HOUR);
        let second = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        let theirs = test.store.create_session(&grace.id, b"", LIMITS, &FROM_NOWHERE).await?;

        let listed = test.store.sessions_of(&ada.id).await?;
        let ids: Vec<_> = listed.iter().map(|session| session.id.clone()).collect();
        assert_eq!(ids, [second.id, first.id]);
        assert_eq!(listed[1].created_at, test.clock.now() - HOUR);
        assert_eq!(listed[0].expires_at, second.expires_at);

        assert_eq!(test.store.end_sessions_of(&ada.id).await?, 2);
        assert!(test.store.sessions_of(&ada.id).await?.is_empty());
        assert!(test.store.open_session(&theirs.token).await?.is_some());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_has_expired_is_purged_and_nothing_else() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let brief = SessionLimits { idle: HOUR, absolute: 24 * HOUR };
        test.store.create_session(&ada.id, b"", brief, &FROM_NOWHERE).await?;
        let aged = SessionLimits { idle: 2 * HOUR, absolute: HOUR };
        test.store.create_session(&ada.id, b"", aged, &FROM_NOWHERE).await?;
        let living = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        let flow = howdah_store::FlowToken::generate()?;
        test.store.put_pending_sign_in(&flow, "old", b"").await?;
        test.clock.forward(HOUR);
        test.store.put_pending_sign_in(&flow, "new", b"").await?;

        assert_eq!(test.store.sessions_of(&ada.id).await?.len(), 1);
        let purged = test.store.purge_expired().await?;
        assert_eq!((purged.sessions.len(), purged.pending_sign_ins), (2, 1));
        assert!(purged.sessions.iter().all(|session| session.username == "ada" && session.account_id == ada.id));
        assert_eq!(test.store.purge_expired().await?.sessions, []);
        assert!(test.store.open_session(&living.token).await?.is_some());
        assert!(test.store.take_pending_sign_in(&flow, "new").await?.is_some());
        Ok(())
    })
    .await
}
