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
        let tables = ada.get(&format!("{base}/{database}/schemas/shop/relations?group=tables")).await?.json()?;
        assert_eq!(names(&tables["relations"]), ["events", "events_2026", "orders", "we\"ird Ü"]);
        assert_eq!(tables["relations"][0]["kind"], "partitioned_table");
        assert_eq!(tables["relations"][1]["is_partition"], true);
        let views = ada.get(&format!("{base}/{database}/schemas/shop/relations?group=views")).await?.json()?;
        assert_eq!(names(&views["relations"]), ["big", "daily"]);
        let oid = &tables["relations"][2]["oid"];
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
    let base = format!("/api/v1/servers/{server}/databases/{database}/schemas/public/relations?group=tables");
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = ada.get(&format!("{base}&limit=100{after}")).await?.json()?;
        all.extend(names(&page["relations"]).into_iter().map(str::to_owned));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 250);
    assert!(all.is_sorted());
    let filtered = ada.get(&format!("{base}&filter=T_01")).await?.json()?;
    assert_eq!(filtered["relations"].as_array().unwrap().len(), 100);
    let literal = ada.get(&format!("{base}&filter=%25")).await?.json()?;
    assert_eq!(literal["relations"].as_array().unwrap().len(), 0);
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
    Ok(())
}
