//! What people set for themselves at servers of others. The numbers are those of docs/conformance.md.

use anyhow::{Context, Result};
use howdah_store::{AccountId, Audience, OwnSettings, ServerDefinition, ServerId, Viewer};

use crate::support::{TestStore, definition, on_both};

fn shared(group: &str, name: &str) -> ServerDefinition {
    ServerDefinition { audience: Audience::from_json(r#""everyone""#), ..definition(group, name) }
}

fn everyone(account: &AccountId) -> Viewer<'_> {
    Viewer { account, admitted: &|_| true }
}

fn all_set() -> OwnSettings {
    let text = |text: &str| Some(text.to_owned());
    OwnSettings {
        name: text("Läden 🛒"),
        group: text("Mine"),
        username: text("{email:local}"),
        role: text("reader"),
        environment: text("production"),
        post_connection_sql: text("set a = 'b'"),
    }
}

async fn own(test: &TestStore, account: &AccountId, server: &ServerId) -> Result<OwnSettings> {
    Ok(test.store.server(server, everyone(account)).await?.context("is not seen")?.own)
}

#[tokio::test]
async fn case_265_and_267_what_somebody_sets_for_themselves_is_theirs_alone() -> Result<()> {
    on_both(async |test| {
        let (ada, grace, alan) =
            (test.person("ada").await?.id, test.person("grace").await?.id, test.person("alan").await?.id);
        let server = test.store.create_server(&ada, &shared("g", "shop")).await?;
        for set in [all_set(), OwnSettings { name: Some("x".to_owned()), ..OwnSettings::default() }] {
            test.store.set_own_settings(&grace, &server.id, &set).await?;
            assert_eq!(own(test, &grace, &server.id).await?, set);
            assert_eq!(test.store.own_settings(&grace, &server.id).await?, set);
            assert_eq!(test.store.all_own_settings(&grace).await?, [(server.id.clone(), set)].into());
        }
        assert!(own(test, &alan, &server.id).await?.is_empty());
        let seen = test.store.server(&server.id, everyone(&ada)).await?.context("is lost")?;
        assert_eq!(seen.server, server);
        test.store.set_own_settings(&grace, &server.id, &OwnSettings::default()).await?;
        assert_eq!(test.database.number("select count(*) from own_settings").await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_server_stands_in_everybody_s_list_where_they_put_it() -> Result<()> {
    on_both(async |test| {
        let (ada, grace) = (test.person("ada").await?.id, test.person("grace").await?.id);
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            ids.push(test.store.create_server(&ada, &shared("g", name)).await?.id);
        }
        test.store.create_server(&grace, &definition("Mine", "own")).await?;
        let put = OwnSettings { group: Some("Z".to_owned()), ..OwnSettings::default() };
        test.store.set_own_settings(&grace, &ids[0], &put).await?;
        let put = OwnSettings { group: Some("mine".to_owned()), name: Some("Z".to_owned()), ..OwnSettings::default() };
        test.store.set_own_settings(&grace, &ids[1], &put).await?;
        for (who, expected) in [(&grace, ["c", "own", "b", "a"].as_slice()), (&ada, ["a", "b", "c"].as_slice())] {
            for limit in [1, 2, 10] {
                let mut found = Vec::new();
                let mut cursor = None;
                loop {
                    let page = test.store.servers_visible_to(everyone(who), cursor.as_ref(), limit).await?;
                    found.extend(page.servers.into_iter().map(|seen| seen.server.definition.name));
                    cursor = page.next;
                    if cursor.is_none() {
                        break;
                    }
                }
                assert_eq!(found, expected, "{limit}");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn case_270_what_others_have_set_is_forgotten_when_a_server_is_private_again_or_gone() -> Result<()> {
    on_both(async |test| {
        let (ada, grace) = (test.person("ada").await?.id, test.person("grace").await?.id);
        let server = test.store.create_server(&ada, &shared("g", "shop")).await?;
        let rows = async || test.database.number("select count(*) from own_settings").await;

        test.store.set_own_settings(&grace, &server.id, &all_set()).await?;
        let still = test.store.update_server(&server.id, &ada, 1, &shared("g", "renamed")).await?;
        assert_eq!(own(test, &grace, &server.id).await?, all_set());
        assert!(test.store.update_server(&server.id, &ada, 1, &definition("g", "stale")).await.is_err());
        assert_eq!(rows().await?, 1);
        test.store.update_server(&server.id, &ada, still.version, &definition("g", "shop")).await?;
        assert_eq!(rows().await?, 0);

        let server = test.store.create_server(&ada, &shared("g", "shop")).await?;
        test.store.set_own_settings(&grace, &server.id, &all_set()).await?;
        assert!(test.store.delete_server(&server.id, &ada, Some(7)).await.is_err());
        assert_eq!(rows().await?, 1);
        test.store.delete_server(&server.id, &ada, None).await?;
        assert_eq!(rows().await?, 0);

        // They go with the person, too, and a server that only the config knows has them as well.
        let configured: ServerId = "5f1c09a2-7be4-8c11-9d0e-2a66c1ade07b".parse()?;
        test.store.set_own_settings(&grace, &configured, &all_set()).await?;
        assert_eq!(test.store.own_settings(&grace, &configured).await?, all_set());
        test.store.delete_account(&grace).await?;
        assert_eq!(rows().await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_owner_has_no_settings_beside_the_definition() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let server = test.store.create_server(&ada, &shared("g", "shop")).await?;
        test.store.set_own_settings(&ada, &server.id, &all_set()).await?;
        assert!(own(test, &ada, &server.id).await?.is_empty());
        Ok(())
    })
    .await
}
