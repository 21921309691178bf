//! Catalogue lists, with no more than a person's rights.

use anyhow::Result;
use howdah_pg::{
    ConnectOptions, Session,
    catalog::{self, Kind, ListPage, ListRequest, ListedObject},
    quote,
};
use howdah_testkit::{Major, Postgres};

use crate::support::{fetch, open, options, password, session, value};

const OBJECTS: &str = r#"
    comment on schema public is 'all of it';
    create table public.orders (id bigint generated always as identity, part int default 7 * 6, note varchar(20) not null,
        total numeric(10, 2) generated always as (part * 2) stored, gone int, primary key (part, id));
    alter table public.orders drop column gone;
    comment on table public.orders is 'who bought what';
    comment on column public.orders.note is 'a note';
    insert into public.orders (note) select 'n' from generate_series(1, 100);
    analyze public.orders;
    create table public."Odd_100%" (a int);
    create table public.parent (a int, b public.orders) partition by range (a);
    create table public.parent_1 partition of public.parent for values from (0) to (10);
    create view public.seen as select 1 as a;
    create materialized view public.kept as select 1 as a;
    create schema closed;
    create table closed.secret (a int);
    create type public.mood as enum ('fine');
"#;

const TABLES: ListRequest<'_> = ListRequest { filter: None, limit: 100, after: None };

async fn page_of_tables(
    session: &mut Session,
    schema: &str,
    request: &ListRequest<'_>,
) -> Result<ListPage<ListedObject>> {
    let kind = Kind::named("table").expect("it is a kind");
    let oid = value(session, &format!("select {}::regnamespace::oid", quote::literal(schema))).await?;
    Ok(catalog::objects(session, kind, oid.parse()?, request).await?)
}

async fn tables_of(session: &mut Session, schema: &str) -> Result<Vec<ListedObject>> {
    Ok(page_of_tables(session, schema, &TABLES).await?.items)
}

#[tokio::test]
async fn lists_show_what_is_there_with_the_rights_of_anybody() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        server.execute(&database, OBJECTS).await?;
        let role = format!("anybody_{database}");
        server.execute(&database, &format!("create role {role} login password 'x'")).await?;
        let anybody = ConnectOptions { user: role, ..options(&server, &database) };
        let mut session = howdah_pg::connect(&anybody, password("x"), &mut |_| {}).await?;

        let databases = catalog::databases(&mut session, &TABLES).await?.items;
        let own = databases.iter().find(|found| found.name == database).expect("it is listed");
        assert!(own.may_connect && own.size_bytes.is_some() && own.owner == "postgres");
        assert!(databases.iter().all(|found| !found.name.starts_with("template")));

        let schemas = catalog::schemas(&mut session, &TABLES).await?.items;
        let names: Vec<_> = schemas.iter().map(|schema| schema.name.as_str()).collect();
        assert_eq!(names, ["closed", "public", "information_schema", "pg_catalog"]);
        let public = &schemas[1];
        assert_eq!((public.tables, public.views), (4, 2));
        assert!(public.may_use && !public.is_system && !schemas[0].may_use && schemas[3].is_system);
        assert_eq!(public.comment.as_deref(), Some("all of it"));

        let tables = tables_of(&mut session, "public").await?;
        let found: Vec<_> = tables.iter().map(|table| (table.name.as_str(), table.kind.as_str())).collect();
        assert_eq!(found, [("Odd_100%", "table"), ("orders", "table"), ("parent", "partitioned_table")]);
        assert_eq!(tables[1].estimated_rows, Some(100.0));
        assert_eq!(tables[0].estimated_rows, None);
        assert_eq!(tables[1].comment.as_deref(), Some("who bought what"));
        let secret = tables_of(&mut session, "closed").await?;
        assert_eq!(secret.len(), 1);

        let columns = catalog::columns(&mut session, tables[1].id).await?;
        let found: Vec<_> = columns
            .iter()
            .map(|column| {
                (column.number, column.name.as_str(), column.type_name.as_str(), column.nullable, column.primary_key)
            })
            .collect();
        assert_eq!(
            found,
            [
                (1, "id", "bigint", false, true),
                (2, "part", "integer", false, true),
                (3, "note", "character varying(20)", false, false),
                (4, "total", "numeric(10,2)", true, false),
            ]
        );
        let defaults: Vec<_> = columns.iter().map(|column| column.default.as_deref()).collect();
        assert_eq!(defaults, [Some("generated always as identity"), Some("(7 * 6)"), None, Some("(part * 2)")]);
        assert_eq!(columns[2].comment.as_deref(), Some("a note"));
        assert_eq!(catalog::columns(&mut session, secret[0].id).await?.len(), 1);
        assert!(catalog::columns(&mut session, 1).await?.is_empty());

        let oid: u32 = value(&mut session, "select 'public.mood'::regtype::oid").await?.parse()?;
        let names = catalog::type_names(&mut session, &[oid, 1184, 4_294_967_295]).await?;
        let names: Vec<_> = names.iter().map(|found| found.name.as_str()).collect();
        assert_eq!(names, ["timestamp with time zone", "mood"]);
        assert!(catalog::type_names(&mut session, &[]).await?.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn filters_are_plain_text_in_any_case() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let database = server.create_database().await?;
    server.execute(&database, OBJECTS).await?;
    let mut session = open(&options(&server, &database)).await?;
    for (filter, expected) in
        [("ORD", &["orders"][..]), ("_100%", &["Odd_100%"]), ("%", &["Odd_100%"]), ("paRent", &["parent"]), ("'", &[])]
    {
        let request = ListRequest { filter: Some(filter), ..TABLES };
        let page = page_of_tables(&mut session, "public", &request).await?;
        let names: Vec<_> = page.items.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, expected, "{filter}");
    }
    let request = ListRequest { filter: Some("CAT"), ..TABLES };
    assert_eq!(catalog::schemas(&mut session, &request).await?.items[0].name, "pg_catalog");
    let request = ListRequest { filter: Some(&database), ..TABLES };
    assert_eq!(catalog::databases(&mut session, &request).await?.items[0].name, database);
    Ok(())
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_repetition() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        let mut session = open(&options(&server, &database)).await?;
        fetch(
            &mut session,
            "do $$ begin for i in 1..25 loop execute format('create table public.%I ()', 't:' || i); \
             execute format('create schema %I', 'S ' || i); end loop; end $$",
        )
        .await?;
        for limit in [1, 7, 25, 26] {
            let (mut tables, mut schemas) = (Vec::new(), Vec::new());
            let mut after = None;
            loop {
                let request = ListRequest { filter: None, limit, after: after.as_deref() };
                let page = page_of_tables(&mut session, "public", &request).await?;
                assert!(page.items.len() <= limit as usize);
                tables.extend(page.items.into_iter().map(|table| table.name));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            let mut after = None;
            loop {
                let request = ListRequest { filter: None, limit, after: after.as_deref() };
                let page = catalog::schemas(&mut session, &request).await?;
                schemas.extend(page.items.into_iter().map(|schema| schema.name));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            let mut sorted: Vec<_> = (1..=25).map(|i| format!("t:{i}")).collect();
            sorted.sort();
            assert_eq!(tables, sorted, "{major:?} {limit}");
            assert_eq!(schemas.len(), 28);
            assert_eq!(&schemas[25..], ["public", "information_schema", "pg_catalog"]);
        }
        // A cursor that never was one is a name.
        let request = ListRequest { filter: None, limit: 100, after: Some("t:8") };
        let page = page_of_tables(&mut session, "public", &request).await?;
        assert!(page.items.len() <= 25);
    }
    Ok(())
}

#[tokio::test]
async fn names_are_quoted_where_postgresql_quotes_them() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        let rows = fetch(
            &mut session,
            "select word, quote_ident(word), quote_literal(word) from (select word from pg_get_keywords() union all \
             values ('Abc'), ('a b'), ('a\"b'), ('_a1'), ('1a'), ('é'), ('a$'), (''), ('it''s \\ it')) w(word)",
        )
        .await?;
        for row in rows {
            let [name, identifier, literal] = row.try_into().map_err(|_| anyhow::anyhow!("three columns"))?;
            let name = name.unwrap();
            // A keyword of a newer version is quoted in the older one too, which is harmless.
            let ours = quote::identifier(&name);
            assert!(Some(&ours) == identifier.as_ref() || ours == format!("\"{name}\""), "{name}");
            if major == Major::V18 {
                assert_eq!(Some(ours), identifier);
            }
            assert_eq!(Some(quote::literal(&name)), literal);
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_editor_learns_all_names_and_which_schemas_changed() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        server.execute(&database, OBJECTS).await?;
        server
            .execute(
                &database,
                "create schema shop; create table shop.items (id int primary key, part int, \"order id\" bigint,
                     constraint bought foreign key (part, \"order id\") references public.orders (part, id));
                 create type shop.mood as enum ('fine', 'it''s \"so\"'); create domain shop.feeling as shop.mood; create type shop.pair as (a int, b int);
                 create function shop.watch() returns trigger language plpgsql as 'begin return new; end';
                 create function shop.total(of int, variadic more int[] default '{}') returns numeric language sql as 'select 1.0'",
            )
            .await?;
        let mut session = open(&options(&server, &database)).await?;

        let before = catalog::completion_schemas(&mut session).await?;
        let names: Vec<_> = before.iter().map(|schema| (schema.name.as_str(), schema.search_place)).collect();
        assert_eq!(
            names,
            [
                ("closed", None),
                ("information_schema", None),
                ("pg_catalog", Some(1)),
                ("public", Some(2)),
                ("shop", None)
            ]
        );
        let shop = before[4].oid;
        let mut objects = catalog::completion_objects(&mut session, &[shop]).await?;
        objects.sort();
        let orders: u32 = value(&mut session, "select 'public.orders'::regclass::oid").await?.parse()?;
        let items: u32 = value(&mut session, "select 'shop.items'::regclass::oid").await?.parse()?;
        let total: u32 = value(&mut session, "select 'shop.total'::regproc::oid").await?.parse()?;
        let watch: u32 = value(&mut session, "select 'shop.watch'::regproc::oid").await?.parse()?;
        assert_eq!(
            objects,
            [
                format!(r#"["foreign_key", {items}, ["part", "order id"], {orders}, ["part", "id"]]"#),
                format!(
                    r#"["function", {shop}, "total", "f", "of integer, VARIADIC more integer[] DEFAULT '{{}}'::integer[]", "numeric", {total}]"#
                ),
                format!(r#"["function", {shop}, "watch", "f", "", "trigger", {watch}]"#),
                format!(
                    r#"["relation", {items}, {shop}, "items", "r", [["id", "integer", true], ["part", "integer", false], ["order id", "bigint", false]]]"#
                ),
                format!(r#"["type", {shop}, "feeling", "d", "shop.mood"]"#),
                format!(r#"["type", {shop}, "mood", "e", ["fine", "it's \"so\""]]"#),
                format!(r#"["type", {shop}, "pair", "c", null]"#),
            ]
        );
        let system = catalog::completion_objects(&mut session, &[before[2].oid]).await?;
        let has = |start: &str| system.iter().any(|line| line.contains(start));
        assert!(has(r#""jsonb_build_object""#) && has(r#""pg_class""#) && has(r#""timestamptz", "b""#));
        assert!(!has(r#""int4eq""#) && !has("RI_FKey") && !has(r#""_int4""#) && !has(r#""anyelement", "p""#));

        assert_eq!(catalog::completion_schemas(&mut session).await?, before);

        // A session that reads the catalogue has none of its own: the one counts that the person's others begin with.
        fetch(&mut session, "set search_path = ''").await?;
        let set =
            format!("alter database {} set search_path = \"$user\", shop, \"closed\"", quote::identifier(&database));
        for (change, places) in
            [("select", [None, None, Some(1), Some(3), None]), (&set, [Some(4), None, Some(1), None, Some(3)])]
        {
            server.execute(&database, change).await?;
            let found = catalog::completion_schemas(&mut session).await?;
            assert_eq!(found.iter().map(|schema| schema.search_place).collect::<Vec<_>>(), places, "{change}");
        }
        fetch(&mut session, "reset search_path").await?;
        for change in [
            "alter table shop.items rename part to piece",
            "create or replace function shop.total(of int, variadic more int[] default '{}') returns numeric language sql as 'select 2.0'",
            "alter type shop.mood add value 'low' before 'fine'",
            "alter type shop.mood rename value 'low' to 'poor'",
            "alter domain shop.feeling rename to sense",
            "alter table shop.items drop constraint bought",
            "drop table shop.items",
        ] {
            let before = catalog::completion_schemas(&mut session).await?;
            server.execute(&database, change).await?;
            let after = catalog::completion_schemas(&mut session).await?;
            let changed: Vec<_> =
                before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.name.as_str()).collect();
            assert_eq!(changed, ["shop"], "{change}");
        }

        let server = catalog::completion_server(&mut session).await?;
        let has = |start: &str| server.iter().any(|line| line.starts_with(start));
        assert!(has(&format!(r#"["version", {}0"#, major.number())) && has(r#"["role", "pg_monitor"]"#));
        assert!(has(r#"["parameter", "bytea_output", "user", "enum", ["escape","hex"]]"#));
        assert!(has(r#"["parameter", "work_mem", "user", "integer", null]"#));
    }
    Ok(())
}
