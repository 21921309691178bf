//! Every rule about a provider's configuration. No network; the files that it names are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use crate::config::{ClientAuthentication, ProviderConfig, ResponseMode, is_safe};
use crate::keys::{Algorithm, algorithm_named};
use crate::logout;
use crate::settings::ProviderSettings;
use crate::token::SigningKey;

const DISCOVERY_SUFFIX: &str = "/.well-known/openid-configuration";
const DEFAULT_SKEW: Duration = Duration::from_secs(30);
const LARGEST_SKEW: Duration = Duration::from_secs(600);

/// Something in the configuration that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which provider, counted from 0 as in `auth.oauth2[0]`.
    pub provider: usize,
    /// The key in its table.
    pub key: &'static str,
    /// What is wrong, with the provider's name.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Checks all providers. `variable` gives the value of an environment variable that a path names.
///
/// # Errors
///
/// Every problem of every provider.
pub fn check_providers(
    settings: Vec<ProviderSettings>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<ProviderConfig>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut configs: Vec<ProviderConfig> = Vec::new();
    for (index, settings) in settings.into_iter().enumerate() {
        let mut checker = Checker { index, name: settings.name.trim().to_owned(), problems: &mut problems, variable };
        let config = checker.check(&settings);
        // pgAdmin lets the later one silently replace the earlier.
        if configs.iter().any(|earlier| earlier.name == config.name) {
            checker.problem("name", "another provider has this name too", "give each provider a name of its own");
        }
        configs.push(config);
    }
    if problems.is_empty() { Ok(configs) } else { Err(problems) }
}

struct Checker<'a> {
    index: usize,
    name: String,
    problems: &'a mut Vec<Problem>,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Checker<'_> {
    /// The configuration, which is of use only if no problem was found.
    fn check(&mut self, settings: &ProviderSettings) -> ProviderConfig {
        if self.name.is_empty() {
            self.problem("name", "the name is missing", "name the provider, for example `entra`");
        }
        // Browsers resolve the dots before they ask.
        if [".", ".."].contains(&self.name.as_str()) || self.name.chars().any(char::is_control) {
            self.problem("name", "it cannot stand in the address of the sign-in", "use letters and digits");
        }
        if settings.client_id.trim().is_empty() {
            self.problem("client_id", "the client id is missing", "copy it from the registration at the provider");
        }
        let authentication = self.authentication(settings);
        self.pkce(settings, authentication.as_ref());

        let metadata_url = self.url("server_metadata_url", settings.server_metadata_url.as_deref());
        let jwks_url = self.url("jwks_uri", settings.jwks_uri.as_deref());
        let (issuer, issuer_is_exact) = self.issuer(settings, metadata_url.as_ref());
        let scopes = self.scopes(settings, issuer.is_some());
        let config = ProviderConfig {
            name: self.name.clone(),
            display_name: owned(&settings.display_name),
            icon: owned(&settings.icon),
            button_color: owned(&settings.button_color),
            client_id: settings.client_id.trim().to_owned(),
            pinned_algorithm: self.algorithm(settings, authentication.as_ref(), issuer.is_some()),
            authentication: authentication.unwrap_or(ClientAuthentication::None),
            authorization_url: self.url("authorization_url", settings.authorization_url.as_deref()),
            token_url: self.url("token_url", settings.token_url.as_deref()),
            userinfo_url: self.userinfo_url(settings),
            jwks_url,
            issuer,
            issuer_is_exact,
            metadata_url,
            scopes,
            username_claim: owned(&settings.username_claim),
            additional_claims: self.additional_claims(settings),
            group_claim: text(&settings.group_claim).unwrap_or("groups").to_owned(),
            trust_email: settings.trust_email.unwrap_or(true),
            verify_certificates: settings.ssl_cert_verification.unwrap_or(true),
            extra_roots: self.extra_roots(settings),
            response_mode: self.response_mode(settings),
            prompt: owned(&settings.prompt),
            logout_template: self.logout_template(settings),
            clock_skew: self.clock_skew(settings),
        };
        if text(&settings.server_metadata_url).is_none() {
            self.endpoints_without_discovery(settings);
        }
        config
    }

    /// `None` after a problem.
    fn authentication(&mut self, settings: &ProviderSettings) -> Option<ClientAuthentication> {
        const KEY: &str = "client_auth_method";
        let secret = settings.client_secret.clone().filter(|secret| !secret.expose_secret().trim().is_empty());
        let method = text(&settings.client_auth_method).map(str::to_ascii_lowercase);
        match (method.as_deref(), secret) {
            (None, None) | (Some("none"), None) => Some(ClientAuthentication::None),
            (None | Some("client_secret" | "client_secret_basic"), Some(secret)) => {
                Some(ClientAuthentication::SecretBasic(secret))
            }
            (Some("client_secret_post"), Some(secret)) => Some(ClientAuthentication::SecretPost(secret)),
            (Some(method @ ("client_secret" | "client_secret_basic" | "client_secret_post")), None) => {
                let what = format!("`{method}` needs a secret, and there is none");
                self.problem("client_secret", what, "set `client_secret` or `client_secret_file`");
                None
            }
            (Some("workload_identity"), secret) => {
                if secret.is_some() {
                    let what = "`workload_identity` replaces the secret, and there is one";
                    self.problem("client_secret", what, "remove it");
                }
                Some(ClientAuthentication::WorkloadIdentity(self.workload_identity_file(settings)))
            }
            (Some(method @ ("private_key_jwt" | "none")), Some(_)) => {
                let what = format!("`{method}` uses no secret, and there is one");
                self.problem("client_secret", what, "remove it, or set `client_auth_method` to `client_secret_basic`");
                None
            }
            (Some("private_key_jwt"), None) => self.private_key(settings),
            (Some(other), _) => {
                let what = format!("`{}` is no way to authenticate a client", other.escape_debug());
                let remedy =
                    "use `client_secret_basic`, `client_secret_post`, `private_key_jwt`, `workload_identity` or `none`";
                self.problem(KEY, what, remedy);
                None
            }
        }
    }

    fn workload_identity_file(&mut self, settings: &ProviderSettings) -> PathBuf {
        const KEY: &str = "workload_identity_token_file";
        let Some(path) = self.path(KEY, settings.workload_identity_token_file.as_deref()) else {
            if text(&settings.workload_identity_token_file).is_none() {
                let what = "`workload_identity` needs the file with the projected token";
                self.problem(KEY, what, "name it, for example `$AZURE_FEDERATED_TOKEN_FILE`");
            }
            return PathBuf::new();
        };
        if !path.is_file() {
            let what =
                format!("`client_auth_method` is `workload_identity`, and there is no file `{}`", path.display());
            self.problem(KEY, what, "correct the path, or mount the token before the start");
        }
        path
    }

    fn private_key(&mut self, settings: &ProviderSettings) -> Option<ClientAuthentication> {
        const KEY: &str = "private_key_file";
        if text(&settings.private_key_file).is_none() {
            self.problem(KEY, "`private_key_jwt` needs the key that signs", "name a PEM file");
        }
        let pem = self.file(KEY, settings.private_key_file.as_deref())?;
        match SigningKey::from_pem(&pem) {
            Ok(key) => Some(ClientAuthentication::PrivateKeyJwt(Arc::new(key))),
            Err(reason) => {
                self.problem(KEY, reason, "give a PEM file with an RSA, P-256 or P-384 private key");
                None
            }
        }
    }

    /// RFC 7636. We always use PKCE with S256, so the two keys of pgAdmin can only agree with that.
    fn pkce(&mut self, settings: &ProviderSettings, authentication: Option<&ClientAuthentication>) {
        let method = text(&settings.challenge_method);
        let response_type = text(&settings.response_type);
        if matches!(authentication, Some(ClientAuthentication::WorkloadIdentity(_))) {
            for (key, value) in [("challenge_method", method), ("response_type", response_type)] {
                if value.is_some() {
                    self.problem(key, "`workload_identity` is used without PKCE", "remove the key");
                }
            }
            return;
        }
        if let Some(method) = method.filter(|method| *method != "S256") {
            let what = format!("`{}` is not supported", method.escape_debug());
            self.problem("challenge_method", what, "write `S256`");
        }
        if let Some(response_type) = response_type.filter(|response_type| *response_type != "code") {
            let what = format!("`{}` is not supported", response_type.escape_debug());
            self.problem("response_type", what, "write `code`");
        }
        let is_public = matches!(authentication, Some(ClientAuthentication::None));
        match (method, response_type) {
            (None, None) if is_public => {
                let what = "a client without a secret must state that it uses PKCE";
                let remedy = "set `challenge_method = \"S256\"` and `response_type = \"code\"`, or set `client_secret`";
                self.problem("challenge_method", what, remedy);
            }
            (Some(_), None) => {
                self.problem("response_type", "`challenge_method` is set without it", "set it to `code`");
            }
            (None, Some(_)) => {
                self.problem("challenge_method", "`response_type` is set without it", "set it to `S256`");
            }
            _ => {}
        }
    }

    /// The issuer, and whether it was written down to the letter.
    fn issuer(&mut self, settings: &ProviderSettings, metadata_url: Option<&Url>) -> (Option<String>, bool) {
        let has_keys = text(&settings.jwks_uri).is_some();
        let has_discovery = text(&settings.server_metadata_url).is_some();
        if let Some(issuer) = text(&settings.issuer) {
            self.url("issuer", Some(issuer));
            if !has_keys && !has_discovery {
                let what = "an issuer alone does not let us check ID tokens";
                self.problem("issuer", what, "set `jwks_uri` too, or `server_metadata_url`");
            }
            return (Some(issuer.to_owned()), true);
        }
        let Some(metadata_url) = metadata_url else {
            if has_keys && !has_discovery {
                let what = "keys alone do not let us check ID tokens";
                self.problem("jwks_uri", what, "set `issuer` too, or `server_metadata_url`");
            }
            return (None, false);
        };
        // OpenID Connect Discovery 4: the document's place is made from the issuer, and back.
        let mut url = metadata_url.clone();
        url.set_query(None);
        let issuer = url.as_str().strip_suffix(DISCOVERY_SUFFIX).map(str::to_owned);
        if issuer.is_none() {
            let what = format!("it does not end in `{DISCOVERY_SUFFIX}`, so it does not tell the issuer");
            self.problem("server_metadata_url", what, "add that ending, or set `issuer`");
        }
        (issuer, false)
    }

    fn scopes(&mut self, settings: &ProviderSettings, can_check_id_tokens: bool) -> Vec<String> {
        let has_discovery = text(&settings.server_metadata_url).is_some();
        let default = if has_discovery { "openid email profile" } else { "email profile" };
        let scopes: Vec<String> =
            text(&settings.scope).unwrap_or(default).split_whitespace().map(str::to_owned).collect();
        let asks_for_id_token = scopes.iter().any(|scope| scope == "openid");
        if asks_for_id_token && !can_check_id_tokens && !has_discovery {
            let what = "`openid` asks for an ID token, which cannot be checked without `server_metadata_url`";
            let remedy = "set `server_metadata_url`, or remove `openid` from `scope`";
            self.problem("scope", what, remedy);
        }
        if !asks_for_id_token && can_check_id_tokens && !has_discovery {
            let what = "`issuer` and `jwks_uri` are for ID tokens, which nothing asks for";
            self.problem("scope", what, "add `openid` to `scope`, or remove `issuer` and `jwks_uri`");
        }
        scopes
    }

    fn endpoints_without_discovery(&mut self, settings: &ProviderSettings) {
        let remedy = "set it, or set `server_metadata_url` if this is an OpenID provider";
        if text(&settings.authorization_url).is_none() {
            self.problem("authorization_url", "nothing says where to send people to sign in", remedy);
        }
        if text(&settings.token_url).is_none() {
            self.problem("token_url", "nothing says where to get tokens", remedy);
        }
        let has_id_tokens = text(&settings.issuer).is_some() && text(&settings.jwks_uri).is_some();
        if text(&settings.userinfo_endpoint).is_none() && !has_id_tokens {
            self.problem("userinfo_endpoint", "nothing says where to ask who a person is", remedy);
        }
    }

    fn userinfo_url(&mut self, settings: &ProviderSettings) -> Option<Url> {
        let base = self.url("api_base_url", settings.api_base_url.as_deref());
        let endpoint = text(&settings.userinfo_endpoint)?;
        if endpoint.contains("://") {
            return self.url("userinfo_endpoint", Some(endpoint));
        }
        let Some(base) = base else {
            if text(&settings.api_base_url).is_none() {
                let what = format!("`{}` is relative, and there is nothing to start from", endpoint.escape_debug());
                self.problem("userinfo_endpoint", what, "write a whole address, or set `api_base_url`");
            }
            return None;
        };
        match base.join(endpoint) {
            Ok(url) if url.origin() == base.origin() => Some(url),
            _ => {
                self.problem("userinfo_endpoint", "it leads away from `api_base_url`", "write a whole address");
                None
            }
        }
    }

    fn additional_claims(&mut self, settings: &ProviderSettings) -> BTreeMap<String, Vec<Value>> {
        const KEY: &str = "additional_claims";
        const REMEDY: &str = "write for example `{ groups = [\"dba\"] }`, or remove the key to let everyone in";
        let mut rules = BTreeMap::new();
        match &settings.additional_claims {
            None | Some(Value::Null) => {}
            Some(Value::Object(claims)) if !claims.is_empty() => {
                for (claim, wanted) in claims {
                    let values = match wanted {
                        Value::Array(values) => values.clone(),
                        scalar => vec![scalar.clone()],
                    };
                    let is_scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
                    if values.is_empty() || !values.iter().all(is_scalar) {
                        let what = format!("the claim `{}` needs a value or a list of values", claim.escape_debug());
                        self.problem(KEY, what, REMEDY);
                    }
                    rules.insert(claim.clone(), values);
                }
            }
            Some(Value::Object(_)) => self.problem(KEY, "without any claim it would let nobody in", REMEDY),
            Some(_) => self.problem(KEY, "it is not a table of claims", REMEDY),
        }
        rules
    }

    fn algorithm(
        &mut self,
        settings: &ProviderSettings,
        authentication: Option<&ClientAuthentication>,
        has_id_tokens: bool,
    ) -> Option<Algorithm> {
        const KEY: &str = "id_token_signing_alg";
        let name = text(&settings.id_token_signing_alg)?;
        let Some(algorithm) = algorithm_named(name) else {
            let what = format!("ID tokens signed with `{}` are not accepted", name.escape_debug());
            self.problem(
                KEY,
                what,
                "use RS256/384/512, PS256/384/512, ES256/384/512 or EdDSA, or HS256/384/512 with a client secret",
            );
            return None;
        };
        if !has_id_tokens {
            self.problem(KEY, "this provider sends no ID tokens", "remove the key, or set `server_metadata_url`");
        }
        // OpenID Connect Core 10.1: the key of a MAC is the client secret.
        if name.starts_with("HS") && authentication.is_some_and(|known| known.secret().is_none()) {
            let what = format!("`{name}` needs a client secret, and there is none");
            self.problem(KEY, what, "set `client_secret`, or let the provider sign with RS256");
        }
        Some(algorithm)
    }

    fn response_mode(&mut self, settings: &ProviderSettings) -> ResponseMode {
        match text(&settings.response_mode) {
            None | Some("query") => ResponseMode::Query,
            Some("form_post") => ResponseMode::FormPost,
            Some(other) => {
                let what = format!("`{}` is not supported", other.escape_debug());
                self.problem("response_mode", what, "write `query` or `form_post`");
                ResponseMode::Query
            }
        }
    }

    fn logout_template(&mut self, settings: &ProviderSettings) -> Option<String> {
        let template = text(&settings.logout_url)?;
        self.url("logout_url", Some(&logout::fill(template, "https://example.com/", "token")));
        Some(template.to_owned())
    }

    fn clock_skew(&mut self, settings: &ProviderSettings) -> Duration {
        let Some(written) = text(&settings.clock_skew) else { return DEFAULT_SKEW };
        match humantime::parse_duration(written) {
            Ok(skew) if skew <= LARGEST_SKEW => skew,
            Ok(_) => {
                let what = format!("more than {}", humantime::format_duration(LARGEST_SKEW));
                self.problem("clock_skew", what, "set the clocks right, with NTP for example");
                DEFAULT_SKEW
            }
            Err(error) => {
                let what = format!("`{}` is not a duration: {error}", written.escape_debug());
                self.problem("clock_skew", what, "write for example `30s`");
                DEFAULT_SKEW
            }
        }
    }

    fn extra_roots(&mut self, settings: &ProviderSettings) -> Vec<reqwest::Certificate> {
        let Some(pem) = self.file("ca_file", settings.ca_file.as_deref()) else { return Vec::new() };
        match reqwest::Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => certificates,
            _ => {
                self.problem("ca_file", "the file holds no certificate", "give certificates in PEM format");
                Vec::new()
            }
        }
    }

    fn url(&mut self, key: &'static str, value: Option<&str>) -> Option<Url> {
        let value = value.map(str::trim).filter(|value| !value.is_empty())?;
        let url = match Url::parse(value) {
            Ok(url) => url,
            Err(error) => {
                self.problem(key, format!("it is not an address: {error}"), "write a whole `https://` address");
                return None;
            }
        };
        if !is_safe(&url) {
            let what = format!("`{}:` is not safe", url.scheme());
            self.problem(key, what, "use `https://`; `http://` is for loopback hosts only");
        }
        if !url.username().is_empty() || url.password().is_some() {
            self.problem(key, "it holds a user name or a password", "remove them");
        }
        Some(url)
    }

    fn file(&mut self, key: &'static str, value: Option<&str>) -> Option<Vec<u8>> {
        let path = self.path(key, value)?;
        std::fs::read(&path)
            .inspect_err(|error| {
                let what = format!("`{}` cannot be read: {error}", path.display());
                self.problem(key, what, "correct the path or the file's permissions");
            })
            .ok()
    }

    /// A path with a leading `~` and every `$NAME` and `${NAME}` replaced.
    fn path(&mut self, key: &'static str, value: Option<&str>) -> Option<PathBuf> {
        let value = value.map(str::trim).filter(|value| !value.is_empty())?;
        match expand(value, self.variable) {
            Ok(path) => Some(Path::new(&path).to_owned()),
            Err(name) => {
                let what = format!("the environment variable `{name}` is not set");
                self.problem(key, what, "set it, or write the path itself");
                None
            }
        }
    }

    fn problem(&mut self, key: &'static str, what: impl Into<String>, remedy: &str) {
        let what = format!("provider `{}`: {}", self.name.escape_debug(), what.into());
        self.problems.push(Problem { provider: self.index, key, what, remedy: remedy.to_owned() });
    }
}

/// The value of a key that is set to more than blanks.
fn text(value: &Option<String>) -> Option<&str> {
    value.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn owned(value: &Option<String>) -> Option<String> {
    text(value).map(str::to_owned)
}

fn expand(path: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let value_of = |name: &str| variable(name).ok_or_else(|| name.to_owned());
    let mut expanded = String::new();
    let mut rest = path;
    if rest == "~" || rest.starts_with("~/") {
        expanded.push_str(&value_of("HOME")?);
        rest = &rest[1..];
    }
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let (name, after) = match after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
            Some(braced) => braced,
            None => after.split_at(after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len())),
        };
        if name.is_empty() {
            expanded.push('$');
        } else {
            expanded.push_str(&value_of(name)?);
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests;
