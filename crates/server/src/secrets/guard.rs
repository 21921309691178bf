//! What protects a password on its way. A saved one is not sent on a way that is protected less than the one for which it
//! was saved, whoever changed that.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use howdah_pg::{ChannelBinding, RootCertificates, SslMode};
use howdah_store::SecretKind;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::connect::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::wire::ServerDefinition;

/// From the least to the most.
const MODES: [SslMode; 6] =
    [SslMode::Disable, SslMode::Allow, SslMode::Prefer, SslMode::Require, SslMode::VerifyCa, SslMode::VerifyFull];

/// In the place of a hash: the operator says who may vouch for the server, and could read every password anyway.
const OPERATOR: &str = "operator";
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Whether a saved password may be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// As to where it was saved for.
    Good,
    /// Where one of the root certificates vouches that did so when it was saved.
    VouchedBy(Vouchers),
    /// Not, and why.
    Lacking(String),
}

/// Hashes of the root certificates that are to be believed, and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouchers(BTreeSet<String>);

impl Vouchers {
    /// Those of these roots.
    #[must_use]
    pub fn among(&self, roots: &RootCertificates) -> RootCertificates {
        match roots {
            RootCertificates::System => RootCertificates::System,
            RootCertificates::Pem(pem) => {
                let believed = certificates(pem).filter(|certificate| self.0.contains(&sha256(certificate)));
                RootCertificates::Pem(believed.map(|body| format!("{BEGIN}\n{body}\n{END}\n")).collect())
            }
        }
    }
}

/// What protects a password. What is absent protects nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Guard {
    /// As it counts: roots that are given make `verify-ca` of `require`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sslmode: Option<String>,
    /// Who may vouch for the server: `system`, a hash of the certificates, or [`OPERATOR`]. Only where somebody must.
    #[serde(skip_serializing_if = "Option::is_none")]
    roots: Option<String>,
    /// Hashes of the certificates one by one.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    each_root: BTreeSet<String>,
    /// Whether certificates can be taken back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    revocation: bool,
    /// The ways in which the server may ask; absent: as it likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    methods: Option<BTreeSet<String>>,
    /// Whether SCRAM must be bound to the TLS connection.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    channel_binding: bool,
    /// The key that the SSH server must show.
    #[serde(skip_serializing_if = "Option::is_none")]
    host_key: Option<String>,
}

impl Guard {
    /// Of a definition as it is used, for a password of this kind; `is_operators` when it stands in the config file.
    ///
    /// # Errors
    ///
    /// 422 for a connection parameter that cannot be followed.
    pub(super) fn of(definition: &ServerDefinition, kind: SecretKind, is_operators: bool) -> ApiResult<Self> {
        let host_key = definition.tunnel.as_ref().and_then(|tunnel| tunnel.host_key.as_deref()).map(without_comment);
        if kind == SecretKind::Tunnel {
            return Ok(Self { host_key, ..Self::default() });
        }
        // Neither database nor names matter here, and neither may be empty.
        let options = connect::options(definition, "-", "-", "-", Purpose::Query)?;
        let mode = match (&options.ssl.root, options.ssl.mode) {
            (RootCertificates::Pem(_), SslMode::Require) => SslMode::VerifyCa,
            (_, mode) => mode,
        };
        let is_vouched_for = mode >= SslMode::VerifyCa;
        let roots = match &options.ssl.root {
            RootCertificates::System => "system".to_owned(),
            RootCertificates::Pem(_) if is_operators => OPERATOR.to_owned(),
            RootCertificates::Pem(pem) => sha256(pem.trim()),
        };
        let each_root = match &options.ssl.root {
            RootCertificates::Pem(pem) if is_vouched_for => {
                certificates(pem).map(|certificate| sha256(&certificate)).collect()
            }
            _ => BTreeSet::new(),
        };
        Ok(Self {
            sslmode: Some(mode.name().to_owned()),
            roots: is_vouched_for.then_some(roots),
            each_root,
            revocation: is_vouched_for && options.ssl.revocation_lists_pem.is_some(),
            methods: options
                .require_auth
                .map(|methods| methods.into_iter().map(|method| method.name().to_owned()).collect()),
            channel_binding: options.ssl.channel_binding == ChannelBinding::Require,
            host_key,
        })
    }

    /// As the store keeps it.
    ///
    /// # Errors
    ///
    /// Never, unless memory is wrong.
    pub(super) fn to_text(&self) -> ApiResult<String> {
        serde_json::to_string(self).map_err(|error| ApiError::internal(&error))
    }

    /// Whether what was saved under the guard `saved` may be sent under this one.
    pub(super) fn judge(&self, saved: Option<&str>) -> Judgement {
        let Some(saved) = saved.and_then(|text| serde_json::from_str::<Self>(text).ok()) else {
            return Judgement::Lacking(
                "You saved the password with an older Howdah, which did not keep how the connection was protected."
                    .to_owned(),
            );
        };
        if let Some(what) = self.weakness(&saved) {
            return Judgement::Lacking(changed(what.as_str()));
        }
        match self.vouchers(&saved) {
            None => Judgement::Good,
            Some(both) if both.is_empty() => Judgement::Lacking(other_roots()),
            Some(both) => Judgement::VouchedBy(Vouchers(both)),
        }
    }

    /// Which roots must vouch, since others than those that did may do so now; `None` where all may that can.
    fn vouchers(&self, saved: &Self) -> Option<BTreeSet<String>> {
        let (before, now) = (saved.roots.as_deref()?, self.roots.as_deref()?);
        if now == before || now == OPERATOR {
            return None;
        }
        let both: BTreeSet<_> = self.each_root.intersection(&saved.each_root).cloned().collect();
        let is_fewer = !both.is_empty() && both.len() == self.each_root.len();
        (!is_fewer).then_some(both)
    }

    fn weakness(&self, saved: &Self) -> Option<String> {
        let before = saved.sslmode.as_deref().unwrap_or_default();
        let now = self.sslmode.as_deref().unwrap_or_default();
        if rank(now) < rank(before) {
            return Some(format!("sslmode was {before} and is {now}, which protects it less"));
        }
        if saved.revocation && !self.revocation {
            return Some("revoked certificates are taken for good ones (sslcrl)".to_owned());
        }
        if saved.channel_binding && !self.channel_binding {
            return Some("channel_binding is not required any more".to_owned());
        }
        let wider = |allowed: &BTreeSet<String>| self.methods.as_ref().is_none_or(|now| !now.is_subset(allowed));
        if saved.methods.as_ref().is_some_and(wider) {
            return Some("it may ask for the password in other ways (require_auth)".to_owned());
        }
        if saved.host_key.is_some() && saved.host_key != self.host_key {
            return Some("the SSH server in front of it has another host key".to_owned());
        }
        None
    }
}

/// Why a password is not sent to a server for which other roots vouch.
pub(super) fn other_roots() -> String {
    changed("other root certificates vouch for it (sslrootcert)")
}

fn changed(what: &str) -> String {
    format!("Since you saved the password, this server was changed: {what}. It is not sent there unless you say so.")
}

/// The certificates of a bundle in base64. What is behind one that cannot be read vouches for nothing.
fn certificates(pem: &str) -> impl Iterator<Item = String> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).map_while(Result::ok).map(|certificate| STANDARD.encode(certificate))
}

fn rank(mode: &str) -> Option<usize> {
    MODES.iter().position(|known| known.name() == mode)
}

/// Kind and key of a line as OpenSSH writes it.
fn without_comment(key: &str) -> String {
    key.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q";

    fn guard(parameters: &Value, host_key: Option<&str>) -> anyhow::Result<Guard> {
        let mut definition = json!({
            "name": "a", "group": "g", "host": "db.example", "username": "ada", "connection_parameters": parameters,
            "credential": { "type": "password" }
        });
        if let Some(host_key) = host_key {
            definition["tunnel"] =
                json!({ "host": "gate", "username": "ada", "authentication": "password", "host_key": host_key });
        }
        let definition: ServerDefinition = serde_json::from_value(definition)?;
        Guard::of(&definition, SecretKind::Database, false).map_err(|problem| anyhow::anyhow!("{}", problem.detail()))
    }

    fn lacking(judgement: &Judgement) -> String {
        match judgement {
            Judgement::Good => String::new(),
            Judgement::VouchedBy(Vouchers(those)) => format!("{} of them", those.len()),
            Judgement::Lacking(why) => why.clone(),
        }
    }

    #[test]
    fn the_roots_that_vouched_when_a_password_was_saved_must_vouch_for_where_it_is_sent() -> anyhow::Result<()> {
        let bundle = |names: &str| {
            let each = names.chars().map(|name| format!("# {name}\n{BEGIN}\n{name}{name}\n{name}{name}\n{END}\n"));
            json!({ "sslmode": "verify-full", "sslrootcert": each.collect::<String>() })
        };
        let judged = |before: &str, now: &str| {
            let saved =
                guard(&bundle(before), None)?.to_text().map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
            anyhow::Ok(guard(&bundle(now), None)?.judge(Some(&saved)))
        };
        for (before, now, expected) in [
            ("a", "a", ""),
            ("ab", "ba", ""),
            ("ab", "b", ""),
            ("a", "ab", "1 of them"),
            ("ab", "bc", "1 of them"),
            ("a", "b", "root certificates"),
        ] {
            let told = lacking(&judged(before, now)?);
            assert!(
                if expected.is_empty() { told.is_empty() } else { told.contains(expected) },
                "{before} {now}: {told}"
            );
        }
        let Judgement::VouchedBy(those) = judged("a", "xay")? else { anyhow::bail!("none vouches") };
        let all = RootCertificates::Pem(bundle("xay")["sslrootcert"].as_str().unwrap_or_default().to_owned());
        assert_eq!(those.among(&all), RootCertificates::Pem(format!("{BEGIN}\naaaa\n{END}\n")));
        Ok(())
    }

    #[test]
    fn the_operator_may_say_who_vouches() -> anyhow::Result<()> {
        let definition = |root: &str| {
            serde_json::from_value::<ServerDefinition>(json!({
                "name": "a", "group": "g", "host": "db.example", "username": "ada", "credential": { "type": "password" },
                "connection_parameters": { "sslmode": "verify-full", "sslrootcert": format!("{BEGIN}{root}{END}") }
            }))
        };
        let of = |root: &str, is_operators| {
            Guard::of(&definition(root)?, SecretKind::Database, is_operators)
                .map_err(|problem| anyhow::anyhow!("{}", problem.detail()))
        };
        for saved in [of("one", true)?, of("one", false)?] {
            let saved = saved.to_text().map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
            assert_eq!(of("other", true)?.judge(Some(&saved)), Judgement::Good);
        }
        Ok(())
    }

    #[test]
    fn what_protects_less_is_told_and_what_protects_as_much_is_not() -> anyhow::Result<()> {
        let root = |name: &str| json!({ "sslmode": "verify-full", "sslrootcert": format!("-----BEGIN {name}") });
        let full = json!({ "sslmode": "verify-full" });
        for (before, now, why) in [
            (json!({}), json!({}), ""),
            (json!({}), json!({ "sslmode": "disable" }), "was prefer and is disable"),
            (json!({}), full.clone(), ""),
            (full.clone(), json!({ "sslrootcert": "system" }), ""),
            (full.clone(), json!({ "sslmode": "verify-ca" }), "was verify-full and is verify-ca"),
            (full.clone(), json!({ "sslmode": "require" }), "was verify-full and is require"),
            (full.clone(), json!({}), "was verify-full and is prefer"),
            (full, root("A"), "root certificates"),
            (root("A"), root("A"), ""),
            (root("A"), root("B"), "root certificates"),
            (json!({ "sslmode": "require", "sslrootcert": "-----BEGIN A" }), root("A"), ""),
            (
                json!({ "sslmode": "require", "sslrootcert": "-----BEGIN A" }),
                json!({ "sslmode": "require" }),
                "verify-ca",
            ),
            (json!({ "sslmode": "require" }), root("A"), ""),
            (json!({ "require_auth": "scram-sha-256" }), json!({}), "require_auth"),
            (
                json!({ "require_auth": "scram-sha-256" }),
                json!({ "require_auth": "scram-sha-256,md5" }),
                "require_auth",
            ),
            (json!({ "require_auth": "scram-sha-256,md5" }), json!({ "require_auth": "md5" }), ""),
            (json!({ "channel_binding": "require" }), json!({}), "channel_binding"),
            (json!({}), json!({ "channel_binding": "require", "require_auth": "scram-sha-256" }), ""),
        ] {
            let saved = guard(&before, None)?.to_text().map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
            let lacks = lacking(&guard(&now, None)?.judge(Some(&saved)));
            assert!(if why.is_empty() { lacks.is_empty() } else { lacks.contains(why) }, "{before} {now}: {lacks}");
        }
        Ok(())
    }

    #[test]
    fn another_host_key_is_told_and_what_an_older_howdah_saved() -> anyhow::Result<()> {
        let full = json!({ "sslmode": "verify-full" });
        let text = |guard: Guard| guard.to_text().map_err(|problem| anyhow::anyhow!("{}", problem.detail()));
        let (saved, same) = (guard(&full, Some(KEY))?, guard(&full, Some(&format!("{KEY} comment")))?);
        assert_eq!(same.judge(Some(&text(saved.clone())?)), Judgement::Good);
        let other = Guard { host_key: Some("ssh-ed25519 BBBB".to_owned()), ..saved.clone() };
        assert!(lacking(&other.judge(Some(&text(saved)?))).contains("host key"));
        for unknown in [None, Some("nonsense")] {
            assert!(lacking(&same.judge(unknown)).contains("older Howdah"));
        }
        Ok(())
    }
}
