use anyhow::{Context, Result};
use howdah_store::{Account, NewSession, ProviderIdentity, SessionId, SessionOrigin, Store, UsedLogoutToken};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, MINUTE, TestStore, on_both};

const ISSUER: &str = "https://id.example";

fn origin(issuer: &str, subject: &str, session_id: Option<&str>) -> SessionOrigin {
    let identity = ProviderIdentity {
        provider: "corp".to_owned(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        session_id: session_id.map(str::to_owned),
    };
    SessionOrigin { identity: Some(identity), ..FROM_NOWHERE }
}

async fn create(test: &TestStore, account: &Account, origin: &SessionOrigin) -> Result<NewSession> {
    Ok(test.store.create_session(&account.id, b"kept", LIMITS, origin).await?)
}

#[tokio::test]
async fn people_see_where_their_sessions_come_from() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        create(test, &ada, &FROM_NOWHERE).await?;
        test.clock.forward(MINUTE);
        let browser = SessionOrigin {
            client_address: Some("2001:db8::1".to_owned()),
            user_agent: Some("Lynx/2.9".to_owned()),
            ..origin(ISSUER, "ada", Some("sid"))
        };
        create(test, &ada, &browser).await?;
        test.clock.forward(MINUTE);
        let endless = SessionOrigin {
            client_address: Some("1".repeat(9000)),
            user_agent: Some("ö\0".repeat(9000)),
            identity: None,
        };
        create(test, &ada, &endless).await?;

        let listed = test.store.sessions_of(&ada.id).await?;
        let listed: Vec<_> = listed
            .iter()
            .map(|session| {
                [&session.provider, &session.client_address, &session.user_agent].map(|part| part.as_deref())
            })
            .collect();
        let (address, agent) = ("1".repeat(64), "ö".repeat(256));
        assert_eq!(
            listed,
            [
                [None, Some(address.as_str()), Some(agent.as_str())],
                [Some("corp"), Some("2001:db8::1"), Some("Lynx/2.9")],
                [None, None, None],
            ]
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn people_end_their_own_sessions_by_id_and_nobody_elses() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let grace = test.person("grace").await?;
        let mine = create(test, &ada, &FROM_NOWHERE).await?;
        let hers = create(test, &grace, &FROM_NOWHERE).await?;

        assert!(!test.store.end_session_by_id(&ada.id, &hers.id).await?);
        assert!(test.store.open_session(&hers.token).await?.is_some());
        assert!(test.store.end_session_by_id(&ada.id, &mine.id).await?);
        assert!(test.store.open_session(&mine.token).await?.is_none());
        assert!(!test.store.end_session_by_id(&ada.id, &mine.id).await?);

        let kept = create(test, &ada, &FROM_NOWHERE).await?;
        let others = [create(test, &ada, &FROM_NOWHERE).await?.id, create(test, &ada, &FROM_NOWHERE).await?.id];
        let mut ended = test.store.end_other_sessions(&ada.id, &kept.id).await?;
        ended.sort();
        let mut expected = others.to_vec();
        expected.sort();
        assert_eq!(ended, expected);
        assert!(test.store.end_other_sessions(&ada.id, &kept.id).await?.is_empty());
        assert!(test.store.open_session(&kept.token).await?.is_some());
        assert!(test.store.open_session(&hers.token).await?.is_some());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_providers_logout_ends_the_sessions_that_it_names_and_no_others() -> Result<()> {
    // A session's issuer, subject and sid, each by its letter.
    const SESSIONS: [(&str, &str, Option<&str>, char); 6] = [
        (ISSUER, "ada", Some("one"), 'a'),
        (ISSUER, "ada", Some("two"), 'b'),
        (ISSUER, "ada", None, 'c'),
        (ISSUER, "grace", Some("one"), 'd'),
        ("https://other.example", "ada", Some("one"), 'e'),
        ("https://id.exampleo", "ada", Some("ne"), 'f'),
    ];
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let check = async |issuer: &str, subject: Option<&str>, session_id: Option<&str>, expected: &str| {
            let mut letters: Vec<(SessionId, char)> = Vec::new();
            for (issuer, subject, session_id, letter) in SESSIONS {
                letters.push((create(test, &ada, &origin(issuer, subject, session_id)).await?.id, letter));
            }
            letters.push((create(test, &ada, &FROM_NOWHERE).await?.id, 'z'));
            let ended = test.store.end_provider_sessions(issuer, subject, session_id).await?;
            let said: String = letters.iter().filter(|(id, _)| ended.contains(id)).map(|(_, letter)| letter).collect();
            assert_eq!(said, expected, "{issuer} {subject:?} {session_id:?}");
            let mut gone = String::new();
            for (id, letter) in &letters {
                if !test.store.is_session_alive(id).await? {
                    gone.push(*letter);
                }
            }
            assert_eq!(gone, expected, "{issuer} {subject:?} {session_id:?}");
            test.store.end_sessions_of(&ada.id).await?;
            anyhow::Ok(())
        };
        check(ISSUER, None, Some("one"), "ad").await?;
        check(ISSUER, Some("ada"), Some("one"), "a").await?;
        check(ISSUER, Some("ada"), Some("three"), "").await?;
        check(ISSUER, Some("ada"), None, "abc").await?;
        check(ISSUER, Some("nobody"), None, "").await?;
        check(ISSUER, None, None, "").await?;
        check("https://other.example", None, Some("one"), "e").await?;
        check("https://nobody.example", Some("ada"), None, "").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_providers_name_of_a_session_may_be_long() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        // What an index of text could not hold, since it does not compress.
        let long: String = (0..4000_u32).map(|index| format!("{:x}", index.wrapping_mul(2_654_435_761))).collect();
        let session = create(test, &ada, &origin(ISSUER, "ada", Some(&long))).await?;
        let another = format!("{long}0");
        assert!(test.store.end_provider_sessions(ISSUER, None, Some(&another)).await?.is_empty());
        assert_eq!(test.store.end_provider_sessions(ISSUER, None, Some(&long)).await?, [session.id]);
        Ok(())
    })
    .await
}

/// Uses a logout token that names nobody.
async fn take(store: &Store, issuer: &str, token_id: &str, expires_at: OffsetDateTime) -> Result<bool> {
    let token = UsedLogoutToken { issuer, token_id, subject: None, session_id: None, expires_at };
    Ok(store.end_sessions_by_logout_token(&token).await?.is_some())
}

#[tokio::test]
async fn a_logout_token_ends_what_it_names_and_only_once() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let expires_at = test.clock.now() + HOUR;
        let token =
            UsedLogoutToken { issuer: ISSUER, token_id: "a", subject: Some("ada"), session_id: None, expires_at };
        let session = create(test, &ada, &origin(ISSUER, "ada", Some("sid"))).await?;
        assert_eq!(test.store.end_sessions_by_logout_token(&token).await?, Some(vec![session.id]));
        let next = create(test, &ada, &origin(ISSUER, "ada", Some("sid"))).await?;
        assert_eq!(test.store.end_sessions_by_logout_token(&token).await?, None);
        assert!(test.store.is_session_alive(&next.id).await?);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_token_is_taken_once() -> Result<()> {
    on_both(async |test| {
        let expires_at = test.clock.now() + 2 * MINUTE;
        let processes = [test.store.clone(), test.another().await?];
        for round in 0..10 {
            let mut takers = JoinSet::new();
            for index in 0..20 {
                let store = processes[index % 2].clone();
                let token_id = format!("token {round}");
                takers.spawn(async move { take(&store, ISSUER, &token_id, expires_at).await });
            }
            let taken = takers.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
            assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
        }
        assert!(take(&test.store, "https://other.example", "token 0", expires_at).await?);
        assert!(take(&test.store, ISSUER, &"x".repeat(100_000), expires_at).await?);

        test.clock.forward(2 * MINUTE - std::time::Duration::from_secs(1));
        assert_eq!(test.store.purge_expired().await?.logout_tokens, 0);
        assert!(!take(&test.store, ISSUER, "token 0", expires_at).await?);
        test.clock.forward(std::time::Duration::from_secs(1));
        assert!(take(&test.store, ISSUER, "token 0", test.clock.now() + HOUR).await?);
        assert!(!take(&test.store, ISSUER, "token 0", test.clock.now() + HOUR).await?);
        assert_eq!(test.store.purge_expired().await?.logout_tokens, 11);
        assert_eq!(test.database.number("select count(*) from logout_tokens").await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_keeps_its_origin_when_it_moves_to_another_token() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let session = create(test, &ada, &origin(ISSUER, "ada", Some("sid"))).await?;
        test.store.rotate_session(&session.token).await?.context("is gone")?;
        assert_eq!(test.store.end_provider_sessions(ISSUER, None, Some("sid")).await?, [session.id]);
        Ok(())
    })
    .await
}
