//! The explorer's lists.

use anyhow::Result;
use serde_json::Value;

use crate::world::{World, all_majors, postgres};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn databases_schemas_relations_and_columns_are_listed() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    for postgres in all_majors().await {
        let database = postgres.create_database().await?;
        postgres
            .execute(
                &database,
                "create schema shop; comment on schema shop is 'things';
                 create table shop.orders (id bigint primary key, total numeric(12,2) not null default 0, note text);
                 comment on column shop.orders.note is 'from the customer';
                 create view shop.big as select * from shop.orders where total > 100;
                 create table shop.events (at timestamptz) partition by range (at);
                 create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');
                 create materialized view shop.daily as select 1 as x;
                 create table shop.\"we\"\"ird Ü\" (x int)",
            )
            .await?;
        let server = ada.connected_server(&postgres).await?;
        let base = format!("/api/v1/servers/{server}/databases");
        let databases = ada.get(&base).await?.json()?;
        assert!(names(&databases["databases"]).contains(&database.as_str()));
        let schemas = ada.get(&format!("{base}/{database}/schemas")).await?.json()?;
        let shop = schemas["schemas"].as_array().unwrap().iter().find(|schema| schema["name"] == "shop").unwrap();
        assert_eq!(
            (shop["tables"].as_i64(), shop["views"].as_i64(), shop["comment"].as_str()),
            (Some(4), Some(2), Some("things"))
        );
        let objects = format!("{base}/{database}/objects?of={}", shop["oid"]);
        let tables = ada.get(&format!("{objects}&kind=table")).await?.json()?;
        assert_eq!(names(&tables["items"]), ["events", "orders", "we\"ird Ü"]);
        assert_eq!(tables["items"][0]["kind"], "partitioned_table");
        let views = ada.get(&format!("{objects}&kind=view")).await?.json()?;
        assert_eq!(names(&views["items"]), ["big", "daily"]);
        let oid = &tables["items"][1]["oid"];
        let columns = ada.get(&format!("{base}/{database}/relations/{oid}/columns")).await?.json()?;
        assert_eq!(names(&columns["columns"]), ["id", "total", "note"]);
        assert_eq!(columns["columns"][0]["primary_key"], true);
        assert_eq!(columns["columns"][1]["type_name"], "numeric(12,2)");
        assert_eq!(columns["columns"][1]["nullable"], false);
        assert_eq!(columns["columns"][1]["default"], "0");
        assert_eq!(columns["columns"][2]["comment"], "from the customer");
    }
    Ok(())
}

#[tokio::test]
async fn long_lists_are_paged_and_filtered() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres
        .execute(&database, "do $$ begin for i in 1..250 loop execute format('create table t_%s (x int)', lpad(i::text, 4, '0')); end loop; end $$")
        .await?;
    let server = ada.connected_server(&postgres).await?;
    let base = format!("/api/v1/servers/{server}/databases/{database}");
    let schemas = ada.get(&format!("{base}/schemas?filter=public")).await?.json()?;
    let base = format!("{base}/objects?kind=table&of={}", schemas["schemas"][0]["oid"]);
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = ada.get(&format!("{base}&limit=100{after}")).await?.json()?;
        all.extend(names(&page["items"]).into_iter().map(str::to_owned));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 250);
    assert!(all.is_sorted());
    let filtered = ada.get(&format!("{base}&filter=T_01")).await?.json()?;
    assert_eq!(filtered["items"].as_array().unwrap().len(), 100);
    let literal = ada.get(&format!("{base}&filter=%25")).await?.json()?;
    assert_eq!(literal["items"].as_array().unwrap().len(), 0);
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_said() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let base = format!("/api/v1/servers/{server}/databases");
    let missing = ada.get(&format!("{base}/nosuch/schemas")).await?;
    assert_eq!((missing.status.as_u16(), missing.json()?["code"].as_str()), (404, Some("database_not_found")));
    assert_eq!(ada.get(&format!("{base}/postgres/relations/1/columns")).await?.status, 404);
    assert_eq!(ada.get(&format!("{base}/postgres/types?oids=x")).await?.status, 422);
    assert_eq!(ada.get(&format!("{base}/postgres/objects/names?text=a&kinds=table,nothing")).await?.status, 422);
    assert_eq!(ada.get(&format!("{base}/postgres/schemas?cursor=%00")).await?.status, 422);
    Ok(())
}

#[tokio::test]
async fn an_editor_gets_the_names_of_a_database_schema_by_schema() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres.execute(&database, "create schema shop; create table shop.orders (id bigint, note text not null)").await?;
    let server = ada.connected_server(&postgres).await?;
    let base = format!("/api/v1/servers/{server}/databases/{database}/completion");
    let list = ada.get(&base).await?.json()?;
    let shop = list["schemas"].as_array().unwrap().iter().find(|schema| schema["name"] == "shop").unwrap();
    let objects = ada.get(&format!("{base}/objects?schemas={}", shop["oid"])).await?.json()?;
    let orders = &objects["objects"][0];
    assert_eq!((&orders[0], &orders[3], &orders[4]), (&"relation".into(), &"orders".into(), &"r".into()));
    assert_eq!(orders[5], serde_json::json!([["id", "bigint", false], ["note", "text", true]]));
    for wrong in ["", "x", "1,,2", &vec!["1"; 201].join(",")] {
        let answer = ada.get(&format!("{base}/objects?schemas={wrong}")).await?;
        assert_eq!((answer.status.as_u16(), answer.json()?["field"].as_str()), (422, Some("schemas")), "{wrong}");
    }

    let of_server = ada.get(&format!("{base}/server")).await?;
    let objects = of_server.json()?["objects"].clone();
    let has = |kind: &str, name: &str| objects.as_array().unwrap().iter().any(|one| one[0] == kind && one[1] == name);
    assert!(has("parameter", "search_path") && has("role", "postgres"), "{objects}");
    let tag = of_server.header("etag").unwrap().to_owned();
    let ask = async || {
        let request = ada.browser.request(reqwest::Method::GET, &format!("{}{base}/server", world.origin))?;
        anyhow::Ok(request.header("if-none-match", &tag).send().await?.status().as_u16())
    };
    assert_eq!(ask().await?, 304);
    Ok(())
}

#[tokio::test]
async fn objects_of_every_kind_are_counted_and_listed_and_a_list_says_when_nothing_changed() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres
        .execute(&database, "create schema shop; create table shop.orders (id bigint primary key, note text); create type shop.mood as enum ('fine')")
        .await?;
    let server = ada.connected_server(&postgres).await?;
    let base = format!("/api/v1/servers/{server}/databases/{database}");
    let schemas = ada.get(&format!("{base}/schemas")).await?.json()?;
    let shop = &schemas["schemas"].as_array().unwrap().iter().find(|schema| schema["name"] == "shop").unwrap()["oid"];
    let counts = ada.get(&format!("{base}/objects/counts?within=schema&of={shop}")).await?.json()?;
    let some: Vec<_> = counts["counts"].as_array().unwrap().iter().filter(|count| count["count"] != 0).collect();
    assert_eq!(
        some,
        [&serde_json::json!({"kind": "table", "count": 1}), &serde_json::json!({"kind": "type", "count": 1})]
    );

    let path = format!("{base}/objects?kind=table&of={shop}");
    let tables = ada.get(&path).await?;
    assert_eq!(names(&tables.json()?["items"]), ["orders"]);
    let tag = tables.header("etag").unwrap().to_owned();
    let ask = async || {
        let request = ada.browser.request(reqwest::Method::GET, &format!("{}{path}", world.origin))?;
        anyhow::Ok(request.header("if-none-match", &tag).send().await?.status().as_u16())
    };
    assert_eq!(ask().await?, 304);
    postgres.execute(&database, "alter table shop.orders rename to purchases").await?;
    assert_eq!(ask().await?, 200);

    let oid = &tables.json()?["items"][0]["oid"];
    let columns = ada.get(&format!("{base}/objects?kind=column&of={oid}")).await?.json()?;
    assert_eq!(
        columns["items"][0],
        serde_json::json!({"catalog": "pg_class", "oid": oid, "number": 1, "name": "id", "kind": "key_column",
            "detail": "bigint", "estimated_rows": null, "badges": ["not null"], "comment": null})
    );
    for (wrong, field) in [("kind=nothing", "kind"), ("kind=table", "of")] {
        let answer = ada.get(&format!("{base}/objects?{wrong}")).await?;
        assert_eq!((answer.status.as_u16(), answer.json()?["field"].as_str()), (422, Some(field)), "{wrong}");
    }
    Ok(())
}

#[tokio::test]
async fn an_object_has_a_page_until_it_is_dropped_and_a_lock_only_hides_a_part_of_it() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    let name = "o\"dd\n Ü\u{1f4a1} of sixty-three bytes, which is as long as a name can";
    let quoted = howdah_pg::quote::identifier(name);
    postgres
        .execute(
            &database,
            &format!(
                "create table public.{quoted} (id int primary key, note text default 'x'); comment on table public.{quoted} is 'a wonder';
                      create function public.total() returns int language sql as 'select 42'"
            ),
        )
        .await?;
    let server = ada.connected_server(&postgres).await?;
    let base = format!("/api/v1/servers/{server}/databases/{database}");
    let schemas = ada.get(&format!("{base}/schemas?filter=public")).await?.json()?;
    let public = &schemas["schemas"][0]["oid"];
    let tables = ada.get(&format!("{base}/objects?kind=table&of={public}")).await?.json()?;
    let kept = tables["items"][0]["name"].as_str().unwrap();
    assert!(name.starts_with(kept) && kept.len() > 55, "{kept}");
    let path = format!("{base}/objects/pg_class/{}", tables["items"][0]["oid"]);

    let page = ada.get(&path).await?.json()?;
    assert_eq!((&page["name"], &page["kind"], &page["comment"]), (&kept.into(), &"table".into(), &"a wonder".into()));
    assert_eq!(page["identity"], format!("public.{}", howdah_pg::quote::identifier(kept)));
    let columns = page["sections"].as_array().unwrap().iter().find(|section| section["id"] == "columns").unwrap();
    assert_eq!(columns["rows"][0][0], serde_json::json!({"text": "id", "form": "key", "address": null}));
    assert_eq!(page["left_out"], Value::Null);

    let mut holder = ada.open_session(&server, &database).await?;
    holder.run(&format!("begin; lock table public.{quoted} in access exclusive mode;")).await?;
    let careful = ada.get(&path).await?.json()?;
    assert_eq!((&careful["name"], &careful["left_out"]["sqlstate"]), (&kept.into(), &"55P03".into()));
    assert_eq!(careful["left_out"]["held_by"].as_array().unwrap().len(), 1, "{careful}");
    let locked = ada.get(&format!("{path}/ddl")).await?;
    let said = locked.json()?["detail"].as_str().unwrap().to_owned();
    assert!(said.contains("is held by ") && said.contains("process "), "{said}");
    holder.run("rollback").await?;
    assert_eq!(ada.get(&format!("{path}/ddl")).await?.status, 200);

    let by_letters = ada.get(&format!("{base}/objects/names?text=o%22of&kinds=table,view")).await?.json()?;
    assert_eq!(by_letters["objects"][0]["name"], kept);

    let found = ada.get(&format!("{base}/objects/search?text=SELECT%2042")).await?.json()?;
    assert_eq!(found["found"][0]["identity"], "public.total()");
    assert_eq!(ada.get(&format!("{base}/objects/search?text=ab")).await?.status, 422);

    postgres.execute(&database, &format!("drop table public.{quoted}")).await?;
    let gone = ada.get(&path).await?;
    assert_eq!((gone.status.as_u16(), gone.json()?["code"].as_str()), (404, Some("not_found")));
    assert_eq!(ada.get(&format!("{base}/objects/pg_stat_activity/1")).await?.status, 404);
    Ok(())
}
