//! Tabs and settings.

use anyhow::Result;
use howdah_store::{MAX_TABS_BYTES, SaveError, TabContent};

use crate::support::on_both;

fn tab(sql: &str) -> TabContent {
    TabContent {
        title: "orders".to_owned(),
        server_id: Some("srv".to_owned()),
        database: None,
        sql: sql.to_owned(),
        caret: 0,
        options: None,
    }
}

#[tokio::test]
async fn the_later_writer_of_a_tab_is_told_what_the_earlier_wrote() -> Result<()> {
    on_both(async |context| {
        let (store, ada) = (&context.store, context.person("ada").await?.id);
        assert_eq!(store.save_tab(&ada, "a", 0, &tab("select 1")).await?, 1);
        assert_eq!(store.save_tab(&ada, "a", 1, &tab("select 2")).await?, 2);
        let Err(SaveError::Changed(Some(theirs))) = store.save_tab(&ada, "a", 1, &tab("select 3")).await else {
            panic!("nobody was told");
        };
        assert_eq!((theirs.version, theirs.content.sql.as_str()), (2, "select 2"));
        assert!(matches!(store.save_tab(&ada, "a", 0, &tab("")).await, Err(SaveError::Changed(Some(_)))));
        assert!(matches!(store.save_tab(&ada, "b", 3, &tab("")).await, Err(SaveError::Changed(None))));
        assert!(matches!(store.remove_tab(&ada, "a", 1).await, Err(SaveError::Changed(Some(_)))));
        store.remove_tab(&ada, "a", 2).await?;
        store.remove_tab(&ada, "a", 2).await?;
        assert!(store.tabs(&ada).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_caret_that_moves_makes_no_version() -> Result<()> {
    on_both(async |context| {
        let (store, ada) = (&context.store, context.person("ada").await?.id);
        store.save_tab(&ada, "a", 0, &tab("select 1")).await?;
        assert_eq!(store.save_tab(&ada, "a", 1, &TabContent { caret: 7, ..tab("select 1") }).await?, 1);
        assert_eq!(store.tabs(&ada).await?[0].content.caret, 7);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn options_of_a_tab_stay_where_a_change_names_none() -> Result<()> {
    on_both(async |context| {
        let (store, ada) = (&context.store, context.person("ada").await?.id);
        let manual = TabContent { options: Some(r#"{"manual":true}"#.to_owned()), ..tab("select 1") };
        store.save_tab(&ada, "a", 0, &manual).await?;
        assert_eq!(store.save_tab(&ada, "a", 1, &tab("select 1")).await?, 1);
        assert_eq!(store.save_tab(&ada, "a", 1, &tab("select 2")).await?, 2);
        assert_eq!(store.tabs(&ada).await?[0].content.options, manual.options);
        let automatic = TabContent { options: Some("{}".to_owned()), ..tab("select 2") };
        assert_eq!(store.save_tab(&ada, "a", 2, &automatic).await?, 3);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_many_writers_at_once_one_wins() -> Result<()> {
    on_both(async |context| {
        let (store, ada) = (&context.store, context.person("ada").await?.id);
        store.save_tab(&ada, "a", 0, &tab("")).await?;
        let texts: Vec<_> = (0..8).map(|number| tab(&format!("select {number}"))).collect();
        let writers = texts.iter().map(|content| store.save_tab(&ada, "a", 1, content));
        let outcomes = futures_util::future::join_all(writers).await;
        let won: Vec<_> = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_ok()).collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        assert_eq!(store.tabs(&ada).await?[0].content, texts[won[0].0]);
        let firsts = texts.iter().map(|content| store.save_tab(&ada, "new", 0, content));
        let made = futures_util::future::join_all(firsts).await;
        assert_eq!(made.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{made:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn tabs_are_a_persons_own_and_bounded() -> Result<()> {
    on_both(async |context| {
        let store = &context.store;
        let (ada, grace) = (context.person("ada").await?.id, context.person("grace").await?.id);
        let large = "x".repeat(usize::try_from(MAX_TABS_BYTES / 2)?);
        store.save_tab(&ada, "a", 0, &tab(&large)).await?;
        store.save_tab(&ada, "b", 0, &tab(&large)).await?;
        assert!(matches!(store.save_tab(&ada, "c", 0, &tab("x")).await, Err(SaveError::Full)));
        store.save_tab(&ada, "b", 1, &tab("y")).await?;
        store.save_tab(&ada, "c", 0, &tab("x")).await?;
        assert!(store.tabs(&grace).await?.is_empty());
        store.save_tab(&grace, "a", 0, &tab("mine")).await?;
        store.remove_tab(&grace, "a", 1).await?;
        assert_eq!(store.tabs(&ada).await?.len(), 3);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn settings_are_versioned_like_tabs() -> Result<()> {
    on_both(async |context| {
        let (store, ada) = (&context.store, context.person("ada").await?.id);
        assert_eq!(store.save_setting(&ada, "layout", 0, "{}").await?, 1);
        assert_eq!(store.save_setting(&ada, "layout", 1, r#"{"a":1}"#).await?, 2);
        for stale in [0, 1, 3] {
            let Err(SaveError::Changed(Some(theirs))) = store.save_setting(&ada, "layout", stale, "{}").await else {
                panic!("nobody was told");
            };
            assert_eq!((theirs.version, theirs.value.as_str()), (2, r#"{"a":1}"#));
        }
        assert_eq!(store.settings(&ada).await?.len(), 1);
        Ok(())
    })
    .await
}
