use std::slice::from_ref;

use anyhow::Result;
use howdah_store::{
    AdministerError, Audience, OwnedServers, PeopleFilter, Role, ServerDefinition, SignInSource, Store,
};

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, MINUTE, definition, on_both, sign_in};

fn shared(name: &str) -> ServerDefinition {
    ServerDefinition { audience: Audience::from_json("\"everyone\""), ..definition("Group", name) }
}

async fn names(store: &Store, filter: &PeopleFilter) -> Result<Vec<String>> {
    let page = store.people(filter, None, 100).await?;
    assert_eq!(page.total, page.people.len() as u64);
    Ok(page.people.into_iter().map(|person| person.account.username).collect())
}

#[tokio::test]
async fn people_are_found_by_what_the_filter_says() -> Result<()> {
    on_both(async |test| {
        let (ada, grace) = (test.person("Ada").await?, test.person("grace_h").await?);
        let by_claims = |name: &str, role_by_claims| howdah_store::NewSignIn { role_by_claims, ..sign_in(name) };
        for (name, role) in [("vera", Role::Viewer), ("root", Role::Administrator)] {
            test.store.sign_in_account(&by_claims(name, role), howdah_store::UnknownPerson::Create).await?;
        }
        test.store.set_password_hash(&ada.id, &"$argon2id$x".to_owned().into()).await?;
        test.store.disable_account(&grace.id).await?;
        let search = |text: &str| PeopleFilter { search: text.to_owned(), ..PeopleFilter::default() };
        let role = |role| PeopleFilter { role: Some(role), ..PeopleFilter::default() };
        let source = |source| PeopleFilter { source: Some(source), ..PeopleFilter::default() };
        for (filter, expected) in [
            (search(""), vec!["Ada", "grace_h", "root", "vera"]),
            (search(" ADA "), vec!["Ada"]),
            (search("vera@EXAMPLE.com"), vec!["vera"]),
            (search("_"), vec!["grace_h"]),
            (search("%"), vec![]),
            (role(Role::Administrator), vec!["root"]),
            (role(Role::Viewer), vec!["vera"]),
            (role(Role::User), vec!["Ada", "grace_h"]),
            (PeopleFilter { disabled: Some(true), ..PeopleFilter::default() }, vec!["grace_h"]),
            (
                PeopleFilter { disabled: Some(false), search: "a".to_owned(), ..PeopleFilter::default() },
                vec!["Ada", "root", "vera"],
            ),
            (source(SignInSource::Password), vec!["Ada"]),
            (source(SignInSource::Provider("corp".to_owned())), vec!["Ada", "grace_h", "root", "vera"]),
            (source(SignInSource::Provider("other".to_owned())), vec![]),
        ] {
            assert_eq!(names(&test.store, &filter).await?, expected, "{filter:?}");
        }
        let page = test.store.people(&PeopleFilter::default(), None, 3).await?;
        let rest = test.store.people(&PeopleFilter::default(), page.next.as_ref(), 3).await?;
        assert_eq!((page.people.len(), rest.people.len(), rest.next, rest.total), (3, 1, None, 4));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_role_by_claims_goes_with_them_and_one_by_hand_stays() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let role =
            async || anyhow::Ok(test.store.account(&ada.id).await?.map(|account| (account.role, account.given_role)));
        test.store.note_renewed_claims(&ada.id, Role::Viewer).await?;
        assert_eq!(role().await?, Some((Role::Viewer, Role::User)));
        test.store.set_role(&ada.id, Role::Administrator).await?;
        assert_eq!(role().await?, Some((Role::Administrator, Role::Administrator)));
        test.store.set_role(&ada.id, Role::Viewer).await?;
        test.store.note_renewed_claims(&ada.id, Role::User).await?;
        assert_eq!(role().await?, Some((Role::Viewer, Role::Viewer)));
        test.store.note_renewed_claims(&ada.id, Role::Administrator).await?;
        assert_eq!(role().await?, Some((Role::Administrator, Role::Viewer)));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn one_administrator_who_can_sign_in_is_left() -> Result<()> {
    on_both(async |test| {
        let (ada, grace, zoe) = (test.person("ada").await?, test.person("grace").await?, test.person("zoe").await?);
        let is_last = |error: AdministerError| matches!(error, AdministerError::LastAdministrator);
        test.store.set_role(&ada.id, Role::Administrator).await?;
        assert!(test.store.administer_role(&ada.id, Role::User).await.is_err_and(is_last));
        assert!(test.store.administer_disabled(&ada.id, true).await.is_err_and(is_last));
        assert!(test.store.administer_removal(&ada.id).await.is_err_and(is_last));
        assert_eq!(
            test.store.account(&ada.id).await?.map(|ada| (ada.role, ada.disabled)),
            Some((Role::Administrator, false))
        );
        assert_eq!(test.store.administer_role(&grace.id, Role::Administrator).await?.role, Role::Administrator);
        // One who is switched off counts for nothing.
        let session = test.store.create_session(&grace.id, b"", LIMITS, &FROM_NOWHERE).await?;
        assert_eq!(test.store.administer_disabled(&grace.id, true).await?.ended, [session.id]);
        assert!(test.store.administer_removal(&ada.id).await.is_err_and(is_last));
        assert!(!test.store.administer_disabled(&grace.id, false).await?.account.disabled);
        // Two who take each other's role at the same moment: one of them comes too late.
        let (one, two) = tokio::join!(
            test.store.administer_role(&ada.id, Role::User),
            test.store.administer_role(&grace.id, Role::User)
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(
            names(&test.store, &PeopleFilter { role: Some(Role::Administrator), ..PeopleFilter::default() })
                .await?
                .len(),
            1
        );
        test.store.delete_account(&zoe.id).await?;
        assert!(matches!(test.store.administer_role(&zoe.id, Role::User).await, Err(AdministerError::NoAccount)));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn sessions_of_all_are_listed_newest_first_and_ended_by_name() -> Result<()> {
    on_both(async |test| {
        let (ada, grace) = (test.person("ada").await?, test.person("grace").await?);
        let mut ids = Vec::new();
        for account in [&ada, &grace, &ada] {
            test.clock.forward(MINUTE);
            ids.push(test.store.create_session(&account.id, b"", LIMITS, &FROM_NOWHERE).await?.id);
        }
        ids.reverse();
        let listed = async |search: &str| {
            let page = test.store.all_sessions(search, None, 100).await?;
            assert_eq!(page.total, page.sessions.len() as u64);
            anyhow::Ok(page.sessions.into_iter().map(|listed| listed.session.id).collect::<Vec<_>>())
        };
        assert_eq!(listed("").await?, ids);
        assert_eq!(listed("GRACE@").await?, [ids[1].clone()]);
        let first = test.store.all_sessions("", None, 2).await?;
        let rest = test.store.all_sessions("", first.next.as_ref(), 2).await?;
        assert_eq!((first.sessions.len(), rest.sessions.len(), rest.next.is_none()), (2, 1, true));
        assert_eq!(test.store.end_session_of_anybody(&ids[1]).await?, Some(grace.id.clone()));
        assert_eq!(test.store.end_session_of_anybody(&ids[1]).await?, None);
        assert_eq!(test.store.end_all_sessions(&ada.id).await?.len(), 2);
        test.store.create_session(&ada.id, b"", LIMITS, &FROM_NOWHERE).await?;
        test.clock.forward(9 * HOUR);
        assert!(listed("").await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn shared_servers_are_handed_over_and_counted() -> Result<()> {
    on_both(async |test| {
        let (ada, grace) = (test.person("ada").await?, test.person("grace").await?);
        test.store.create_server(&ada.id, &definition("Group", "private")).await?;
        let server = test.store.create_server(&ada.id, &shared("shared")).await?;
        assert_eq!(test.store.owned_servers(&ada.id).await?, OwnedServers { private: 1, shared: 1 });
        assert_eq!(test.store.shared_servers(None, 10).await?.servers.as_slice(), from_ref(&server));
        assert_eq!(test.store.shared_servers_of(&ada.id).await?.as_slice(), from_ref(&server));
        let hand_over = async |version, to| test.store.hand_over_server(&server.id, version, &ada.id, to, "{}").await;
        assert!(!hand_over(server.version + 1, &grace.id).await?, "it was changed meanwhile");
        assert!(hand_over(server.version, &grace.id).await?);
        assert!(!hand_over(server.version + 1, &grace.id).await?, "it is not hers any more");
        assert_eq!(test.store.owned_servers(&grace.id).await?, OwnedServers { private: 0, shared: 1 });
        assert_eq!(test.store.all_servers().await?, OwnedServers { private: 1, shared: 1 });
        Ok(())
    })
    .await
}

#[tokio::test]
async fn refused_sign_ins_are_paged_and_dismissed() -> Result<()> {
    on_both(async |test| {
        for name in ["ada", "grace", "zoe"] {
            test.store.note_refused_sign_in(&sign_in(name)).await?;
            test.clock.forward(MINUTE);
        }
        let first = test.store.refused_page(None, 2).await?;
        let rest = test.store.refused_page(first.next.as_ref(), 2).await?;
        let subjects: Vec<_> =
            first.refused.iter().chain(&rest.refused).map(|refused| refused.username.as_str()).collect();
        assert_eq!((subjects, rest.next, rest.total), (vec!["zoe", "grace", "ada"], None, 3));
        let zoe = &first.refused[0];
        assert!(test.store.dismiss_refused_sign_in(&zoe.issuer, &zoe.subject).await?);
        assert!(!test.store.dismiss_refused_sign_in(&zoe.issuer, &zoe.subject).await?);
        Ok(())
    })
    .await
}
