use std::time::Duration;

use anyhow::{Context, Result};
use howdah_store::{MAX_RENEWAL_LEASE, NewSignIn, Reopened, Role, SessionLimits, SessionToken, UnknownPerson};
use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, MINUTE, on_both, sign_in};

const LEASE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn of_several_processes_one_renews_a_session() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let processes = [test.store.clone(), test.another().await?];
        let session = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.id;
        let other = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.id;
        for _ in 0..10 {
            let mut claims = JoinSet::new();
            for index in 0..20 {
                let store = processes[index % 2].clone();
                let session = session.clone();
                claims.spawn(async move { store.claim_renewal(&session, LEASE).await });
            }
            let claimed = claims.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
            assert_eq!(claimed.into_iter().filter(|claimed| *claimed).count(), 1);
            test.store.release_renewal(&session).await?;
        }
        assert!(test.store.claim_renewal(&session, LEASE).await?);
        assert!(test.store.claim_renewal(&other, LEASE).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_lease_of_a_process_that_died_runs_out() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let session = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        let claim = async |lease| anyhow::Ok(test.store.claim_renewal(&session.id, lease).await?);
        assert!(claim(LEASE).await?);
        test.clock.forward(LEASE - Duration::from_secs(1));
        assert!(!claim(LEASE).await?);
        test.clock.forward(Duration::from_secs(1));

        // A lease is not for ever, whatever is asked for.
        assert!(claim(Duration::MAX).await?);
        test.clock.forward(MAX_RENEWAL_LEASE - Duration::from_secs(1));
        assert!(!claim(LEASE).await?);
        test.clock.forward(Duration::from_secs(1));
        assert!(claim(MAX_RENEWAL_LEASE).await?);
        // Another process's clock is a little behind.
        test.clock.back(MINUTE);
        assert!(!claim(LEASE).await?);
        // The clock was wrong.
        test.clock.back(24 * HOUR);
        assert!(claim(LEASE).await?);
        assert!(!claim(LEASE).await?);

        test.store.end_session(&session.token).await?;
        test.clock.forward(HOUR);
        assert!(!claim(LEASE).await?);
        test.store.release_renewal(&session.id).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_that_is_opened_again_shows_what_others_did_to_it() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let token = test.store.create_session(&ada.id, b"one", LIMITS, &FROM_NOWHERE).await?.token;
        let mut mine = test.store.open_session(&token).await?.context("does not open")?;
        let mut theirs = test.store.open_session(&token).await?.context("does not open")?;
        assert_eq!(test.store.reopen_session(&token, &mut mine).await?, Reopened::Unchanged);
        assert_eq!(mine.contents.expose_secret(), b"one");

        test.clock.forward(HOUR);
        test.store.touch_session(&theirs).await?;
        test.store.set_role(&ada.id, Role::Administrator).await?;
        test.store.replace_session_contents(&token, &theirs, b"two").await?;
        // Whoever replaced them looks again as well, and can then do so once more.
        assert_eq!(test.store.reopen_session(&token, &mut theirs).await?, Reopened::Changed);
        test.store.replace_session_contents(&token, &theirs, b"three").await?;
        assert_eq!(test.store.reopen_session(&token, &mut mine).await?, Reopened::Changed);
        assert_eq!(mine.contents.expose_secret(), b"three");
        assert_eq!(mine.account.role, Role::Administrator);
        assert_eq!(mine.last_used_at, test.clock.now());
        assert_eq!(mine.idle_expires_at, test.clock.now() + LIMITS.idle);
        assert_eq!(test.store.reopen_session(&token, &mut mine).await?, Reopened::Unchanged);
        assert_eq!(mine.contents.expose_secret(), b"three");

        let next = test.store.rotate_session(&token).await?.context("is gone")?;
        assert_eq!(test.store.reopen_session(&token, &mut mine).await?, Reopened::Ended);
        assert_eq!(test.store.reopen_session(&next, &mut mine).await?, Reopened::Changed);
        test.database.execute("update sessions set contents = lookup, version = version + 1").await?;
        assert_eq!(test.store.reopen_session(&next, &mut mine).await?, Reopened::Ended);
        assert_eq!(mine.contents.expose_secret(), b"three");
        test.store.end_session(&next).await?;
        assert_eq!(test.store.reopen_session(&next, &mut mine).await?, Reopened::Ended);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_is_not_opened_again_past_its_limits_or_when_its_account_is_off() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let limits = SessionLimits { idle: HOUR, absolute: 24 * HOUR };
        let token = test.store.create_session(&ada.id, b"", limits, &FROM_NOWHERE).await?.token;
        let mut session = test.store.open_session(&token).await?.context("does not open")?;
        test.database.execute("update accounts set disabled = 1").await?;
        assert_eq!(test.store.reopen_session(&token, &mut session).await?, Reopened::Ended);
        test.database.execute("update accounts set disabled = 0").await?;
        assert_eq!(test.store.reopen_session(&token, &mut session).await?, Reopened::Unchanged);
        test.clock.forward(HOUR);
        assert_eq!(test.store.reopen_session(&token, &mut session).await?, Reopened::Ended);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_is_shortened_and_never_prolonged() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let new = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        let other = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        let expires_at = async |token: &SessionToken| {
            let session = test.store.open_session(token).await?.context("has ended")?;
            anyhow::Ok(session.expires_at)
        };
        test.store.shorten_session(&new.id, new.expires_at + HOUR).await?;
        assert_eq!(expires_at(&new.token).await?, new.expires_at);
        let until = test.clock.now() + HOUR;
        test.store.shorten_session(&new.id, until).await?;
        assert_eq!(expires_at(&new.token).await?, until);
        test.store.shorten_session(&new.id, until + MINUTE).await?;
        assert_eq!(expires_at(&new.token).await?, until);
        assert_eq!(expires_at(&other.token).await?, other.expires_at);

        test.store.shorten_session(&new.id, test.clock.now()).await?;
        assert!(test.store.open_session(&new.token).await?.is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn renewed_claims_give_and_take_the_administrators_role_like_a_sign_in() -> Result<()> {
    on_both(async |test| {
        let administrator = NewSignIn { role_by_claims: Role::Administrator, ..sign_in("ada") };
        let ada = test.store.sign_in_account(&administrator, UnknownPerson::Create).await?;
        let grace = test.person("grace").await?;
        let role = async || {
            let account = test.store.account(&ada.id).await?.context("is gone")?;
            anyhow::Ok(account.role)
        };
        test.store.note_renewed_claims(&ada.id, Role::User).await?;
        assert_eq!(role().await?, Role::User);
        test.store.note_renewed_claims(&ada.id, Role::Administrator).await?;
        assert_eq!(role().await?, Role::Administrator);
        test.store.set_role(&ada.id, Role::Administrator).await?;
        test.store.note_renewed_claims(&ada.id, Role::User).await?;
        assert_eq!(role().await?, Role::Administrator);
        assert_eq!(test.store.account(&grace.id).await?, Some(grace));
        Ok(())
    })
    .await
}
