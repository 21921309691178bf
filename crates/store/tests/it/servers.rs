use anyhow::Result;
use howdah_store::{
    AccountId, Audience, ChangeServerError, CreateServerError, MAX_SERVERS, OwnSettings, ServerCursor,
    ServerDefinition, Viewer,
};
use tokio::task::JoinSet;

use crate::support::{MINUTE, TestStore, definition, on_both};

fn with_audience(group: &str, name: &str, audience: &str) -> ServerDefinition {
    ServerDefinition { audience: Audience::from_json(audience), ..definition(group, name) }
}

/// Sees what is shared with everyone.
fn viewer(account: &AccountId) -> Viewer<'_> {
    Viewer { account, admitted: &|rule| rule == r#""everyone""# }
}

async fn names(test: &TestStore, viewer: Viewer<'_>, limit: u32) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut cursor: Option<ServerCursor> = None;
    loop {
        let page = test.store.servers_visible_to(viewer, cursor.as_ref(), limit).await?;
        assert!(page.servers.len() <= limit as usize);
        names.extend(page.servers.into_iter().map(|seen| seen.own.name.unwrap_or(seen.server.definition.name)));
        match page.next {
            Some(next) => cursor = Some(next.to_string().parse()?),
            None => return Ok(names),
        }
    }
}

#[tokio::test]
async fn a_server_is_kept_whole() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let definition = ServerDefinition {
            name: "Läden 🛒".to_owned(),
            group: "Production".to_owned(),
            host: "/run/postgresql".to_owned(),
            port: 65535,
            maintenance_db: "shop'; drop table servers; --".to_owned(),
            username: "{email:local}".to_owned(),
            role: Some("analyst".to_owned()),
            environment: "production".to_owned(),
            read_only: true,
            comment: Some("line one\nline two".to_owned()),
            connection_parameters: r#"{"sslmode":"verify-full"}"#.to_owned(),
            credential: r#"{"type":"exec","name":"corp-token"}"#.to_owned(),
            extras: r#"{"post_connection_sql":"set timezone = 'UTC'"}"#.to_owned(),
            audience: Audience::from_json(r#"{"groups":["dba"]}"#),
        };
        let created = test.store.create_server(&ada.id, &definition).await?;
        assert_eq!(created.definition, definition);
        assert_eq!(created.owner, ada.id);
        assert_eq!(created.version, 1);
        assert_eq!(created.created_at, test.clock.now());
        let found = test.store.server(&created.id, viewer(&ada.id)).await?;
        assert_eq!(found.map(|seen| seen.server), Some(created));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_server_is_seen_by_its_owner_and_by_those_whom_its_audience_admits() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let grace = test.person("grace").await?.id;
        let private = test.store.create_server(&ada, &definition("A", "private")).await?;
        let everyone = test.store.create_server(&ada, &with_audience("A", "shared", r#""everyone""#)).await?;
        let dba = test.store.create_server(&ada, &with_audience("A", "dba", r#"{"groups":["dba"]}"#)).await?;

        assert_eq!(names(test, viewer(&ada), 10).await?, ["dba", "private", "shared"]);
        assert_eq!(names(test, viewer(&grace), 10).await?, ["shared"]);
        let none = Viewer { account: &grace, admitted: &|_| false };
        assert!(names(test, none, 10).await?.is_empty());
        // A rule that admits everything still does not open what is private.
        let all = Viewer { account: &grace, admitted: &|_| true };
        assert_eq!(names(test, all, 10).await?, ["dba", "shared"]);
        assert_eq!(test.store.server(&private.id, all).await?, None);
        assert_eq!(test.store.server(&dba.id, all).await?.map(|seen| seen.server).as_ref(), Some(&dba));
        assert_eq!(test.store.server(&dba.id, viewer(&grace)).await?, None);
        let seen = test.store.server(&everyone.id, viewer(&grace)).await?.unwrap();
        assert_eq!((seen.owner_name.as_str(), seen.owner_is_administrator), ("ada", false));
        assert_eq!((seen.server, seen.own), (everyone, OwnSettings::default()));
        let standing = test.store.server_standing(&dba.id).await?.unwrap();
        assert!(viewer(&ada).sees(&standing.owner, &standing.audience) && standing.version == 1);
        assert!(!viewer(&grace).sees(&standing.owner, &standing.audience));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn servers_are_listed_in_pages_by_group_and_name() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let grace = test.person("grace").await?.id;
        for (group, name) in [("b", "Three"), ("A", "two"), ("a", "One"), ("B", "four"), ("b", "three")] {
            test.store.create_server(&ada, &definition(group, name)).await?;
            // Many that grace does not see stand between those that she does.
            for rule in ["1", "2", "3"] {
                test.store.create_server(&ada, &with_audience(group, name, rule)).await?;
            }
            test.store.create_server(&ada, &with_audience(group, name, r#""everyone""#)).await?;
        }
        let order: Vec<_> = names(test, viewer(&ada), 500).await?.iter().map(|name| name.to_lowercase()).collect();
        let expected: Vec<_> =
            ["one", "two", "four", "three", "three"].iter().flat_map(|name| std::iter::repeat_n(*name, 5)).collect();
        assert_eq!(order, expected);
        for limit in [1, 2, 3, 5, 7] {
            assert_eq!(names(test, viewer(&ada), limit).await?.len(), 25, "{limit}");
            let seen = names(test, viewer(&grace), limit).await?;
            assert_eq!(seen.len(), 5, "{limit}");
            assert_eq!(seen[..3], ["One", "two", "four"], "{limit}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_two_changes_against_one_version_the_second_is_refused_and_sees_the_first() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let server = test.store.create_server(&ada, &definition("g", "first")).await?;
        test.clock.forward(MINUTE);
        let updated = test.store.update_server(&server.id, &ada, server.version, &definition("h", "second")).await?;
        assert_eq!((updated.version, updated.definition.name.as_str()), (2, "second"));
        assert_eq!(updated.created_at, server.created_at);
        assert_eq!(updated.updated_at, test.clock.now());
        assert_eq!(test.store.server(&server.id, viewer(&ada)).await?.map(|seen| seen.server).as_ref(), Some(&updated));

        match test.store.update_server(&server.id, &ada, server.version, &definition("h", "third")).await {
            Err(ChangeServerError::Changed { current }) => assert_eq!(*current, updated),
            other => panic!("{other:?}"),
        }
        let stale = test.store.delete_server(&server.id, &ada, Some(server.version)).await;
        assert!(matches!(stale, Err(ChangeServerError::Changed { .. })));
        test.store.delete_server(&server.id, &ada, Some(updated.version)).await?;
        let gone = test.store.delete_server(&server.id, &ada, None).await;
        assert!(matches!(gone, Err(ChangeServerError::NotFound)));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_at_once_against_one_version_one_is_made() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let server = test.store.create_server(&ada, &definition("g", "first")).await?;
        let mut changes = JoinSet::new();
        for index in 0..8 {
            let (store, id, ada) = (test.store.clone(), server.id.clone(), ada.clone());
            changes.spawn(async move { store.update_server(&id, &ada, 1, &definition("g", &index.to_string())).await });
        }
        let made = changes.join_all().await;
        assert_eq!(made.iter().filter(|change| change.is_ok()).count(), 1, "{made:?}");
        let refused = made.iter().filter(|change| matches!(change, Err(ChangeServerError::Changed { .. })));
        assert_eq!(refused.count(), 7, "{made:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_server_is_changed_by_its_owner_only() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let grace = test.person("grace").await?.id;
        let server = test.store.create_server(&ada, &with_audience("g", "shared", r#""everyone""#)).await?;
        let update = test.store.update_server(&server.id, &grace, 1, &definition("g", "mine")).await;
        assert!(matches!(update, Err(ChangeServerError::NotFound)));
        let delete = test.store.delete_server(&server.id, &grace, None).await;
        assert!(matches!(delete, Err(ChangeServerError::NotFound)));
        assert_eq!(test.store.server(&server.id, viewer(&grace)).await?.map(|seen| seen.server), Some(server));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_has_a_bounded_number_of_servers_however_many_are_made_at_once() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let grace = test.person("grace").await?.id;
        test.store.create_server(&ada, &definition("g", "first")).await?;
        let copies = test
            .database
            .execute(&format!(
                "insert into servers
                 with recursive copies (number) as (select 1 union all select number + 1 from copies where number < {})
                 select id || ' ' || number, owner_id, name, group_name, name_key, group_key, host, port,
                        maintenance_db, username, role, environment, read_only, comment, connection_parameters,
                        credential, audience, created_at, updated_at, version, extras
                 from servers cross join copies",
                MAX_SERVERS - 2
            ))
            .await?;
        assert_eq!(copies, u64::from(MAX_SERVERS) - 2);

        let mut creations = JoinSet::new();
        for index in 0..8 {
            let (store, ada) = (test.store.clone(), ada.clone());
            creations.spawn(async move { store.create_server(&ada, &definition("g", &index.to_string())).await });
        }
        let created = creations.join_all().await;
        assert_eq!(created.iter().filter(|creation| creation.is_ok()).count(), 1, "{created:?}");
        let refused = created.iter().filter(|creation| matches!(creation, Err(CreateServerError::TooMany)));
        assert_eq!(refused.count(), 7);
        test.store.create_server(&grace, &definition("g", "hers")).await?;
        assert_eq!(names(test, viewer(&ada), 300).await?.len(), MAX_SERVERS as usize);
        Ok(())
    })
    .await
}
