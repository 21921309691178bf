//! `sslmode` against servers with and without TLS, and certificates to trust and not to.

use std::{fs, path::Path, process::Command};

use anyhow::{Result, ensure};
use howdah_pg::{
    CertificateVerification, ChannelBinding, ClientIdentity, ConnectError, ConnectEvent, ConnectOptions, ConnectStep,
    Host, RootCertificates, Session, SslMode, SslNegotiation, TlsVersion,
};
use howdah_testkit::{Certificates, Identity, Major, Postgres, SUPERUSER_PASSWORD, certificates};

use crate::support::{open, options, password, value};

const MODES: [SslMode; 6] =
    [SslMode::Disable, SslMode::Allow, SslMode::Prefer, SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull];

fn with_mode(server: &Postgres, mode: SslMode) -> ConnectOptions {
    let mut options = options(server, "postgres");
    options.ssl.mode = mode;
    if mode >= SslMode::VerifyCa {
        options.ssl.root = RootCertificates::Pem(server.ca_pem().to_owned());
    }
    options
}

/// `tls`, `plain`, or what went wrong.
fn outcome(result: &Result<Session, ConnectError>) -> String {
    match result {
        Ok(session) => if session.tls().is_some() { "tls" } else { "plain" }.to_owned(),
        Err(ConnectError::Server { error, .. }) => error.code.clone(),
        Err(ConnectError::ServerRefusesTls) => "no tls".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

#[tokio::test]
async fn each_sslmode_does_what_libpq_does_with_each_server() -> Result<()> {
    for major in Major::ALL {
        let both = Postgres::shared(major).await?;
        let without = Postgres::start(major).await?;
        let only_tls = Postgres::builder(major).tls().hba("hostssl all all 127.0.0.1/32 scram-sha-256").start().await?;
        let never_tls =
            Postgres::builder(major).tls().hba("hostnossl all all 127.0.0.1/32 scram-sha-256").start().await?;
        let refused = "28000";
        for (name, server, expected) in [
            ("both", &*both, ["plain", "plain", "tls", "tls", "tls", "tls"]),
            ("without", &without, ["plain", "plain", "plain", "no tls", "no tls", "no tls"]),
            ("only_tls", &only_tls, [refused, "tls", "tls", "tls", "tls", "tls"]),
            ("never_tls", &never_tls, ["plain", "plain", "plain", refused, refused, refused]),
        ] {
            for (mode, expected) in MODES.into_iter().zip(expected) {
                let result = open(&with_mode(server, mode)).await;
                assert_eq!(outcome(&result), expected, "{major:?} {name} {mode:?}");
                if let Ok(session) = result {
                    session.close().await;
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_was_verified_is_told() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    for (mode, verification) in [
        (SslMode::Require, CertificateVerification::Nothing),
        (SslMode::VerifyCa, CertificateVerification::Chain),
        (SslMode::VerifyFull, CertificateVerification::ChainAndName),
    ] {
        let mut session = open(&with_mode(&server, mode)).await?;
        let tls = session.tls().cloned().expect("TLS is required");
        assert_eq!((tls.verification, tls.version), (verification, "TLSv1.3"));
        assert!(tls.issuer.contains("Howdah test authority") && tls.not_after > std::time::SystemTime::now());
        let sql = "select version || cipher from pg_stat_ssl where pid = pg_backend_pid()";
        assert_eq!(value(&mut session, sql).await?, format!("{}{}", tls.version, tls.cipher));
    }
    Ok(())
}

#[tokio::test]
async fn certificates_that_prove_nothing_are_refused() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let stranger = Certificates::generate("stranger")?;
    let expired = Postgres::builder(Major::V18)
        .tls_identity(certificates().expired_server(&["localhost", "127.0.0.1"])?)
        .start()
        .await?;
    let another_host = |options: &mut ConnectOptions| {
        let hostaddr = "127.0.0.1".parse().ok();
        options.endpoints[0].host = Host::Tcp { host: "db.example".to_owned(), hostaddr };
    };
    let by_stranger = |options: &mut ConnectOptions| {
        options.ssl.root = RootCertificates::Pem(stranger.ca_pem().to_owned());
    };
    let by_system = |options: &mut ConnectOptions| options.ssl.root = RootCertificates::System;
    let nothing = |_: &mut ConnectOptions| {};
    type Change<'a> = &'a dyn Fn(&mut ConnectOptions);
    for (name, server, mode, change, accepted) in [
        ("another host", &*server, SslMode::VerifyFull, &another_host as Change<'_>, false),
        ("another host", &server, SslMode::VerifyCa, &another_host, true),
        ("stranger", &server, SslMode::VerifyCa, &by_stranger, false),
        ("stranger", &server, SslMode::VerifyFull, &by_stranger, false),
        // With a root certificate at hand `require` is `verify-ca`.
        ("stranger", &server, SslMode::Require, &by_stranger, false),
        ("system", &server, SslMode::VerifyFull, &by_system, false),
        ("system", &server, SslMode::Require, &by_system, true),
        ("expired", &expired, SslMode::VerifyCa, &nothing, false),
        ("expired", &expired, SslMode::Require, &nothing, true),
    ] {
        let mut options = with_mode(server, mode);
        change(&mut options);
        match open(&options).await {
            Ok(session) => assert!(accepted && session.tls().is_some(), "{name} {mode:?}"),
            Err(error) => {
                assert!(!accepted, "{name} {mode:?}: {error:?}");
                assert_eq!(error.step(), ConnectStep::Tls);
                assert!(matches!(error, ConnectError::Tls { .. }), "{error:?}");
            }
        }
    }
    // libpq falls back to a plain connection then.
    let mut options = with_mode(&server, SslMode::Prefer);
    by_stranger(&mut options);
    assert!(open(&options).await?.tls().is_none());
    Ok(())
}

#[tokio::test]
async fn a_self_signed_certificate_without_alternative_names_is_its_own_root() -> Result<()> {
    // The manual's first recipe (19.9.5): an authority's certificate that names its host in the common name only.
    let mut params = rcgen::CertificateParams::new(Vec::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    let identity = Identity { certificate_pem: pem.clone(), key_pem: key.serialize_pem() };
    let server = Postgres::builder(Major::V15).tls_identity(identity).start().await?;
    let mut options = with_mode(&server, SslMode::VerifyFull);
    options.ssl.root = RootCertificates::Pem(pem);
    let hostaddr = "127.0.0.1".parse().ok();
    options.endpoints[0].host = Host::Tcp { host: "localhost".to_owned(), hostaddr };
    assert!(open(&options).await?.tls().is_some());
    options.endpoints[0].host = Host::Tcp { host: "other".to_owned(), hostaddr };
    assert!(matches!(open(&options).await, Err(ConnectError::Tls { .. })));
    Ok(())
}

#[tokio::test]
async fn tls_at_once_needs_a_server_that_knows_it() -> Result<()> {
    let new = Postgres::shared(Major::V18).await?;
    let mut options = with_mode(&new, SslMode::VerifyFull);
    options.ssl.negotiation = SslNegotiation::Direct;
    let mut session = open(&options).await?;
    session.canceller().cancel().await?;
    assert_eq!(value(&mut session, "select 1").await?, "1");

    let old = Postgres::shared(Major::V15).await?;
    let mut options = with_mode(&old, SslMode::Require);
    options.ssl.negotiation = SslNegotiation::Direct;
    let error = open(&options).await.expect_err("PostgreSQL 15 does not know it");
    assert_eq!(error.step(), ConnectStep::Tls, "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::builder(major).tls().hba("hostssl all all 127.0.0.1/32 cert").start().await?;
        let mut options = with_mode(&server, SslMode::VerifyFull);
        let error = open(&options).await.expect_err("no certificate");
        assert!(matches!(&error, ConnectError::Server { error, .. } if error.class() == "28"), "{error:?}");
        let identity = certificates().client("postgres")?;
        options.ssl.client_identity = Some(ClientIdentity {
            certificate_pem: identity.certificate_pem,
            key_pem: identity.key_pem.into(),
            key_password: None,
        });
        let mut session = howdah_pg::connect(&options, howdah_pg::Authentication::None, &mut |_| {}).await?;
        assert_eq!(value(&mut session, "select 1").await?, "1");
        options.ssl.client_identity =
            Some(ClientIdentity { certificate_pem: "x".to_owned(), key_pem: "y".into(), key_password: None });
        assert!(matches!(open(&options).await, Err(ConnectError::Options(error)) if error.keyword == "sslcert"));
    }
    Ok(())
}

#[tokio::test]
async fn scram_is_bound_to_the_channel() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        for (mode, binding, expected) in [
            (SslMode::Require, ChannelBinding::Require, Some(true)),
            (SslMode::Require, ChannelBinding::Prefer, Some(true)),
            (SslMode::Require, ChannelBinding::Disable, Some(false)),
            (SslMode::Disable, ChannelBinding::Prefer, Some(false)),
            (SslMode::Disable, ChannelBinding::Require, None),
        ] {
            let mut options = with_mode(&server, mode);
            options.ssl.channel_binding = binding;
            let mut bound = None;
            let result = howdah_pg::connect(&options, password(SUPERUSER_PASSWORD), &mut |event| {
                if let ConnectEvent::Authenticated { channel_bound, .. } = event {
                    bound = Some(channel_bound);
                }
            })
            .await;
            assert_eq!(bound, expected, "{major:?} {mode:?} {binding:?}");
            match result {
                Ok(_) => assert!(expected.is_some()),
                Err(error) => assert!(matches!(error, ConnectError::ChannelBindingMissing), "{error:?}"),
            }
        }
    }
    Ok(())
}

/// A root and a server certificate signed by it, as the manual's second recipe (19.9.5) makes them: the latter without
/// any extension, so of X.509 version 1.
fn version_1_certificates(directory: &Path) -> Result<Option<(String, Identity)>> {
    let commands = [
        "req -new -x509 -days 9 -nodes -subj /CN=root -keyout root.key -out root.crt",
        "req -new -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        // OpenSSL 3.2 makes version 3 unless told otherwise; older ones do not know how to be told.
        "x509 -req -in server.csr -days 9 -CA root.crt -CAkey root.key -CAcreateserial -out server.crt",
    ];
    for command in commands {
        let Ok(output) = Command::new("openssl").args(command.split(' ')).current_dir(directory).output() else {
            eprintln!("openssl is not on the PATH: certificates of version 1 are not tried");
            return Ok(None);
        };
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let read = |name: &str| fs::read_to_string(directory.join(name));
    let identity = Identity { certificate_pem: read("server.crt")?, key_pem: read("server.key")? };
    Ok(Some((read("root.crt")?, identity)))
}

#[tokio::test]
async fn certificates_without_extensions_are_verified_too() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let Some((root, identity)) = version_1_certificates(directory.path())? else { return Ok(()) };
    let another = tempfile::tempdir()?;
    let Some((stranger, _)) = version_1_certificates(another.path())? else { return Ok(()) };
    for version in ["TLSv1.2", "TLSv1.3"] {
        let server = Postgres::builder(Major::V15)
            .tls_identity(identity.clone())
            .setting("ssl_max_protocol_version", version)
            .start()
            .await?;
        for (mode, host, root, accepted) in [
            (SslMode::Require, "localhost", None, true),
            (SslMode::VerifyCa, "other", Some(&root), true),
            (SslMode::VerifyFull, "localhost", Some(&root), true),
            (SslMode::VerifyFull, "other", Some(&root), false),
            // The same name, another key.
            (SslMode::VerifyCa, "localhost", Some(&stranger), false),
            (SslMode::VerifyFull, "localhost", None, false),
        ] {
            let mut options = with_mode(&server, mode);
            options.endpoints[0].host = Host::Tcp { host: host.to_owned(), hostaddr: "127.0.0.1".parse().ok() };
            options.ssl.root = root.cloned().map_or(RootCertificates::System, RootCertificates::Pem);
            match open(&options).await {
                Ok(session) => {
                    assert!(accepted, "{version} {mode:?} {host}");
                    assert_eq!(session.tls().map(|tls| tls.version), Some(version));
                    session.canceller().cancel().await?;
                }
                Err(ConnectError::Tls { source }) => assert!(!accepted, "{version} {mode:?} {host}: {source}"),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// An authority with a server's certificate, and the list of what it takes back, PEM each.
struct Authority {
    pem: String,
    server: Identity,
    revokes_nothing: String,
    revokes_server: String,
    is_out_of_date: String,
}

impl Authority {
    fn generate() -> Result<Self> {
        use rcgen::KeyUsagePurpose::{CrlSign, KeyCertSign};
        let mut params = rcgen::CertificateParams::new(Vec::new())?;
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyCertSign, CrlSign];
        let key = rcgen::KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        let issuer = rcgen::Issuer::new(params, key);

        let serial_number = rcgen::SerialNumber::from(42_u64);
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        params.serial_number = Some(serial_number.clone());
        let key = rcgen::KeyPair::generate()?;
        let certificate_pem = params.signed_by(&key, &issuer)?.pem();
        let server = Identity { certificate_pem, key_pem: key.serialize_pem() };

        let list = |revoked: &[rcgen::SerialNumber], until| -> Result<String> {
            let revoked_certs = revoked.iter().map(|serial_number| rcgen::RevokedCertParams {
                serial_number: serial_number.clone(),
                revocation_time: rcgen::date_time_ymd(2024, 1, 1),
                reason_code: None,
                invalidity_date: None,
            });
            let params = rcgen::CertificateRevocationListParams {
                this_update: rcgen::date_time_ymd(2024, 1, 1),
                next_update: rcgen::date_time_ymd(until, 1, 1),
                crl_number: rcgen::SerialNumber::from(1_u64),
                issuing_distribution_point: None,
                revoked_certs: revoked_certs.collect(),
                key_identifier_method: rcgen::KeyIdMethod::Sha256,
            };
            Ok(params.signed_by(&issuer)?.pem()?)
        };
        Ok(Self {
            pem,
            server,
            revokes_nothing: list(&[], 3000)?,
            revokes_server: list(&[serial_number], 3000)?,
            is_out_of_date: list(&[], 2025)?,
        })
    }
}

#[tokio::test]
async fn certificates_that_were_taken_back_are_refused() -> Result<()> {
    let (authority, stranger) = (Authority::generate()?, Authority::generate()?);
    let server = Postgres::builder(Major::V18).tls_identity(authority.server.clone()).start().await?;
    for (name, list, accepted) in [
        ("no list", None, true),
        ("revokes nothing", Some(&authority.revokes_nothing), true),
        ("revokes the server's", Some(&authority.revokes_server), false),
        ("out of date", Some(&authority.is_out_of_date), false),
        ("of another authority", Some(&stranger.revokes_nothing), false),
    ] {
        for (mode, host) in [(SslMode::VerifyFull, "localhost"), (SslMode::VerifyCa, "db.example")] {
            let mut options = options(&server, "postgres");
            options.endpoints[0].host = Host::Tcp { host: host.to_owned(), hostaddr: "127.0.0.1".parse().ok() };
            options.ssl.mode = mode;
            options.ssl.root = RootCertificates::Pem(authority.pem.clone());
            options.ssl.revocation_lists_pem = list.cloned();
            match open(&options).await {
                Ok(session) => assert!(accepted && session.tls().is_some(), "{name} {mode:?}"),
                Err(error) => {
                    assert!(!accepted && matches!(error, ConnectError::Tls { .. }), "{name} {mode:?}: {error:?}");
                }
            }
        }
    }
    let mut options = options(&server, "postgres");
    options.ssl.mode = SslMode::VerifyFull;
    options.ssl.root = RootCertificates::Pem(authority.pem.clone());
    options.ssl.revocation_lists_pem = Some(authority.pem.clone());
    assert!(matches!(open(&options).await, Err(ConnectError::Options(error)) if error.keyword == "sslcrl"));
    options.ssl.revocation_lists_pem = Some(authority.revokes_nothing.clone());
    options.endpoints[0].host = Host::Tcp { host: "db.example".to_owned(), hostaddr: "127.0.0.1".parse().ok() };
    assert!(matches!(open(&options).await, Err(ConnectError::Tls { .. })), "the name is verified all the same");
    Ok(())
}

#[tokio::test]
async fn versions_of_tls_have_bounds() -> Result<()> {
    let server = Postgres::builder(Major::V18).tls().setting("ssl_max_protocol_version", "TLSv1.2").start().await?;
    let shared = Postgres::shared(Major::V18).await?;
    for (server, min, max, expected) in [
        (&*shared, TlsVersion::V1_2, TlsVersion::V1_3, Some("TLSv1.3")),
        (&shared, TlsVersion::V1_2, TlsVersion::V1_2, Some("TLSv1.2")),
        (&shared, TlsVersion::V1_3, TlsVersion::V1_3, Some("TLSv1.3")),
        (&server, TlsVersion::V1_2, TlsVersion::V1_3, Some("TLSv1.2")),
        (&server, TlsVersion::V1_3, TlsVersion::V1_3, None),
    ] {
        let mut options = with_mode(server, SslMode::VerifyFull);
        (options.ssl.min_version, options.ssl.max_version) = (min, max);
        let session = open(&options).await;
        assert_eq!(session.ok().and_then(|session| session.tls().map(|tls| tls.version)), expected);
    }
    Ok(())
}

#[tokio::test]
async fn an_encrypted_key_opens_by_its_password() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let identity = certificates().client("postgres")?;
    fs::write(directory.path().join("plain.key"), &identity.key_pem)?;
    let command = "pkcs8 -topk8 -in plain.key -out locked.key -v2 aes-256-cbc -passout pass:sesame";
    let Ok(output) = Command::new("openssl").args(command.split(' ')).current_dir(directory.path()).output() else {
        eprintln!("openssl is not on the PATH: encrypted keys are not tried");
        return Ok(());
    };
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let locked = fs::read_to_string(directory.path().join("locked.key"))?;
    let old = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n".to_owned();

    let server = Postgres::builder(Major::V18).tls().hba("hostssl all all 127.0.0.1/32 cert").start().await?;
    for (key, password, at_fault) in [
        (&locked, Some("sesame"), None),
        (&locked, Some("wrong"), Some("sslpassword")),
        (&locked, None, Some("sslpassword")),
        (&old, Some("sesame"), Some("sslkey")),
        (&identity.key_pem, Some("not needed"), None),
    ] {
        let mut options = with_mode(&server, SslMode::VerifyFull);
        options.ssl.client_identity = Some(ClientIdentity {
            certificate_pem: identity.certificate_pem.clone(),
            key_pem: key.clone().into(),
            key_password: password.map(Into::into),
        });
        match howdah_pg::connect(&options, howdah_pg::Authentication::None, &mut |_| {}).await {
            Ok(_) => assert_eq!(at_fault, None),
            Err(ConnectError::Options(error)) => assert_eq!(at_fault, Some(error.keyword.as_str()), "{error}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
