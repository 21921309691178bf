//! Lists of hosts: which one is chosen, and why not the others.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Result;
use howdah_pg::{
    Authentication, ConnectError, ConnectEvent, ConnectOptions, ConnectStep, Host, HostOrder, PassFile, Session,
    SslMode, TargetSession,
};
use howdah_testkit::{Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{message, open, options, password, value};

/// Options for several servers, in this order.
fn among(servers: &[&Postgres]) -> ConnectOptions {
    let mut options = options(servers[0], "postgres");
    options.endpoints = servers.iter().map(|server| self::options(server, "postgres").endpoints.remove(0)).collect();
    options
}

/// A port that nobody listens on.
async fn closed_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

async fn port(session: &mut Session) -> Result<String> {
    value(session, "show port").await
}

#[tokio::test]
async fn the_first_server_of_the_wanted_kind_is_chosen() -> Result<()> {
    use TargetSession::{Any, PreferStandby, Primary, ReadOnly, ReadWrite, Standby};
    for major in Major::ALL {
        let primary = Postgres::shared(major).await?;
        let standby = Postgres::builder(major).standby().start().await?;
        let frozen = Postgres::builder(major).setting("default_transaction_read_only", "on").start().await?;
        let (p, s, f) = (&*primary, &standby, &frozen);
        for (target, servers, expected) in [
            (Any, [s, p, f], Some(s)),
            (ReadWrite, [s, f, p], Some(p)),
            (ReadOnly, [p, f, s], Some(f)),
            (ReadOnly, [p, s, f], Some(s)),
            (Primary, [s, f, p], Some(f)),
            (Standby, [p, f, s], Some(s)),
            (PreferStandby, [p, f, s], Some(s)),
            (PreferStandby, [p, f, f], Some(p)),
            (ReadWrite, [s, f, s], None),
            (Standby, [p, f, p], None),
            (ReadOnly, [p, p, p], None),
            (Primary, [s, s, s], None),
        ] {
            let options = ConnectOptions { target, ..among(&servers) };
            match (open(&options).await, expected) {
                (Ok(mut session), Some(expected)) => {
                    assert_eq!(port(&mut session).await?, expected.port().to_string(), "{major:?} {target:?}");
                }
                (Err(ConnectError::Hosts(failures)), None) => {
                    assert_eq!(failures.len(), 3);
                    for failure in failures {
                        assert!(matches!(failure.error, ConnectError::WrongServer { .. }), "{failure:?}");
                        assert_eq!(failure.error.step(), ConnectStep::Startup);
                    }
                }
                (result, _) => panic!("{major:?} {target:?}: {:?}", result.err()),
            }
        }
        // A session that we make read-only ourselves says nothing of the server.
        let mut options = ConnectOptions { target: ReadWrite, ..among(&[s, p]) };
        options.parameters.push(("default_transaction_read_only".to_owned(), "on".to_owned()));
        assert_eq!(port(&mut open(&options).await?).await?, p.port().to_string());
    }
    Ok(())
}

/// Something in front of PostgreSQL that tells nothing of it by itself, and answers each question with the next of these.
async fn silent_pooler(answers: &'static [&'static str]) -> Result<ConnectOptions> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let mut options = ConnectOptions::new(Host::parse("127.0.0.1"), port, "postgres", "ada");
    options.ssl.mode = SslMode::Disable;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let mut heard = vec![0; 4096];
        let ready = message(b'Z', b"I");
        let _ = stream.read(&mut heard).await?;
        stream.write_all(&[message(b'R', &[0, 0, 0, 0]), ready.clone()].concat()).await?;
        for answer in answers {
            let _ = stream.read(&mut heard).await?;
            let column =
                [&[0, 1][..], b"c\0", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]].concat();
            let length = u8::try_from(answer.len())?;
            let row = [&[0, 1, 0, 0, 0, length], answer.as_bytes()].concat();
            let told =
                [(b'1', Vec::new()), (b'2', Vec::new()), (b'T', column), (b'D', row), (b'C', b"SHOW\0".to_vec())];
            let told: Vec<_> = told.iter().map(|(tag, body)| message(*tag, body)).collect();
            stream.write_all(&[told.concat(), ready.clone()].concat()).await?;
        }
        while stream.read(&mut heard).await? > 0 {}
        anyhow::Ok(())
    });
    Ok(options)
}

#[tokio::test]
async fn a_server_that_does_not_tell_its_kind_is_asked() -> Result<()> {
    use TargetSession::{Primary, ReadOnly, ReadWrite, Standby};
    for (target, answers, found) in [
        (Primary, &["f"][..], None),
        (Primary, &["t"], Some("a standby")),
        (Standby, &["t"], None),
        (Standby, &["f"], Some("a primary")),
        (ReadWrite, &["f", "off"], None),
        (ReadWrite, &["f", "on"], Some("read-only")),
        (ReadOnly, &["f", "on"], None),
        (ReadOnly, &["f", "off"], Some("read-write")),
    ] {
        let options = ConnectOptions { target, ..silent_pooler(answers).await? };
        let result = howdah_pg::connect(&options, Authentication::None, &mut |_| {}).await;
        let told = match &result {
            Err(ConnectError::WrongServer { found, .. }) => Some(*found),
            Err(error) => anyhow::bail!("{target:?}: {error:?}"),
            Ok(_) => None,
        };
        assert_eq!(told, found, "{target:?}");
    }
    Ok(())
}

#[tokio::test]
async fn every_host_has_its_reason_when_all_fail() -> Result<()> {
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let (silent_port, closed_port) = (silent.local_addr()?.port(), closed_port().await?);
    let standby = Postgres::builder(Major::V18).standby().start().await?;
    let keywords: BTreeMap<_, _> = [
        ("host", "no such host,127.0.0.1,localhost,127.0.0.1".to_owned()),
        ("hostaddr", ",,127.0.0.1,".to_owned()),
        ("port", format!("1,{closed_port},{silent_port},{}", standby.port())),
        ("user", SUPERUSER.to_owned()),
        ("target_session_attrs", "primary".to_owned()),
    ]
    .into_iter()
    .map(|(keyword, value)| (keyword.to_owned(), value))
    .collect();
    let mut options = ConnectOptions::from_keywords(&keywords)?;
    options.connect_timeout = Duration::from_millis(500);
    let mut retries = Vec::new();
    let error = howdah_pg::connect(&options, password(SUPERUSER_PASSWORD), &mut |event| {
        if let ConnectEvent::Retrying { reason } = event {
            retries.push(reason);
        }
    })
    .await
    .expect_err("none will do");
    assert_eq!(retries.len(), 3, "{retries:?}");
    let words = error.to_string();
    for expected in [
        "no host would do: no such host:1 (resolve): cannot resolve `no such host`: ".to_owned(),
        format!("; 127.0.0.1:{closed_port} (tcp): cannot connect to 127.0.0.1:{closed_port}: "),
        format!("; localhost:{silent_port} (tls): no answer within 0.5 s"),
        format!(
            "; 127.0.0.1:{} (session): the server is a standby, and `target_session_attrs` asks for `primary`",
            standby.port()
        ),
    ] {
        assert!(words.contains(&expected), "{expected}\n{words}");
    }
    // The one that came furthest counts.
    assert!(matches!(error.decisive(), ConnectError::WrongServer { .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn no_other_host_is_tried_once_a_server_has_refused_the_login() -> Result<()> {
    let (first, second) = (Postgres::shared(Major::V15).await?, Postgres::shared(Major::V18).await?);
    let closed_port = closed_port().await?;
    let mut options = among(&[&first, &first, &second]);
    options.endpoints[0].port = closed_port;
    let mut session = open(&options).await?;
    assert_eq!(port(&mut session).await?, first.port().to_string());

    let error = howdah_pg::connect(&options, password("wrong"), &mut |_| {}).await.expect_err("a wrong password");
    assert_eq!(error.server().map(|error| error.code.as_str()), Some("28P01"));
    assert_eq!(error.step(), ConnectStep::Authentication);
    assert!(matches!(&error, ConnectError::Hosts(failures) if failures.len() == 2), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn chance_spreads_sessions_over_the_hosts() -> Result<()> {
    let (first, second) = (Postgres::shared(Major::V15).await?, Postgres::shared(Major::V18).await?);
    let options = ConnectOptions { host_order: HostOrder::Random, ..among(&[&first, &second]) };
    let mut seen = [false, false];
    // In vain once in 2^64 runs.
    for _ in 0..64 {
        let mut session = open(&options).await?;
        let is_first = port(&mut session).await? == first.port().to_string();
        seen[usize::from(is_first)] = true;
        session.close().await;
        if seen == [true, true] {
            return Ok(());
        }
    }
    panic!("always the same host");
}

#[tokio::test]
async fn a_password_file_has_a_password_for_each_host() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let port = server.port();
    for (line, expected) in [
        (format!("127.0.0.1:{port}:*:{SUPERUSER}:{SUPERUSER_PASSWORD}"), None),
        (format!("*:*:*:*:{SUPERUSER_PASSWORD}"), None),
        (format!("127.0.0.1:{port}:postgres:{SUPERUSER}:wrong"), Some("28P01")),
        (format!("127.0.0.1:{port}:other:*:{SUPERUSER_PASSWORD}"), Some("none")),
    ] {
        let authentication = Authentication::PassFile(PassFile::parse(&line));
        let result = howdah_pg::connect(&options(&server, "postgres"), authentication, &mut |_| {}).await;
        let found = match &result {
            Ok(_) => None,
            Err(ConnectError::PasswordRequired) => Some("none"),
            Err(error) => error.server().map(|error| error.code.as_str()),
        };
        assert_eq!(found, expected, "{line}");
    }
    Ok(())
}
