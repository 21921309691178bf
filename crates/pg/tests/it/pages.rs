//! Pages of objects of every kind.

use anyhow::{Context as _, Result};
use howdah_pg::catalog::{
    self, Catalog, Depth, KINDS, ListRequest, ObjectAddress, PageLine, Within, lock_holders, object_page,
};
use howdah_pg::{ConnectOptions, QueryError, Session};
use howdah_testkit::{Major, Postgres};

use crate::support::{open, options, password, value};

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
    let kept = "select count(*) from pg_prepared_statements where generic_plans > 0";
    let shown = "select current_setting('plan_cache_mode')";
    for (table, columns) in [("first", 1), ("second", 2), ("first", 1)] {
        let lines = page(&mut session, Catalog::Class, &oid_of(table), Depth::Whole).await?;
        assert_eq!(lines.iter().filter(|line| line.section == "columns").count(), columns, "{table}");
        assert_eq!(value(&mut session, kept).await?, "1");
        assert_eq!(value(&mut session, shown).await?, "auto", "other statements are planned as ever");
    }
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
    let holders = lock_holders(&mut session, oid).await?;
    assert_eq!(holders.iter().map(|held| held.pid).collect::<Vec<_>>(), [holder.backend_pid()]);
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
