//! Lists of objects of every kind.

use anyhow::Result;
use howdah_pg::catalog::{self, KINDS, Kind, ListRequest, ListedObject, Within};
use howdah_testkit::{Major, Postgres};

use crate::support::{open, options, value};

const OBJECTS: &str = include_str!("objects.sql");
const ALL: ListRequest<'_> = ListRequest { filter: None, limit: 1000, after: None };

/// What the list of each kind has, by what it is below: a name, what is behind it, and its badges.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("database", "", "postgres UTF8"),
    ("role", "", "postgres  superuser replication bypasses row security"),
    ("tablespace", "", "pg_default"),
    ("extension", "", "file_fdw 1.0"),
    ("foreign_data_wrapper", "", "wrapped  no handler"),
    ("foreign_server", "", "away wrapped"),
    ("publication", "", "feed"),
    ("subscription", "", "intake feed disabled"),
    ("event_trigger", "", "watch ddl_command_end"),
    ("language", "", "plpgsql  trusted"),
    ("cast", "", "shop.pair as text explicit"),
    ("transform", "", "integer for sql"),
    ("access_method", "", "another of indexes"),
    ("large_object", "", "4711 postgres"),
    (
        "table",
        "'shop'::regnamespace",
        "carts  unlogged; customers; events; log  foreign; orders  row security; we\"ird\nÜ table",
    ),
    ("view", "'shop'::regnamespace", "daily; open_orders; unfilled  not populated"),
    ("sequence", "'shop'::regnamespace", "numbers bigint"),
    (
        "function",
        "'shop'::regnamespace",
        "ship (order_id bigint, note text) boolean; ship (order_id integer) SETOF shop.orders; touch () trigger trigger",
    ),
    ("procedure", "'shop'::regnamespace", "close_day (INOUT n integer) security definer"),
    ("aggregate", "'shop'::regnamespace", "total_of (numeric)"),
    ("type", "'shop'::regnamespace", "money_range range; pair composite; shell shell; status enum"),
    ("domain", "'shop'::regnamespace", "amount numeric(12,2)"),
    ("collation", "'shop'::regnamespace", "german icu"),
    ("conversion", "'shop'::regnamespace", "mine LATIN1 to UTF8"),
    ("operator", "'shop'::regnamespace", "=== (shop.pair, shop.pair)"),
    ("operator_class", "'shop'::regnamespace", "int_ops hash, integer"),
    ("operator_family", "'shop'::regnamespace", "int_ops hash; pairs btree"),
    ("text_search_configuration", "'shop'::regnamespace", "words default"),
    ("text_search_dictionary", "'shop'::regnamespace", "plain simple"),
    ("text_search_parser", "'shop'::regnamespace", "letters"),
    ("text_search_template", "'shop'::regnamespace", "bare"),
    (
        "column",
        "'shop.orders'::regclass",
        "id bigint not null identity; customer_id bigint not null; status shop.status not null; doubled numeric generated",
    ),
    (
        "constraint",
        "'shop.orders'::regclass",
        "orders_customer_id_fkey foreign key; orders_note_check check not valid; orders_period exclusion; orders_pkey primary key",
    ),
    (
        "index",
        "'shop.orders'::regclass",
        "orders_customer_idx btree; orders_note_idx btree unique partial; orders_pkey btree primary",
    ),
    ("trigger", "'shop.orders'::regclass", "asleep after insert disabled; touch before update"),
    ("rule", "'shop.customers'::regclass", "no_delete on delete instead"),
    ("policy", "'shop.orders'::regclass", "own for select restrictive"),
    ("partition", "'shop.events'::regclass", "events_rest DEFAULT"),
    ("statistics", "'shop.orders'::regclass", "orders_stats dependencies"),
    ("domain_constraint", "'shop.amount'::regtype", "positive check"),
    ("user_mapping", "(select oid from pg_foreign_server where srvname = 'away')", "public away"),
];

fn written(object: &ListedObject) -> String {
    let detail = object.detail.as_deref().unwrap_or_default();
    format!("{} {detail} {}", object.name, object.badges.join(" ")).trim_end().to_owned()
}

#[tokio::test]
async fn each_kind_of_object_is_listed_counted_and_paged() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        server.execute(&database, OBJECTS).await?;
        let mut session = open(&options(&server, &database)).await?;
        let unlisted = KINDS.iter().filter(|kind| !EXPECTED.iter().any(|(name, ..)| *name == kind.name));
        assert_eq!(unlisted.map(|kind| kind.name).collect::<Vec<_>>(), ["replication_slot"]);
        for (name, parent, expected) in EXPECTED {
            let kind = Kind::named(name).expect("it is a kind");
            let parent = match *parent {
                "" => 0,
                parent => value(&mut session, &format!("select {parent}::oid")).await?.parse()?,
            };
            session.query("set search_path = ''", &[]).await?;
            let items = catalog::objects(&mut session, kind, parent, &ALL).await?.items;
            let lines: Vec<_> = items.iter().map(written).collect();
            for wanted in expected.split("; ") {
                assert!(lines.iter().any(|line| line == wanted), "{wanted} in {name} of {major:?}: {lines:#?}");
            }
            let counts = catalog::count_objects(&mut session, kind.within, parent).await?;
            let (_, count) = counts.iter().find(|(counted, _)| counted == name).expect("it is counted");
            if kind.within != Within::Server {
                assert_eq!(usize::try_from(*count)?, items.len(), "{name}");
            }
            if kind.within == Within::Schema || kind.within == Within::Relation {
                let mut paged = Vec::new();
                let mut after = None;
                loop {
                    let request = ListRequest { limit: 1, after: after.as_deref(), ..ALL };
                    let page = catalog::objects(&mut session, kind, parent, &request).await?;
                    paged.extend(page.items);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(paged, items, "{name} by ones");
            }
            session.query("reset search_path", &[]).await?;
        }
        let columns = Kind::named("column").expect("it is a kind");
        let orders = value(&mut session, "select 'shop.orders'::regclass::oid").await?.parse()?;
        let found =
            catalog::objects(&mut session, columns, orders, &ListRequest { filter: Some("TOTA"), ..ALL }).await?;
        assert_eq!(found.items[0].comment.as_deref(), Some("gross"));
        assert_eq!((found.items[0].id, found.items.len()), (4, 1));
    }
    Ok(())
}

#[tokio::test]
async fn slots_are_listed_with_what_is_wrong_with_them() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = open(&options(&server, "postgres")).await?;
    let name = format!("{}_slot", server.create_database().await?);
    value(&mut session, &format!("select pg_create_physical_replication_slot('{name}')::text")).await?;
    let kind = Kind::named("replication_slot").expect("it is a kind");
    let found = catalog::objects(&mut session, kind, 0, &ListRequest { filter: Some(&name), ..ALL }).await?.items;
    assert_eq!(found.iter().map(written).collect::<Vec<_>>(), [format!("{name} physical inactive")]);
    value(&mut session, &format!("select pg_drop_replication_slot('{name}')::text")).await?;
    Ok(())
}
