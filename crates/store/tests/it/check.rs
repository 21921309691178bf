//! A store looked at from outside, and copied.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};

use anyhow::{Context, Result};
use howdah_store::{Clock, OpenError, Store, TabContent};

use crate::support::{TestDatabase, TestStore, on_both};

/// Puts something on many pages of the database.
async fn fill(test: &TestStore) -> Result<()> {
    let ada = test.person("ada").await?.id;
    for number in 0..20 {
        let content = TabContent {
            title: "Query".to_owned(),
            server_id: None,
            database: None,
            sql: format!("select {number} -- {}", "x".repeat(20_000)),
            caret: 0,
            options: None,
        };
        test.store.save_tab(&ada, &format!("tab-{number}"), 0, &content).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_store_in_use_is_counted_and_found_intact() -> Result<()> {
    on_both(async |test| {
        fill(test).await?;
        let found = Store::check(&test.database.url.parse()?).await?;
        assert_eq!((found.database, &*found.missing, &*found.problems), (test.database.name, &[][..], &[][..]));
        assert_eq!(found.schema, test.database.number("select max(version) from schema_migrations").await?);
        let count = |name: &str| found.tables.iter().find(|(table, _)| table == name).map(|(_, rows)| *rows);
        assert_eq!((count("accounts"), count("tabs"), count("servers")), (Some(1), Some(20), Some(0)), "{found:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_store_that_is_not_ours_to_read_is_told() -> Result<()> {
    for database in TestDatabase::both().await? {
        let url = database.url.parse()?;
        if database.file().is_none() {
            let empty = Store::check(&url).await?;
            assert!(empty.schema == 0 && empty.missing.len() > 5 && empty.problems.is_empty(), "{empty:?}");
        }
        database.execute("create table diary (entry text)").await?;
        let foreign = Store::check(&url).await?;
        assert!(foreign.problems.concat().contains("none of a store of Howdah's"), "{foreign:?}");
        Store::open(&url, Clock::system()).await?.close().await;
        database.execute("insert into schema_migrations values (9999, 'future', 0)").await?;
        let newer = Store::check(&url).await.unwrap_err();
        assert!(matches!(newer, OpenError::Newer { found: 9999, .. }), "{newer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_copy_of_a_store_in_use_is_whole_and_a_damaged_one_is_told() -> Result<()> {
    on_both(async |test| {
        fill(test).await?;
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("copy.db");
        let url = test.database.url.parse()?;
        if test.database.file().is_none() {
            assert!(matches!(Store::back_up(&url, &copy).await, Err(OpenError::NoFile)));
            return Ok(());
        }
        Store::back_up(&url, &copy).await?;
        assert_eq!(fs::metadata(&copy)?.permissions().mode() & 0o777, 0o600);
        let copied = format!("sqlite:{}", copy.display()).parse()?;
        assert_eq!(Store::check(&copied).await?, Store::check(&url).await?);
        let again = Store::back_up(&url, &copy).await.unwrap_err();
        assert!(matches!(again, OpenError::File { .. }), "nothing is overwritten: {again:?}");

        // A page amid the texts.
        let file = fs::OpenOptions::new().write(true).open(&copy)?;
        let pages = file.metadata()?.len() / 4096;
        for page in pages / 2..pages / 2 + 8 {
            file.write_all_at(&[0xff; 4096], page * 4096).context("the file can be written")?;
        }
        let damaged = Store::check(&copied).await?;
        assert!(!damaged.problems.is_empty(), "{damaged:?}");
        Ok(())
    })
    .await
}
