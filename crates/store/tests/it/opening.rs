//! Opening a store: files, modes, and what is in the way.

use std::error::Error;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use howdah_store::{Clock, OpenError, Store};

use crate::support::{TestClock, TestDatabase, on_both, sign_in};

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

async fn open(url: &str) -> Result<Store, OpenError> {
    Store::open(&url.parse().unwrap(), Clock::system()).await
}

#[tokio::test]
async fn the_files_of_a_store_are_its_owners_alone() -> Result<()> {
    let database = TestDatabase::sqlite()?;
    let file = database.file().context("is a file")?;
    let store = database.open(&TestClock::default()).await?;
    store.sign_in_account(&sign_in("ada"), howdah_store::UnknownPerson::Create).await?;
    let folder = file.parent().context("is in a folder")?;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        assert_eq!(mode(&path)?, 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(names, ["howdah.db", "howdah.db-shm", "howdah.db-wal"]);

    store.close().await;
    fs::set_permissions(&file, Permissions::from_mode(0o644))?;
    database.open(&TestClock::default()).await?;
    assert_eq!(mode(&file)?, 0o600);
    Ok(())
}

#[tokio::test]
async fn sqlite_is_set_up_for_durability_and_integrity() -> Result<()> {
    let database = TestDatabase::sqlite()?;
    let store = database.open(&TestClock::default()).await?;
    let mut connection = database.connect().await?;
    let journal = sqlx::query_scalar::<_, String>("pragma journal_mode").fetch_one(&mut connection);
    assert_eq!(journal.await?, "wal");
    // Foreign keys hold on the store's own connections.
    let nobody = "01890000-0000-7000-8000-000000000000".parse()?;
    let orphan = store.create_session(&nobody, b"", crate::support::LIMITS, &crate::support::FROM_NOWHERE).await;
    assert!(orphan.is_err_and(|error| !error.is_unavailable()));
    Ok(())
}

#[tokio::test]
async fn a_file_may_have_any_name() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for name in ["a store.db", "100%25.db", "what#now.db", "größe.db", "semi;colon&.db", "file:x.db"] {
        let path = folder.path().join(name);
        open(&format!("sqlite:{}", path.display())).await?.close().await;
        assert!(fs::metadata(&path)?.len() > 0, "{name}");
    }
    assert_eq!(fs::read_dir(&folder)?.count(), 6);
    // Through a link and a parent, as the system reads paths.
    let elsewhere = tempfile::tempdir()?;
    fs::create_dir(elsewhere.path().join("inner"))?;
    std::os::unix::fs::symlink(elsewhere.path().join("inner"), folder.path().join("link"))?;
    open(&format!("sqlite:{}/link/../linked.db", folder.path().display())).await?.close().await;
    assert!(elsewhere.path().join("linked.db").exists());
    Ok(())
}

#[tokio::test]
async fn what_is_in_the_way_of_a_file_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());

    let error = open(&url("missing/howdah.db")).await.unwrap_err();
    assert!(matches!(error, OpenError::NoFolder { .. }), "{error:?}");
    assert!(error.to_string().contains("missing"), "{error}");

    fs::create_dir(folder.path().join("folder.db"))?;
    let error = open(&url("folder.db")).await.unwrap_err();
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");

    let note = "Dear diary, this is no database.\n".repeat(100);
    fs::write(folder.path().join("diary.db"), &note)?;
    let error = open(&url("diary.db")).await.unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(folder.path().join("diary.db"))?, note);
    Ok(())
}

#[tokio::test]
async fn a_damaged_store_is_told_and_left_alone() -> Result<()> {
    let database = TestDatabase::sqlite()?;
    let file = database.file().context("is a file")?;
    database.open(&TestClock::default()).await?.close().await;
    let mut bytes = fs::read(&file)?;
    // The schema, after the header that says that this is SQLite.
    bytes[100..4096].fill(0xff);
    fs::write(&file, &bytes)?;
    let error = open(&database.url).await.unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read(&file)?, bytes);
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_or_refuses_is_told_without_the_password() -> Result<()> {
    // Port 9 on loopback: nothing listens there.
    let nobody = open("postgres://ada:hunter2@127.0.0.1:9/howdah").await.unwrap_err();
    assert!(matches!(nobody, OpenError::Unavailable(_)), "{nobody:?}");
    let postgres = TestDatabase::both().await?.into_iter().next_back().context("two databases")?;
    let (server, name) = postgres.postgres_parts().context("is PostgreSQL")?;
    let url = format!("postgres://postgres:hunter2@{}:{}/{name}", server.host(), server.port());
    let refused = open(&url).await.unwrap_err();
    assert!(matches!(refused, OpenError::Unavailable(_)), "{refused:?}");
    for error in [nobody, refused] {
        // The operator reads why, not that something took too long.
        let reason = error.source().context("has a reason")?.to_string();
        assert!(reason.contains("refused") || reason.contains("password authentication failed"), "{reason}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    Ok(())
}

#[tokio::test]
async fn a_store_that_was_closed_answers_no_more() -> Result<()> {
    on_both(async |test| {
        test.store.ping().await?;
        let other = test.another().await?;
        test.store.clone().close().await;
        assert!(test.store.ping().await.is_err_and(|error| error.is_unavailable()));
        Ok(other.ping().await?)
    })
    .await
}
