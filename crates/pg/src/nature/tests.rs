use super::{Block, DangerKind, Kind, Mode, nature};
use crate::split::Strings;

#[test]
fn what_may_destroy_more_than_was_meant_is_recognised() {
    use DangerKind::{DeleteAll, Drop, DropColumn, Truncate, UpdateAll};
    for (sql, kind, objects) in [
        ("update t set a = 1", UpdateAll, &["t"][..]),
        ("UPDATE only \"S x\".\"T\" AS u SET a = 1 RETURNING *", UpdateAll, &["\"S x\".\"T\""]),
        ("update t set a = 1 -- where id = 1", UpdateAll, &["t"]),
        ("update t set a = 'x where y'", UpdateAll, &["t"]),
        ("update t set a = $$ where $$ /* where */", UpdateAll, &["t"]),
        ("update t set a = (select b from u where u.id = t.id)", UpdateAll, &["t"]),
        ("update t set a = u.a from (select * from u where true) u", UpdateAll, &["t"]),
        ("update t set a = u.where, b = 1", UpdateAll, &["t"]),
        ("update t * set a = 1", UpdateAll, &["t"]),
        ("delete from s.t", DeleteAll, &["s.t"]),
        ("delete from only t using u returning t.id as where", DeleteAll, &["t"]),
        ("with x as (select 1 where true) delete from t", DeleteAll, &["t"]),
        ("with x as (delete from t returning *) select * from x where id = 1", DeleteAll, &["t"]),
        (
            "with recursive a(b) as materialized (select 1), c as (update t set a = 1 returning 1) select 1",
            UpdateAll,
            &["t"],
        ),
        ("with update as (select 1) update t set a = 1", UpdateAll, &["t"]),
        ("explain analyze delete from t", DeleteAll, &["t"]),
        ("explain (costs off, analyze) update t set a = 1", UpdateAll, &["t"]),
        ("truncate t, only s.u restart identity cascade", Truncate, &["t", "s.u"]),
        ("truncate table \"a\"\"b\"", Truncate, &["\"a\"\"b\""]),
        ("drop table if exists a, b.c cascade", Drop, &["a", "b.c"]),
        ("/* a */ DROP materialized view m", Drop, &["m"]),
        ("drop schema s", Drop, &["s"]),
        ("alter table s.t drop column if exists a", DropColumn, &["s.t"]),
        ("alter table t alter a drop not null, drop b", DropColumn, &["t"]),
        ("alter type t drop attribute a", DropColumn, &["t"]),
        ("drop function f(int), g(text)", Drop, &["f"]),
        ("drop owned by ada", Drop, &["ada"]),
        ("do $$ begin delete from t; end $$", DeleteAll, &["t"]),
        (
            "do language plpgsql $a$ declare x int; begin if x > 1 then x := 2; else update s.t set a = 1; end if; end $a$",
            UpdateAll,
            &["s.t"],
        ),
        ("do 'begin for i in 1..2 loop truncate t; end loop; end'", Truncate, &["t"]),
        ("do $$ begin begin drop table t; exception when others then null; end; end $$", Drop, &["t"]),
        ("explain analyze verbose delete from t using (select 1 where true) u", DeleteAll, &["t"]),
    ] {
        let danger = nature(sql, Strings::Standard).danger.unwrap_or_else(|| panic!("{sql} is harmless"));
        let named: Vec<&str> = danger.objects.iter().map(String::as_str).collect();
        assert_eq!((danger.kind, &named[..]), (kind, objects), "{sql}");
        assert!(nature(sql, Strings::Standard).writes, "{sql}");
    }
}

#[test]
fn what_is_harmless_is_not_asked_about() {
    for (sql, writes) in [
        ("select 1", false),
        ("", false),
        ("(select 'delete from t')", false),
        ("select * from t for update", false),
        ("select e'\\'; delete from t'", false),
        ("select update, delete from t", false),
        ("values (1)", false),
        ("table t", false),
        ("with x as (select 1) select * from x", false),
        ("with x(update, set) as (select 1, 2) select update from x", false),
        ("explain delete from t", false),
        ("explain (analyze false) delete from t", false),
        ("explain (analyze off, costs) delete from t", false),
        ("show work_mem", false),
        ("set work_mem = '1MB'", false),
        ("begin", false),
        ("prepare p as delete from t", false),
        ("copy t to stdout", false),
        ("copy (select a from t) to stdout", false),
        ("declare c cursor for select 1", false),
        ("select 1 into t", true),
        ("update t set a = 1 where id = 1", true),
        ("update t set a = 1 where current of c", true),
        ("delete from t where id in (select id from u)", true),
        ("with x as (delete from t where true returning *) select * from x", true),
        ("with x as (insert into t values (1) returning *) select * from x", true),
        ("insert into t values (1) on conflict (id) do update set a = 1", true),
        ("insert into t (update) values (1)", true),
        ("merge into t using u on t.id = u.id when matched then delete", true),
        ("explain analyze insert into t values (1)", true),
        ("create table t (a int references u on delete cascade)", true),
        ("create rule r as on insert to t do also delete from u", true),
        ("create function f() returns void begin atomic delete from t; end", true),
        ("create trigger g before delete on t execute function f()", true),
        ("alter table t alter column a drop default, drop constraint c", true),
        ("alter publication p drop table t", true),
        ("grant delete on t to u", true),
        ("do $$ begin delete from t where a = case when b then 1 else 2 end; end $$", true),
        ("do $$ begin raise notice 'delete from t'; execute 'drop table t'; end $$", true),
        ("do $$ begin update t set a = case when b then 1 else 2 end where c; end $$", true),
        ("do $$ declare drop int; begin for r in select 1 loop perform f(); end loop; end $$", true),
        ("call p()", true),
        ("copy t from '/f'", true),
        ("prepare transaction 'x'", true),
    ] {
        let found = nature(sql, Strings::Standard);
        assert_eq!(found.danger, None, "{sql}");
        assert_eq!(found.writes, writes, "{sql}");
    }
}

#[test]
fn statements_that_no_transaction_block_takes_are_known() {
    for (sql, block) in [
        ("select 1", Block::Inside),
        ("savepoint a", Block::Inside),
        ("prepare p as select 1", Block::Inside),
        ("explain select 1", Block::Inside),
        ("BEGIN", Block::Control),
        ("start transaction", Block::Control),
        ("rollback to a", Block::Control),
        ("rollback to savepoint chain", Block::Control),
        ("commit and no chain", Block::Control),
        ("commit and chain", Block::Chain),
        ("ROLLBACK /* all */ WORK AND CHAIN", Block::Chain),
        ("end transaction and chain", Block::Chain),
        ("end", Block::Control),
        ("prepare transaction 'x'", Block::Control),
        ("vacuum full t", Block::Outside),
        ("cluster", Block::Outside),
        ("cluster verbose", Block::Outside),
        ("cluster t", Block::Inside),
        ("create database d", Block::Outside),
        ("create table concurrently (a int)", Block::Inside),
        ("create unique index /* x */ concurrently i on t (a)", Block::Outside),
        ("create index i on t (a)", Block::Inside),
        ("drop index concurrently i", Block::Outside),
        ("drop index i", Block::Inside),
        ("drop tablespace s", Block::Outside),
        ("alter system set a = 1", Block::Outside),
        ("reindex database d", Block::Outside),
        ("reindex (verbose) table concurrently t", Block::Outside),
        ("reindex table t", Block::Inside),
        ("discard all", Block::Outside),
        ("discard plans", Block::Inside),
    ] {
        assert_eq!(nature(sql, Strings::Standard).block, block, "{sql}");
    }
}

#[test]
fn planned_statements_are_told_from_others() {
    for (sql, kind) in [
        ("select 1", Kind::Planned),
        ("with a as (select 1) delete from t", Kind::Planned),
        ("(select 1) union (select 2)", Kind::Planned),
        ("table t", Kind::Planned),
        ("explain select 1", Kind::Explain),
        ("create table t as select 1", Kind::Utility),
        ("set a = 1", Kind::Utility),
        ("", Kind::Utility),
    ] {
        assert_eq!(nature(sql, Strings::Standard).kind, kind, "{sql}");
    }
}

#[test]
fn statements_that_may_change_what_holds_in_the_transaction_are_known() {
    for (sql, mode) in [
        ("select 1", Mode::Keeps),
        ("insert into t values ('read only')", Mode::Keeps),
        ("savepoint a", Mode::Keeps),
        ("set work_mem = '1MB'", Mode::Keeps),
        ("set default_transaction_read_only = on", Mode::Keeps),
        ("explain select set_config('transaction_read_only', 'on', true)", Mode::Keeps),
        ("set transaction read only", Mode::Sets),
        ("SET local Transaction_Read_Only TO on", Mode::Sets),
        ("set \"transaction_isolation\" = 'serializable'", Mode::Sets),
        ("select set_config('transaction_read_only', 'on', true)", Mode::MayChange),
        ("begin isolation level serializable", Mode::MayChange),
        ("start transaction read only", Mode::MayChange),
        ("rollback to a", Mode::MayChange),
        ("release a", Mode::MayChange),
        ("commit and chain", Mode::MayChange),
        ("do $$ begin null; end $$", Mode::MayChange),
        ("call p()", Mode::MayChange),
        ("execute p", Mode::MayChange),
        ("explain analyze execute p", Mode::MayChange),
    ] {
        assert_eq!(nature(sql, Strings::Standard).mode, mode, "{sql}");
    }
}
