//! Pages of objects of every kind.

use anyhow::{Context as _, Result};
use howdah_pg::catalog::{
    self, Catalog, Depth, KINDS, ListRequest, LockHolder, NameRequest, ObjectAddress, PageLine, Within, lock_holders,
    object_page,
};
use howdah_pg::{ConnectOptions, QueryError, Session};
use howdah_testkit::{Major, Postgres};

use crate::support::{fetch, open, options, password, value};

const OBJECTS: &str = include_str!("objects.sql");
const ALL: ListRequest<'_> = ListRequest { filter: None, limit: 1000, after: None };

async fn page(session: &mut Session, catalog: Catalog, sql: &str, depth: Depth) -> Result<Vec<PageLine>> {
    let oid = value(session, sql).await?.parse()?;
    Ok(object_page(session, ObjectAddress { catalog, oid }, depth).await?)
}

/// The lines of a section, as one text.
fn section(lines: &[PageLine], name: &str) -> String {
    let of = lines
        .iter()
        .filter(|line| line.section == name)
        .map(|line| line.json.replace("\" : ", "\":").replace("\": ", "\":"));
    of.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn each_object_that_is_listed_has_a_page() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        server.execute(&database, OBJECTS).await?;
        let mut session = open(&options(&server, &database)).await?;
        session.query("set search_path = ''", &[]).await?;
        let parents: Vec<u32> = value(
            &mut session,
            "select pg_catalog.string_agg(o::pg_catalog.text, ',') from (select 'shop'::pg_catalog.regnamespace::pg_catalog.oid o
             union select oid from pg_catalog.pg_class where relnamespace = 'shop'::pg_catalog.regnamespace and relkind in ('r', 'p', 'f', 'v', 'm')
             union select 'shop.amount'::pg_catalog.regtype::pg_catalog.oid
             union select oid from pg_catalog.pg_foreign_server) p",
        )
        .await?
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()?;
        let mut seen = 0;
        for kind in KINDS.iter().filter(|kind| kind.name != "column" && kind.within != Within::Server) {
            let parents = if kind.within.needs_parent() { parents.clone() } else { vec![0] };
            for parent in parents {
                for object in catalog::objects(&mut session, kind, parent, &ALL).await?.items {
                    let address = ObjectAddress { catalog: kind.catalog, oid: object.id };
                    for depth in [Depth::Whole, Depth::Careful] {
                        let lines = object_page(&mut session, address, depth)
                            .await
                            .with_context(|| format!("{address}, {}, {major:?}", object.name))?;
                        let head = section(&lines, "head");
                        assert!(!head.is_empty(), "{} {} {major:?} has no head", kind.name, object.name);
                        assert!(lines.iter().all(|line| !line.section.is_empty()));
                    }
                    seen += 1;
                }
            }
        }
        assert!(seen > 60, "{seen} objects");
        let nothing =
            object_page(&mut session, ObjectAddress { catalog: Catalog::Class, oid: 1 }, Depth::Whole).await?;
        assert!(nothing.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_page_is_answered_whether_or_not_the_server_keeps_its_statement() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let database = server.create_database().await?;
    server.execute(&database, "create table first (id int); create table second (id int, name text)").await?;
    let mut session = open(&options(&server, &database)).await?;
    let kept = "select count(*) from pg_prepared_statements where generic_plans > 0 and name <> 'one_plan'";
    let shown = "select current_setting('plan_cache_mode')";
    for (table, columns) in [("first", 1), ("second", 2), ("first", 1)] {
        let lines = page(&mut session, Catalog::Class, &oid_of(table), Depth::Whole).await?;
        assert_eq!(lines.iter().filter(|line| line.section == "columns").count(), columns, "{table}");
        assert_eq!(value(&mut session, kept).await?, "1");
        assert_eq!(value(&mut session, shown).await?, "auto", "other statements are planned as ever");
    }
    // One that fails for reasons of its own says nothing about the others.
    let broken =
        session.query_kept("broken", || "select $1::pg_catalog.regrole".into(), &[Some("nobody of this name")]).await;
    assert!(broken.is_err());
    let public = "select 'public'::pg_catalog.regnamespace::pg_catalog.oid";
    page(&mut session, Catalog::Namespace, public, Depth::Whole).await?;
    assert_eq!(value(&mut session, &format!("{kept} and name <> 'broken'")).await?, "2");
    // A pooler that lends each transaction another connection looks like this.
    session.query("deallocate all", &[]).await?;
    for _ in 0..2 {
        let lines = page(&mut session, Catalog::Class, &oid_of("second"), Depth::Whole).await?;
        assert_eq!(lines.iter().filter(|line| line.section == "columns").count(), 2);
    }
    Ok(())
}

fn oid_of(table: &str) -> String {
    format!("select '{table}'::pg_catalog.regclass::pg_catalog.oid")
}

#[tokio::test]
async fn a_page_says_what_there_is_to_say() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        server.execute(&database, OBJECTS).await?;
        let role = format!("reader_{database}");
        let ada = format!("ada_{database}");
        server
            .execute(
                &database,
                &format!(
                    "create role {role}; create role {ada} login password 'x'; grant {role} to {ada};
                     grant select on shop.orders to {role}; grant update (note) on shop.orders to {role};
                     grant usage on schema shop to {role}"
                ),
            )
            .await?;
        let mut session = howdah_pg::connect(
            &ConnectOptions { user: ada.clone(), ..options(&server, &database) },
            password("x"),
            &mut |_| {},
        )
        .await?;
        session.query("set search_path = ''", &[]).await?;
        let orders = page(&mut session, Catalog::Class, "select 'shop.orders'::regclass::oid", Depth::Whole).await?;
        for (name, expected) in [
            ("head", r#""identity":"shop.orders""#),
            ("columns", r#"["shop.customers(id)", "code", "#),
            ("columns", r#""gross""#),
            ("indexes", r#""btree, unique, partial", "(lower(note)) WHERE (note IS NOT NULL)""#),
            ("constraints", "ON DELETE CASCADE"),
            ("constraints", "check, not valid"),
            ("triggers", r#"["disabled", "warning", null]"#),
            ("policies", r#""restrictive", "public", "(customer_id > 0)""#),
            ("statistics", "dependencies"),
            ("used_by", "shop.open_orders"),
            ("used_by", "shop.daily"),
            ("uses", r#""table", "customer_id""#),
            ("facts", r#""Published in", "feed""#),
        ] {
            let found = section(&orders, name);
            assert!(found.contains(expected), "{expected} in {name} of {major:?}: {found}");
        }
        let privileges = section(&orders, "privileges");
        assert!(privileges.contains("SELECT") && privileges.contains(r#""note", "UPDATE""#), "{privileges}");
        assert!(privileges.contains(&format!(r#""{ada}", "you"]"#)), "{privileges}");

        let hidden = page(&mut session, Catalog::Subscription, "select oid from pg_catalog.pg_subscription where subname = 'intake' and subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())", Depth::Whole).await?;
        assert!(!format!("{hidden:?}").contains("secret"), "{hidden:?}");
        let mapping =
            page(&mut session, Catalog::UserMapping, "select umid from pg_catalog.pg_user_mappings", Depth::Whole)
                .await?;
        assert!(section(&mapping, "facts").contains("hidden"), "{mapping:?}");
        let member = page(&mut session, Catalog::Role, &format!("select '{ada}'::regrole::oid"), Depth::Whole).await?;
        assert!(section(&member, "member_of").contains(&role), "{member:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lock_that_never_comes_leaves_a_page_without_what_waits_for_it() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let database = server.create_database().await?;
    server.execute(&database, OBJECTS).await?;
    let mut holder = open(&options(&server, &database)).await?;
    holder.query("begin", &[]).await?;
    holder.query("lock table shop.customers in access exclusive mode", &[]).await?;
    let mut session = open(&options(&server, &database)).await?;
    session.query("set lock_timeout = '50ms'", &[]).await?;
    let sql = "select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'shop' and c.relname = 'customers'";
    let oid: u32 = value(&mut session, sql).await?.parse()?;
    let address = ObjectAddress { catalog: Catalog::Class, oid };
    let refused = object_page(&mut session, address, Depth::Whole).await;
    assert!(matches!(&refused, Err(QueryError::Server(error)) if error.code == "55P03"), "{refused:?}");
    let careful = object_page(&mut session, address, Depth::Careful).await?;
    assert!(section(&careful, "columns").contains("name"));
    let held = |holders: Vec<LockHolder>| holders.into_iter().map(|held| (held.relation, held.pid)).collect::<Vec<_>>();
    let expected = [("shop.customers".to_owned(), holder.backend_pid())];
    assert_eq!(held(lock_holders(&mut session, address).await?), expected);
    // What waits for a lock on something else says who holds that.
    let key = "select oid from pg_catalog.pg_constraint where conname = 'customers_pkey'";
    let key = ObjectAddress { catalog: Catalog::Constraint, oid: value(&mut session, key).await?.parse()? };
    assert_eq!(held(lock_holders(&mut session, key).await?), expected);
    // A list has its names all the same.
    holder.query("lock table shop.events_2026 in access exclusive mode", &[]).await?;
    let events = value(&mut session, "select oid from pg_class where relname = 'events'").await?.parse()?;
    let partitions = catalog::Kind::named("partition").expect("it is a kind");
    let partitions = catalog::objects(&mut session, partitions, events, &ALL).await?.items;
    assert_eq!(partitions.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["events_2026", "events_rest"]);
    Ok(())
}

#[tokio::test]
async fn a_text_is_found_in_bodies_and_comments() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        server.execute(&database, OBJECTS).await?;
        let mut session = open(&options(&server, &database)).await?;
        let found = catalog::search_text(&mut session, "SHOP.ORDERS WHERE", 20).await?;
        assert_eq!(found.iter().map(|one| one.identity.as_str()).collect::<Vec<_>>(), ["shop.ship(integer)"]);
        assert!(!found[0].in_comment && found[0].excerpt.contains("where id = order_id"));
        let found = catalog::search_text(&mut session, "who buys", 20).await?;
        assert_eq!((found[0].identity.as_str(), found[0].in_comment), ("shop.customers", true));
        assert!(catalog::search_text(&mut session, "%", 20).await?.iter().all(|one| one.excerpt.contains('%')));
    }
    Ok(())
}

#[tokio::test]
async fn a_broken_catalogue_leaves_pages_and_lists_of_what_is_left() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        let mut session = open(&options(&server, &database)).await?;
        // One by one: a transaction would look at what it has broken.
        for sql in include_str!("broken.sql").split_inclusive(";\n") {
            fetch(&mut session, sql).await.context(sql)?;
        }
        let addresses = session
            .query(
                "select 'pg_class', oid from pg_class where oid >= 16384 and relkind in ('r', 'p', 'v', 'S', 'i')
                 union all select 'pg_proc', oid from pg_proc where oid >= 16384
                 union all select 'pg_type', oid from pg_type where oid >= 16384 and typtype = 'd'
                 union all select 'pg_trigger', oid from pg_trigger where oid >= 16384
                 union all select 'pg_constraint', oid from pg_constraint where oid >= 16384",
                &[],
            )
            .await?;
        let addresses: Vec<ObjectAddress> = addresses
            .texts()
            .map(|row| {
                let [Some(catalog), Some(oid)] = row.as_slice() else { anyhow::bail!("two values are expected") };
                Ok(ObjectAddress { catalog: catalog.parse()?, oid: oid.parse()? })
            })
            .collect::<Result<_>>()?;
        assert!(addresses.len() > 25, "{}", addresses.len());
        session.query("set search_path = ''", &[]).await?;
        let mut whole = 0;
        for address in addresses {
            // What is broken fails as a statement: the session, and the server, go on.
            match object_page(&mut session, address, Depth::Whole).await {
                Ok(_) => whole += 1,
                Err(QueryError::Server(error)) => assert!(!error.is_fatal(), "{address} {major:?}: {error}"),
                Err(error) => anyhow::bail!("{address} {major:?}: {error}"),
            }
            let lines = object_page(&mut session, address, Depth::Alone)
                .await
                .with_context(|| format!("{address}, {major:?}"))?;
            assert!(!section(&lines, "head").is_empty(), "{address} {major:?}");
            let _ = howdah_pg::ddl::script(&mut session, address, howdah_pg::ddl::Form::Create).await;
        }
        assert!(whole > 5, "{whole}");

        let torn =
            value(&mut session, "select oid from pg_catalog.pg_namespace where nspname = 'torn'").await?.parse()?;
        let mut listed = 0;
        for kind in KINDS.iter().filter(|kind| kind.within == Within::Schema) {
            listed += catalog::objects(&mut session, kind, torn, &ALL).await?.items.len();
        }
        assert!(listed >= 15, "{listed} in {major:?}");
        let found = catalog::find_names(&mut session, &NameRequest { text: "without", kinds: &[], limit: 100 }).await?;
        assert!(found.len() >= 15, "{found:?}");
        let mood = catalog::find_names(&mut session, &NameRequest { text: "takes_mood", kinds: &[], limit: 9 }).await?;
        assert_eq!(mood[0].arguments, None);
        let objects = catalog::completion_objects(&mut session, &[torn]).await?;
        assert!(objects.iter().any(|line| line.contains("whole")), "{objects:?}");
        catalog::search_text(&mut session, "select", 20).await?;
    }
    Ok(())
}

#[tokio::test]
async fn privileges_say_through_which_roles_they_are_had() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        let sql = "create table public.t (id int, note text); create role zz_readers; create role zz_team in role zz_readers;
             create role zz_ada login password 'x' in role zz_team; create role zz_bob login noinherit in role zz_readers;
             create role zz_carl login in role pg_read_all_data; create role zz_setter login password 'x';
             grant select on public.t to zz_readers; grant insert on public.t to public; grant update (note) on public.t to zz_carl;
             alter default privileges for role zz_ada in schema public grant select on tables to zz_carl;
             alter default privileges for role zz_ada grant execute on functions to zz_bob;";
        let after = match major {
            Major::V15 => "",
            _ => {
                "grant zz_readers to zz_setter with inherit false, set true; create role zz_giver;
                 grant zz_readers to zz_giver with inherit false, set false, admin true;
                 grant alter system on parameter work_mem to zz_giver with grant option;"
            }
        };
        server.execute(&database, &format!("{sql} {after}").replace("zz_", &format!("{database}_"))).await?;
        let user = format!("{database}_setter");
        let setter = ConnectOptions { user, ..options(&server, &database) };
        let mut session = howdah_pg::connect(&setter, password("x"), &mut |_| {}).await?;
        let table = page(&mut session, Catalog::Class, "select 'public.t'::regclass::oid", Depth::Whole).await?;
        let privileges = section(&table, "privileges").replace(&format!("{database}_"), "zz_");
        let expected: &[&str] = match major {
            Major::V15 => &[r#""zz_ada through zz_team, zz_team; by SET ROLE: zz_bob", null]"#],
            _ => &[
                r#""zz_ada through zz_team, zz_team; by SET ROLE: zz_bob, zz_setter; with ADMIN alone: zz_giver", "you, by SET ROLE"]"#,
            ],
        };
        for expected in expected.iter().chain(&[
            r#"null, "INSERT", "granted by postgres", "everybody", "you"]"#,
            r#""note", "UPDATE", "granted by postgres""#,
            r#"null, "SELECT", "of whatever is there""#,
            r#""as the owner""#,
        ]) {
            assert!(privileges.contains(expected), "{expected} in {major:?}:\n{privileges}");
        }
        assert_eq!(privileges.contains("MAINTAIN"), matches!(major, Major::V18), "{privileges}");
        if major != Major::V15 {
            let giver = format!("select '{database}_giver'::regrole::oid");
            let giver = page(&mut session, Catalog::Role, &giver, Depth::Whole).await?;
            let parameters = section(&giver, "parameters");
            assert!(
                parameters.contains(r#"[["work_mem", "code", null], "ALTER SYSTEM*", ["postgres""#),
                "{parameters}"
            );
        }
        let schema = page(&mut session, Catalog::Namespace, "select 'public'::regnamespace::oid", Depth::Whole).await?;
        let defaults = section(&schema, "default_privileges").replace(&format!("{database}_"), "zz_");
        assert!(defaults.contains(r#""tables", ["zz_carl""#), "{defaults}");
        assert!(defaults.contains(r#""functions, in every schema", ["zz_bob""#), "{defaults}");
    }
    Ok(())
}
