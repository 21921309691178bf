//! Whether a server's certificate is to be trusted, and its hash for channel binding.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key},
    pki_types::{
        CertificateDer, CertificateRevocationListDer, ServerName, SubjectPublicKeyInfoDer, UnixTime, pem::PemObject,
    },
    server::ParsedCertificate,
};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_parser::{
    certificate::X509Certificate, prelude::FromDer, signature_algorithm::SignatureAlgorithm, x509::X509Version,
};

use crate::{
    keywords::OptionsError,
    options::{RootCertificates, SslOptions},
    tls::CertificateVerification,
};

/// Verifies a certificate as far as `verification` says, and always that the peer holds its key.
#[derive(Debug)]
pub(crate) struct Verifier {
    verification: CertificateVerification,
    roots: RootCertStore,
    /// Given root certificates; one of them may be the server's own.
    given: Vec<CertificateDer<'static>>,
    /// Verifies chains where there are revocation lists.
    revoking: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// Reads the roots. Takes milliseconds where they are the system's.
    pub(crate) fn new(
        verification: CertificateVerification,
        options: &SslOptions,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, OptionsError> {
        let mut roots = RootCertStore::empty();
        let mut given = Vec::new();
        match &options.root {
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
        let revoking = match &options.revocation_lists_pem {
            Some(lists) if verification > CertificateVerification::Nothing => {
                Some(revoking_verifier(&roots, lists, provider)?)
            }
            _ => None,
        };
        Ok(Self { verification, roots, given, revoking, provider: Arc::clone(provider) })
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
        if let Some(revoking) = &self.revoking {
            // It verifies the name too, but last, and we have our own rule for that.
            let anybody = ServerName::try_from("localhost").map_err(|_| Error::General("a good name".to_owned()))?;
            return match revoking.verify_server_cert(certificate, intermediates, &anybody, &[], now) {
                Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                ))
                | Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
        }
        if is_version_1(certificate) {
            return self.verify_version_1(certificate, now);
        }
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(certificate)?,
            &self.roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )
    }

    /// Verifies a certificate without extensions, as the manual's second recipe (19.9.5) makes them with OpenSSL before
    /// 3.2. webpki knows none. It must be signed by a given root itself; public authorities sign no such certificates.
    fn verify_version_1(&self, der: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
        let certificate = parse(der)?;
        verify_dates(&certificate, now)?;
        let signature_algorithm = signature_algorithm(der).ok_or(CertificateError::BadEncoding)?;
        for root in &self.given {
            let root = parse(root)?;
            let may_sign = match root.basic_constraints() {
                Ok(Some(constraints)) => constraints.value.ca,
                Ok(None) => root.version == X509Version::V1,
                Err(_) => false,
            };
            if !may_sign || root.subject().as_raw() != certificate.issuer().as_raw() {
                continue;
            }
            let key = root.public_key();
            let key_algorithm = contents(key.raw).and_then(|(key, _)| contents(key)).map(|(algorithm, _)| algorithm);
            let is_signed = self.provider.signature_verification_algorithms.all.iter().any(|algorithm| {
                algorithm.signature_alg_id().as_ref() == signature_algorithm
                    && Some(algorithm.public_key_alg_id().as_ref()) == key_algorithm
                    && algorithm
                        .verify_signature(
                            &key.subject_public_key.data,
                            certificate.tbs_certificate.as_ref(),
                            &certificate.signature_value.data,
                        )
                        .is_ok()
            });
            if is_signed {
                return verify_dates(&root, now);
            }
        }
        Err(CertificateError::UnknownIssuer.into())
    }
}

/// As OpenSSL does for libpq: every certificate of a chain needs a list of its authority that has not run out.
fn revoking_verifier(
    roots: &RootCertStore,
    lists_pem: &str,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, OptionsError> {
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(lists_pem.as_bytes()).collect();
    let lists = match lists {
        Ok(lists) if !lists.is_empty() => lists,
        _ => return Err(OptionsError::new("sslcrl", "holds no revocation list in PEM")),
    };
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots.clone()), Arc::clone(provider))
        .with_crls(lists)
        .enforce_revocation_expiration()
        .build()
        .map_err(|error| OptionsError::new("sslcrl", error.to_string()))
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
        if !is_version_1(certificate) {
            return verify_tls12_signature(message, certificate, signature, algorithms);
        }
        let parsed = parse(certificate)?;
        let key = parsed.public_key();
        let key_algorithm = contents(key.raw).and_then(|(key, _)| contents(key)).map(|(algorithm, _)| algorithm);
        let mut fitting = algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signature.scheme)
            .flat_map(|(_, algorithms)| algorithms.iter())
            .filter(|algorithm| Some(algorithm.public_key_alg_id().as_ref()) == key_algorithm);
        let holds_key = fitting.any(|algorithm| {
            algorithm.verify_signature(&key.subject_public_key.data, message, signature.signature()).is_ok()
        });
        if holds_key { Ok(HandshakeSignatureValid::assertion()) } else { Err(CertificateError::BadSignature.into()) }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        if !is_version_1(certificate) {
            return verify_tls13_signature(message, certificate, signature, algorithms);
        }
        let parsed = parse(certificate)?;
        let key = SubjectPublicKeyInfoDer::from(parsed.public_key().raw);
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

pub(crate) fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    let parsed = X509Certificate::from_der(certificate);
    parsed.map(|(_, certificate)| certificate).map_err(|_| CertificateError::BadEncoding.into())
}

fn is_version_1(certificate: &CertificateDer<'_>) -> bool {
    parse(certificate).is_ok_and(|certificate| certificate.version == X509Version::V1)
}

/// The algorithm of a certificate's signature, as the contents of its DER sequence.
fn signature_algorithm<'a>(certificate: &'a CertificateDer<'_>) -> Option<&'a [u8]> {
    let (certificate, _) = contents(certificate)?;
    let (_, behind_signed_part) = contents(certificate)?;
    contents(behind_signed_part).map(|(algorithm, _)| algorithm)
}

/// Splits a DER element into its contents and what follows it.
fn contents(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.get(1..)?.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
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

pub(crate) fn read_certificates(keyword: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, OptionsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(OptionsError::new(keyword, "holds no certificate in PEM")),
    }
}

/// The data of `tls-server-end-point` (RFC 5929, 4.1): the certificate's hash, with the hash of its signature, but
/// never MD5 or SHA-1. None where the signature has no hash of its own, as Ed25519.
pub(crate) fn end_point_hash(der: &CertificateDer<'_>) -> Option<Vec<u8>> {
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
