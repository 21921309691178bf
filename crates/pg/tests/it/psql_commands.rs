//! psql's commands, on every version.

use anyhow::{Context, Result};
use howdah_pg::split::Strings;
use howdah_pg::{
    Session,
    psql::{self, Answer, Relation},
};
use howdah_testkit::{Major, Postgres};

use crate::support::{open, options};

const OBJECTS: &str = r#"
    create type mood as enum ('fine', 'so so');
    create domain positive as int check (value > 0);
    create table orders (id bigint generated always as identity primary key, note text not null default 'none',
        total positive unique, twice int generated always as (total * 2) stored, check (note <> ''));
    create table lines (order_id bigint references orders, n int);
    create index on lines (n) where n > 0;
    create policy own on orders for select using (note = current_user);
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touched before update on orders for each row execute function touch();
    create rule quiet as on delete to lines do instead nothing;
    create statistics lines_s on order_id, n from lines;
    create table parts (at date) partition by range (at);
    create table parts_1 partition of parts for values from ('2026-01-01') to ('2026-02-01');
    create view seen as select id from orders;
    create table "Odd Name" (a int);
    create schema other;
    create table other.hidden (a int);
    create temporary table passing (a int);
"#;

/// What `\d` finds: name and kind of each relation, and the first values of each result.
async fn described(session: &mut Session, command: &str) -> Result<Vec<(String, Vec<String>)>> {
    let Answer::Lookup { sql, plus, .. } = psql::answer(command)? else { anyhow::bail!("{command} looks nothing up") };
    let found = session.query(&sql, &[]).await?;
    let relations: Vec<_> = found.texts().filter_map(|row| Relation::read(&row)).collect();
    let mut told = Vec::new();
    for part in psql::describe(&relations, plus) {
        let rows = session.query(&part.sql, &[]).await.with_context(|| part.title.clone())?;
        told.push((part.title, rows.texts().map(|row| row[0].as_deref().unwrap_or("").to_owned()).collect()));
    }
    Ok(told)
}

async fn second_column(session: &mut Session, command: &str) -> Result<Vec<String>> {
    let Answer::Results(parts) = psql::answer(command)? else { anyhow::bail!("{command} has no result") };
    let rows = session.query(&parts[0].sql, &[]).await.with_context(|| command.to_owned())?;
    Ok(rows.texts().map(|row| row[1].as_deref().unwrap_or("").to_owned()).collect())
}

#[tokio::test]
async fn commands_of_psql_have_answers_on_every_version() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        let mut session = open(&options(&server, &database)).await?;
        // One by one, since temporary tables are the session's own.
        for statement in howdah_pg::split::split(OBJECTS, Strings::Standard) {
            session.query(&OBJECTS[statement.range], &[]).await?;
        }
        for command in psql::commands().iter().map(|(name, _)| name).filter(|command| !command.starts_with('s')) {
            for command in [format!("\\{command}"), format!("\\{command}S+"), format!("\\{command}+ *a*")] {
                let Ok(Answer::Results(parts)) = psql::answer(&command) else { continue };
                for part in parts {
                    session.query(&part.sql, &[]).await.with_context(|| format!("{command} on {major:?}"))?;
                }
            }
        }
        for (command, expected) in [
            ("\\dt", &["passing", "Odd Name", "lines", "orders", "parts", "parts_1"][..]),
            ("\\dt o*", &["orders"]),
            ("\\dt *.h?dden", &["hidden"]),
            ("\\dt \"O\"*", &["Odd Name"]),
            ("\\dt other.*", &["hidden"]),
            ("\\dv", &["seen"]),
            ("\\ds", &["orders_id_seq"]),
            ("\\dD", &["positive"]),
            ("\\df tou*", &["touch"]),
            ("\\dP", &["parts"]),
            ("\\dFp", &["default"]),
            ("\\dO other.*", &[]),
        ] {
            assert_eq!(second_column(&mut session, command).await?, expected, "{command}");
        }
        let told = described(&mut session, "\\d+ orders").await?;
        assert_eq!(told[0].0, "orders");
        assert_eq!(told[0].1, ["id", "note", "total", "twice"]);
        assert_eq!(
            told[1].1,
            [
                "Primary key",
                "Unique constraint",
                "Check constraint",
                "Referenced by",
                "Policy (row security is off)",
                "Trigger"
            ]
        );
        let told = described(&mut session, "\\d public.*s").await?;
        let titles: Vec<_> = told.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["lines", "lines: more", "orders", "orders: more", "parts", "parts: more"]);
        assert_eq!(told[1].1, ["Index", "Foreign key", "Statistics", "Rule"]);
        assert_eq!(told[5].1, ["Partition key", "Partition"]);
        assert_eq!(described(&mut session, "\\d seen").await?[1].1, ["View definition"]);
        assert_eq!(described(&mut session, "\\d passing").await?[0].1, ["a"]);
        assert_eq!(described(&mut session, "\\d orders_id_seq").await?[0].1, ["bigint"]);
        assert!(described(&mut session, "\\d hidden").await?.is_empty());
    }
    Ok(())
}
