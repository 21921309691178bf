use super::*;

fn options(keywords: &[(&str, &str)]) -> Result<ConnectOptions, OptionsError> {
    let base = [("host", "db.example"), ("user", "ada")];
    let pairs = base.iter().chain(keywords);
    ConnectOptions::from_keywords(&pairs.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
}

#[test]
fn keywords_become_options() -> Result<(), OptionsError> {
    let plain = options(&[])?;
    assert_eq!((plain.endpoints[0].to_string().as_str(), plain.database.as_str()), ("db.example:5432", "ada"));
    assert_eq!(plain.ssl.mode, SslMode::Prefer);
    let full = options(&[
        ("host", "/run/postgresql"),
        ("port", "6543"),
        ("dbname", "shop"),
        ("options", "-c geqo=off"),
        ("connect_timeout", "3"),
        ("require_auth", "!password,!none"),
        ("keepalives_idle", "5"),
        ("tcp_user_timeout", "1500"),
        ("target_session_attrs", "prefer-standby"),
        ("load_balance_hosts", "random"),
        ("fallback_application_name", "fallback"),
        ("ssl_min_protocol_version", "tlsv1.3"),
        ("min_protocol_version", "3.2"),
        ("gssencmode", "prefer"),
        ("sslmode", ""),
    ])?;
    assert_eq!(full.endpoints, [Endpoint { host: Host::Unix("/run/postgresql".into()), port: 6543 }]);
    assert_eq!(full.connect_timeout, Duration::from_secs(3));
    assert_eq!(full.parameters, [("options".to_owned(), "-c geqo=off".to_owned())]);
    let methods = full.require_auth.unwrap_or_default();
    let left = [AuthenticationMethod::Md5, AuthenticationMethod::ScramSha256, AuthenticationMethod::OAuth];
    assert!(methods.into_iter().eq(left));
    assert_eq!(full.keepalive.map(|keepalive| keepalive.idle), Some(Duration::from_secs(5)));
    assert_eq!(full.tcp_user_timeout, Some(Duration::from_millis(1500)));
    assert_eq!((full.target, full.host_order), (TargetSession::PreferStandby, HostOrder::Random));
    assert_eq!(full.application_name, "fallback");
    assert_eq!((full.ssl.min_version, full.min_protocol_version), (TlsVersion::V1_3, ProtocolVersion::V3_2));
    assert_eq!(options(&[("sslrootcert", "system")])?.ssl.mode, SslMode::VerifyFull);
    assert_eq!(options(&[("keepalives", "0")])?.keepalive, None);
    let without = options(&[("sslcertmode", "disable"), ("sslcert", "-----BEGIN A"), ("sslkey", "-----BEGIN B")])?;
    assert!(without.ssl.client_identity.is_none());
    Ok(())
}

#[test]
fn lists_of_hosts_have_ports_and_addresses() -> Result<(), OptionsError> {
    for (host, hostaddr, port, expected) in [
        ("a,b", "", "", "a:5432 b:5432"),
        ("a,b", "", "1", "a:1 b:1"),
        ("a, b,c", "", "1,,3", "a:1 b:5432 c:3"),
        ("a,/run", "127.0.0.1,", "1,2", "a:1 (127.0.0.1) /run/.s.PGSQL.2"),
        ("", "127.0.0.1,::1", "7", "127.0.0.1:7 (127.0.0.1) [::1]:7 (::1)"),
    ] {
        let options = options(&[("host", host), ("hostaddr", hostaddr), ("port", port)])?;
        let words: Vec<_> = options
            .endpoints
            .iter()
            .map(|endpoint| match &endpoint.host {
                Host::Tcp { hostaddr: Some(address), .. } => format!("{endpoint} ({address})"),
                _ => endpoint.to_string(),
            })
            .collect();
        assert_eq!(words.join(" "), expected);
    }
    Ok(())
}

#[test]
fn the_keyword_at_fault_is_named() {
    let too_many = vec!["a"; 33].join(",");
    for (keywords, at_fault) in [
        (&[("host", "")][..], "host"),
        (&[("host", "a,,b")], "host"),
        (&[("host", "@abstract")], "host"),
        (&[("host", too_many.as_str())], "host"),
        (&[("host", "a,b,c"), ("port", "1,2")], "port"),
        (&[("host", "a"), ("port", "1,2")], "port"),
        (&[("host", "a,b"), ("hostaddr", "127.0.0.1")], "hostaddr"),
        (&[("host", "/run"), ("hostaddr", "127.0.0.1")], "hostaddr"),
        (&[("port", "70000")], "port"),
        (&[("hostaddr", "db")], "hostaddr"),
        (&[("sslmode", "verify_full")], "sslmode"),
        (&[("sslrootcert", "/etc/ssl/ca.pem")], "sslrootcert"),
        (&[("sslrootcert", "system"), ("sslmode", "require")], "sslrootcert"),
        (&[("sslcrl", "/etc/ssl/crl.pem")], "sslcrl"),
        (&[("sslcrldir", "/etc/ssl")], "sslcrldir"),
        (&[("sslnegotiation", "direct")], "sslnegotiation"),
        (&[("sslkey", "-----BEGIN PRIVATE KEY-----")], "sslcert"),
        (&[("sslcertmode", "require")], "sslcertmode"),
        (&[("ssl_min_protocol_version", "SSLv3")], "ssl_min_protocol_version"),
        (&[("ssl_max_protocol_version", "TLSv1.1")], "ssl_max_protocol_version"),
        (
            &[("ssl_min_protocol_version", "TLSv1.3"), ("ssl_max_protocol_version", "TLSv1.2")],
            "ssl_min_protocol_version",
        ),
        (&[("min_protocol_version", "3.2"), ("max_protocol_version", "3.0")], "min_protocol_version"),
        (&[("require_auth", "scram-sha-256,!md5")], "require_auth"),
        (&[("require_auth", "gss")], "require_auth"),
        (&[("target_session_attrs", "writable")], "target_session_attrs"),
        (&[("load_balance_hosts", "yes")], "load_balance_hosts"),
        (&[("tcp_user_timeout", "soon")], "tcp_user_timeout"),
        (&[("gssencmode", "require")], "gssencmode"),
        (&[("krbsrvname", "postgres")], "krbsrvname"),
        (&[("oauth_issuer", "https://a.example")], "oauth_issuer"),
        (&[("replication", "database")], "replication"),
        (&[("sslkeylogfile", "/tmp/keys")], "sslkeylogfile"),
        (&[("password", "x")], "password"),
        (&[("passfile", "/home/ada/.pgpass")], "passfile"),
        (&[("service", "shop")], "service"),
        (&[("connect_timeout", "0")], "connect_timeout"),
        (&[("sslmodus", "x")], "sslmodus"),
    ] {
        let error = options(keywords).expect_err("must be refused");
        assert_eq!(error.keyword, at_fault, "{error}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in "[a:*\\\\,@/=\\[\\]#\\n\\r é0-9.-]{0,60}", other in "[a,0-9:. ]{0,20}") {
        let file = crate::PassFile::parse(&text);
        for endpoint in endpoints(Some(&text), None, None).into_iter().chain(endpoints(Some(&text), Some(&other), Some(&other))).flatten() {
            let _ = file.password(&endpoint, &text, &other);
        }
        let _ = crate::service(&text, &other);
        let _ = options(&[("require_auth", &text), ("port", &other)]);
    }
}
