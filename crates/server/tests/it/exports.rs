//! Downloads.

use anyhow::{Context, Result};
use reqwest::{Method, header};
use serde_json::json;

use crate::world::{World, postgres, until_answers};

const VALUES: &str = "select * from (values (1, 'plain', null::text), (2, 'with, comma and \"quote\"', ''), (3, E'two\\nlines', '\\.')) v(id, text, other)";
const CSV: &str = "id,text,other\n1,plain,\n2,\"with, comma and \"\"quote\"\"\",\"\"\n3,\"two\nlines\",\\.\n";

#[tokio::test]
async fn a_csv_is_what_copy_writes() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let file = ada.post(&path, &json!({ "sql": VALUES, "format": "csv", "file_name": "late orders" })).await?;
    assert_eq!(file.status, 200, "{}", file.body);
    assert_eq!(file.body, CSV);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\"late orders.csv\""));
    let bare = ada.post(&path, &json!({ "sql": VALUES, "format": "csv", "header": false })).await?;
    assert_eq!(bare.body, CSV.split_once('\n').unwrap().1);
    Ok(())
}

#[tokio::test]
async fn a_form_downloads_the_same_and_only_from_this_origin() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let sql = VALUES.replace("(values", "(\r\nvalues").replace("E'two\\nlines'", "'two\r\nlines'");
    let form = [("sql", sql.as_str()), ("format", "csv")];
    let response = ada.browser.request(Method::POST, &url)?.form(&form).send().await?;
    assert_eq!(response.text().await?, CSV);
    let cookie = ada.browser.cookie_header(&url.parse()?).unwrap();
    let foreign = reqwest::Client::new()
        .post(&url)
        .header(header::COOKIE, cookie)
        .header(header::ORIGIN, "https://evil.example")
        .form(&form)
        .send()
        .await?;
    assert_eq!(foreign.status(), 403);
    Ok(())
}

#[tokio::test]
async fn a_statement_with_placeholders_has_what_is_given_for_them() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let sql = "select :text as t, :number::text as n, pg_typeof(:number), ':text' as s limit :number + 8";
    let parameters = json!({ "text": { "type": "text", "value": "it's \\ :number" }, "number": { "type": "number", "value": "-7" } });
    let csv = "t,n,pg_typeof,s\nit's \\ :number,-7,integer,:text\n";
    let file = ada.post(&path, &json!({ "sql": sql, "format": "csv", "parameters": parameters })).await?;
    assert_eq!(file.body, csv);
    let json = ada.post(&path, &json!({ "sql": sql, "format": "ndjson", "parameters": parameters })).await?;
    assert_eq!(json.body, "{\"t\":\"it's \\\\ :number\",\"n\":\"-7\",\"pg_typeof\":\"integer\",\"s\":\":text\"}\n");
    let named = json!({ "sql": "show :\"name\"", "format": "csv", "parameters": { "name": { "type": "text", "value": "is_superuser" } } });
    assert_eq!(ada.post(&path, &named).await?.body, "is_superuser\non\n");
    let set =
        json!({ "sql": "\\set n 1, 2\nselect :'n' as a from generate_series(:n)", "format": "csv", "parameters": {} });
    assert_eq!(ada.post(&path, &set).await?.body, "a\n\"1,2\"\n\"1,2\"\n");

    let missing = ada.post(&path, &json!({ "sql": sql, "format": "csv", "parameters": {} })).await?;
    assert_eq!((missing.status.as_u16(), missing.json()?["code"].as_str()), (422, Some("invalid_statement")));
    let url = format!("{}{path}", world.origin);
    let values = parameters.to_string();
    let form = [("sql", sql), ("format", "csv"), ("header", "true"), ("parameters", values.as_str()), ("mark", "a-1")];
    let response = ada.browser.request(Method::POST, &url)?.form(&form).send().await?;
    let cookie = response.headers()[header::SET_COOKIE].to_str()?.to_owned();
    assert!(cookie.starts_with("howdah-download-a-1=begun; Path=/"), "{cookie}");
    assert_eq!(response.text().await?, csv);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_form_can_be_read_in_a_frame_of_our_own() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let form = [("sql", "select nosuch"), ("format", "csv"), ("mark", "a; Domain=evil")];
    let response = ada.browser.request(Method::POST, &url)?.form(&form).send().await?;
    let headers = response.headers();
    assert_eq!(headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    assert!(headers[header::CONTENT_SECURITY_POLICY].to_str()?.contains("frame-ancestors 'self';"));
    assert!(!headers.contains_key(header::X_FRAME_OPTIONS) && !headers.contains_key(header::SET_COOKIE));
    let problem: serde_json::Value = serde_json::from_str(&response.text().await?)?;
    assert_eq!(problem["sqlstate"], "42703");
    Ok(())
}

#[tokio::test]
async fn statements_that_copy_cannot_wrap_are_written_in_the_same_format() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let file = ada.post(&path, &json!({ "sql": "show server_version_num", "format": "csv" })).await?;
    assert!(file.body.starts_with("server_version_num\n18"), "{}", file.body);
    Ok(())
}

#[tokio::test]
async fn what_copy_writes_is_the_file_or_its_lines() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let copy = "copy (values (1, 'a b'), (2, 'c\"d')) to stdout";
    for (sql, format, expected) in [
        (copy.to_owned(), "csv", "1\ta b\n2\tc\"d\n"),
        (format!("{copy} (format csv)"), "tsv", "1,a b\n2,\"c\"\"d\"\n"),
        (copy.to_owned(), "ndjson", "{\"copy\":\"1\\ta b\"}\n{\"copy\":\"2\\tc\\\"d\"}\n"),
    ] {
        let file = ada.post(&path, &json!({ "sql": sql, "format": format })).await?;
        assert_eq!((file.status.as_u16(), file.body.as_str()), (200, expected), "{format}");
    }
    let binary = format!("{copy} (format binary)");
    let file = ada.post(&path, &json!({ "sql": binary, "format": "csv" })).await?;
    assert!(file.body.starts_with("PGCOPY\n"), "{}", file.body);
    let refused = ada.post(&path, &json!({ "sql": binary, "format": "json" })).await?;
    assert_eq!((refused.status.as_u16(), refused.json()?["code"].clone()), (422, json!("statement_failed")));
    Ok(())
}

#[tokio::test]
async fn a_value_comes_as_it_is_however_long() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let raw = |sql: &str| json!({ "sql": sql, "format": "raw", "file_name": "picture.png" });
    let bytes = ada.post(&path, &raw("select decode('4a5c780a4b', 'hex') as b")).await?;
    assert_eq!(bytes.body, "J\\x\nK");
    let disposition = bytes.header("content-disposition").unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename=\"picture.png\"; filename*=UTF-8''picture.png");
    let long = ada.post(&path, &raw("select repeat(E'\\\\x\tü\n', 400000)")).await?;
    assert_eq!(long.body, "\\x\tü\n".repeat(400_000));
    assert_eq!(ada.post(&path, &raw("select null::bytea")).await?.body, "");
    Ok(())
}

#[tokio::test]
async fn a_statement_that_fails_is_told_before_anything_is_sent() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let failed = ada.post(&path, &json!({ "sql": "select nosuch", "format": "csv" })).await?;
    assert_eq!((failed.status.as_u16(), failed.json()?["sqlstate"].as_str()), (422, Some("42703")));
    let two = ada.post(&path, &json!({ "sql": "select 1; select 2", "format": "csv" })).await?;
    assert_eq!((two.status.as_u16(), two.json()?["code"].as_str()), (422, Some("invalid_statement")));
    let unknown = ada.post(&path, &json!({ "sql": "select 1", "format": "pdf" })).await?;
    assert_eq!(unknown.status, 422);
    Ok(())
}

const TYPED: &str = "select 9007199254740993::int8 as id, 1.50::numeric as price, 'NaN'::float8 as odd, true as paid, E'it''s\\t|<\\n>' as note, '{\"a\": [1]}'::jsonb as doc, array[1, null, 3] as list, array['x \"y\"', null] as words, date '2026-11-26' as day, null::int as nothing, '' as id";

/// What a format makes of `TYPED`, and the type that it is sent with.
const WRITTEN: &[(&str, &str, &str)] = &[
    (
        "tsv",
        "text/tab-separated-values; charset=utf-8",
        "id\tprice\todd\tpaid\tnote\tdoc\tlist\twords\tday\tnothing\tid\n9007199254740993\t1.50\tNaN\tt\t\"it's\t|<\n>\"\t\"{\"\"a\"\": [1]}\"\t{1,NULL,3}\t\"{\"\"x \\\"\"y\\\"\"\"\",NULL}\"\t2026-11-26\t\t\"\"\n",
    ),
    (
        "json",
        "application/json",
        r#"[
{"id":9007199254740993,"price":1.50,"odd":"NaN","paid":true,"note":"it's\t|<\n>","doc":{"a": [1]},"list":[1,null,3],"words":["x \"y\"",null],"day":"2026-11-26","nothing":null,"id_2":""}
]
"#,
    ),
    (
        "ndjson",
        "application/x-ndjson",
        r#"{"id":9007199254740993,"price":1.50,"odd":"NaN","paid":true,"note":"it's\t|<\n>","doc":{"a": [1]},"list":[1,null,3],"words":["x \"y\"",null],"day":"2026-11-26","nothing":null,"id_2":""}
"#,
    ),
    (
        "sql",
        "application/sql; charset=utf-8",
        "INSERT INTO result (id, price, odd, paid, note, doc, list, words, day, nothing, id_2) VALUES\n(9007199254740993, 1.50, 'NaN', true, 'it''s\t|<\n>', '{\"a\": [1]}', '{1,NULL,3}', '{\"x \\\"y\\\"\",NULL}', '2026-11-26', NULL, '');\n",
    ),
    (
        "markdown",
        "text/markdown; charset=utf-8",
        "| id | price | odd | paid | note | doc | list | words | day | nothing | id |\n| ---: | ---: | ---: | --- | --- | --- | --- | --- | --- | ---: | --- |\n| 9007199254740993 | 1.50 | NaN | t | it's\t\\|&lt;<br>> | {\"a\": [1]} | {1,NULL,3} | {\"x \\\\\"y\\\\\"\",NULL} | 2026-11-26 | *NULL* |  |\n",
    ),
];

#[tokio::test]
async fn every_format_keeps_each_value_as_it_is() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    for (format, content_type, written) in WRITTEN {
        let file = ada.post(&path, &json!({ "sql": TYPED, "format": format })).await?;
        assert_eq!(file.status, 200, "{}", file.body);
        assert_eq!(&file.body, written);
        assert_eq!(file.header("content-type"), Some(*content_type));
        // Statements that COPY cannot wrap go another way to the same file.
        let explained =
            ada.post(&path, &json!({ "sql": "show standard_conforming_strings", "format": format })).await?;
        assert!(explained.status == 200 && explained.body.contains("on"), "{format}: {}", explained.body);
        let none = ada.post(&path, &json!({ "sql": "select 1 as a where false", "format": format })).await?;
        assert_eq!(none.status, 200, "{format}: {}", none.body);
        let failed = ada.post(&path, &json!({ "sql": "select nosuch", "format": format })).await?;
        assert_eq!(failed.json()?["sqlstate"].as_str(), Some("42703"), "{format}");
    }
    let named = ada.post(&path, &json!({ "sql": "select datname from pg_database limit 1", "format": "sql" })).await?;
    assert!(named.body.starts_with("INSERT INTO pg_catalog.pg_database (datname) VALUES\n('"), "{}", named.body);
    Ok(())
}

#[tokio::test]
async fn a_workbook_says_what_its_cells_cannot_hold() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let sql = "select 12.5 as n, 9007199254740993::int8 as big, date '2026-11-26' as day, true as yes, null as nothing, 'a<b' as text, repeat('x', 40000) as long";
    let body = json!({ "sql": sql, "format": "xlsx" });
    let file = ada.browser.request(Method::POST, &url)?.json(&body).send().await?.bytes().await?;
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(file))?;
    let mut part = |name: &str| -> Result<String> { Ok(std::io::read_to_string(book.by_name(name)?)?) };
    let rows = part("xl/worksheets/sheet1.xml")?;
    let cells = "<row><c><v>12.5</v></c><c t=\"inlineStr\"><is><t xml:space=\"preserve\">9007199254740993</t></is></c><c s=\"2\"><v>46352</v></c><c t=\"b\"><v>1</v></c><c/><c t=\"inlineStr\"><is><t xml:space=\"preserve\">a&lt;b</t></is></c>";
    assert!(rows.contains(cells), "{}", &rows[..rows.len().min(2000)]);
    assert!(rows.contains(&format!(">{}<", "x".repeat(32_767))));
    let notes = part("xl/worksheets/sheet2.xml")?;
    assert!(notes.contains("Of 1 longer values only the beginning is here") && notes.contains("Row 1, column long"));
    assert!(part("xl/workbook.xml")?.contains("<sheet name=\"Notes\" sheetId=\"2\" r:id=\"rId2\"/>"));
    Ok(())
}

#[tokio::test]
async fn a_value_of_many_megabytes_streams_in_every_format() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let sql = "select repeat('x', 60000000) as body union all select string_agg(g::text, ',') from generate_series(1, 3000000) g";
    let before = world.memory_mib()?;
    for format in ["json", "ndjson", "sql", "markdown", "xlsx"] {
        let body = json!({ "sql": sql, "format": format });
        let mut response = ada.browser.request(Method::POST, &url)?.json(&body).send().await?;
        let (mut length, mut peak) = (0, 0);
        while let Some(chunk) = response.chunk().await? {
            if length / 4_000_000 != (length + chunk.len()) / 4_000_000 {
                peak = peak.max(world.memory_mib()?);
            }
            length += chunk.len();
        }
        assert!(length > if format == "xlsx" { 1_000 } else { 80_000_000 }, "{format}: {length}");
        assert!(peak < before + 16, "{format}: {before} MiB before, {peak} MiB at most");
    }
    Ok(())
}

#[tokio::test]
async fn a_large_download_streams_and_is_whole() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let before = world.memory_mib()?;
    for (format, rows) in [("csv", 1_000_000), ("ndjson", 300_000), ("xlsx", 300_000)] {
        let sql = format!("select g, repeat('x', 200) from generate_series(1, {rows}) g");
        let body = json!({ "sql": sql, "format": format, "header": false });
        let mut response = ada.browser.request(Method::POST, &url)?.json(&body).send().await?;
        let (mut lines, mut peak, mut chunks) = (0, 0, 0);
        while let Some(chunk) = response.chunk().await? {
            lines += chunk.iter().filter(|&&byte| byte == b'\n').count();
            chunks += 1;
            peak = peak.max(if chunks % 100 == 1 { world.memory_mib()? } else { 0 });
        }
        assert!(lines == rows || format == "xlsx", "{format}: {lines}");
        assert!(peak < before + 16, "{format}: {before} MiB before, {peak} MiB at most");
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_that_stops_or_vanishes_costs_nothing() -> Result<()> {
    let world = World::start("").await?;
    let postgres = postgres().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&postgres).await?;
    let url = format!("{}/api/v1/servers/{server}/databases/postgres/export", world.origin);
    let before = world.memory_mib()?;
    for format in ["csv", "ndjson"] {
        let sql = format!("select generate_series(1, 1000000000) as g, repeat('x', 1000) as endless_{format}");
        let body = json!({ "sql": sql, "format": format });
        let mut response = ada.browser.request(Method::POST, &url)?.json(&body).send().await?;
        assert!(response.chunk().await?.is_some());
        let backend =
            format!("from pg_stat_activity where query like '%endless\\_{format}%' and pid <> pg_backend_pid()");
        until_answers(&postgres, &format!("select wait_event {backend}"), Some("ClientWrite")).await?;
        let now = world.memory_mib()?;
        assert!(now < before + 16, "{format}: {before} MiB before, {now} MiB now");
        drop(response);
        until_answers(&postgres, &format!("select 'still there' {backend} and state = 'active'"), None).await?;
    }
    Ok(())
}

/// Values at which writers of files stumble.
const EXTREMES: &str = r#"create table extremes (day date, at timestamp, moment timestamptz, ratio float8, amount numeric,
    bytes bytea, grid int[], words text[], doc json, span int4range, formula text, lines text, quoted text, took interval);
    insert into extremes values
    ('infinity', '-infinity', 'infinity', 'Infinity', 'NaN', '\xdeadbeef00', '{{1,2},{3,NULL}}', '{"a,b","\"q\"","",NULL,"NULL"}',
        '{"f": "=1+1"}', '[1,5)', '=1+1', E'two\nlines\r\nthree', 'she said "hi", ''ok''\', '-1 day +02:00'),
    ('0044-03-15 BC', '294276-12-31 23:59:59.999999', '2026-11-26 10:00:00+00', '-Infinity', 1e-30, '', '{}', '{}',
        '[]', 'empty', '@x', '', '|<b>`', '0'),
    (null, null, null, 1e308, -0.0, null, null, null, null, null, null, null, null, null)"#;

#[tokio::test]
async fn values_at_which_writers_stumble_come_back_as_they_were() -> Result<()> {
    let world = World::shared().await;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres.execute(&database, EXTREMES).await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&postgres).await?;
    let path = format!("/api/v1/servers/{server}/databases/{database}/export");
    let mut files = std::collections::BTreeMap::new();
    for format in ["csv", "tsv", "json", "ndjson", "sql", "markdown"] {
        let file = ada.post(&path, &json!({ "sql": "table extremes", "format": format })).await?;
        assert_eq!(file.status, 200, "{format}: {}", file.body);
        files.insert(format, file.body);
    }
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let listed = format!("[{}]", files["ndjson"].trim_end().replace('\n', ","));
    let filled =
        |json: &str| format!("insert into back select * from json_populate_recordset(null::back, {})", quoted(json));
    for (format, insert) in [
        ("sql", files["sql"].replacen("INSERT INTO public.extremes", "INSERT INTO back", 1)),
        ("json", filled(&files["json"])),
        ("ndjson", filled(&listed)),
    ] {
        let script = format!("create table back (like extremes); {insert};");
        postgres.execute(&database, &script).await.with_context(|| format!("{format}: {insert}"))?;
        let rows = |table: &str| format!("select t::text from {table} t order by 1");
        assert_eq!(
            postgres.query(&database, &rows("back")).await?,
            postgres.query(&database, &rows("extremes")).await?,
            "{format}"
        );
        postgres.execute(&database, "drop table back").await?;
    }
    for (format, parts) in [
        (
            "csv",
            &[
                "infinity,-infinity,infinity,Infinity,NaN,\\xdeadbeef00,\"{{1,2},{3,NULL}}\"",
                ",=1+1,\"two\nlines\r\nthree\",\"she said \"\"hi\"\", 'ok'\\\"",
                "0044-03-15 BC,294276-12-31 23:59:59.999999,",
                ",@x,\"\",",
            ][..],
        ),
        (
            "tsv",
            &[
                "infinity\t-infinity\tinfinity\tInfinity\tNaN\t\\xdeadbeef00\t{{1,2},{3,NULL}}",
                "\t=1+1\t\"two\nlines\r\nthree\"\t",
            ],
        ),
        (
            "markdown",
            &[
                "| infinity | -infinity | infinity | Infinity | NaN |",
                "| =1+1 | two<br>lines<br>three |",
                "| \\|&lt;b>",
            ],
        ),
    ] {
        for part in parts {
            assert!(files[format].contains(part), "{format} lacks {part}:\n{}", files[format]);
        }
    }
    let url = format!("{}{path}", world.origin);
    let body = json!({ "sql": "table extremes", "format": "xlsx" });
    let file = ada.browser.request(Method::POST, &url)?.json(&body).send().await?.bytes().await?;
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(file))?;
    let sheet = std::io::read_to_string(book.by_name("xl/worksheets/sheet1.xml")?)?;
    for text in ["infinity", "NaN", "\\xdeadbeef00", "=1+1", "0044-03-15 BC", "[1,5)"] {
        assert!(sheet.contains(&format!(">{text}</t>")), "{text}: {sheet}");
    }
    assert!(!sheet.contains("<f>"), "a text is no formula");
    Ok(())
}
