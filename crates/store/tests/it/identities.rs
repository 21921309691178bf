use anyhow::{Context, Result, ensure};
use howdah_store::{
    Audience, DeleteAccountError, Identity, LinkError, NewInternalAccount, NewSignIn, ProviderIdentity, RenameError,
    Role, ServerDefinition, SessionOrigin, SignInAccountError, UnknownPerson, Viewer,
};
use tokio::task::JoinSet;

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, definition, on_both, sign_in};

/// What another provider says about the person who has this username.
fn elsewhere(username: &str) -> NewSignIn {
    NewSignIn { issuer: "https://other.example".to_owned(), provider: "other".to_owned(), ..sign_in(username) }
}

fn session_of(person: &NewSignIn) -> SessionOrigin {
    let identity = ProviderIdentity {
        provider: person.provider.clone(),
        issuer: person.issuer.clone(),
        subject: person.subject.clone(),
        session_id: None,
    };
    SessionOrigin { identity: Some(identity), ..FROM_NOWHERE }
}

#[tokio::test]
async fn a_person_signs_in_with_an_identity_that_was_linked_to_their_account() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let (first, second) = (sign_in("ada"), elsewhere("ada"));
        let refused = test.store.sign_in_account(&second, UnknownPerson::Create).await;
        assert!(matches!(refused, Err(SignInAccountError::UsernameTaken)));

        test.clock.forward(HOUR);
        let linked_at = test.clock.now();
        test.store.link_identity(&ada.id, &second.issuer, &second.subject, "other").await?;
        let identity = |person: &NewSignIn, created_at, last_sign_in_at| Identity {
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            provider: person.provider.clone(),
            created_at,
            last_sign_in_at,
        };
        let known = identity(&first, ada.created_at, Some(ada.created_at));
        assert_eq!(test.store.identities_of(&ada.id).await?, [known.clone(), identity(&second, linked_at, None)]);

        test.clock.forward(HOUR);
        let account = test.store.sign_in_account(&second, UnknownPerson::Refuse).await?;
        assert_eq!(account.id, ada.id);
        let used = identity(&second, linked_at, Some(test.clock.now()));
        assert_eq!(test.store.identities_of(&ada.id).await?, [known, used.clone()]);

        // Linking again changes no more than the provider's name.
        test.store.link_identity(&ada.id, &second.issuer, &second.subject, "renamed").await?;
        let renamed = Identity { provider: "renamed".to_owned(), ..used };
        assert_eq!(test.store.identities_of(&ada.id).await?[1..], [renamed]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_identity_of_another_account_is_not_linked() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let grace = test.person("Grace").await?;
        let hers = sign_in("Grace");
        let link = async |account| {
            let linked = test.store.link_identity(account, &hers.issuer, &hers.subject, "corp").await;
            linked.map_err(|error| error.to_string())
        };
        assert_eq!(link(&ada.id).await, Err("the identity is that of the account `Grace`".to_owned()));
        let nobody = "01890000-0000-7000-8000-000000000000".parse()?;
        assert_eq!(link(&nobody).await, Err("no such account".to_owned()));
        assert_eq!(test.store.identities_of(&ada.id).await?.len(), 1);
        let found = test.store.account_for_identity(&hers.issuer, &hers.subject).await?;
        assert_eq!(found.map(|account| account.id), Some(grace.id));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_that_an_identity_is_linked_to_at_the_same_moment_one_gets_it() -> Result<()> {
    on_both(async |test| {
        let accounts = [test.person("ada").await?, test.person("grace").await?];
        for round in 0..10 {
            let mut links = JoinSet::new();
            for index in 0..8 {
                let (store, account) = (test.store.clone(), accounts[index % 2].id.clone());
                let subject = format!("subject {round}");
                links.spawn(async move { store.link_identity(&account, "issuer", &subject, "corp").await });
            }
            let outcomes = links.join_all().await;
            let count = |wanted: fn(&Result<(), LinkError>) -> bool| outcomes.iter().filter(|x| wanted(x)).count();
            assert_eq!(count(|outcome| outcome.is_ok()), 4, "{outcomes:?}");
            assert_eq!(count(|outcome| matches!(outcome, Err(LinkError::Taken(_)))), 4, "{outcomes:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_unlinked_identity_leads_nowhere_and_has_no_sessions() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let (first, second) = (sign_in("ada"), elsewhere("ada"));
        test.store.link_identity(&ada.id, &second.issuer, &second.subject, "other").await?;
        let ends = test.store.create_session(&ada.id, b"", LIMITS, &session_of(&second)).await?.token;
        let stays = test.store.create_session(&ada.id, b"", LIMITS, &session_of(&first)).await?.token;

        assert!(test.store.unlink_identity(&second.issuer, &second.subject).await?.is_some());
        assert!(test.store.unlink_identity(&second.issuer, &second.subject).await?.is_none());
        assert!(test.store.open_session(&ends).await?.is_none());
        assert!(test.store.open_session(&stays).await?.is_some());
        let refused = test.store.sign_in_account(&second, UnknownPerson::Refuse).await;
        assert!(matches!(refused, Err(SignInAccountError::NoAccount)));
        assert_eq!(test.store.identities_of(&ada.id).await?.len(), 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_account_is_renamed_to_a_name_that_is_free() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        test.person("Grace").await?;
        let rename = async |username| test.store.rename_account(&ada.id, username).await;
        for taken in ["Grace", " gRACE "] {
            assert!(matches!(rename(taken).await, Err(RenameError::Taken)), "{taken}");
        }
        assert_eq!(test.store.account(&ada.id).await?.as_ref(), Some(&ada));
        for (username, expected) in [("Ada", "Ada"), (" ada.lovelace ", "ada.lovelace"), ("Ädä", "Ädä")] {
            assert!(rename(username).await?);
            let renamed = test.store.account_by_username(&username.to_lowercase()).await?.context(username)?;
            assert_eq!((renamed.id, renamed.username.as_str()), (ada.id.clone(), expected));
        }
        // The old name is free, and the person is still the same.
        assert_eq!(test.store.account_by_username("ada").await?, None);
        assert_eq!(test.person("ada").await?.username, "Ädä");
        let nobody = "01890000-0000-7000-8000-000000000000".parse()?;
        assert!(!test.store.rename_account(&nobody, "nobody").await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_behind() -> Result<()> {
    on_both(async |test| {
        let new = NewInternalAccount {
            username: "ada".to_owned(),
            email: None,
            display_name: None,
            role: Role::User,
            password_hash: "hash".into(),
        };
        let ada = test.store.add_internal_account(&new).await?;
        let grace = test.person("grace").await?;
        test.store.link_identity(&ada.id, "issuer", "subject", "corp").await?;
        let session = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.id;
        let theirs = test.store.create_session(&grace.id, b"", LIMITS, &FROM_NOWHERE).await?.token;
        for name in ["one", "two"] {
            test.store.create_server(&ada.id, &definition("g", name)).await?;
        }
        let kept = test.store.create_server(&grace.id, &definition("g", "hers")).await?;

        let deleted = test.store.delete_account(&ada.id).await?.context("was there")?;
        assert_eq!((deleted.account, deleted.sessions), (ada.clone(), vec![session]));
        assert_eq!((deleted.identities, deleted.servers), (1, 2));
        assert!(test.store.delete_account(&ada.id).await?.is_none());
        assert_eq!(test.store.account(&ada.id).await?, None);
        for table in ["accounts", "identities", "sessions", "servers"] {
            assert_eq!(test.database.number(&format!("select count(*) from {table}")).await?, 1, "{table}");
        }
        assert_eq!(test.database.number("select count(*) from passwords").await?, 0);
        assert!(test.store.open_session(&theirs).await?.is_some());
        let viewer = Viewer { account: &grace.id, admitted: &|_| false };
        assert!(test.store.server(&kept.id, viewer).await?.is_some());
        // The name can be another's now.
        test.person("ada").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_account_that_owns_what_others_see_is_not_deleted() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let session = test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?.token;
        test.store.create_server(&ada.id, &definition("g", "own")).await?;
        let shared = ServerDefinition { audience: Audience::from_json("\"everyone\""), ..definition("g", "shared") };
        test.store.create_server(&ada.id, &shared).await?;

        let refused = test.store.delete_account(&ada.id).await;
        assert!(matches!(refused, Err(DeleteAccountError::SharedServers(1))), "{refused:?}");
        assert_eq!(test.database.number("select count(*) from servers").await?, 2);
        assert_eq!(test.store.identities_of(&ada.id).await?.len(), 1);
        assert!(test.store.open_session(&session).await?.is_some());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_administrators_at_the_same_moment_do_not_wait_for_each_other_for_ever() -> Result<()> {
    on_both(async |test| {
        let processes = [test.store.clone(), test.another().await?];
        for round in 0..8 {
            let username = format!("ada {round}");
            let ada = test.person(&username).await?.id;
            for person in [sign_in(&username), elsewhere(&username)] {
                test.store.create_session(&ada, b"", LIMITS, &session_of(&person)).await?;
            }
            let mut calls: JoinSet<Result<()>> = JoinSet::new();
            for index in 0..16 {
                let (store, ada) = (processes[index % 2].clone(), ada.clone());
                let person = if index % 4 < 2 { sign_in(&username) } else { elsewhere(&username) };
                calls.spawn(async move {
                    match index / 2 {
                        0 | 1 => {
                            let signed_in = store.sign_in_account(&person, UnknownPerson::Create).await;
                            ensure!(!matches!(signed_in, Err(SignInAccountError::Store(_))), "{signed_in:?}");
                            store.note_refused_sign_in(&person).await?;
                        }
                        2 | 3 => {
                            let linked = store.link_identity(&ada, &person.issuer, &person.subject, "corp").await;
                            ensure!(!matches!(linked, Err(LinkError::Store(_))), "{linked:?}");
                        }
                        4 | 5 => drop(store.unlink_identity(&person.issuer, &person.subject).await?),
                        6 => drop(store.end_provider_sessions(&person.issuer, Some(&person.subject), None).await?),
                        _ => drop(store.delete_account(&ada).await?),
                    }
                    Ok(())
                });
            }
            for call in calls.join_all().await {
                call?;
            }
        }
        Ok(())
    })
    .await
}
