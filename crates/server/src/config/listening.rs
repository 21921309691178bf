//! `[server]`: where to listen, and what browsers see.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use url::Url;

use super::document::Document;
use super::{ServerConfig, TlsFiles, duration, read_certificates};

/// Reads it.
pub(super) fn read(document: &mut Document) -> ServerConfig {
    let certificate = document.text("server.tls_cert").map(PathBuf::from);
    let key = document.text("server.tls_key").map(PathBuf::from);
    for (path, file) in [("server.tls_cert", &certificate), ("server.tls_key", &key)] {
        if let Some(file) = file.as_ref().filter(|file| !file.is_file()) {
            document.problem(path, format!("there is no file {}", file.display()), "name an existing PEM file");
        }
    }
    let tls = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            check_tls(document, &key);
            Some(TlsFiles { certificate, key })
        }
        (Some(_), None) => {
            document.problem("server.tls_key", "is missing while tls_cert is set", "set both, or neither");
            None
        }
        (None, Some(_)) => {
            document.problem("server.tls_cert", "is missing while tls_key is set", "set both, or neither");
            None
        }
        (None, None) => None,
    };
    let public_url = document.text("server.public_url").and_then(|text| Url::parse(text).ok());
    let excess = public_url.as_ref().and_then(|url| {
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            Some("has a path, query or fragment")
        } else if !url.username().is_empty() || url.password().is_some() {
            Some("has a user name or a password")
        } else {
            None
        }
    });
    if let Some(excess) = excess {
        document.problem("server.public_url", excess, "write scheme, host and port only: https://pg.example.com");
    }
    ServerConfig {
        listen: document
            .text_or_default("server.listen")
            .parse()
            .unwrap_or_else(|_| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5080)),
        public_url,
        organization: document.text("server.organization").map(str::to_owned),
        replica: read_replica(document),
        stop_grace: duration(document, "server.stop_grace"),
        trusted_proxies: networks(&document.texts("server.trusted_proxies")),
        tls,
    }
}

/// Whether the certificate and the key are what `serve` can use.
fn check_tls(document: &mut Document, key: &Path) {
    let missing = document.is_faulty("server.tls_key");
    if document.is_faulty("server.tls_cert") {
        return;
    }
    let chain = read_certificates(document, "server.tls_cert");
    if missing {
        return;
    }
    let key = match PrivateKeyDer::from_pem_file(key) {
        Ok(key) => key,
        Err(error) => {
            let what = format!("{} cannot be read: {error}", key.display());
            return document.problem("server.tls_key", what, "name a PEM file with the certificate's private key");
        }
    };
    if !chain.is_empty()
        && let Err(error) = CertifiedKey::from_der(chain, key, &rustls::crypto::ring::default_provider())
    {
        document.problem("server.tls_key", format!("cannot be used: {error}"), "name the certificate's private key");
    }
}

/// Networks, and addresses that stand for themselves.
pub(super) fn networks(texts: &[String]) -> Vec<IpNet> {
    let network = |text: &String| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    texts.iter().filter_map(network).collect()
}

fn read_replica(document: &mut Document) -> Option<String> {
    let name = document.text("server.replica").map(str::to_owned)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        let remedy = "write 1 to 64 letters, digits, `.`, `_` or `-`";
        document.problem("server.replica", format!("`{name}` cannot stand in an address"), remedy);
    }
    Some(name)
}
