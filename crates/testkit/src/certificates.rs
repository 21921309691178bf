//! A certificate authority of our own, with what it signs.

use std::sync::OnceLock;

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

/// The demo keeps running for a while; nothing here outlives it.
const LIFE: Duration = Duration::days(30);

/// A certificate and its private key, both PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The private key, PKCS #8 PEM.
    pub key_pem: String,
}

/// A certificate authority.
pub struct Certificates {
    ca_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// The authority that signs for every server of this process.
///
/// # Panics
/// When no key can be generated, which leaves nothing to test with.
pub fn certificates() -> &'static Certificates {
    static SHARED: OnceLock<Certificates> = OnceLock::new();
    SHARED.get_or_init(|| Certificates::generate("Howdah test authority").expect("key generation works"))
}

impl Certificates {
    /// Makes a new authority.
    ///
    /// # Errors
    /// When no key can be generated.
    pub fn generate(name: &str) -> Result<Self> {
        let mut params = params(name, LIFE)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let ca_pem = params.self_signed(&key)?.pem();
        Ok(Self { ca_pem, issuer: Issuer::new(params, key) })
    }

    /// The authority's certificate, PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// A server certificate for these names and addresses.
    ///
    /// # Errors
    /// When a name is no DNS name or address.
    pub fn server(&self, names: &[&str]) -> Result<Identity> {
        self.server_until(names, LIFE)
    }

    /// A server certificate that ran out an hour ago.
    ///
    /// # Errors
    /// When a name is no DNS name or address.
    pub fn expired_server(&self, names: &[&str]) -> Result<Identity> {
        self.server_until(names, Duration::hours(-1))
    }

    /// A client certificate; PostgreSQL's `cert` method takes the name as the role.
    ///
    /// # Errors
    /// When no key can be generated.
    pub fn client(&self, name: &str) -> Result<Identity> {
        let mut params = params(name, LIFE)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params)
    }

    fn server_until(&self, names: &[&str], life: Duration) -> Result<Identity> {
        let mut params = params(names.first().copied().unwrap_or("server"), life)?;
        let names = names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Result<Identity> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }
}

fn params(common_name: &str, life: Duration) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = now + life;
    Ok(params)
}
