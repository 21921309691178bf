use std::collections::BTreeSet;

use anyhow::{Context, Result};
use howdah_store::{OpenError, Store};
use sqlx::{AssertSqlSafe, Row};

use crate::durability::Child;
use crate::support::{TestClock, TestDatabase, TestStore, on_both};

/// The numbers of the files in `migrations`: there may be gaps.
fn versions() -> Vec<i64> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    let version = |name: String| name.split('_').next().and_then(|number| number.parse().ok()).unwrap();
    let mut versions: Vec<i64> = folder.map(|file| version(file.unwrap().file_name().into_string().unwrap())).collect();
    versions.sort_unstable();
    versions
}

/// How many migrations there are.
fn migrations() -> i64 {
    i64::try_from(versions().len()).unwrap()
}

#[tokio::test]
async fn a_store_is_opened_again_with_everything_in_it() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        test.store.close().await;
        let again = test.another().await?;
        assert_eq!(again.account(&ada.id).await?, Some(ada));
        assert_eq!(test.database.number("select count(*) from schema_migrations").await?, migrations());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_open_a_new_store_at_the_same_moment() -> Result<()> {
    for database in TestDatabase::both().await? {
        let mut children = (0..4).map(|_| Child::start("open", &database.url)).collect::<Result<Vec<_>>>()?;
        for child in &mut children {
            child.expect_line("ready")?;
        }
        for child in &mut children {
            child.say("go")?;
        }
        for mut child in children {
            child.expect_line("opened").context(database.name)?;
            child.wait()?;
        }
        let applied = database.number("select count(*) from schema_migrations").await?;
        assert_eq!(applied, migrations(), "{}", database.name);
    }
    Ok(())
}

async fn open_error(test: &TestStore) -> OpenError {
    let url = test.database.url.parse().unwrap();
    Store::open(&url, howdah_store::Clock::system()).await.unwrap_err()
}

#[tokio::test]
async fn a_store_from_a_newer_version_is_refused_and_left_alone() -> Result<()> {
    on_both(async |test| {
        test.database.execute("insert into schema_migrations values (98, 'later', 0), (99, 'latest', 0)").await?;
        let error = open_error(test).await;
        let latest = versions().last().copied().unwrap();
        assert!(matches!(error, OpenError::Newer { found: 99, known } if known == latest), "{error:?}");
        let words = format!("the store has schema version 99 and this version of Howdah knows only {latest}: run");
        assert!(error.to_string().starts_with(&words), "{error}");
        assert_eq!(test.database.number("select count(*) from schema_migrations").await?, migrations() + 2);
        // A process that runs already, as during a rolling update, goes on.
        test.person("ada").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_store_with_another_history_is_refused() -> Result<()> {
    on_both(async |test| {
        test.database.execute("update schema_migrations set name = 'people' where version = 1").await?;
        let error = open_error(test).await;
        assert!(matches!(error, OpenError::ForeignMigration { version: 1 }), "{error:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_store_as_it_was() -> Result<()> {
    for database in TestDatabase::both().await? {
        // Somebody else's table stands where the second migration wants to make its own.
        database.execute("create table sessions (id bigint)").await?;
        let opened = Store::open(&database.url.parse()?, howdah_store::Clock::system()).await;
        match opened {
            Err(OpenError::Migration { version: 2, name: "sessions", .. }) => {}
            other => panic!("{}: {other:?}", database.name),
        }
        database.execute("drop table sessions").await?;
        assert!(database.number("select count(*) from accounts").await.is_err(), "{}", database.name);
        Store::open(&database.url.parse()?, howdah_store::Clock::system()).await?;
    }
    Ok(())
}

/// Makes the store of the version that had four migrations, with a person's session in it.
async fn make_version_4(database: &TestDatabase) -> Result<()> {
    let migrations = [
        ("accounts", include_str!("../../migrations/0001_accounts.sql")),
        ("sessions", include_str!("../../migrations/0002_sessions.sql")),
        ("servers", include_str!("../../migrations/0003_servers.sql")),
        ("passwords", include_str!("../../migrations/0004_passwords.sql")),
    ];
    let mut connection = database.connect().await?;
    let mut script = "create table schema_migrations (
        version bigint not null primary key, name text not null, applied_at bigint not null
    );"
    .to_owned();
    for ((name, sql), version) in migrations.iter().zip(1..) {
        let sql = match database.postgres_parts() {
            Some(_) => (*sql).to_owned(),
            None => sql.replace(" bytea", " blob").replace(r#"collate "C""#, "collate binary"),
        };
        script.push_str(&format!("{sql}; insert into schema_migrations values ({version}, '{name}', 0);"));
    }
    script.push_str(
        "insert into accounts (id, username, username_key, role, administrator_by_claims, disabled, created_at)
         values ('ada', 'ada', 'ada', 'user', 0, 0, 0);",
    );
    script.push_str(&insert_session_of_version_4("old"));
    sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await?;
    Ok(())
}

fn insert_session_of_version_4(id: &str) -> String {
    format!(
        "insert into sessions
             (id, lookup, account_id, contents, version, created_at, last_used_at, idle_timeout, expires_at)
         values ('{id}', '{id}', 'ada', '', 1, 0, 1800000000000, 3600000, 1900000000000)"
    )
}

#[tokio::test]
async fn the_sessions_of_an_older_version_live_on_and_it_can_make_more() -> Result<()> {
    for database in TestDatabase::both().await? {
        make_version_4(&database).await.context(database.name)?;
        let store = database.open(&TestClock::default()).await.context(database.name)?;
        // During a rolling update the older version runs beside this one.
        database.execute(&insert_session_of_version_4("late")).await?;
        let ada = store.account_by_username("ada").await?.context("is lost")?;
        let sessions = store.sessions_of(&ada.id).await?;
        assert_eq!(sessions.len(), 2, "{}", database.name);
        assert!(sessions.iter().all(|session| session.provider.is_none() && session.user_agent.is_none()));
        for session in &sessions {
            assert!(store.claim_renewal(&session.id, std::time::Duration::from_secs(1)).await?);
        }
    }
    Ok(())
}

/// Columns as `table.column type null`, indexes and foreign keys.
type Schema = BTreeSet<String>;

async fn lines(database: &TestDatabase, sql: &str) -> Result<Schema> {
    let mut connection = database.connect().await?;
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
    rows.iter().map(|row| Ok(row.try_get::<String, _>(0)?)).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_schema() -> Result<()> {
    let [sqlite, postgres] = TestDatabase::both().await?;
    for database in [&sqlite, &postgres] {
        Store::open(&database.url.parse()?, howdah_store::Clock::system()).await?;
    }

    let columns = lines(
        &sqlite,
        "select t.name || '.' || c.name || ' ' || replace(lower(c.type), 'blob', 'bytea')
             || case when c.\"notnull\" = 1 then ' not null' else '' end || coalesce(' default ' || c.dflt_value, '')
         from pragma_table_list t join pragma_table_info(t.name) c
         where t.type = 'table' and t.name not like 'sqlite%'",
    );
    let columns = columns.await?;
    assert!(columns.contains("sessions.lookup bytea not null"), "{columns:?}");
    assert_eq!(
        columns,
        lines(
            &postgres,
            "select table_name || '.' || column_name || ' ' || data_type
                 || case when is_nullable = 'NO' then ' not null' else '' end || coalesce(' default ' || column_default, '')
             from information_schema.columns where table_schema = 'public'",
        )
        .await?
    );

    let indexes = lines(
        &sqlite,
        "select t.name || case when i.origin = 'pk' then ' primary key' else ' ' || i.name end
             || case when i.\"unique\" = 1 then ' unique' else '' end
             || ' (' || (select group_concat(name, ', ') from (select name from pragma_index_info(i.name) order by seqno)) || ')'
         from pragma_table_list t join pragma_index_list(t.name) i
         where t.type = 'table' and t.name not like 'sqlite%'
         union all
         -- A primary key of one whole number is SQLite's row id and needs no index.
         select t.name || ' primary key unique (' || c.name || ')'
         from pragma_table_list t join pragma_table_info(t.name) c
         where t.type = 'table' and c.pk = 1
           and not exists (select 1 from pragma_index_list(t.name) i where i.origin = 'pk')
           and t.name not like 'sqlite%'",
    );
    let indexes = indexes.await?;
    assert!(indexes.contains("identities primary key unique (issuer, subject)"), "{indexes:?}");
    assert_eq!(
        indexes,
        lines(
            &postgres,
            "select t.relname || case when x.indisprimary then ' primary key' else ' ' || i.relname end
                 || case when x.indisunique then ' unique' else '' end
                 || ' (' || (select string_agg(a.attname, ', ' order by a.attnum) from pg_attribute a where a.attrelid = i.oid) || ')'
             from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
             where t.relnamespace = 'public'::regnamespace",
        )
        .await?
    );

    let references = lines(
        &sqlite,
        "select t.name || '.' || f.\"from\" || ' ' || f.\"table\" || '.' || f.\"to\" || ' ' || lower(f.on_delete)
         from pragma_table_list t join pragma_foreign_key_list(t.name) f",
    );
    let references = references.await?;
    assert!(references.contains("sessions.account_id accounts.id cascade"), "{references:?}");
    assert_eq!(
        references,
        lines(
            &postgres,
            "select t.relname || '.' || a.attname || ' ' || r.relname || '.' || b.attname || ' '
                 || case c.confdeltype when 'c' then 'cascade' when 'a' then 'no action' else c.confdeltype::text end
             from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class r on r.oid = c.confrelid
             join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1]
             join pg_attribute b on b.attrelid = r.oid and b.attnum = c.confkey[1]
             where c.contype = 'f'",
        )
        .await?
    );
    let collations = lines(&postgres, "select table_name || '.' || column_name from information_schema.columns where collation_name = 'C' and table_schema = 'public'").await?;
    // What lists are ordered by is in the order of bytes, as in SQLite.
    let ordered = [
        "accounts.username_key",
        "own_settings.group_key",
        "own_settings.name_key",
        "saved_queries.folder_key",
        "saved_queries.name_key",
        "servers.group_key",
        "servers.name_key",
    ];
    assert_eq!(collations, ordered.map(str::to_owned).into());
    Ok(())
}
