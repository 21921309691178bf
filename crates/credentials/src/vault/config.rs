//! The settings of the source `vault`.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use url::Url;

use crate::http::check_address;
use crate::settings::{Identity, SettingError, SettingSecret, filled};

/// A role that Vault or OpenBao makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VaultConfig {
    address: Url,
    namespace: Option<String>,
    mount: String,
    role: String,
    kind: RoleKind,
    auth: Auth,
    roots: Vec<CertificateDer<'static>>,
}

/// The fields of the API's `credential` object.
#[derive(Clone, Debug, Default)]
pub struct VaultSettings {
    /// `address`: where Vault answers, such as `https://vault.example.com:8200`.
    pub address: String,
    /// `namespace` of Vault Enterprise or OpenBao.
    pub namespace: Option<String>,
    /// `mount`: the path of the database engine; `database` by default.
    pub mount: Option<String>,
    /// `role` of the database engine.
    pub role: String,
    /// `static_role`: the role is one that exists, whose password Vault changes now and then.
    pub static_role: bool,
    /// `auth`: how to log in to Vault.
    pub auth: VaultAuth,
    /// Certificates (PEM) to trust beside the system's: the text, or the content of `ca_file`.
    pub ca_pem: Option<String>,
}

/// How Howdah logs in to Vault. `mount` is the path of the auth method, by default its own name.
#[derive(Clone, Debug)]
pub enum VaultAuth {
    /// `jwt`: by the ID token of the person who is signed in.
    Jwt {
        /// `mount`; `jwt` by default.
        mount: Option<String>,
        /// `role` of the auth method; its default role if there is none.
        role: Option<String>,
    },
    /// `token`: by a token that Howdah has, in `VAULT_TOKEN` or a file (of Vault Agent, or `~/.vault-token`).
    Token {
        /// `token_file`
        file: Option<String>,
    },
    /// `approle`: by a role id and a secret id.
    AppRole {
        /// `mount`; `approle` by default.
        mount: Option<String>,
        /// `role_id`
        role_id: String,
        /// `secret_id`
        secret_id: Option<SecretString>,
        /// `secret_id_file`
        secret_id_file: Option<String>,
    },
    /// `kubernetes`: by the token of the pod's service account.
    Kubernetes {
        /// `mount`; `kubernetes` by default.
        mount: Option<String>,
        /// `role` of the auth method.
        role: String,
        /// `token_file`; by default where Kubernetes puts it.
        token_file: Option<String>,
    },
}

impl Default for VaultAuth {
    fn default() -> Self {
        Self::Jwt { mount: None, role: None }
    }
}

/// What Vault does with a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RoleKind {
    /// It makes one for each lease.
    Dynamic,
    /// It changes the password of one that there is.
    Static,
}

/// The checked form of [`VaultAuth`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Auth {
    Jwt { mount: String, role: Option<String> },
    Token { file: Option<String> },
    AppRole { mount: String, role_id: String, secret_id: SecretId },
    Kubernetes { mount: String, role: String, token_file: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum SecretId {
    Given(SettingSecret),
    File(String),
    /// The role is bound to addresses instead.
    None,
}

impl Auth {
    /// Whose login it is.
    pub(super) fn identity(&self) -> Identity {
        match self {
            Self::Jwt { .. } => Identity::SignedInUser,
            Self::Token { .. } | Self::AppRole { .. } | Self::Kubernetes { .. } => Identity::Service,
        }
    }
}

const KUBERNETES_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

impl VaultConfig {
    /// # Errors
    ///
    /// When a field is not what it should be.
    pub fn new(settings: VaultSettings) -> Result<Self, SettingError> {
        let VaultSettings { address, namespace, mount, role, static_role, auth, ca_pem } = settings;
        Ok(Self {
            address: parse_address(&address)?,
            namespace: filled(&namespace).map(|namespace| parse_path("namespace", namespace)).transpose()?,
            mount: parse_path("mount", filled(&mount).unwrap_or("database"))?,
            role: parse_name("role", &role)?,
            kind: if static_role { RoleKind::Static } else { RoleKind::Dynamic },
            auth: parse_auth(auth)?,
            roots: filled(&ca_pem).map(parse_roots).transpose()?.unwrap_or_default(),
        })
    }

    pub(super) fn address(&self) -> &Url {
        &self.address
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    pub(super) fn kind(&self) -> RoleKind {
        self.kind
    }

    pub(super) fn mount(&self) -> &str {
        &self.mount
    }

    pub(super) fn role(&self) -> &str {
        &self.role
    }

    pub(super) fn auth(&self) -> &Auth {
        &self.auth
    }

    pub(super) fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }
}

fn parse_address(address: &str) -> Result<Url, SettingError> {
    let fail = |problem: String| SettingError::new("address", problem);
    let mut url = Url::parse(address.trim())
        .map_err(|_| fail("this is no address: expected one such as `https://vault.example.com:8200`".to_owned()))?;
    check_address(&url).map_err(fail)?;
    // There, no metadata service is meant.
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "http" && !is_here {
        return Err(fail("`http` is not safe here: use `https`".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fail("the address must not hold `?` or `#`".to_owned()));
    }
    // So that what is joined goes below it, also behind a path of a proxy.
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn parse_auth(auth: VaultAuth) -> Result<Auth, SettingError> {
    let mount = |mount: &Option<String>, default| parse_path("auth.mount", filled(mount).unwrap_or(default));
    Ok(match auth {
        VaultAuth::Jwt { mount: path, role } => Auth::Jwt {
            mount: mount(&path, "jwt")?,
            role: filled(&role).map(|role| parse_name("auth.role", role)).transpose()?,
        },
        VaultAuth::Token { file } => Auth::Token { file: filled(&file).map(str::to_owned) },
        VaultAuth::AppRole { mount: path, role_id, secret_id, secret_id_file } => {
            if role_id.trim().is_empty() {
                return Err(SettingError::new("auth.role_id", "the role id is missing"));
            }
            let secret_id = match (secret_id, filled(&secret_id_file)) {
                (Some(_), Some(_)) => {
                    let problem = "give either the secret id or the file that holds it";
                    return Err(SettingError::new("auth.secret_id", problem));
                }
                (Some(secret), None) => SecretId::Given(secret.into()),
                (None, Some(file)) => SecretId::File(file.to_owned()),
                (None, None) => SecretId::None,
            };
            Auth::AppRole { mount: mount(&path, "approle")?, role_id: role_id.trim().to_owned(), secret_id }
        }
        VaultAuth::Kubernetes { mount: path, role, token_file } => Auth::Kubernetes {
            mount: mount(&path, "kubernetes")?,
            role: parse_name("auth.role", &role)?,
            token_file: filled(&token_file).unwrap_or(KUBERNETES_TOKEN).to_owned(),
        },
    })
}

/// A path of names. It becomes part of an address.
fn parse_path(field: &'static str, path: &str) -> Result<String, SettingError> {
    let path = path.trim().trim_matches('/');
    let names: Result<Vec<_>, _> = path.split('/').map(|name| parse_name(field, name)).collect();
    names.map(|names| names.join("/"))
}

fn parse_name(field: &'static str, name: &str) -> Result<String, SettingError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(SettingError::new(field, "this is missing"));
    }
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if name.starts_with('.') || !name.chars().all(is_allowed) {
        return Err(SettingError::new(field, "only letters, digits, `-`, `_` and `.` can be in this name"));
    }
    Ok(name.to_owned())
}

fn parse_roots(pem: &str) -> Result<Vec<CertificateDer<'static>>, SettingError> {
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    roots.ok().filter(|roots| !roots.is_empty()).ok_or_else(|| {
        SettingError::new("ca_file", "there is no certificate in it: expected PEM (`-----BEGIN CERTIFICATE-----`)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut VaultSettings), expected: Result<&str, &str>) {
        let mut settings = VaultSettings {
            address: "https://vault.example.com:8200".to_owned(),
            role: "reader".to_owned(),
            ..VaultSettings::default()
        };
        change(&mut settings);
        let made = VaultConfig::new(settings);
        let shown = made.as_ref().map(|config| format!("{}v1/{}/{}", config.address, config.mount, config.role));
        assert_eq!(shown.as_deref().map_err(|error| error.field), expected);
    }

    #[test]
    fn settings_are_checked_field_by_field() {
        check(|_| {}, Ok("https://vault.example.com:8200/v1/database/reader"));
        check(
            |settings| settings.mount = Some("/team/db/".into()),
            Ok("https://vault.example.com:8200/v1/team/db/reader"),
        );
        check(|settings| settings.address = "https://x/vault".into(), Ok("https://x/vault/v1/database/reader"));
        check(|settings| settings.address = "http://vault.example.com".into(), Err("address"));
        check(
            |settings| settings.address = "http://127.0.0.1:8200".into(),
            Ok("http://127.0.0.1:8200/v1/database/reader"),
        );
        check(|settings| settings.address = "http://169.254.169.254".into(), Err("address"));
        check(|settings| settings.address = "vault".into(), Err("address"));
        check(|settings| settings.address = "https://u:p@vault".into(), Err("address"));
        check(|settings| settings.address = "https://vault/?a".into(), Err("address"));
        check(|settings| settings.role = "../x".into(), Err("role"));
        check(|settings| settings.role = String::new(), Err("role"));
        check(|settings| settings.mount = Some("a/../b".into()), Err("mount"));
        check(|settings| settings.namespace = Some("a b".into()), Err("namespace"));
        check(|settings| settings.ca_pem = Some("none".into()), Err("ca_file"));
        let app_role = |role_id: &str, secret: Option<&str>, file: Option<&str>| VaultAuth::AppRole {
            mount: None,
            role_id: role_id.to_owned(),
            secret_id: secret.map(SecretString::from),
            secret_id_file: file.map(str::to_owned),
        };
        check(|settings| settings.auth = app_role("", None, None), Err("auth.role_id"));
        check(|settings| settings.auth = app_role("x", Some("s"), Some("/f")), Err("auth.secret_id"));
        check(
            |settings| settings.auth = app_role("x", Some("s"), None),
            Ok("https://vault.example.com:8200/v1/database/reader"),
        );
        check(
            |settings| settings.auth = VaultAuth::Kubernetes { mount: None, role: "a/b".into(), token_file: None },
            Err("auth.role"),
        );
    }
}
