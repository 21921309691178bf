//! Lists of objects of every kind.

use std::collections::BTreeSet;

use anyhow::Result;
use howdah_pg::catalog::{self, Depth, KINDS, Kind, ListRequest, ListedObject, NameRequest, ObjectAddress, Within};
use howdah_pg::ddl::{self, DdlError, Form};
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
        "carts  unlogged; customers; events  partitioned; log  foreign; orders  row security; we\"ird\nÜ table",
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
        let tables = Kind::named("table").expect("it is a kind");
        let shop = value(&mut session, "select 'shop'::regnamespace::oid").await?.parse()?;
        let found = catalog::objects(&mut session, tables, shop, &ListRequest { filter: Some("ü t"), ..ALL }).await?;
        assert_eq!(found.items.len(), 1, "letters beyond ASCII have no case in {major:?}");
    }
    Ok(())
}

/// What is found by letters of its name, each kind by itself: what is asked for, and how it is written.
const FOUND: &[(&str, &str, &str)] = &[
    ("table", "ord", "table shop.orders"),
    ("table", "we\"ird", "table shop.we\"ird\nÜ table"),
    ("table", "shop.events", "partitioned_table shop.events"),
    ("view", "opord", "view shop.open_orders"),
    ("view", "dail", "materialized_view shop.daily"),
    ("sequence", "numb", "sequence shop.numbers"),
    ("index", "ordnote", "index shop.orders.orders_note_idx"),
    ("function", "SHIP", "function shop.ship(order_id integer)"),
    ("procedure", "closeday", "procedure shop.close_day(INOUT n integer)"),
    ("aggregate", "total", "aggregate shop.total_of(numeric)"),
    ("type", "stat", "type shop.status"),
    ("type", "int8", "type pg_catalog.int8"),
    ("domain", "amo", "domain shop.amount"),
    ("constraint", "orders.notecheck", "constraint shop.orders.orders_note_check"),
    ("domain_constraint", "positive", "domain_constraint shop.positive"),
    ("trigger", "asl", "trigger shop.orders.asleep"),
    ("rule", "nodel", "rule shop.customers.no_delete"),
    ("policy", "own", "policy shop.orders.own"),
    ("statistics", "stats", "statistics shop.orders.orders_stats"),
    ("schema", "sho", "schema shop"),
    ("extension", "file", "extension file_fdw"),
    ("foreign_data_wrapper", "wrap", "foreign_data_wrapper wrapped"),
    ("foreign_server", "awa", "foreign_server away"),
    ("user_mapping", "away", "user_mapping public on away"),
    ("publication", "fee", "publication feed"),
    ("subscription", "take", "subscription intake"),
    ("event_trigger", "watch", "event_trigger watch"),
    ("language", "pg", "language plpgsql"),
    ("cast", "pair as", "cast shop.pair as text"),
    ("transform", "integer", "transform integer for sql"),
    ("access_method", "another", "access_method another"),
    ("large_object", "4711", "large_object 4711"),
    ("collation", "germ", "collation shop.german"),
    ("conversion", "mine", "conversion shop.mine"),
    ("operator", "===", "operator shop.===(shop.pair, shop.pair)"),
    ("operator_class", "shop.int", "operator_class shop.int_ops"),
    ("operator_family", "pairs", "operator_family shop.pairs"),
    ("text_search_configuration", "words", "text_search_configuration shop.words"),
    ("text_search_dictionary", "plain", "text_search_dictionary shop.plain"),
    ("text_search_parser", "letters", "text_search_parser shop.letters"),
    ("text_search_template", "bare", "text_search_template shop.bare"),
    ("database", "post", "database postgres"),
    ("role", "post", "role postgres"),
    ("tablespace", "def", "tablespace pg_default"),
];

#[tokio::test]
async fn each_kind_of_object_is_found_by_letters_of_its_name() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        server.execute(&database, OBJECTS).await?;
        let mut session = open(&options(&server, &database)).await?;
        session.query("set search_path = ''", &[]).await?;
        let mut find = async |text: &str, kinds: &[&str]| -> Result<Vec<String>> {
            let found = catalog::find_names(&mut session, &NameRequest { text, kinds, limit: 50 }).await?;
            let written = found.into_iter().map(|object| {
                let schema = object.schema.map_or_else(String::new, |schema| format!("{schema}."));
                let relation = object.relation.map_or_else(String::new, |relation| format!("{relation}."));
                let arguments = object.arguments.map_or_else(String::new, |arguments| format!("({arguments})"));
                format!("{} {schema}{relation}{}{arguments}", object.kind, object.name)
            });
            Ok(written.collect())
        };
        for (kind, text, expected) in FOUND {
            let found = find(text, &[kind]).await?;
            assert!(found.iter().any(|one| one == expected), "{expected} by {text} in {major:?}: {found:#?}");
        }
        let all = find("ord", &[]).await?;
        assert_eq!(all[0], "table shop.orders");
        let kinds: BTreeSet<_> = all.iter().filter_map(|one| one.split(' ').next()).collect();
        assert!(["constraint", "index", "statistics", "view"].iter().all(|kind| kinds.contains(kind)), "{all:#?}");
        // PostgreSQL's own are found only when they are asked for.
        assert!(!find("lower", &[]).await?.iter().any(|one| one.contains("pg_catalog")));
        assert!(find("pg_catalog.lower", &[]).await?.contains(&"function pg_catalog.lower(text)".to_owned()));
        assert_eq!(find("100%", &[]).await?, Vec::<String>::new());
        assert_eq!(find("üt", &["table"]).await?, ["table shop.we\"ird\nÜ table"]);
    }
    Ok(())
}

#[tokio::test]
async fn slots_have_a_page_are_found_and_are_made_and_dropped_by_their_scripts() -> Result<()> {
    for major in Major::EVERY {
        let server = Postgres::builder(major).setting("wal_level", "logical").start().await?;
        let mut session = open(&options(&server, "postgres")).await?;
        for sql in [
            "select pg_create_physical_replication_slot('physical_one')::text",
            "select pg_create_physical_replication_slot('reserved_one', true)::text",
            "select pg_create_logical_replication_slot('logical_one', 'pgoutput', twophase => true)::text",
        ] {
            value(&mut session, sql).await?;
        }
        let kind = Kind::named("replication_slot").expect("it is a kind");
        let slots = catalog::objects(&mut session, kind, 0, &ALL).await?.items;
        let lines: Vec<_> = slots.iter().map(written).collect();
        assert_eq!(
            lines,
            [
                "logical_one logical, pgoutput, postgres inactive",
                "physical_one physical inactive",
                "reserved_one physical inactive"
            ]
        );
        for (slot, expected) in slots.iter().zip([
            "pg_create_logical_replication_slot('logical_one', 'pgoutput', twophase => true);\n",
            "pg_create_physical_replication_slot('physical_one');\n",
            "pg_create_physical_replication_slot('reserved_one', immediately_reserve => true);\n",
        ]) {
            let address = ObjectAddress { catalog: kind.catalog, oid: slot.id };
            let found =
                catalog::find_names(&mut session, &NameRequest { text: &slot.name, kinds: &[], limit: 5 }).await?;
            assert_eq!((found[0].oid, found[0].kind.as_str()), (slot.id, "replication_slot"));
            let page = catalog::object_page(&mut session, address, Depth::Whole).await?;
            assert!(
                page.iter().any(
                    |line| line.section == "facts" && line.json.contains("WAL kept") || slot.name == "physical_one"
                )
            );
            let create = ddl::script(&mut session, address, Form::Create).await?;
            assert_eq!(create.to_string(), format!("SELECT pg_catalog.{expected}"));
            let drop = ddl::script(&mut session, address, Form::Drop).await?;
            for sql in drop.statements().chain(create.statements()) {
                value(&mut session, sql).await?;
            }
            assert_eq!(ddl::script(&mut session, address, Form::Create).await?, create);
            assert!(matches!(ddl::script(&mut session, address, Form::Alter).await, Err(DdlError::NoSuchForm)));
            value(&mut session, drop.statements().next().unwrap_or_default()).await?;
            assert!(matches!(ddl::script(&mut session, address, Form::Create).await, Err(DdlError::NotFound)));
        }
    }
    Ok(())
}
