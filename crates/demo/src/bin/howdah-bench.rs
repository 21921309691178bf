//! `cargo xtask bench`: Howdah beside psql on the same data in the same run, turn by turn.
//!
//! Howdah is the release build, used over HTTP and WebSocket as a browser uses it, by somebody who signed in through the
//! provider. Neither side uses TLS. What counts is the ratio; it is printed with its spread over the rounds.

#![expect(clippy::print_stdout, reason = "prints the figures")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use futures_util::future::try_join_all;
use howdah_demo::client::{QuerySession, Received, Signed};
use howdah_demo::database;
use howdah_demo::figures::{Samples, Table};
use howdah_demo::psql::Psql;
use howdah_demo::stage::{Options, Stage};
use howdah_testkit::{OpenIdProvider, Postgres};
use serde_json::json;

const DATABASE: &str = "bench";
const USERS: usize = 20;
const MIB: f64 = 1024.0;

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

/// Measures Howdah against psql
#[derive(Parser)]
struct Arguments {
    /// Rounds of each measurement
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

struct Bench {
    stage: Stage,
    person: Signed,
    server: String,
    rounds: usize,
    table: Table,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    Psql::version().await?;
    println!("Howdah bench");
    // Another text of the data needs another key.
    let database = async |provider: &OpenIdProvider| database::start_with("bench-1", provider, make_data).await;
    let stage = Stage::start_on(Options::default(), database).await?;
    let idle_kib = stage.console.memory_kib()?;
    let person = stage.sign_in("ada").await?;
    let server = add_server(&stage, &person).await?;
    let mut bench = Bench { stage, person, server, rounds: arguments.rounds.max(1), table: Table::default() };

    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    bench.table.fact("idle memory (RSS)", idle_kib as f64 / MIB, "MiB", 50.0);
    bench.table.fact("start to first answer", bench.stage.console.started_in.as_secs_f64() * 1000.0, "ms", 200.0);
    bench.first_rows().await?;
    bench.all_rows("all rows of 1,000,000", "select * from bench_rows", 1_000_000, 1.2).await?;
    bench.all_rows("10,000 rows of 200 columns", "select * from bench_wide", 10_000, 1.3).await?;
    bench.csv().await?;
    bench.round_trips().await?;
    bench.many_users().await?;
    bench.explorer().await?;
    bench.object_page().await?;
    println!("\n{}", bench.table);
    Ok(())
}

async fn make_data(postgres: &Postgres) -> Result<()> {
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
            "grant all on schema public, many to ada; grant select on all tables in schema public, many to ada",
        )
        .await?;
    postgres.execute(DATABASE, "vacuum analyze").await
}

async fn add_server(stage: &Stage, person: &Signed) -> Result<String> {
    let definition = json!({
        "name": "bench", "host": "127.0.0.1", "port": stage.postgres.port(), "maintenance_db": DATABASE,
        "username": "{email:local}", "connection_parameters": { "sslmode": "disable" },
        "credential": { "type": "exec", "name": "demo-token" }
    });
    let page = person.post("/api/v1/servers", &definition).await?;
    Ok(page.json()?["id"].as_str().with_context(|| page.body.clone())?.to_owned())
}

impl Bench {
    async fn session(&self) -> Result<QuerySession> {
        self.person.open_session(&self.server, DATABASE).await
    }

    async fn psql(&self) -> Result<Psql> {
        Psql::start(self.stage.postgres.port(), DATABASE).await
    }

    async fn first_rows(&mut self) -> Result<()> {
        let (mut psql, mut session) = (self.psql().await?, self.session().await?);
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        for _ in 0..self.rounds * 4 {
            floor.add(
                psql.time(
                    "begin; declare c no scroll cursor for select * from bench_rows; fetch 100 from c; rollback;",
                )
                .await?,
            );
            let started = Instant::now();
            session.start("select * from bench_rows").await?;
            loop {
                if let Received::Rows(_) = session.next().await? {
                    break;
                }
            }
            ours.add(started.elapsed());
            session.cancel().await?;
        }
        self.table.ratio("first rows of 1,000,000", &ours, &floor, 2.0, Duration::from_millis(5));
        Ok(())
    }

    async fn all_rows(&mut self, name: &str, sql: &str, rows: u64, target: f64) -> Result<()> {
        let mut session = self.session().await?;
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let before = self.stage.console.memory_kib()?;
        let mut peak = before;
        for _ in 0..self.rounds {
            let started = Instant::now();
            Psql::once(self.stage.postgres.port(), DATABASE, &["-At", "-o", "/dev/null", "-c", sql]).await?;
            floor.add(started.elapsed());
            let started = Instant::now();
            session.start(sql).await?;
            let mut samples = tokio::time::interval(Duration::from_millis(20));
            let console = &self.stage.console;
            let finish = session.finish();
            tokio::pin!(finish);
            let figures = loop {
                tokio::select! {
                    figures = &mut finish => break figures?,
                    _ = samples.tick() => peak = peak.max(console.memory_kib()?),
                }
            };
            ours.add(started.elapsed());
            ensure!(figures.rows == rows, "{} rows came", figures.rows);
        }
        self.table.ratio(name, &ours, &floor, target, Duration::ZERO);
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        self.table.fact(&format!("  memory gained meanwhile ({name})"), (peak - before) as f64 / MIB, "MiB", 16.0);
        Ok(())
    }

    async fn csv(&mut self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("rows.csv");
        let sql = "select * from bench_rows";
        let copy = format!("\\copy ({sql}) to '{}' csv header", file.display());
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let before = self.stage.console.memory_kib()?;
        let mut peak = before;
        for _ in 0..self.rounds {
            let started = Instant::now();
            Psql::once(self.stage.postgres.port(), DATABASE, &["-c", &copy]).await?;
            floor.add(started.elapsed());
            let expected = tokio::fs::read(&file).await?;
            let started = Instant::now();
            let mut response = self.person.export(&self.server, DATABASE, sql).await?;
            let (mut at, mut parts) = (0, 0_u32);
            while let Some(part) = response.chunk().await? {
                ensure!(
                    expected.get(at..at + part.len()) == Some(&part[..]),
                    "the download differs from \\copy behind byte {at}"
                );
                at += part.len();
                parts += 1;
                if parts % 64 == 0 {
                    peak = peak.max(self.stage.console.memory_kib()?);
                }
            }
            ours.add(started.elapsed());
            ensure!(at == expected.len(), "the download is {at} bytes long, \\copy's {}", expected.len());
        }
        self.table.ratio("CSV of 1,000,000 rows, bytes as \\copy's", &ours, &floor, 1.1, Duration::ZERO);
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        self.table.fact("  memory gained meanwhile (CSV)", (peak - before) as f64 / MIB, "MiB", 16.0);
        Ok(())
    }

    async fn round_trips(&mut self) -> Result<()> {
        let (mut psql, mut session) = (self.psql().await?, self.session().await?);
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        for _ in 0..2000 {
            floor.add(psql.time("select 1;").await?);
            let started = Instant::now();
            session.run("select 1").await?;
            ours.add(started.elapsed());
        }
        self.table.percentiles("select 1, one user", &ours, &floor, (0.5, 2.0));
        Ok(())
    }

    async fn many_users(&mut self) -> Result<()> {
        const EACH: usize = 1000;
        let sessions = try_join_all((0..USERS).map(|_| self.session())).await?;
        let started = Instant::now();
        let work = sessions.into_iter().map(|mut session| {
            tokio::spawn(async move {
                let mut samples = Samples::default();
                for _ in 0..EACH {
                    let started = Instant::now();
                    session.run("select 1").await?;
                    samples.add(started.elapsed());
                }
                anyhow::Ok(samples)
            })
        });
        let mut ours = Samples::default();
        for samples in try_join_all(work).await? {
            ours.extend(samples?);
        }
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = (USERS * EACH) as f64 / started.elapsed().as_secs_f64();

        let clients = try_join_all((0..USERS).map(|_| self.psql())).await?;
        let work = clients.into_iter().map(|mut psql| {
            tokio::spawn(async move {
                let mut samples = Samples::default();
                for _ in 0..EACH {
                    samples.add(psql.time("select 1;").await?);
                }
                anyhow::Ok(samples)
            })
        });
        let mut floor = Samples::default();
        for samples in try_join_all(work).await? {
            floor.extend(samples?);
        }
        self.table.percentiles("select 1, 20 users", &ours, &floor, (3.0, 15.0));
        self.table.at_least("  statements per second, 20 users", rate, "/s", 5000.0);
        Ok(())
    }

    async fn explorer(&mut self) -> Result<()> {
        let mut psql = self.psql().await?;
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let base = format!("/api/v1/servers/{}/databases/{DATABASE}", self.server);
        let found = self.person.get(&format!("{base}/schemas?filter=many")).await?.json()?;
        let path = format!("{base}/objects?kind=table&of={}", found["schemas"][0]["oid"]);
        let mut bytes = 0;
        self.person.get(&path).await?;
        for _ in 0..self.rounds * 4 {
            floor.add(
                psql.time("select c.oid, c.relname, c.relkind, c.reltuples from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'many' and c.relkind in ('r','p','f') order by c.relname;").await?,
            );
            let started = Instant::now();
            let page = self.person.get(&path).await?;
            ours.add(started.elapsed());
            ensure!(page.status.is_success(), "{}", page.body);
            bytes = page.body.len();
        }
        self.table.ratio("first page of 10,000 tables", &ours, &floor, 2.0, Duration::ZERO);
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        self.table.fact("  its size", bytes as f64 / 1000.0, "kB", 200.0);
        Ok(())
    }

    /// The floor is one query that says most of the same.
    async fn object_page(&mut self) -> Result<()> {
        let mut psql = self.psql().await?;
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let base = format!("/api/v1/servers/{}/databases/{DATABASE}", self.server);
        let found = self.person.get(&format!("{base}/schemas?filter=many")).await?.json()?;
        let schema = &found["schemas"][0]["oid"];
        let tables = self.person.get(&format!("{base}/objects?kind=table&limit=1&of={schema}")).await?.json()?;
        let oid = &tables["items"][0]["oid"];
        let path = format!("{base}/objects/pg_class/{oid}");
        self.person.get(&path).await?;
        let sql = format!(
            "select jsonb_build_object(
               'columns', (select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                                                            pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)))
                             from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                            where a.attrelid = {oid} and a.attnum > 0 and not a.attisdropped),
               'constraints', (select jsonb_agg(pg_get_constraintdef(k.oid, true)) from pg_constraint k where k.conrelid = {oid}),
               'indexes', (select jsonb_agg(jsonb_build_array(pg_get_indexdef(i.indexrelid), pg_relation_size(i.indexrelid)))
                             from pg_index i where i.indrelid = {oid}),
               'triggers', (select jsonb_agg(pg_get_triggerdef(t.oid)) from pg_trigger t where t.tgrelid = {oid} and not t.tgisinternal),
               'stats', (select to_jsonb(s) from pg_stat_all_tables s where s.relid = {oid}),
               'size', pg_total_relation_size({oid}),
               'depends', (select jsonb_agg(i.identity) from pg_depend d, lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) i
                            where d.classid = 'pg_class'::regclass and d.objid = {oid}),
               'dependents', (select jsonb_agg(distinct i.identity) from pg_depend d, lateral pg_identify_object(d.classid, d.objid, d.objsubid) i
                               where d.refclassid = 'pg_class'::regclass and d.refobjid = {oid}));"
        );
        for _ in 0..self.rounds * 4 {
            floor.add(psql.time(&sql.replace('\n', " ")).await?);
            let started = Instant::now();
            let page = self.person.get(&path).await?;
            ours.add(started.elapsed());
            ensure!(page.status.is_success(), "{}", page.body);
        }
        self.table.ratio("one table's whole page", &ours, &floor, 1.5, Duration::ZERO);
        Ok(())
    }
}
