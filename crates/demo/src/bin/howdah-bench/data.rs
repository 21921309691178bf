//! What the benchmark measures on: made once and kept.

use anyhow::{Context, Result};
use howdah_demo::client::Signed;
use howdah_demo::stage::{Stage, crowd_name};
use howdah_testkit::Postgres;
use serde_json::{Value, json};

use crate::crowd::PEOPLE;

/// The database.
pub(crate) const DATABASE: &str = "bench";
/// The database with far more tables than most have.
pub(crate) const LARGE: &str = "large";
/// Names this data: another text of it needs another key.
pub(crate) const KEY: &str = "bench-2";
/// Names the data with that database.
pub(crate) const LARGE_KEY: &str = "bench-2-large-1";

const DATA: &str = "
create table bench_rows as
select g::int as id, g::int8 * 7919 as big, left(repeat(md5(g::text), 2), 20 + g % 41) as text,
       (g * 1.37)::numeric(12,2) as amount, timestamptz '2024-01-01' + g * interval '17 seconds' as at,
       g % 3 = 0 as flag, jsonb_build_object('k', g % 100, 'v', 'x') as doc, md5(g::text)::uuid as uid,
       g * 0.37::double precision as ratio, date '2020-01-01' + g % 2000 as day
from generate_series(1, 1000000) g;
do $$ begin
    execute 'create table bench_wide as select ' ||
        (select string_agg(format('g * %s as c%s', n, n), ', ') from generate_series(1, 200) n) ||
        ' from generate_series(1, 10000) g';
end $$;
create schema many;
";

/// Makes it.
///
/// # Errors
///
/// PostgreSQL's.
pub(crate) async fn make_data(postgres: &Postgres) -> Result<()> {
    postgres.execute("postgres", &format!("create database {DATABASE} owner ada")).await?;
    postgres.execute(DATABASE, DATA).await?;
    // A transaction each thousand: every table takes a lock.
    for part in 0..10 {
        let sql = format!(
            "do $$ begin for i in {}..{} loop execute format('create table many.table_%s (id int primary key, name text, at timestamptz)', lpad(i::text, 5, '0')); end loop; end $$",
            part * 1000 + 1,
            (part + 1) * 1000
        );
        postgres.execute(DATABASE, &sql).await?;
    }
    postgres
        .execute(
            DATABASE,
            "grant all on schema public, many to ada; grant select on all tables in schema public, many to ada;
             grant select on bench_rows to public",
        )
        .await?;
    let roles: String =
        (0..PEOPLE).map(|number| format!("create role \"{}@example.com\" login;\n", crowd_name(number))).collect();
    postgres.execute(DATABASE, &roles).await?;
    postgres.execute(DATABASE, "vacuum analyze").await
}

/// As [`make_data`], and a database with 50,000 tables in 2,000 schemas.
///
/// # Errors
///
/// PostgreSQL's.
pub(crate) async fn make_large_data(postgres: &Postgres) -> Result<()> {
    make_data(postgres).await?;
    postgres.execute("postgres", &format!("create database {LARGE} owner ada")).await?;
    for part in 0..20 {
        let (from, to) = (part * 100 + 1, (part + 1) * 100);
        let sql = format!(
            "do $$ begin for s in {from}..{to} loop execute format('create schema schema_%1$s authorization ada', lpad(s::text, 4, '0'));
             for t in 1..25 loop execute format('create table schema_%s.table_%s (id int, at timestamptz, amount numeric)', lpad(s::text, 4, '0'), t); end loop;
             execute format('grant select on all tables in schema schema_%s to ada', lpad(s::text, 4, '0')); end loop; end $$"
        );
        postgres.execute(LARGE, &sql).await?;
    }
    postgres.execute(LARGE, "vacuum analyze pg_class, pg_attribute, pg_namespace").await
}

/// Adds a server of the person's own, without TLS, whose password a command prints.
///
/// # Errors
///
/// When Howdah refuses.
pub(crate) async fn add_server(stage: &Stage, person: &Signed, database: &str) -> Result<String> {
    let definition = json!({
        "name": database, "host": "127.0.0.1", "port": stage.postgres.port(), "maintenance_db": database,
        "username": "{email:local}", "connection_parameters": { "sslmode": "disable" },
        "credential": { "type": "exec", "name": "demo-token" }
    });
    add(person, &definition).await
}

/// Shares with everyone the server that each is on by their own sign-in, with TLS.
///
/// # Errors
///
/// When Howdah refuses.
pub(crate) async fn share_server(stage: &Stage, person: &Signed) -> Result<String> {
    let mut definition = stage.as_yourself();
    definition["name"] = "bench (everyone)".into();
    definition["maintenance_db"] = DATABASE.into();
    definition["audience"] = "everyone".into();
    add(person, &definition).await
}

async fn add(person: &Signed, definition: &Value) -> Result<String> {
    let page = person.post("/api/v1/servers", definition).await?;
    Ok(page.json()?["id"].as_str().with_context(|| page.body.clone())?.to_owned())
}
