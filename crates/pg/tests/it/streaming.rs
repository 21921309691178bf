//! Batches, limits, and values as psql shows them.

use std::process::Command;

use anyhow::{Result, ensure};
use howdah_pg::{Event, csv::CsvWriter, types::type_name, value::rows};
use howdah_testkit::{Major, Postgres, SUPERUSER};

use crate::support::{fetch, finish, run, session, value};

#[tokio::test]
async fn the_first_rows_come_at_once_and_the_others_in_batches() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    session.start_simple("select i, repeat('x', 100) from generate_series(1, 20000) i").await?;
    let mut sizes = Vec::new();
    loop {
        match session.next_event().await? {
            Event::Rows(batch) => sizes.push(batch.bytes().len()),
            Event::Ready(_) => break,
            _ => {}
        }
    }
    assert!(sizes.iter().all(|size| *size <= 64 * 1024));
    let total: usize = sizes.iter().sum();
    assert!(sizes.len() < total / 20_000, "{} batches of {total} bytes", sizes.len());
    Ok(())
}

#[tokio::test]
async fn slow_rows_do_not_wait_for_a_full_batch() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    // PostgreSQL itself gathers 8 KiB before it sends, so a row's end may come with the next row.
    let told = run(&mut session, "select repeat('x', 9000), pg_sleep(0.1) from generate_series(1, 5)").await?;
    assert!(told.batches.len() >= 3, "{:?}", told.batches);
    Ok(())
}

#[tokio::test]
async fn the_row_limit_holds_and_can_be_raised() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        session.limit_rows(Some(1000));
        session.start_simple("select i from generate_series(1, 100000) i").await?;
        let (mut rows, mut reached) = (0, 0);
        let discarded = loop {
            match session.next_event().await? {
                Event::Rows(batch) => rows += batch.rows(),
                Event::LimitReached => {
                    reached += 1;
                    match reached {
                        1 => assert_eq!(rows, 1000),
                        2 => session.limit_rows(Some(500)),
                        3 => assert_eq!(rows, 1500),
                        _ => session.discard_rows(),
                    }
                }
                Event::Complete { discarded_rows, .. } => break discarded_rows,
                _ => {}
            }
        };
        assert_eq!((rows, discarded), (1500, 98_500));
        finish(&mut session).await?;
        // The next statement has no limit.
        assert_eq!(fetch(&mut session, "select generate_series(1, 3000)").await?.len(), 3000);
        // A result of exactly as many rows ends without a pause.
        session.limit_rows(Some(3));
        assert_eq!(run(&mut session, "select generate_series(1, 3)").await?.order, "CRT");
    }
    Ok(())
}

#[tokio::test]
async fn without_a_reader_postgresql_waits() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    session.start_simple("select i, repeat('x', 1000) from generate_series(1, 1000000) i").await?;
    loop {
        if let Event::Rows(_) = session.next_event().await? {
            break;
        }
    }
    let waits =
        format!("select wait_event = 'ClientWrite' from pg_stat_activity where pid = {}", session.backend_pid());
    crate::support::until(&server, &waits).await?;
    session.canceller().cancel().await?;
    assert_eq!(finish(&mut session).await?.error.map(|error| error.code).as_deref(), Some("57014"));
    Ok(())
}

#[tokio::test]
async fn wide_rows_come_whole() -> Result<()> {
    let server = Postgres::shared(Major::V15).await?;
    let mut session = session(&server).await?;
    let columns: Vec<String> = (0..1600).map(|i| format!("i + {i}")).collect();
    let sql = format!("select {} from generate_series(1, 50) i", columns.join(","));
    let told = run(&mut session, &sql).await?;
    assert_eq!((told.columns[0].len(), told.rows.len()), (1600, 50));
    for (place, row) in told.rows.iter().enumerate() {
        let last = row.last().cloned().flatten();
        assert_eq!(last, Some((place + 1 + 1599).to_string()));
    }
    Ok(())
}

/// All kinds of values, some of them awkward.
const AWKWARD: &str = "select i, case when i % 3 = 0 then null else repeat('é\"😀,', i) end, \
     array[i, null], i % 2 = 0, jsonb_build_object('a', i), E'a\\tb\\\\c'||i, '', now()::date - i, i / 7.0, '\\x00ff'::bytea \
     from generate_series(1, 300) i";

#[tokio::test]
async fn values_are_those_that_psql_shows() -> Result<()> {
    if Command::new("psql").arg("--version").output().is_err() {
        eprintln!("psql is not on the PATH: nothing is compared");
        return Ok(());
    }
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        let ours = run(&mut session, AWKWARD).await?.rows;
        let output = Command::new("psql")
            .args(["-X", "-At", "-F", "\u{1}", "-R", "\u{2}", "-P", "null=\u{3}", "-h"])
            .arg(server.socket_directory())
            .args(["-p", &server.port().to_string(), "-U", SUPERUSER, "-d", "postgres", "-c", AWKWARD])
            .env("PGTZ", "UTC")
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout)?;
        let theirs: Vec<Vec<Option<String>>> = text
            .trim_end_matches('\n')
            .split('\u{2}')
            .map(|row| row.split('\u{1}').map(|value| (value != "\u{3}").then(|| value.to_owned())).collect())
            .collect();
        assert_eq!(ours, theirs);
    }
    Ok(())
}

#[tokio::test]
async fn copy_out_and_the_csv_writer_write_the_same() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        for sql in [AWKWARD, "select * from (values ('\\.'), (null), (''), ('a b')) v (\"odd, \"\"name\"\"\")"] {
            let copied = run(&mut session, &format!("copy ({sql}) to stdout with (format csv, header true)")).await?;
            assert!(copied.error.is_none(), "{:?}", copied.error);
            session.start_simple(sql).await?;
            let mut writer = CsvWriter::new(b',', true);
            let mut written = bytes::BytesMut::new();
            loop {
                match session.next_event().await? {
                    Event::Columns(columns) => written.extend_from_slice(&writer.start(&columns).unwrap_or_default()),
                    Event::Rows(batch) => writer.write(&batch, &mut written)?,
                    Event::Ready(_) => break,
                    _ => {}
                }
            }
            assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&copied.copy));
        }
        let long = run(&mut session, "copy (select repeat('x', 3000000)) to stdout").await?;
        assert_eq!(long.copy.len(), 3_000_001);
    }
    Ok(())
}

#[tokio::test]
async fn long_rows_are_cut_as_the_protocol_says() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    session
        .start_simple(
            "select 1, repeat('a', 250000), null, repeat('b', 70000), 'end' union all select 2, 'x', null, 'y', 'z'",
        )
        .await?;
    let mut found = Vec::new();
    loop {
        match session.next_event().await? {
            Event::Rows(batch) => {
                for row in rows(batch.bytes()) {
                    let lengths: Vec<_> = row.values().map(|value| value.text().map(|text| text.len())).collect();
                    found.push((batch.bytes()[0], lengths));
                }
            }
            Event::Ready(_) => break,
            _ => {}
        }
    }
    assert_eq!(found[0], (b'L', vec![Some(1), Some(65_536), None, Some(65_536), Some(3)]));
    assert_eq!(found[1], (b'D', vec![Some(1), Some(1), None, Some(1), Some(1)]));
    Ok(())
}

#[tokio::test]
async fn type_names_are_those_of_format_type_in_short() -> Result<()> {
    // What format_type writes out in words has a short name in pg_type.
    let words = [
        ("character varying", "varchar"),
        ("character", "char"),
        ("bit varying", "varbit"),
        ("double precision", "float8"),
    ];
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        fetch(
            &mut session,
            "create temp table kinds (a varchar(20), b char(3), c numeric(12,2), d numeric(3,-2), e timestamptz(0), \
             f time(3), g timetz, h interval, i interval(2), j interval day to second(3), k bit(4), l varbit(8), m text[], \
             n varchar(5)[], o int4range, p \"char\", q bool, r float8, s interval year to month, t numeric, u timestamp(6)[])",
        )
        .await?;
        let described = fetch(
            &mut session,
            "select atttypid, atttypmod, format_type(atttypid, atttypmod) from pg_attribute \
             where attrelid = 'kinds'::regclass and attnum > 0 order by attnum",
        )
        .await?;
        assert_eq!(described.len(), 21);
        for row in described {
            let [oid, modifier, expected] = row.try_into().map_err(|_| anyhow::anyhow!("three columns"))?;
            let mut expected = expected.unwrap();
            for (long, short) in words {
                if let Some(rest) = expected.strip_prefix(long) {
                    expected = format!("{short}{rest}");
                    break;
                }
            }
            for (long, short) in [("timestamp", "timestamp"), ("time", "time")] {
                if expected.starts_with(long) && expected.contains(" with time zone") {
                    expected = expected.replace(" with time zone", "").replacen(long, &format!("{short}tz"), 1);
                }
            }
            expected = expected.replace(" without time zone", "");
            let name = type_name(oid.unwrap().parse()?, modifier.unwrap().parse()?);
            assert_eq!(name.as_deref(), Some(expected.as_str()));
        }
        assert_eq!(value(&mut session, "select 1").await?, "1");
    }
    Ok(())
}
