//! Objects as SQL, over HTTP.

use anyhow::Result;

use crate::world::{World, postgres};

#[tokio::test]
async fn an_object_is_printed_in_each_form_that_it_has() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres
        .execute(
            &database,
            "create schema shop;
             create table shop.orders (id bigint primary key, note text default 'it''s');
             comment on column shop.orders.note is 'from the customer';
             create view shop.big as select id from shop.orders where id > 100",
        )
        .await?;
    let server = ada.connected_server(&postgres).await?;
    let base = format!("/api/v1/servers/{server}/databases/{database}");
    let oid = async |name: &str| -> Result<String> {
        let rows = postgres.query(&database, &format!("select '{name}'::regclass::oid")).await?;
        Ok(rows[0][0].clone().unwrap_or_default())
    };
    let (orders, big) = (oid("shop.orders").await?, oid("shop.big").await?);

    let table = ada.get(&format!("{base}/objects/pg_class/{orders}/ddl")).await?.json()?;
    assert_eq!(
        table["sql"],
        "CREATE TABLE shop.orders (\n    id bigint NOT NULL,\n    note text DEFAULT 'it''s'::text\n);\n\
         ALTER TABLE shop.orders OWNER TO postgres;\n\
         COMMENT ON COLUMN shop.orders.note IS 'from the customer';\n\n\
         ALTER TABLE ONLY shop.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);\n"
    );
    assert_eq!(table["forms"], serde_json::json!(["create", "alter", "drop"]));
    let view = ada.get(&format!("{base}/objects/pg_class/{big}/ddl?form=replace")).await?.json()?;
    let sql = view["sql"].as_str().unwrap();
    assert!(sql.starts_with("CREATE OR REPLACE VIEW shop.big AS\n SELECT id\n   FROM shop.orders\n"), "{sql}");
    let dropped = ada.get(&format!("{base}/objects/pg_class/{big}/ddl?form=drop")).await?.json()?;
    assert_eq!(dropped["sql"], "DROP VIEW shop.big;\n");
    let whole = ada.get(&format!("{base}/ddl")).await?.json()?;
    let sql = whole["sql"].as_str().unwrap();
    assert!(sql.find("CREATE TABLE shop.orders") < sql.find("CREATE VIEW shop.big"), "{sql}");

    for (path, status) in [
        (format!("pg_class/{orders}/ddl?form=replace"), 422),
        (format!("pg_class/{orders}/ddl?form=other"), 422),
        ("pg_class/4294967295/ddl".to_owned(), 404),
        (format!("pg_stat_activity/{orders}/ddl"), 404),
    ] {
        let answer = ada.get(&format!("{base}/objects/{path}")).await?;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
    }
    Ok(())
}
