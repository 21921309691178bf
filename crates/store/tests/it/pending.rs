use anyhow::{Context, Result};
use howdah_store::{FlowToken, MAX_PENDING_SIGN_INS, PENDING_SIGN_IN_LIFETIME, Store};
use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::support::{MINUTE, on_both};

async fn take(store: &Store, flow: &FlowToken, state: &str) -> Result<Option<String>> {
    let taken = store.take_pending_sign_in(flow, state).await?;
    Ok(taken.map(|contents| String::from_utf8(contents.expose_secret().to_vec())).transpose()?)
}

#[tokio::test]
async fn sign_ins_in_parallel_tabs_are_each_taken_once_in_any_order() -> Result<()> {
    on_both(async |test| {
        let flow = FlowToken::generate()?;
        for state in ["one", "two", "three"] {
            test.store.put_pending_sign_in(&flow, state, state.as_bytes()).await?;
        }
        // Back on another process, with nothing but the cookie.
        let replica = test.another().await?;
        let cookie = FlowToken::parse(flow.to_cookie().expose_secret()).context("does not parse")?;
        for state in ["two", "one", "three"] {
            assert_eq!(take(&replica, &cookie, state).await?.as_deref(), Some(state));
            assert_eq!(take(&test.store, &flow, state).await?, None);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_sign_in_is_of_use_in_the_browser_that_began_it_only() -> Result<()> {
    on_both(async |test| {
        let flow = FlowToken::generate()?;
        test.store.put_pending_sign_in(&flow, "state", b"verifier").await?;
        assert_eq!(take(&test.store, &FlowToken::generate()?, "state").await?, None);
        assert_eq!(take(&test.store, &flow, "another state").await?, None);
        // Somebody else's attempt does not use it up.
        assert_eq!(take(&test.store, &flow, "state").await?.as_deref(), Some("verifier"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_sign_in_expires_after_ten_minutes() -> Result<()> {
    on_both(async |test| {
        let flow = FlowToken::generate()?;
        test.store.put_pending_sign_in(&flow, "quick", b"").await?;
        test.store.put_pending_sign_in(&flow, "slow", b"").await?;
        test.clock.forward(PENDING_SIGN_IN_LIFETIME - MINUTE);
        assert!(take(&test.store, &flow, "quick").await?.is_some());
        test.clock.forward(MINUTE);
        assert!(take(&test.store, &flow, "slow").await?.is_none());
        test.clock.back(MINUTE);
        assert!(take(&test.store, &flow, "slow").await?.is_none(), "used up by the attempt");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_browser_has_a_bounded_number_of_sign_ins_and_keeps_the_newest() -> Result<()> {
    on_both(async |test| {
        let flow = FlowToken::generate()?;
        let other = FlowToken::generate()?;
        test.store.put_pending_sign_in(&other, "state", b"").await?;
        for index in 0..MAX_PENDING_SIGN_INS + 3 {
            test.store.put_pending_sign_in(&flow, &index.to_string(), b"").await?;
            test.clock.forward(std::time::Duration::from_secs(1));
        }
        let kept = test.database.number("select count(*) from pending_sign_ins").await?;
        assert_eq!(kept, i64::from(MAX_PENDING_SIGN_INS) + 1);
        assert!(take(&test.store, &flow, "2").await?.is_none());
        assert!(take(&test.store, &flow, "3").await?.is_some());
        assert!(take(&test.store, &other, "state").await?.is_some());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_takers_at_once_one_gets_the_sign_in() -> Result<()> {
    on_both(async |test| {
        let processes = [test.store.clone(), test.another().await?];
        let flow = FlowToken::generate()?;
        let cookie = flow.to_cookie();
        for round in 0..10 {
            let state = format!("state {round}");
            test.store.put_pending_sign_in(&flow, &state, b"verifier").await?;
            let mut takers = JoinSet::new();
            for index in 0..20 {
                let store = processes[index % 2].clone();
                let flow = FlowToken::parse(cookie.expose_secret()).context("does not parse")?;
                let state = state.clone();
                takers.spawn(async move { store.take_pending_sign_in(&flow, &state).await });
            }
            let taken = takers.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
            assert_eq!(taken.iter().flatten().count(), 1);
        }
        Ok(())
    })
    .await
}
