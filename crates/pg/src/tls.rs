//! TLS as libpq's `sslmode` means it: what is verified, and the certificate's hash for channel binding.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use tokio::{io::BufReader, net::TcpStream};
use tokio_rustls::client::TlsStream;
use x509_parser::{certificate::X509Certificate, prelude::FromDer, signature_algorithm::SignatureAlgorithm};

use crate::{
    keywords::OptionsError,
    options::{ClientIdentity, RootCertificates, SslMode, SslOptions},
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
        let verifier = Verifier::new(verification, &options.root, &provider)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
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
    let key = identity.key_pem.expose_secret();
    if key.contains("ENCRYPTED") {
        return Err(OptionsError::new("sslkey", "encrypted keys are not supported"));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| OptionsError::new("sslkey", "holds no private key in PEM"))?;
    Ok((chain, key))
}

fn read_certificates(keyword: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, OptionsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(OptionsError::new(keyword, "holds no certificate in PEM")),
    }
}

/// Verifies a certificate as far as `verification` says, and always that the peer holds its key.
#[derive(Debug)]
struct Verifier {
    verification: CertificateVerification,
    roots: RootCertStore,
    /// Given root certificates; one of them may be the server's own.
    given: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(
        verification: CertificateVerification,
        root: &RootCertificates,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, OptionsError> {
        let mut roots = RootCertStore::empty();
        let mut given = Vec::new();
        match root {
            RootCertificates::Pem(pem) => {
                given = read_certificates("sslrootcert", pem)?;
                for certificate in &given {
                    roots
                        .add(certificate.clone())
                        .map_err(|error| OptionsError::new("sslrootcert", error.to_string()))?;
                }
            }
            RootCertificates::System if verification > CertificateVerification::Nothing => {
                let system = rustls_native_certs::load_native_certs();
                let (added, _) = roots.add_parsable_certificates(system.certs);
                if added == 0 {
                    return Err(OptionsError::new("sslrootcert", "the system has no root certificates"));
                }
            }
            RootCertificates::System => {}
        }
        Ok(Self { verification, roots, given, provider: Arc::clone(provider) })
    }

    fn verify_chain(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        // A self-signed certificate that was given as its own root, the manual's first recipe (19.9.5). webpki refuses
        // it since such a certificate is an authority's too.
        if self.given.contains(certificate) {
            return verify_dates(&parse(certificate)?, now);
        }
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(certificate)?,
            &self.roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.verification >= CertificateVerification::Chain {
            self.verify_chain(end_entity, intermediates, now)?;
        }
        if self.verification >= CertificateVerification::ChainAndName {
            verify_name(end_entity, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    let parsed = X509Certificate::from_der(certificate);
    parsed.map(|(_, certificate)| certificate).map_err(|_| CertificateError::BadEncoding.into())
}

fn verify_dates(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = certificate.validity();
    if now < validity.not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

fn verify_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let parsed = parse(certificate)?;
    let alternatives = parsed.subject_alternative_name();
    if let Ok(None) = alternatives {
        // libpq looks at the common name where the certificate has no alternative names; webpki never does.
        let host = name.to_str();
        let mut names = parsed.subject().iter_common_name().filter_map(|name| name.as_str().ok());
        return match names.any(|pattern| matches_host(pattern, &host)) {
            true => Ok(()),
            false => Err(CertificateError::NotValidForName.into()),
        };
    }
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)
}

/// libpq's rule: without case; a `*` stands for one whole label at the left.
fn matches_host(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(domain) = pattern.strip_prefix("*.") else {
        return false;
    };
    host.parse::<std::net::IpAddr>().is_err()
        && host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(domain))
}

/// What the handshake came to.
pub(crate) fn describe(stream: &TlsStream<BufReader<TcpStream>>, setup: &TlsSetup) -> Option<TlsInfo> {
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

/// The data of `tls-server-end-point` (RFC 5929, 4.1): the certificate's hash, with the hash of its signature, but
/// never MD5 or SHA-1. None where the signature has no hash of its own, as Ed25519.
pub(crate) fn end_point_binding(stream: &TlsStream<BufReader<TcpStream>>) -> Option<Vec<u8>> {
    let (_, connection) = stream.get_ref();
    let der = connection.peer_certificates()?.first()?;
    let certificate = parse(der).ok()?;
    let algorithm = &certificate.signature_algorithm;
    let hash = match SignatureAlgorithm::try_from(algorithm).ok()? {
        SignatureAlgorithm::RSASSA_PSS(parameters) => match parameters.hash_algorithm_oid().to_id_string().as_str() {
            "1.3.14.3.2.26" | "2.16.840.1.101.3.4.2.1" => Hash::Sha256,
            "2.16.840.1.101.3.4.2.4" => Hash::Sha224,
            "2.16.840.1.101.3.4.2.2" => Hash::Sha384,
            "2.16.840.1.101.3.4.2.3" => Hash::Sha512,
            _ => return None,
        },
        _ => match algorithm.algorithm.to_id_string().as_str() {
            // RSA and ECDSA with MD5, SHA-1 or SHA-256.
            "1.2.840.113549.1.1.4"
            | "1.2.840.113549.1.1.5"
            | "1.2.840.113549.1.1.11"
            | "1.2.840.10045.4.1"
            | "1.2.840.10045.4.3.2" => Hash::Sha256,
            "1.2.840.113549.1.1.14" | "1.2.840.10045.4.3.1" => Hash::Sha224,
            "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Hash::Sha384,
            "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Hash::Sha512,
            _ => return None,
        },
    };
    Some(match hash {
        Hash::Sha224 => Sha224::digest(der).to_vec(),
        Hash::Sha256 => Sha256::digest(der).to_vec(),
        Hash::Sha384 => Sha384::digest(der).to_vec(),
        Hash::Sha512 => Sha512::digest(der).to_vec(),
    })
}

enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_match_as_in_libpq() {
        for (pattern, host, matches) in [
            ("db.example", "DB.example", true),
            ("*.example", "db.example", true),
            ("*.example", "a.db.example", false),
            ("*.example", ".example", false),
            ("*.0.0.1", "127.0.0.1", false),
            ("d*.example", "db.example", false),
            ("127.0.0.1", "127.0.0.1", true),
        ] {
            assert_eq!(matches_host(pattern, host), matches, "{pattern} {host}");
        }
    }
}
