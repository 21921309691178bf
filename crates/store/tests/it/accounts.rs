use anyhow::Result;
use howdah_store::{AccountCursor, NewSignIn, Role, SignInAccountError, UnknownPerson};
use tokio::task::JoinSet;

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, on_both, sign_in};

#[tokio::test]
async fn the_first_sign_in_makes_an_account_and_later_ones_find_it() -> Result<()> {
    on_both(async |test| {
        let first = test.person("Ada").await?;
        assert_eq!(first.username, "Ada");
        assert_eq!(first.role, Role::User);
        assert_eq!(first.created_at, test.clock.now());
        assert_eq!(first.last_sign_in_at, Some(test.clock.now()));

        test.clock.forward(HOUR);
        let changed = NewSignIn {
            username: "ada.lovelace".to_owned(),
            email: None,
            display_name: Some("Ada Lovelace".to_owned()),
            ..sign_in("Ada")
        };
        let second = test.store.sign_in_account(&changed, UnknownPerson::Refuse);
        let second = second.await?;
        assert_eq!(second.id, first.id);
        assert_eq!(second.username, "Ada");
        assert_eq!(second.email, None);
        assert_eq!(second.display_name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(second.created_at, first.created_at);
        assert_eq!(second.last_sign_in_at, Some(test.clock.now()));

        let (issuer, subject) = (&changed.issuer, &changed.subject);
        let found = test.store.account_for_identity(issuer, subject).await?;
        assert_eq!(found.as_ref(), Some(&second));
        assert_eq!(test.store.account(&first.id).await?, Some(second));
        let stranger = test.store.account_for_identity(issuer, "stranger").await?;
        assert_eq!(stranger, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_unknown_person_gets_no_account_unless_it_is_to_be_made() -> Result<()> {
    on_both(async |test| {
        let person = sign_in("ada");
        let refused = test.store.sign_in_account(&person, UnknownPerson::Refuse);
        assert!(matches!(refused.await, Err(SignInAccountError::NoAccount)));
        assert_eq!(test.database.number("select count(*) from accounts").await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_username_is_one_persons_in_any_case_of_letters() -> Result<()> {
    on_both(async |test| {
        test.person("Ädä").await?;
        for taken in ["Ädä", "äDÄ", " ädä "] {
            let other = NewSignIn { issuer: "https://other.example".to_owned(), ..sign_in(taken) };
            let refused = test.store.sign_in_account(&other, UnknownPerson::Create);
            let refused = refused.await;
            assert!(matches!(refused, Err(SignInAccountError::UsernameTaken)), "{taken}");
        }
        assert_eq!(test.database.number("select count(*) from accounts").await?, 1);
        assert_eq!(test.database.number("select count(*) from identities").await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn first_sign_ins_of_one_person_at_the_same_moment_make_one_account() -> Result<()> {
    on_both(async |test| {
        let processes = [test.store.clone(), test.another().await?];
        for round in 0..10 {
            let mut sign_ins = JoinSet::new();
            for index in 0..8 {
                let store = processes[index % 2].clone();
                let person = NewSignIn {
                    // Renamed at the provider in this very moment: it is still one person.
                    username: format!("person {round} {}", index % 4 / 2),
                    subject: format!("subject {round}"),
                    ..sign_in("ada")
                };
                sign_ins.spawn(async move { store.sign_in_account(&person, UnknownPerson::Create).await });
            }
            let mut accounts = sign_ins.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
            accounts.dedup_by_key(|account| account.id.clone());
            assert_eq!(accounts.len(), 1);
        }
        assert_eq!(test.database.number("select count(*) from accounts").await?, 10);
        assert_eq!(test.database.number("select count(*) from identities").await?, 10);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_people_with_one_username_at_the_same_moment_one_gets_it() -> Result<()> {
    on_both(async |test| {
        let mut sign_ins = JoinSet::new();
        for index in 0..8 {
            let store = test.store.clone();
            let person = NewSignIn { subject: format!("subject {index}"), ..sign_in("ada") };
            sign_ins.spawn(async move { store.sign_in_account(&person, UnknownPerson::Create).await });
        }
        let outcomes = sign_ins.join_all().await;
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(SignInAccountError::UsernameTaken)));
        assert_eq!(refused.count(), 7, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_role_by_claims_lasts_until_the_claims_change_and_one_by_hand_stays() -> Result<()> {
    on_both(async |test| {
        let sign_in_as = async |role_by_claims| {
            let sign_in = NewSignIn { role_by_claims, ..sign_in("ada") };
            let account = test.store.sign_in_account(&sign_in, UnknownPerson::Create);
            anyhow::Ok(account.await?)
        };
        assert_eq!(sign_in_as(Role::Administrator).await?.role, Role::Administrator);
        let account = sign_in_as(Role::User).await?;
        assert_eq!(account.role, Role::User);

        assert!(test.store.set_role(&account.id, Role::Administrator).await?);
        assert_eq!(sign_in_as(Role::User).await?.role, Role::Administrator);
        assert!(test.store.set_role(&account.id, Role::User).await?);
        assert_eq!(sign_in_as(Role::User).await?.role, Role::User);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_disabled_account_cannot_sign_in_and_has_no_sessions() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let grace = test.person("grace").await?;
        let token = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.token;
        let others = test.store.create_session(&grace.id, b"", LIMITS, &FROM_NOWHERE).await?.token;

        assert!(test.store.disable_account(&ada.id).await?);
        assert!(test.store.open_session(&token).await?.is_none());
        assert!(test.store.open_session(&others).await?.is_some());
        // A sign-in that was under way may still make a session; it does not open either.
        let late = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.token;
        assert!(test.store.open_session(&late).await?.is_none());
        let person = sign_in("ada");
        let refused = test.store.sign_in_account(&person, UnknownPerson::Create);
        assert!(matches!(refused.await, Err(SignInAccountError::Disabled)));

        assert!(test.store.enable_account(&ada.id).await?);
        assert!(!test.person("ada").await?.disabled);
        assert!(test.store.open_session(&token).await?.is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn changes_to_an_account_that_is_not_there_are_told() -> Result<()> {
    on_both(async |test| {
        let nobody = "01890000-0000-7000-8000-000000000000".parse()?;
        assert!(!test.store.set_role(&nobody, Role::User).await?);
        assert!(!test.store.disable_account(&nobody).await?);
        assert!(!test.store.enable_account(&nobody).await?);
        assert_eq!(test.store.account(&nobody).await?, None);
        assert!(test.store.create_session(&nobody, b"", LIMITS, &FROM_NOWHERE).await.is_err());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn accounts_are_listed_in_pages_in_the_order_of_their_names() -> Result<()> {
    on_both(async |test| {
        for username in ["grace", "Ada", "alan", "Zoë", "barbara"] {
            test.person(username).await?;
        }
        let mut listed = Vec::new();
        let mut cursor: Option<AccountCursor> = None;
        loop {
            let page = test.store.accounts(cursor.as_ref(), 2).await?;
            assert!(page.accounts.len() <= 2);
            listed.extend(page.accounts.into_iter().map(|account| account.username));
            // Through text and back, as a URL carries it.
            match page.next {
                Some(next) => cursor = Some(next.to_string().parse()?),
                None => break,
            }
        }
        assert_eq!(listed, ["Ada", "alan", "barbara", "grace", "Zoë"]);
        assert_eq!(test.store.accounts(None, 5).await?.next, None);
        Ok(())
    })
    .await
}
