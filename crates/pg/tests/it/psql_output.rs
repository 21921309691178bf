//! The listings of psql's commands have the columns and the rows that psql itself prints, and some columns more.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use howdah_pg::Session;
use howdah_pg::psql::{self, Answer, Relation};
use howdah_testkit::{Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use tokio::process::Command;

use crate::support::{open, options};

const OBJECTS: &str = "
    create type mood as enum ('fine', 'so so');
    create domain positive as int check (value > 0);
    create table orders (id bigint generated always as identity primary key, note text not null default 'none');
    comment on table orders is 'what was ordered';
    create table lines (order_id bigint references orders, n int);
    create index on lines (n) where n > 0;
    create view seen as select id from orders;
    create materialized view counted as select count(*) from orders;
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create function add(a int, b int default 1) returns int language sql immutable as 'select a + b';
    create procedure tidy(inout n int) language sql as 'select n';
    create aggregate total(int) (sfunc = int4pl, stype = int);
    create table parts (at date) partition by range (at);
    create table parts_1 partition of parts for values from ('2026-01-01') to ('2026-02-01');
    create schema other;
    comment on schema other is 'another';
    grant select on orders to public;
    create publication news for table orders;
";

/// Those that answer by one listing.
const COMMANDS: &[&str] = &[
    "\\d orders",
    "\\d+ orders",
    "\\d lines",
    "\\d seen",
    "\\d+ seen",
    "\\d lines_n_idx",
    "\\d",
    "\\dt",
    "\\dt+",
    "\\di",
    "\\di+",
    "\\dv",
    "\\dm",
    "\\ds",
    "\\df",
    "\\df+",
    "\\da",
    "\\l",
    "\\l+",
    "\\du",
    "\\du+",
    "\\dn",
    "\\dn+",
    "\\dx",
    "\\dp",
    "\\dT",
    "\\dT+",
    "\\dD",
    "\\db",
    "\\dL",
    "\\dy",
    "\\dRp",
    "\\dtS pg_cl*",
    "\\dt other.*",
];

const FIELD: &str = "\u{1}";
const RECORD: &str = "\u{2}";

/// The major version of the psql on the path, if there is one and testkit has such a server.
async fn major_of_psql() -> Option<Major> {
    let output = Command::new("psql").arg("--version").output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let major = text.split_whitespace().nth(2)?.split('.').next()?.to_owned();
    Major::EVERY.into_iter().find(|known| format!("{known:?}") == format!("V{major}"))
}

async fn printed(psql: &Path, server: &Postgres, database: &str, command: &str) -> Result<Vec<Vec<String>>> {
    let mut psql = Command::new(psql);
    let port = server.port().to_string();
    psql.args(["-X", "-q", "-h", server.host(), "-p", &port, "-U", SUPERUSER, "-d", database]);
    psql.args(["-A", "-F", FIELD, "-R", RECORD, "-P", "footer=off", "-c", command]);
    let output = psql.env("PGPASSWORD", SUPERUSER_PASSWORD).env("PGSSLMODE", "disable").output().await?;
    ensure!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let records = text.trim_end_matches('\n').split(RECORD).skip(1);
    let mut rows: Vec<Vec<String>> = records.map(|record| record.split(FIELD).map(str::to_owned).collect()).collect();
    // What stands below the columns of a relation has no fields.
    let width = rows.first().map_or(0, Vec::len);
    rows.retain(|row| row.len() == width);
    Ok(rows)
}

/// Columns that a later psql has under another name, or no more.
const OLD: [&str; 2] = ["Source code", "ICU Locale"];

/// Rows with the columns that are in `names`, in the order of these names.
fn only(rows: &[Vec<String>], names: &[String]) -> Vec<Vec<String>> {
    let mut names: Vec<_> = names.iter().filter(|name| rows[0].contains(name)).collect();
    names.sort();
    let places: Vec<_> = names.iter().filter_map(|name| rows[0].iter().position(|own| own == *name)).collect();
    rows.iter().map(|row| places.iter().map(|place| row[*place].clone()).collect()).collect()
}

/// What asks for the first result of a command.
async fn first_query(session: &mut Session, command: &str) -> Result<String> {
    let mut parts = match psql::answer(command)? {
        Answer::Results(parts) => parts,
        Answer::Lookup { sql, plus, .. } => {
            let found = session.query(&sql, &[]).await?;
            let relations: Vec<_> = found.texts().filter_map(|row| Relation::read(&row)).collect();
            psql::describe(&relations, plus)
        }
        _ => anyhow::bail!("{command} has no result"),
    };
    Ok(parts.swap_remove(0).sql)
}

#[tokio::test]
async fn listings_are_those_of_psql() -> Result<()> {
    let newest = tokio::task::spawn_blocking(howdah_testkit::psql).await??;
    for major in Major::ALL {
        compare(&newest, major).await?;
    }
    // The machine's own may be older, and is then good for servers of its version.
    match major_of_psql().await {
        Some(major) => compare(Path::new("psql"), major).await,
        None => Ok(()),
    }
}

async fn compare(psql: &Path, major: Major) -> Result<()> {
    let server = Postgres::start(major).await?;
    let database = server.create_database().await?;
    server.execute(&database, OBJECTS).await?;
    let mut session = open(&options(&server, &database)).await?;
    let mut differences = Vec::new();
    for command in COMMANDS {
        let sql = first_query(&mut session, command).await?;
        let rows = session.query(&sql, &[]).await.with_context(|| (*command).to_owned())?;
        let mut ours = vec![rows.columns().iter().map(|column| column.name.clone()).collect::<Vec<_>>()];
        ours.extend(rows.texts().map(|row| row.into_iter().map(|cell| cell.unwrap_or_default().to_string()).collect()));
        let theirs = printed(psql, &server, &database, command).await?;
        let missing: Vec<_> =
            theirs[0].iter().filter(|name| !ours[0].contains(name) && !OLD.contains(&&***name)).collect();
        let (mine, their) = (only(&ours, &theirs[0]), only(&theirs, &ours[0]));
        if mine != their || !missing.is_empty() {
            differences.push(format!("{command} lacks {missing:?}\n  ours   {mine:?}\n  psql's {their:?}"));
        }
    }
    assert!(differences.is_empty(), "{} on {major:?}: {}", psql.display(), differences.join("\n"));
    Ok(())
}
