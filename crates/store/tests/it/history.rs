//! What people ran, and the queries that they keep.

use std::time::Duration;

use anyhow::Result;
use howdah_store::{AccountId, Audience, HistoryFilter, HistoryRecord, SaveQueryError, SavedQueryContent, Viewer};
use time::OffsetDateTime;

use crate::support::{TestStore, on_both};

fn entry(context: &TestStore, account: &AccountId, statement: &str, result: &str) -> Result<HistoryRecord> {
    Ok(HistoryRecord {
        id: context.store.new_history_id()?,
        account: account.clone(),
        at: OffsetDateTime::from_unix_timestamp(1_700_000_000)?,
        server_id: Some("srv".to_owned()),
        server: Some("Prod".to_owned()),
        database: Some("shop".to_owned()),
        role: None,
        tab: None,
        statement: statement.to_owned(),
        result: result.to_owned(),
        code: None,
        rows: Some(3),
        duration_ms: Some(1.5),
        plan: None,
    })
}

#[tokio::test]
async fn what_has_not_ended_leaves_room_for_what_took_its_time() -> Result<()> {
    on_both(async |context| {
        let ada = context.person("ada").await?.id;
        let begun = HistoryRecord { rows: None, duration_ms: None, ..entry(context, &ada, "select 1", "ok")? };
        let ran = HistoryRecord { duration_ms: Some(1234.5678), ..entry(context, &ada, "select 2", "ok")? };
        context.store.add_history(&[begun, ran]).await?;
        let page = context.store.history(&ada, &HistoryFilter::default(), None, 10).await?;
        let durations: Vec<_> = page.entries.iter().map(|entry| entry.duration_ms).collect();
        assert_eq!(durations, [Some(1234.5678), None]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn everybody_finds_what_they_ran_and_nothing_of_others() -> Result<()> {
    on_both(async |context| {
        let store = &context.store;
        let (ada, zoe) = (context.person("ada").await?.id, context.person("zoe").await?.id);
        let all = [
            entry(context, &ada, "select 100%", "ok")?,
            entry(context, &ada, "DELETE from orders", "failed")?,
            entry(context, &zoe, "select 1", "ok")?,
            entry(context, &ada, "select 3", "ok")?,
        ];
        store.add_history(&all).await?;
        // Once more, as after a failure that was none.
        store.add_history(&all).await?;
        let find = async |filter: HistoryFilter| -> Result<Vec<String>> {
            let page = store.history(&ada, &filter, None, 10).await?;
            Ok(page.entries.into_iter().map(|entry| entry.statement).collect())
        };
        assert_eq!(find(HistoryFilter::default()).await?, ["select 3", "DELETE from orders", "select 100%"]);
        let text = |text: &str| HistoryFilter { text: Some(text.to_owned()), ..HistoryFilter::default() };
        assert_eq!(find(text("delete FROM")).await?, ["DELETE from orders"]);
        assert_eq!(find(text("0%")).await?, ["select 100%"]);
        assert_eq!(find(text("PROD")).await?.len(), 3);
        let failed = HistoryFilter { result: Some("failed".to_owned()), ..HistoryFilter::default() };
        assert_eq!(find(failed).await?, ["DELETE from orders"]);
        let in_tab = HistoryRecord { tab: Some("t1".to_owned()), ..entry(context, &ada, "select 4", "ok")? };
        store.add_history(&[in_tab]).await?;
        let of_tab = |tab: &str| HistoryFilter { tab: Some(tab.to_owned()), ..HistoryFilter::default() };
        assert_eq!(find(of_tab("t1")).await?, ["select 4"]);
        assert!(find(of_tab("t2")).await?.is_empty());

        let first = store.history(&ada, &HistoryFilter::default(), None, 2).await?;
        let second = store.history(&ada, &HistoryFilter::default(), first.next.as_ref(), 2).await?;
        assert_eq!((first.entries.len(), second.entries.len(), second.next), (2, 2, None));
        assert_eq!(store.history_entry(&ada, &all[0].id).await?, Some(all[0].clone()));
        assert_eq!(store.history_entry(&zoe, &all[0].id).await?, None);

        store.clear_history(&zoe).await?;
        assert_eq!(store.purge_history(Duration::ZERO).await?, 4);
        assert!(find(HistoryFilter::default()).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_everybody_who_has_too_much_the_oldest_goes() -> Result<()> {
    on_both(async |context| {
        let store = &context.store;
        let (ada, zoe) = (context.person("ada").await?.id, context.person("zoe").await?.id);
        let mut all = Vec::new();
        for number in 0..1_203 {
            all.push(entry(context, &ada, &format!("select {number}"), "ok")?);
        }
        for number in 0..3 {
            all.push(entry(context, &zoe, &format!("select {number}"), "ok")?);
        }
        store.add_history(&all).await?;
        let kept = async |account: &AccountId| -> Result<Vec<String>> {
            let page = store.history(account, &HistoryFilter::default(), None, 10).await?;
            Ok(page.entries.into_iter().map(|entry| entry.statement).collect())
        };
        assert_eq!(store.purge_history_beyond(1_203).await?, 0);
        assert_eq!(store.purge_history_beyond(2).await?, 1_001);
        assert_eq!(store.purge_history_beyond(2).await?, 201);
        assert_eq!(store.purge_history_beyond(2).await?, 0);
        assert_eq!(kept(&ada).await?, ["select 1202", "select 1201"]);
        assert_eq!(kept(&zoe).await?, ["select 2", "select 1"]);
        Ok(())
    })
    .await
}

fn query(name: &str, audience: Audience) -> SavedQueryContent {
    SavedQueryContent {
        folder: "Reports".to_owned(),
        name: name.to_owned(),
        sql: "select 1".to_owned(),
        server_id: None,
        database: None,
        audience,
    }
}

#[tokio::test]
async fn saved_queries_are_seen_by_whom_they_are_shared_with_and_changed_by_their_owner() -> Result<()> {
    on_both(async |context| {
        let store = &context.store;
        let (ada, zoe) = (context.person("ada").await?.id, context.person("zoe").await?.id);
        let rule = Audience::from_json(r#"{"groups":["dba"]}"#);
        let private = store.create_saved_query(&ada, &query("b", Audience::Private)).await?;
        let shared = store.create_saved_query(&ada, &query("A", rule.clone())).await?;
        let admits = |_: &str| true;
        let refuses = |_: &str| false;
        let names =
            async |account: &AccountId, admitted: &(dyn Fn(&str) -> bool + Send + Sync)| -> Result<Vec<String>> {
                let seen = store.saved_queries(Viewer { account, admitted }).await?;
                Ok(seen.into_iter().map(|query| query.content.name).collect())
            };
        assert_eq!(names(&ada, &refuses).await?, ["A", "b"]);
        assert_eq!(names(&zoe, &admits).await?, ["A"]);
        assert!(names(&zoe, &refuses).await?.is_empty());
        let zoes = Viewer { account: &zoe, admitted: &admits };
        assert_eq!(store.saved_query(&private, zoes).await?, None);
        let seen = store.saved_query(&shared, zoes).await?.expect("is shared");
        assert_eq!((seen.content.sql.as_str(), seen.owner_name.as_str()), ("select 1", "ada"));

        assert!(matches!(
            store.update_saved_query(&shared, &zoe, 1, &query("mine", rule.clone())).await,
            Err(SaveQueryError::NotFound)
        ));
        store.update_saved_query(&shared, &ada, 1, &query("C", rule.clone())).await?;
        let Err(SaveQueryError::Changed(now)) = store.update_saved_query(&shared, &ada, 1, &query("D", rule)).await
        else {
            panic!("nobody was told");
        };
        assert_eq!((now.version, now.content.name.as_str()), (2, "C"));
        assert!(!store.delete_saved_query(&shared, &zoe).await?);
        assert!(store.delete_saved_query(&shared, &ada).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_folder_moves_with_all_that_is_in_it() -> Result<()> {
    on_both(async |context| {
        let store = &context.store;
        let (ada, zoe) = (context.person("ada").await?.id, context.person("zoe").await?.id);
        for folder in ["Reports", "Reports/Daily", "Reporting", ""] {
            let content = SavedQueryContent { folder: folder.to_owned(), ..query(folder, Audience::Private) };
            store.create_saved_query(&ada, &content).await?;
        }
        store.create_saved_query(&zoe, &query("hers", Audience::Private)).await?;
        let moved = |folder: &str| {
            let rest = folder.strip_prefix("Reports")?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("Old{rest}"))
        };
        assert_eq!(store.move_saved_queries(&ada, moved).await?, 2);
        let folders = async |account: &AccountId| -> Result<Vec<(String, i64)>> {
            let seen = store.saved_queries(Viewer { account, admitted: &|_| false }).await?;
            Ok(seen.into_iter().map(|query| (query.content.folder, query.version)).collect())
        };
        let at = |folder: &str, version| (folder.to_owned(), version);
        assert_eq!(folders(&ada).await?, [at("", 1), at("Old", 2), at("Old/Daily", 2), at("Reporting", 1)]);
        assert_eq!(folders(&zoe).await?, [at("Reports", 1)]);
        Ok(())
    })
    .await
}
