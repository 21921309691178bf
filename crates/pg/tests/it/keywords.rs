//! libpq's keywords, all the way to PostgreSQL.

use std::collections::BTreeMap;

use anyhow::Result;
use howdah_pg::{ConnectError, ConnectOptions, Session, service};
use howdah_testkit::{Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD};

use crate::support::{password, value};

/// Connects with these keywords beside those of the server.
async fn connect(server: &Postgres, keywords: &[(&str, &str)]) -> Result<Result<Session, ConnectError>> {
    let port = server.port().to_string();
    let base = [("host", "localhost"), ("hostaddr", "127.0.0.1"), ("port", &port), ("user", SUPERUSER)];
    let all = base.iter().chain(keywords).map(|(keyword, value)| ((*keyword).to_owned(), (*value).to_owned()));
    let options = ConnectOptions::from_keywords(&all.collect())?;
    Ok(howdah_pg::connect(&options, password(SUPERUSER_PASSWORD), &mut |_| {}).await)
}

#[tokio::test]
async fn keywords_do_what_the_manual_says() -> Result<()> {
    const TLS: &str = "select version from pg_stat_ssl where pid = pg_backend_pid()";
    let server = Postgres::shared(Major::V18).await?;
    let ca = server.ca_pem().to_owned();
    for (keywords, question, answer) in [
        (&[("application_name", "Howdah (ada)")][..], "show application_name", "Howdah (ada)"),
        (&[("fallback_application_name", "other")], "show application_name", "other"),
        (&[("application_name", "one"), ("fallback_application_name", "other")], "show application_name", "one"),
        (&[("options", "-c geqo=off -c DateStyle=SQL,\\ DMY")], "show datestyle", "SQL, DMY"),
        (&[("dbname", "template1")], "select current_database()", "template1"),
        (&[("sslmode", "disable")], "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()", "false"),
        (&[("sslmode", "verify-full"), ("sslrootcert", &ca), ("sslnegotiation", "direct")], TLS, "TLSv1.3"),
        (&[("sslmode", "require"), ("ssl_max_protocol_version", "TLSv1.2")], TLS, "TLSv1.2"),
        (&[("sslmode", "require"), ("channel_binding", "require"), ("require_auth", "scram-sha-256")], TLS, "TLSv1.3"),
        (&[("require_auth", "!md5,!password,!none")], "select 1", "1"),
        (&[("target_session_attrs", "primary"), ("load_balance_hosts", "random")], "select 1", "1"),
        (&[("min_protocol_version", "3.2")], "select 1", "1"),
    ] {
        let mut session = connect(&server, keywords).await??;
        assert_eq!(value(&mut session, question).await?, answer, "{keywords:?}");
    }
    let old = Postgres::shared(Major::V15).await?;
    for (server, keywords, words) in [
        (
            &server,
            &[("require_auth", "md5,oauth")][..],
            "the server asks for authentication by `scram-sha-256`, which is not allowed here",
        ),
        (
            &server,
            &[("require_auth", "!scram-sha-256")],
            "the server asks for authentication by `scram-sha-256`, which is not allowed here",
        ),
        (
            &server,
            &[("sslmode", "disable"), ("channel_binding", "require")],
            "the server did not bind its authentication to the TLS connection, which is required",
        ),
        (
            &server,
            &[("target_session_attrs", "standby")],
            "the server is a primary, and `target_session_attrs` asks for `standby`",
        ),
        (&server, &[("sslrootcert", "system")], "TLS failed"),
        (&old, &[("min_protocol_version", "3.2")], "not PostgreSQL's protocol"),
    ] {
        let error = connect(server, keywords).await?.expect_err("refused");
        assert_eq!(error.to_string(), words, "{keywords:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_service_file_stands_for_keywords() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let file =
        format!("[shop]\nhost={}\nport={}\nuser={SUPERUSER}\napplication_name=service\n", server.host(), server.port());
    let mut keywords: BTreeMap<_, _> = [("application_name".to_owned(), "person".to_owned())].into();
    for (keyword, value) in service(&file, "shop")? {
        keywords.entry(keyword).or_insert(value);
    }
    let options = ConnectOptions::from_keywords(&keywords)?;
    let mut session = howdah_pg::connect(&options, password(SUPERUSER_PASSWORD), &mut |_| {}).await?;
    assert_eq!(value(&mut session, "show application_name").await?, "person");
    Ok(())
}
