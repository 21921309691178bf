//! Rows of tables: what is told of a table, and changes that are made together or not at all.

use std::time::Duration;

use anyhow::{Context, Result};
use howdah_pg::{
    Session,
    table::{
        self, Applied, ApplyError, Change, ChangeFault, Fate, Identity, NewCell, NewValue, OldCell, Outcome, Patience,
        TableShape,
    },
};
use howdah_testkit::{Major, Postgres};

use self::cases::cases;
use crate::support::{fetch, open, options, run, value};

mod cases;
mod contention;

const PATIENCE: Patience = Patience { lock: Duration::from_millis(200), statement: Duration::from_secs(20) };

const TABLES: &str = r#"
create type mood as enum ('sad', 'ok', 'happy');
create domain short as varchar(5) check (value <> 'no');
create domain shorter as short not null;
create table people (id int primary key, name text);
insert into people values (1, 'Ada'), (2, 'Bob');
create table things (
    id bigint generated always as identity primary key,
    owner int references people,
    label shorter default 'new' unique,
    amount numeric(8, 2) check (amount >= 0),
    doc json, docb jsonb, place point, feelings mood[], feeling mood, raw bytea, ok boolean,
    code char(3), at timestamptz default '2026-01-01 00:00+00',
    doubled numeric generated always as (amount * 2) stored);
comment on column things.label is 'as printed';
insert into things (owner, label, amount, doc, docb, place, feelings, feeling, raw, ok, code) values
    (1, 'one', 1.50, '{"a":  1}', '{"a": 1}', '(1,2)', '{sad,ok}', 'ok', '\x00ff', true, 'a'),
    (2, 'two', 2, null, null, null, null, null, null, null, null);
create table bare (a int, b text);
insert into bare values (1, 'x');
create table "we""ird
Ünï" ("select" int primary key, "it's %s" text);
insert into "we""ird
Ünï" values (1, 'a'), (2, 'b');
create view small as select label as tag, id, amount + 1 as more from things where amount < 100;
create view smaller as select id as number, tag from small;
create view checked as select id, amount, owner from things where amount < 100 with check option;
create view joined as select t.id, p.name from things t join people p on p.id = t.owner;
create view swapped as select t.id, t.label, p.id as person, p.name from things t join people p on p.id = t.owner;
create function swap() returns trigger language plpgsql as $$ begin
    update things set label = new.label where id = old.id; return new; end $$;
create trigger swap instead of update on swapped for each row execute function swap();
create table secrets (id int primary key, owner name not null, note text check (note <> 'bad'));
insert into secrets values (1, 'some_writer', 'mine'), (2, 'other', 'theirs');
alter table secrets enable row level security;
create policy own on secrets for select using (owner = current_user);
create policy all_in on secrets for insert with check (true);
create policy change on secrets for update using (true) with check (true);
create table log (id int, day date, note text, primary key (id, day)) partition by range (day);
alter table log add check (note <> 'bad');
create table log_1 partition of log for values from ('2026-01-01') to ('2026-02-01');
create table log_2 partition of log for values from ('2026-02-01') to ('2026-03-01');
insert into log values (1, '2026-01-05', 'x');
create table quiet (id int primary key, note text);
insert into quiet values (1, 'a');
create function hush() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger hush before update or insert on quiet for each row execute function hush();
create table loud (id int primary key, note text);
insert into loud values (1, 'a');
create function shout() returns trigger language plpgsql as $$ begin
    if new.note = 'bad' then raise exception 'no bad notes' using errcode = 'P0001', column = 'note'; end if;
    new.note := upper(new.note); return new; end $$;
create trigger shout before update or insert on loud for each row execute function shout();
create table late (id int primary key, other int references late deferrable initially deferred);
create table parent (id int primary key, note text);
create table child () inherits (parent);
insert into parent values (1, 'a'); insert into child values (1, 'b');
"#;

async fn oid(session: &mut Session, name: &str) -> Result<u32> {
    Ok(value(session, &format!("select $n${name}$n$::regclass::oid")).await?.parse()?)
}

async fn shape_of(session: &mut Session, name: &str) -> Result<TableShape> {
    let relation = oid(session, name).await?;
    table::shape(session, relation).await?.context("it has a shape")
}

async fn apply(session: &mut Session, name: &str, changes: &[Change]) -> Result<Applied> {
    let relation = oid(session, name).await?;
    let applied = table::apply(session, relation, changes, PATIENCE).await?.context("it is there")?;
    assert_eq!(applied.is_applied, applied.commit_error.is_none() && applied.outcomes.iter().all(is_done));
    Ok(applied)
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(_) | Outcome::Hidden)
}

/// `+` text, `-` NULL, `=` default, by the first character.
fn new(cells: &[(&str, &str)]) -> Vec<NewCell> {
    let cell = |(column, value): &(&str, &str)| NewCell {
        column: (*column).to_owned(),
        value: match value.split_at(1) {
            ("-", _) => NewValue::Null,
            ("=", _) => NewValue::Default,
            (_, text) => NewValue::Text(text.to_owned()),
        },
    };
    cells.iter().map(cell).collect()
}

fn old(cells: &[(&str, Option<&str>)]) -> Vec<OldCell> {
    let cell = |(column, value): &(&str, Option<&str>)| OldCell {
        column: (*column).to_owned(),
        value: value.map(str::to_owned),
    };
    cells.iter().map(cell).collect()
}

fn insert(values: &[(&str, &str)]) -> Change {
    Change::Insert { values: new(values) }
}

fn update(key: (&str, &str), was: &[(&str, Option<&str>)], values: &[(&str, &str)]) -> Change {
    Change::Update { key: old(&[(key.0, Some(key.1))]), old: old(was), values: new(values) }
}

fn delete(key: (&str, &str), was: &[(&str, Option<&str>)]) -> Change {
    Change::Delete { key: old(&[(key.0, Some(key.1))]), old: old(was) }
}

/// An outcome in a word, with what matters of it.
fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(_) => "done".to_owned(),
        Outcome::Conflict(_) => "conflict".to_owned(),
        Outcome::Gone => "gone".to_owned(),
        Outcome::Refused => "refused".to_owned(),
        Outcome::Ambiguous => "ambiguous".to_owned(),
        Outcome::Hidden => "hidden".to_owned(),
        Outcome::Failed { error, columns, holder } => {
            let of = holder.as_ref().and_then(|holder| holder.state.as_deref()).map(|state| format!("by {state}"));
            format!("{} {}{}", error.code, columns.join(","), of.unwrap_or_default())
        }
        Outcome::Invalid(fault) => fault.to_string(),
        Outcome::NotTried => "not tried".to_owned(),
    }
}

async fn filled(major: Major) -> Result<(std::sync::Arc<Postgres>, String, Session)> {
    let server = Postgres::shared(major).await?;
    let database = server.create_database().await?;
    server.execute(&database, TABLES).await?;
    let session = open(&options(&server, &database)).await?;
    Ok((server, database, session))
}

#[tokio::test]
async fn a_shape_tells_what_identifies_a_row_and_what_a_column_takes() -> Result<()> {
    for major in Major::ALL {
        let (_server, _, mut session) = filled(major).await?;
        let things = shape_of(&mut session, "things").await?;
        assert!(things.takes_inserts() && things.takes_updates() && things.takes_deletes() && things.may_select);
        let keys = |shape: &TableShape| shape.keys.iter().map(|key| key.columns.join(",")).collect::<Vec<_>>();
        assert_eq!(keys(&things), ["id"]);
        assert_eq!(things.foreign_keys[0].columns, ["owner"]);
        assert_eq!(
            (things.foreign_keys[0].table.as_str(), &things.foreign_keys[0].other_columns[0]),
            ("people", &"id".to_owned())
        );
        let people = shape_of(&mut session, "people").await?;
        assert_eq!(
            (people.referring[0].table.as_str(), &people.referring[0].other_columns[0]),
            ("things", &"owner".to_owned())
        );

        let column = |name: &str| things.column(name).expect("it is there");
        assert_eq!(column("id").identity, Some(Identity::Always));
        assert_eq!(column("doubled").generated.as_deref(), Some("(amount * (2)::numeric)"));
        let label = column("label");
        assert!(label.not_null && label.comparable && label.comment.as_deref() == Some("as printed"));
        assert_eq!(
            (label.type_name.as_str(), label.base_type_oid, label.default.as_deref()),
            ("shorter", 1043, Some("'new'::character varying"))
        );
        assert_eq!(column("feeling").labels.as_deref(), Some(&["sad", "ok", "happy"].map(str::to_owned)[..]));
        assert_eq!(column("feelings").element_labels.as_deref(), Some(&["sad", "ok", "happy"].map(str::to_owned)[..]));
        let incomparable: Vec<_> =
            things.columns.iter().filter(|column| !column.comparable).map(|column| column.name.as_str()).collect();
        assert_eq!(incomparable, ["doc", "place"]);

        for (name, expected) in [
            ("bare", &[][..]),
            ("log", &["id,day"]),
            ("small", &["id"]),
            ("smaller", &["number"]),
            ("joined", &[]),
            ("swapped", &["person", "id"]),
        ] {
            assert_eq!(keys(&shape_of(&mut session, name).await?), expected, "{name}");
        }
        let small = shape_of(&mut session, "small").await?;
        assert!(small.takes_updates() && !small.column("more").expect("more").updatable);
        let joined = shape_of(&mut session, "joined").await?;
        assert!(!joined.is_updatable() && joined.obstacle.as_deref().is_some_and(|why| why.contains("single table")));
        // A view's rows refer, and are referred to, as those of its tables.
        let checked = shape_of(&mut session, "checked").await?;
        assert_eq!(checked.foreign_keys[0].columns, ["owner"]);
        let swapped = shape_of(&mut session, "swapped").await?;
        assert!(swapped.foreign_keys.is_empty() && swapped.takes_updates() && !swapped.takes_inserts());
        assert_eq!(swapped.referring[0].columns, ["person"]);
        assert!(table::shape(&mut session, 4_000_000_000).await?.is_none());
        // As many columns as a table can have.
        let names: Vec<_> = (1..=1600).map(|number| format!("a_column_with_quite_a_long_name_{number} int2")).collect();
        fetch(&mut session, &format!("create table wide ({})", names.join(", "))).await?;
        assert_eq!(shape_of(&mut session, "wide").await?.columns.len(), 1600);

        fetch(&mut session, "create role some_reader").await.ok();
        fetch(&mut session, "grant select (id, label), update (label) on things to some_reader; set role some_reader")
            .await?;
        let seen = shape_of(&mut session, "things").await?;
        assert!(seen.may_select && seen.takes_updates() && !seen.takes_inserts() && !seen.takes_deletes());
        let readable: Vec<_> = seen.columns.iter().filter(|c| c.may_select).map(|c| c.name.as_str()).collect();
        assert_eq!(readable, ["id", "label"]);
        let change = update(("id", "1"), &[("label", Some("one"))], &[("label", "+uno")]);
        let applied = apply(&mut session, "things", &[change]).await?;
        assert!(
            matches!(&applied.outcomes[..], [Outcome::Done(Some(row))] if *row == [Some("1".to_owned()), Some("uno".to_owned())])
        );
        let change = delete(("id", "1"), &[]);
        assert_eq!(word(&apply(&mut session, "things", &[change]).await?.outcomes[0]), "42501 ");
    }
    Ok(())
}

#[tokio::test]
async fn each_change_is_made_or_says_what_stands_in_its_way() -> Result<()> {
    for major in Major::ALL {
        let (_server, _, mut session) = filled(major).await?;
        fetch(&mut session, "create table seen as select 1; begin").await?;
        for (table, change, expected, query, after) in cases() {
            // Each on tables as they were.
            fetch(&mut session, "rollback; drop schema public cascade; create schema public").await.ok();
            let told = run(&mut session, TABLES).await?;
            assert!(told.error.is_none(), "{:?}", told.error);
            let applied = apply(&mut session, table, std::slice::from_ref(&change)).await?;
            assert_eq!(word(&applied.outcomes[0]), expected, "{major:?} {table} {change:?}");
            let rows = fetch(&mut session, query).await?;
            let shown: Vec<_> = rows.concat().into_iter().map(Option::unwrap_or_default).collect();
            assert_eq!(shown.join(" "), after, "{major:?} {table} {change:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn all_changes_are_made_or_none_and_everything_in_the_way_is_told() -> Result<()> {
    for major in Major::ALL {
        let (server, database, mut session) = filled(major).await?;
        let good = update(("id", "1"), &[("label", Some("one"))], &[("label", "+uno")]);
        let changes = [
            good.clone(),
            update(("id", "2"), &[("amount", Some("3.00"))], &[("amount", "+4")]),
            insert(&[("label", "+longer")]),
            delete(("id", "8"), &[]),
        ];
        let applied = apply(&mut session, "things", &changes).await?;
        let words: Vec<_> = applied.outcomes.iter().map(word).collect();
        assert_eq!(words, ["done", "conflict", "22001 label", "gone"]);
        let Outcome::Conflict(Some(row)) = &applied.outcomes[1] else { panic!("a row") };
        let amount = applied.columns.iter().position(|column| column == "amount").context("amount")?;
        assert_eq!(row[amount].as_deref(), Some("2.00"));
        assert_eq!(value(&mut session, "select string_agg(label, ',' order by id) from things").await?, "one,two");

        // What the database itself fills in is answered.
        let Outcome::Done(Some(row)) =
            &apply(&mut session, "things", &[insert(&[("label", "+x"), ("amount", "+5")])]).await?.outcomes[0]
        else {
            panic!("a row")
        };
        assert_eq!(
            (row[2].as_deref(), row[3].as_deref(), row.last().cloned().flatten().as_deref()),
            (Some("x"), Some("5.00"), Some("10.00"))
        );

        // A deferred constraint speaks at the commit.
        let relation = oid(&mut session, "late").await?;
        let applied = table::apply(&mut session, relation, &[insert(&[("id", "+1"), ("other", "+9")])], PATIENCE)
            .await?
            .context("late")?;
        assert_eq!(applied.commit_columns, ["other"]);
        assert_eq!(applied.commit_error.context("refused")?.constraint.as_deref(), Some("late_other_fkey"));
        assert!(!applied.is_applied);
        assert_eq!(value(&mut session, "select count(*) from late").await?, "0");

        // Policies: a row that one may add without seeing it, one that one may not hide from oneself, and one unseen.
        fetch(&mut session, "create role some_writer").await.ok();
        fetch(&mut session, "grant all on secrets to some_writer; set role some_writer").await?;
        let changes = [
            insert(&[("id", "+3"), ("owner", "+other"), ("note", "+x")]),
            insert(&[("id", "+4"), ("owner", "+some_writer")]),
        ];
        let applied = apply(&mut session, "secrets", &changes).await?;
        assert_eq!(applied.outcomes.iter().map(word).collect::<Vec<_>>(), ["hidden", "done"]);
        let changes = [
            update(("id", "1"), &[], &[("owner", "+other")]),
            update(("id", "2"), &[], &[("note", "+x")]),
            insert(&[("id", "+5"), ("owner", "+other"), ("note", "+bad")]),
        ];
        let applied = apply(&mut session, "secrets", &changes).await?;
        assert_eq!(applied.outcomes.iter().map(word).collect::<Vec<_>>(), ["42501 ", "gone", "23514 note"]);
        fetch(&mut session, "reset role").await?;
        assert_eq!(value(&mut session, "select count(*) from secrets").await?, "4");

        // A row that moves to another partition.
        let key = old(&[("id", Some("1")), ("day", Some("2026-01-05"))]);
        let change = Change::Update { key, old: Vec::new(), values: new(&[("day", "+2026-02-05")]) };
        assert!(apply(&mut session, "log", &[change]).await?.is_applied);
        assert_eq!(value(&mut session, "select count(*) from log_2").await?, "1");

        // A lock that never comes ends the attempt, and the rest is not tried.
        let mut other = open(&options(&server, &database)).await?;
        fetch(&mut other, "begin; update things set ok = false where id = 1").await?;
        let applied = apply(&mut session, "things", &[good.clone(), good.clone()]).await?;
        let words: Vec<_> = applied.outcomes.iter().map(word).collect();
        assert_eq!(words, ["55P03 by idle in transaction", "not tried"]);
        // Nor does one begin while somebody rebuilds the table.
        fetch(&mut other, "rollback; begin; lock things").await?;
        let relation = oid(&mut session, "things").await?;
        let locked = table::apply(&mut session, relation, std::slice::from_ref(&good), PATIENCE).await;
        let Err(ApplyError::Query(locked)) = locked else { panic!("it is locked") };
        assert_eq!(locked.server().map(|error| error.code.as_str()), Some("55P03"));
        let holder = table::table_holder(&mut session, relation).await?.context("somebody")?;
        assert_eq!(holder.state.as_deref(), Some("idle in transaction"));
        fetch(&mut other, "rollback").await?;

        // A long value is written, and the row is not answered.
        let long = "x".repeat(2 << 20);
        let applied = apply(
            &mut session,
            "bare",
            &[Change::Insert { values: vec![NewCell { column: "b".to_owned(), value: NewValue::Text(long) }] }],
        )
        .await?;
        assert!(matches!(applied.outcomes[..], [Outcome::Done(None)]));
        assert_eq!(value(&mut session, "select max(length(b)) from bare").await?, (2 << 20).to_string());

        fetch(&mut session, "drop table bare").await?;
        assert!(table::apply(&mut session, 4_000_000_000, &[], PATIENCE).await?.is_none());
        assert_eq!(value(&mut session, "select 1").await?, "1");

        session.forbid_writes();
        let applied = apply(&mut session, "things", &[good]).await?;
        assert_eq!(word(&applied.outcomes[0]), "25006 ");
    }
    Ok(())
}

#[tokio::test]
async fn a_connection_that_is_lost_in_the_commit_leaves_a_transaction_to_ask_for() -> Result<()> {
    for major in Major::ALL {
        // Whoever is ended while a standby is waited for has committed already.
        let server = Postgres::start(major).await?;
        let options = options(&server, "postgres");
        let mut watcher = open(&options).await?;
        fetch(
            &mut watcher,
            "set synchronous_commit = local; create table t (id int primary key);
             create function leave() returns trigger language plpgsql as $$ begin
                 if new.id < 0 then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(60); end if;
                 return null; end $$;
             create constraint trigger leave after insert on t deferrable initially deferred
                 for each row execute function leave()",
        )
        .await?;
        fetch(&mut watcher, "alter system set synchronous_standby_names to nobody").await?;
        fetch(&mut watcher, "select pg_reload_conf()").await?;
        let relation = oid(&mut watcher, "t").await?;
        for (id, expected) in [("+-1", Fate::Undone), ("+1", Fate::Committed)] {
            let mut session = open(&options).await?;
            let pid = value(&mut session, "select pg_backend_pid()").await?;
            let changes = [insert(&[("id", id)])];
            let ends = async {
                loop {
                    let waits =
                        format!("select count(*) from pg_stat_activity where pid = {pid} and wait_event = 'SyncRep'");
                    if value(&mut watcher, &waits).await? == "1" {
                        value(&mut watcher, &format!("select pg_terminate_backend({pid})")).await?;
                        return std::future::pending::<Result<()>>().await;
                    }
                }
            };
            let applied = tokio::select! {
                applied = table::apply(&mut session, relation, &changes, PATIENCE) => applied,
                ended = ends => return ended,
            };
            let Err(ApplyError::Commit { transaction: Some(transaction), .. }) = applied else { panic!("{applied:?}") };
            // The watcher may have been stopped in the middle of a question.
            let mut asker = open(&options).await?;
            let mut fate = Fate::UnderWay;
            while fate == Fate::UnderWay {
                fate = table::fate(&mut asker, &transaction).await?;
            }
            assert_eq!(fate, expected, "{major:?} {id}");
            watcher = open(&options).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_preview_reads_like_a_person_would_write_it_and_runs() -> Result<()> {
    let (_server, _, mut session) = filled(Major::V18).await?;
    let shape = shape_of(&mut session, "things").await?;
    for (change, expected) in [
        (
            update(
                ("id", "1"),
                &[("label", Some("one")), ("owner", None)],
                &[("label", "+it's"), ("ok", "-"), ("at", "=")],
            ),
            "update public.things set label = 'it''s', ok = null, at = default\nwhere id = 1 and label = 'one' and owner is null",
        ),
        (
            insert(&[("amount", "+-1.5"), ("code", "+12"), ("at", "=")]),
            "insert into public.things (amount, code)\nvalues (-1.5, '12')\nreturning *",
        ),
        (insert(&[("id", "+5")]), "insert into public.things (id) overriding system value\nvalues (5)\nreturning *"),
        (insert(&[]), "insert into public.things default values\nreturning *"),
        (
            delete(("id", "1"), &[("place", Some("(1,2)"))]),
            "delete from public.things\nwhere id = 1 and pg_catalog.format('%s', place) = '(1,2)'",
        ),
        (update(("id", "1"), &[], &[("amount", "+1e3")]), "update public.things set amount = '1e3'\nwhere id = 1"),
    ] {
        let written = table::preview(&shape, std::slice::from_ref(&change)).map_err(|(_, fault)| fault)?;
        assert_eq!(written, [expected]);
        let told = run(&mut session, &format!("begin; {}; rollback", written[0])).await?;
        assert!(told.error.as_ref().is_none_or(|error| error.code.starts_with("23")), "{:?}", told.error);
        fetch(&mut session, "rollback").await?;
    }
    let broken = table::preview(&shape, &[insert(&[]), insert(&[("nope", "-")])]);
    assert_eq!(broken, Err((1, ChangeFault::UnknownColumn("nope".to_owned()))));
    Ok(())
}
