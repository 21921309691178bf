//! Objects of every kind, printed, made again from what was printed, and printed again; on every major version.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use howdah_pg::{
    ConnectOptions, Session,
    catalog::ObjectAddress,
    ddl::{self, DdlError, Form},
};
use howdah_testkit::{Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use tokio::sync::Mutex;

use crate::support::{fetch, open, options, password, run, value};

const ROLES: &str = include_str!("ddl/roles.sql");
/// What each major version added to the one before.
const FIXTURES: [(u32, &str); 4] = [
    (15, include_str!("ddl/every_kind.sql")),
    (16, include_str!("ddl/every_kind_16.sql")),
    (17, include_str!("ddl/every_kind_17.sql")),
    (18, include_str!("ddl/every_kind_18.sql")),
];
const OBJECTS: &str = include_str!("../../src/ddl/sql/objects.sql");

/// A database with one object of every kind.
async fn filled(server: &Postgres, major: Major) -> Result<String> {
    /// What is of the whole cluster is made once.
    static CLUSTER: Mutex<()> = Mutex::const_new(());
    let database = server.create_database().await?;
    let making = CLUSTER.lock().await;
    server.execute(&database, ROLES).await?;
    let mut session = open(&options(server, &database)).await?;
    if value(&mut session, "select count(*) from pg_tablespace where spcname = 'Ddl space'").await? == "0" {
        // Not by one text, as it runs in no transaction.
        for sql in [
            "set allow_in_place_tablespaces = on",
            "create tablespace \"Ddl space\" owner \"ddl owner\" location '' with (random_page_cost = 2)",
            "comment on tablespace \"Ddl space\" is 'fast'",
            "grant create on tablespace \"Ddl space\" to ddl_reader",
        ] {
            fetch(&mut session, sql).await?;
        }
    }
    drop(making);
    for (_, sql) in FIXTURES.iter().filter(|(number, _)| *number <= major.number()) {
        server.execute(&database, sql).await?;
    }
    Ok(database)
}

/// Runs statements one by one, so that a failure shows its own.
async fn run_all(session: &mut Session, statements: impl Iterator<Item = &str>) -> Result<()> {
    for sql in statements {
        if let Some(error) = run(session, sql).await?.error {
            anyhow::bail!("{error}\nin: {sql}");
        }
    }
    Ok(())
}

/// Addresses by what the objects are called.
async fn addresses(session: &mut Session) -> Result<BTreeMap<String, ObjectAddress>> {
    let rows = session.query(OBJECTS, &[]).await?;
    rows.texts()
        .map(|row| {
            let [Some(catalog), Some(oid), _, Some(name), _] = row.as_slice() else {
                anyhow::bail!("{row:?} is no object");
            };
            let address = ObjectAddress { catalog: catalog.parse()?, oid: oid.parse()? };
            Ok((format!("{catalog} {name}"), address))
        })
        .collect()
}

#[tokio::test]
async fn a_database_made_from_its_script_has_the_same_script_and_the_same_dump() -> Result<()> {
    let program = tokio::task::spawn_blocking(pg_dump).await??;
    for major in Major::EVERY {
        let server = Postgres::shared(major).await?;
        let source = filled(&server, major).await?;
        let copy = server.create_database().await?;
        let mut session = open(&options(&server, &source)).await?;
        let script = ddl::database(&mut session).await?;
        let mut other = open(&options(&server, &copy)).await?;
        run_all(&mut other, script.statements()).await.with_context(|| format!("{major:?}"))?;
        assert_same(&script.to_string(), &ddl::database(&mut other).await?.to_string(), major);

        let (own, others) = (addresses(&mut session).await?, addresses(&mut other).await?);
        assert_eq!(own.keys().collect::<Vec<_>>(), others.keys().collect::<Vec<_>>());
        // Majors differ in what the queries answer, not in how their answers are put together.
        let own = if major == Major::V18 { own } else { BTreeMap::new() };
        for (name, address) in own {
            let script = ddl::script(&mut session, address, Form::Create).await.context(name.clone())?;
            let copied = ddl::script(&mut other, others[&name], Form::Create).await.context(name)?;
            assert_same(&script.to_string(), &copied.to_string(), major);
        }
        assert_same(&dump(&program, &server, &source)?, &dump(&program, &server, &copy)?, major);
    }
    Ok(())
}

#[tokio::test]
async fn each_form_runs_and_leaves_the_object_as_it_was() -> Result<()> {
    let major = Major::V18;
    let server = Postgres::shared(major).await?;
    let database = filled(&server, major).await?;
    let mut session = open(&options(&server, &database)).await?;
    let mut counts = [0; 3];
    let mut wrong = Vec::new();
    for (name, address) in addresses(&mut session).await? {
        let create = ddl::script(&mut session, address, Form::Create).await?;
        for (place, form) in [Form::Replace, Form::Alter].into_iter().enumerate() {
            let script = match ddl::script(&mut session, address, form).await {
                Err(DdlError::NoSuchForm) => continue,
                script => script?,
            };
            let ran = run_all(&mut session, script.statements()).await;
            let after = ddl::script(&mut session, address, Form::Create).await?;
            if ran.is_err() || create != after {
                wrong.push(format!("{name} {form:?}: {ran:?}\n{create}\nbecame\n{after}"));
            }
            counts[place] += 1;
        }
        // What nothing depends on is dropped and made again, unless it is made with something else.
        let alone = name != "pg_namespace public" && !create.to_string().starts_with("-- Made with ");
        let drop = match ddl::script(&mut session, address, Form::Drop).await {
            Err(DdlError::NoSuchForm) => continue,
            drop => drop?,
        };
        run(&mut session, "begin").await?;
        if alone && run_all(&mut session, drop.statements()).await.is_ok() {
            let ran = run_all(&mut session, create.statements()).await;
            let made = match ran {
                Ok(()) => addresses(&mut session).await?.get(&name).copied(),
                Err(_) => None,
            };
            let after = match made {
                Some(made) => ddl::script(&mut session, made, Form::Create).await?.to_string(),
                None => String::new(),
            };
            if create.to_string() != after {
                wrong.push(format!("{name}: {ran:?}\n{create}\nbecame\n{after}"));
            }
            counts[2] += 1;
        }
        run(&mut session, "rollback").await?;
    }
    assert!(wrong.is_empty(), "{major:?}\n{}", wrong.join("\n\n"));
    ensure!(counts[0] > 40 && counts[1] > 150 && counts[2] > 80, "{major:?}: {counts:?}");
    Ok(())
}

#[tokio::test]
async fn clusters_objects_are_printed_and_hidden_things_are_said() -> Result<()> {
    for major in Major::EVERY {
        let server: Arc<Postgres> = Postgres::shared(major).await?;
        let database = filled(&server, major).await?;
        let name = format!("ddl_reader_of_{database}");
        let text = format!(
            "create role {name} login password 'x'; alter database {database} set search_path = \"My Schema\", public;
             alter database {database} connection limit 7; grant connect on database {database} to {name}"
        );
        server.execute(&database, &text).await?;
        let mut session = open(&options(&server, &database)).await?;
        let mut print = async |catalog: &str, condition: &str| -> Result<String> {
            let oid = value(&mut session, &format!("select oid from {catalog} where {condition}")).await?;
            let address = ObjectAddress { catalog: catalog.parse()?, oid: oid.parse()? };
            Ok(ddl::script(&mut session, address, Form::Create).await?.to_string())
        };
        let printed = print("pg_database", &format!("datname = '{database}'")).await?;
        for part in [
            &format!("CREATE DATABASE {database}\n    TEMPLATE = template0\n    ENCODING = 'UTF8'"),
            "\n    LC_COLLATE = 'C.UTF-8'\n    LC_CTYPE = 'C.UTF-8'\n    CONNECTION LIMIT = 7;\n",
            &format!("ALTER DATABASE {database} SET search_path TO \"My Schema\", public;\n"),
            &format!("GRANT CONNECT ON DATABASE {database} TO {name};\n"),
        ] {
            assert!(printed.contains(part), "{printed}");
        }
        let member = print("pg_authid", "rolname = 'ddl_member'").await?;
        let set = if major == Major::V15 { "" } else { "GRANT ddl_set TO ddl_member WITH INHERIT TRUE, SET FALSE;\n" };
        assert_eq!(
            member,
            format!(
                "CREATE ROLE ddl_member\n    LOGIN CREATEDB NOINHERIT CONNECTION LIMIT 5 VALID UNTIL '2030-01-01 00:00:00+00';\n\
                 -- A password is not shown.\n\
                 ALTER ROLE ddl_member SET search_path TO \"$user\", \"My Schema\", public;\n\
                 ALTER ROLE ddl_member SET work_mem TO '8MB';\n\
                 GRANT \"ddl owner\" TO ddl_member;\n\
                 GRANT ddl_reader TO ddl_member WITH ADMIN OPTION;\n{set}\
                 GRANT SET ON PARAMETER my.own TO ddl_member;\n\
                 GRANT SET, ALTER SYSTEM ON PARAMETER work_mem TO ddl_member WITH GRANT OPTION;\n\
                 SET ROLE ddl_member;\nGRANT SET ON PARAMETER work_mem TO PUBLIC;\nRESET ROLE;\n\
                 COMMENT ON ROLE ddl_member IS 'may\nread';\n"
            )
        );
        let reader = print("pg_authid", "rolname = 'ddl_reader'").await?;
        let granted = "SET ROLE ddl_member;\nGRANT SET ON PARAMETER work_mem TO ddl_reader;\nRESET ROLE;\n";
        assert!(reader.contains(granted), "{reader}");
        let first = print("pg_authid", "oid = 10").await?;
        assert!(first.contains("GRANT SET ON PARAMETER maintenance_work_mem TO PUBLIC;\n"), "{first}");
        assert_eq!(
            print("pg_tablespace", "spcname = 'Ddl space'").await?,
            "CREATE TABLESPACE \"Ddl space\"\n    LOCATION ''\n    WITH (random_page_cost=2);\n\
             ALTER TABLESPACE \"Ddl space\" OWNER TO \"ddl owner\";\n\
             COMMENT ON TABLESPACE \"Ddl space\" IS 'fast';\n\n\
             GRANT CREATE ON TABLESPACE \"Ddl space\" TO ddl_reader;\n"
        );
        // No provider of labels is at hand, so one is written where PostgreSQL keeps them.
        server
            .execute(
                &database,
                "set allow_system_table_mods = on; insert into pg_seclabel (objoid, classoid, objsubid, provider, label)
                 values ('plain.lines'::regclass, 'pg_class'::regclass, 0, 'my provider', 'it''s'),
                     ('plain.lines'::regclass, 'pg_class'::regclass, 2, 'my provider', 'number')",
            )
            .await?;
        let labelled = print("pg_class", "oid = 'plain.lines'::regclass").await?;
        let labels = "SECURITY LABEL FOR \"my provider\" ON TABLE plain.lines IS 'it''s';\n\
                      SECURITY LABEL FOR \"my provider\" ON COLUMN plain.lines.number IS 'number';\n";
        assert!(labelled.contains(labels), "{labelled}");

        let anybody = ConnectOptions { user: name, ..options(&server, &database) };
        let mut session = howdah_pg::connect(&anybody, password("x"), &mut |_| {}).await?;
        let own = addresses(&mut session).await?;
        for (object, hidden) in [
            ("pg_subscription Sub", "-- The connection string is not shown to you"),
            ("pg_user_mapping A server public", "-- Its options are not shown to you"),
        ] {
            let script = ddl::script(&mut session, own[object], Form::Create).await?.to_string();
            assert!(script.contains(hidden) && !script.contains("se''cret") && !script.contains("it s"), "{script}");
        }
        ddl::database(&mut session).await?;
        let gone = ObjectAddress { catalog: "pg_class".parse()?, oid: 4_294_967_295 };
        let found = ddl::script(&mut session, gone, Form::Create).await;
        assert!(matches!(found, Err(DdlError::NotFound)), "{found:?}");
    }
    Ok(())
}

/// Compares line by line, so that a failure is short.
#[track_caller]
fn assert_same(left: &str, right: &str, major: Major) {
    let difference = left.lines().zip(right.lines()).position(|(a, b)| a != b);
    let from = difference.unwrap_or_default().saturating_sub(5);
    let part = |text: &str| text.lines().skip(from).take(20).collect::<Vec<_>>().join("\n");
    assert!(left == right, "{major:?}\n{}\n\nis not\n\n{}", part(left), part(right));
}

/// The `pg_dump` that `HOWDAH_PG_DUMP` names, or the testkit's, which reads every major version.
fn pg_dump() -> Result<PathBuf> {
    std::env::var_os("HOWDAH_PG_DUMP").map_or_else(howdah_testkit::pg_dump, |path| Ok(path.into()))
}

/// The schema as `pg_dump` has it, without the lines that are random.
fn dump(program: &Path, server: &Postgres, database: &str) -> Result<String> {
    let output = Command::new(program)
        .args(["--schema-only", "--host", server.host(), "--port", &server.port().to_string()])
        .args(["--username", SUPERUSER, database])
        .env("PGPASSWORD", SUPERUSER_PASSWORD)
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let random = |line: &&str| line.starts_with(r"\restrict ") || line.starts_with(r"\unrestrict ");
    Ok(text.lines().filter(|line| !random(line)).collect::<Vec<_>>().join("\n"))
}
