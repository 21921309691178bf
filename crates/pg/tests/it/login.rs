//! Getting in, and why not.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Result;
use howdah_pg::{
    Authentication, AuthenticationMethod, ChannelBinding, ConnectError, ConnectEvent, ConnectOptions, ConnectStep,
    Host, ProtocolVersion, SslMode,
};
use howdah_testkit::{Major, Postgres};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{message, open, options, password, run, value};

const USERS: &str = "
    set password_encryption = 'md5'; create role md5_user login password 'sécret';
    set password_encryption = 'scram-sha-256';
    create role plain_user login password 'sécret'; create role scram_user login password 'sécret';
    create role trusted_user login; create role locked_user login";

async fn server(major: Major) -> Result<Postgres> {
    let mut builder = Postgres::builder(major).tls();
    for (user, method) in [
        ("plain_user", "password"),
        ("md5_user", "md5"),
        ("scram_user", "scram-sha-256"),
        ("trusted_user", "trust"),
        ("locked_user", "reject"),
    ] {
        builder = builder.hba(&format!("host all {user} 127.0.0.1/32 {method}"));
    }
    let server = builder.start().await?;
    server.execute("postgres", USERS).await?;
    Ok(server)
}

/// The method by which `user` got in, or what went wrong.
async fn log_in(options: &ConnectOptions, authentication: Authentication) -> String {
    let mut method = None;
    let result = howdah_pg::connect(options, authentication, &mut |event| {
        if let ConnectEvent::Authenticated { method: by, .. } = event {
            method = Some(by.name());
        }
    })
    .await;
    match result {
        Ok(_) => method.unwrap_or("?").to_owned(),
        Err(ConnectError::Server { error, .. }) => error.code.clone(),
        Err(ConnectError::AuthenticationMismatch { requested, .. }) => format!("mismatch {requested}"),
        Err(ConnectError::PasswordRequired) => "password required".to_owned(),
        Err(ConnectError::ChannelBindingMissing) => "not bound".to_owned(),
        Err(ConnectError::Closed { step, .. }) => format!("closed {step:?}"),
        Err(error) => format!("{error:?}"),
    }
}

#[tokio::test]
async fn each_method_lets_the_right_password_in_and_the_wrong_one_not() -> Result<()> {
    for major in Major::ALL {
        let server = server(major).await?;
        for (user, right, wrong, without) in [
            ("plain_user", "password", "28P01", "password required"),
            ("md5_user", "md5", "28P01", "password required"),
            ("scram_user", "scram-sha-256", "28P01", "password required"),
            ("trusted_user", "none", "none", "none"),
            ("locked_user", "28000", "28000", "28000"),
            ("postgres", "28000", "28000", "28000"),
        ] {
            let options = ConnectOptions { user: user.to_owned(), ..options(&server, "postgres") };
            assert_eq!(log_in(&options, password("sécret")).await, right, "{major:?} {user}");
            assert_eq!(log_in(&options, password("wrong")).await, wrong, "{major:?} {user}");
            assert_eq!(log_in(&options, Authentication::None).await, without, "{major:?} {user}");
        }
        let unbound = |user: &str| {
            let mut options = ConnectOptions { user: user.to_owned(), ..options(&server, "postgres") };
            options.ssl.mode = SslMode::Require;
            options.ssl.channel_binding = ChannelBinding::Require;
            options
        };
        for (user, expected) in [
            ("scram_user", "scram-sha-256"),
            ("md5_user", "not bound"),
            ("plain_user", "not bound"),
            ("trusted_user", "not bound"),
        ] {
            assert_eq!(log_in(&unbound(user), password("sécret")).await, expected, "{major:?} {user}");
        }
        // A password that is refused over TLS is not sent again in the clear.
        assert_eq!(server.log().matches("password authentication failed for user \"plain_user\"").count(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn only_the_required_methods_are_answered() -> Result<()> {
    let server = server(Major::V18).await?;
    let only = |method| Some(BTreeSet::from([method]));
    for (user, require_auth, expected) in [
        ("plain_user", only(AuthenticationMethod::ScramSha256), "mismatch password"),
        ("md5_user", only(AuthenticationMethod::ScramSha256), "mismatch md5"),
        ("scram_user", only(AuthenticationMethod::ScramSha256), "scram-sha-256"),
        ("trusted_user", only(AuthenticationMethod::ScramSha256), "mismatch none"),
        ("trusted_user", only(AuthenticationMethod::None), "none"),
        ("scram_user", only(AuthenticationMethod::None), "mismatch scram-sha-256"),
    ] {
        let options = ConnectOptions { user: user.to_owned(), require_auth, ..options(&server, "postgres") };
        assert_eq!(log_in(&options, password("sécret")).await, expected, "{user}");
    }
    Ok(())
}

#[tokio::test]
async fn a_password_too_long_for_the_server_is_a_closed_connection() -> Result<()> {
    let server = server(Major::V18).await?;
    let options = ConnectOptions { user: "plain_user".to_owned(), ..options(&server, "postgres") };
    assert_eq!(log_in(&options, password(&"x".repeat(60_000))).await, "28P01");
    assert_eq!(log_in(&options, password(&"x".repeat(70_000))).await, "closed Authentication");
    let refused = howdah_pg::connect(&options, password("a\0b"), &mut |_| {}).await;
    assert!(matches!(refused, Err(ConnectError::Options(error)) if error.keyword == "password"));
    Ok(())
}

#[tokio::test]
async fn the_newest_protocol_of_both_sides_is_spoken() -> Result<()> {
    for (major, offered, spoken) in [
        (Major::V15, ProtocolVersion::V3_2, ProtocolVersion::V3_0),
        (Major::V18, ProtocolVersion::V3_2, ProtocolVersion::V3_2),
        (Major::V18, ProtocolVersion::V3_0, ProtocolVersion::V3_0),
    ] {
        let server = Postgres::shared(major).await?;
        let mut options = options(&server, "postgres");
        options.max_protocol_version = offered;
        let session = open(&options).await?;
        assert_eq!(session.protocol_version(), spoken, "{major:?} {offered}");
        assert!(session.backend_pid() > 0 && !session.server_version().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_unix_socket_needs_neither_tls_nor_password() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut options = options(&server, "postgres");
    options.endpoints[0].host = Host::Unix(server.socket_directory());
    options.ssl.mode = SslMode::VerifyFull;
    options.application_name = "tést".to_owned();
    options.parameters = vec![("options".to_owned(), "-c statement_timeout=12s".to_owned())];
    let mut session = howdah_pg::connect(&options, Authentication::None, &mut |_| {}).await?;
    assert!(session.tls().is_none());
    session.canceller().cancel().await?;
    assert_eq!(value(&mut session, "show statement_timeout").await?, "12s");
    assert_eq!(value(&mut session, "show client_encoding").await?, "UTF8");
    assert_eq!(session.parameter("is_superuser"), Some("on"));
    Ok(())
}

#[tokio::test]
async fn each_failure_knows_its_step() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let error = open(&options(&server, "no such database")).await.expect_err("there is none");
    assert!(matches!(&error, ConnectError::Server { error, .. } if error.code == "3D000"));
    assert_eq!(error.step(), ConnectStep::Startup);

    let mut nowhere = options(&server, "postgres");
    nowhere.endpoints[0].host = Host::parse("no such host");
    let error = open(&nowhere).await.expect_err("there is none");
    assert_eq!(error.step(), ConnectStep::Dns, "{error:?}");

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut silent = options(&server, "postgres");
    silent.endpoints[0].port = listener.local_addr()?.port();
    silent.connect_timeout = Duration::from_millis(100);
    for (mode, step) in [(SslMode::Require, ConnectStep::Tls), (SslMode::Disable, ConnectStep::Authentication)] {
        silent.ssl.mode = mode;
        let error = open(&silent).await.expect_err("nobody answers");
        assert!(matches!(error, ConnectError::Timeout { step: at, .. } if at == step), "{error:?}");
    }
    drop(listener);
    let error = open(&silent).await.expect_err("nobody listens");
    assert_eq!(error.step(), ConnectStep::Tcp, "{error:?}");
    Ok(())
}

#[tokio::test]
async fn steps_are_told_as_they_are_taken() -> Result<()> {
    let server = Postgres::builder(Major::V18).tls().hba("hostssl all all 127.0.0.1/32 trust").start().await?;
    let mut options = options(&server, "postgres");
    options.ssl.mode = SslMode::Allow;
    let mut steps = Vec::new();
    howdah_pg::connect(&options, Authentication::None, &mut |event| {
        steps.push(format!("{event:?}").split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned));
    })
    .await?;
    let steps: Vec<String> = steps.into_iter().flatten().collect();
    assert_eq!(steps, ["Resolved", "Connected", "Plain", "Retrying", "Connected", "Tls", "Authenticated"]);
    Ok(())
}

#[tokio::test]
async fn notices_of_the_login_are_kept() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let database = server.create_database().await?;
    server
        .execute(
            &database,
            "create function greet() returns event_trigger language plpgsql as $$ begin raise notice 'welcome'; end $$; \
             create event trigger greet on login execute function greet()",
        )
        .await?;
    let mut session = open(&options(&server, &database)).await?;
    let told = run(&mut session, "select 1").await?;
    assert_eq!(told.notices[0].message, "welcome");
    Ok(())
}

/// A listener that answers each connection's first message with the next of these, and later ones with nothing.
async fn listen(answers: Vec<Vec<u8>>) -> Result<ConnectOptions> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut options =
        ConnectOptions::new(Host::parse("127.0.0.1"), listener.local_addr()?.port(), "postgres", "postgres");
    options.ssl.mode = SslMode::Disable;
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await?;
            let mut startup = vec![0; 4096];
            let _ = stream.read(&mut startup).await?;
            stream.write_all(&answer).await?;
            while stream.read(&mut startup).await? > 0 {}
        }
        anyhow::Ok(())
    });
    Ok(options)
}

#[tokio::test]
async fn impostors_get_nothing() -> Result<()> {
    let sasl = |mechanism: &str| message(b'R', &[&[0, 0, 0, 10][..], mechanism.as_bytes(), b"\0\0"].concat());
    let ok = message(b'R', &[0, 0, 0, 0]);
    for (answer, expected) in [
        (sasl("OAUTHBEARER"), "mismatch oauth"),
        (sasl("SCRAM-SHA-512"), "mismatch sasl"),
        (message(b'R', &[0, 0, 0, 7]), "mismatch gss"),
        (message(b'R', &[0, 0, 0, 9]), "mismatch sspi"),
        ([sasl("SCRAM-SHA-256"), ok].concat(), "ServerNotAuthentic"),
        ([sasl("SCRAM-SHA-256"), message(b'R', &[0, 0, 0, 3])].concat(), "Protocol"),
        (message(b'D', &[0, 0]), "Protocol"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "Protocol"),
    ] {
        let options = listen(vec![answer.clone()]).await?;
        let found = log_in(&options, password("secret")).await;
        assert!(found.starts_with(expected), "{answer:?}: {found}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_refuses_the_newer_protocol_is_asked_by_the_older() -> Result<()> {
    let refusal = message(b'E', b"SFATAL\0VFATAL\0C0A000\0Munsupported frontend protocol 3.2\0\0");
    let welcome = [message(b'R', &[0, 0, 0, 0]), message(b'Z', b"I")].concat();
    let options = listen(vec![refusal, welcome]).await?;
    let session = open(&options).await?;
    assert_eq!(session.protocol_version(), ProtocolVersion::V3_0);
    Ok(())
}
