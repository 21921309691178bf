//! TLS as libpq's `sslmode` means it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    ClientConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::BufReader;
use tokio_rustls::client::TlsStream;

use crate::{
    certificate::{Verifier, end_point_hash, parse, read_certificates},
    keywords::OptionsError,
    options::{ClientIdentity, RootCertificates, SslMode, SslOptions, TlsVersion},
    transport::Socket,
};

/// The protocol's name in ALPN (manual, 54.2.11), which direct TLS requires.
pub(crate) const ALPN: &[u8] = b"postgresql";

/// What a TLS connection turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite as OpenSSL and PostgreSQL call it in TLS 1.3, as IANA does in TLS 1.2.
    pub cipher: String,
    /// Whom the server's certificate names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Until when it is good.
    pub not_after: SystemTime,
    /// What was verified of it.
    pub verification: CertificateVerification,
}

/// What must be true of a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateVerification {
    /// Nothing: the connection is private, but nobody knows with whom.
    Nothing,
    /// A root certificate vouches for it.
    Chain,
    /// A root certificate vouches for it, and it is the host's.
    ChainAndName,
}

impl CertificateVerification {
    /// What `options` ask for, should TLS come about.
    #[must_use]
    pub fn of(options: &SslOptions) -> Self {
        match (options.mode, &options.root) {
            (SslMode::VerifyFull, _) => Self::ChainAndName,
            // libpq verifies the chain wherever a root certificate is at hand.
            (SslMode::VerifyCa, _) | (_, RootCertificates::Pem(_)) => Self::Chain,
            (_, RootCertificates::System) => Self::Nothing,
        }
    }
}

/// All that a TLS handshake needs; a cancel request uses its session's again.
#[derive(Debug, Clone)]
pub(crate) struct TlsSetup {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) server_name: ServerName<'static>,
    pub(crate) verification: CertificateVerification,
}

impl TlsSetup {
    /// Reads certificates and keys. Takes milliseconds where the system's roots are needed.
    pub(crate) fn new(options: &SslOptions, host: &str) -> Result<Self, OptionsError> {
        let verification = CertificateVerification::of(options);
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier::new(verification, options, &provider)?;
        let versions: Vec<_> =
            [(TlsVersion::V1_2, &rustls::version::TLS12), (TlsVersion::V1_3, &rustls::version::TLS13)]
                .into_iter()
                .filter(|(version, _)| (options.min_version..=options.max_version).contains(version))
                .map(|(_, version)| version)
                .collect();
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(|error| OptionsError::new("sslmode", error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &options.client_identity {
            Some(identity) => {
                let (chain, key) = read_identity(identity)?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|error| OptionsError::new("sslkey", error.to_string()))?
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.enable_sni = options.server_name_indication;
        let server_name = ServerName::try_from(host.to_owned())
            .map_err(|_| OptionsError::new("host", "is neither a host name nor an address"))?;
        Ok(Self { config: Arc::new(config), server_name, verification })
    }
}

fn read_identity(
    identity: &ClientIdentity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), OptionsError> {
    let chain = read_certificates("sslcert", &identity.certificate_pem)?;
    let pem = identity.key_pem.expose_secret();
    let key = if pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        decrypt(pem, identity.key_password.as_ref())?
    } else if pem.contains("Proc-Type: 4,ENCRYPTED") {
        // Its key derivation is one round of MD5.
        let problem = "is encrypted in an old format: convert it with `openssl pkcs8 -topk8`";
        return Err(OptionsError::new("sslkey", problem));
    } else {
        PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| OptionsError::new("sslkey", "holds no private key in PEM"))?
    };
    Ok((chain, key))
}

/// Opens a key that is encrypted by PKCS #8 (RFC 5958, 3).
fn decrypt(pem: &str, password: Option<&SecretString>) -> Result<PrivateKeyDer<'static>, OptionsError> {
    let password = password.ok_or_else(|| OptionsError::new("sslpassword", "is missing: `sslkey` is encrypted"))?;
    let (_, document) =
        pkcs8::SecretDocument::from_pem(pem).map_err(|_| OptionsError::new("sslkey", "holds no private key in PEM"))?;
    let key = pkcs8::EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
        .map_err(|_| OptionsError::new("sslkey", "holds no private key in PEM"))?
        .decrypt(password.expose_secret())
        .map_err(|_| OptionsError::new("sslpassword", "does not open `sslkey`"))?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}

/// What the handshake came to.
pub(crate) fn describe(stream: &TlsStream<BufReader<Socket>>, setup: &TlsSetup) -> Option<TlsInfo> {
    let (_, connection) = stream.get_ref();
    let certificate = parse(connection.peer_certificates()?.first()?).ok()?;
    let cipher = connection.negotiated_cipher_suite()?.suite().as_str()?;
    let not_after = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or(0);
    Some(TlsInfo {
        version: match connection.protocol_version()? {
            rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2",
            rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3",
            _ => "TLS",
        },
        cipher: cipher.replacen("TLS13_", "TLS_", 1),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_after: SystemTime::UNIX_EPOCH + Duration::from_secs(not_after),
        verification: setup.verification,
    })
}

/// What SCRAM is bound to with `tls-server-end-point`; none where the certificate has no such hash.
pub(crate) fn end_point_binding(stream: &TlsStream<BufReader<Socket>>) -> Option<Vec<u8>> {
    end_point_hash(stream.get_ref().1.peer_certificates()?.first()?)
}
