//! `howdah user providers`: whether identity providers answer now, and how sign-ins went of late.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use futures_util::future::join_all;
use howdah_oidc::{LastSeen, ProviderConfig, RelyingParty};
use howdah_store::{AuditFilter, MAX_PAGE, Store};
use serde::Serialize;
use time::OffsetDateTime;
use url::Url;

use crate::command_line::{Line, print_whole, time_or_never};
use crate::config::Config;
use crate::error::sentence;
use crate::urls::Urls;

/// Sign-ins are counted of so long.
const LATELY: Duration = Duration::from_secs(24 * 3600);

/// How a provider does.
#[derive(Serialize)]
struct Health<'a> {
    name: &'a str,
    display_name: &'a str,
    issuer: Option<String>,
    /// Why it cannot be used now; null when it can.
    problem: Option<String>,
    #[serde(flatten)]
    lately: Lately,
}

/// Sign-ins of the last day.
#[derive(Clone, Default, Serialize)]
struct Lately {
    sign_ins: u64,
    failures: u64,
    #[serde(with = "time::serde::rfc3339::option")]
    last_failure_at: Option<OffsetDateTime>,
    last_failure_code: Option<String>,
}

/// Asks all providers at once, and prints how they do in the order of their buttons.
pub(super) async fn check(store: &Store, config: &Config, json: bool, output: &mut impl Write) -> anyhow::Result<()> {
    let mut lately = count_sign_ins(store).await?;
    let answers = join_all(config.auth.providers.iter().map(|provider| ask(config, provider))).await;
    let mut lines = Vec::with_capacity(answers.len());
    let mut broken = 0;
    for (provider, answer) in config.auth.providers.iter().zip(answers) {
        let (issuer, problem) = match answer {
            Ok(seen) => (seen.issuer, None),
            Err(error) => (None, Some(sentence(&format!("{error:#}")))),
        };
        broken += usize::from(problem.is_some());
        let issuer = issuer.or_else(|| provider.issuer().map(str::to_owned));
        let lately = lately.remove(provider.name()).unwrap_or_default();
        let health = Health { name: provider.name(), display_name: provider.display_name(), issuer, problem, lately };
        lines.push(Line::new(health.cells(), &health, &[])?);
    }
    let columns = ["name", "state", "issuer", "sign-ins", "failures", "last failure", "why"];
    print_whole(json, &columns, output, &lines)?;
    ensure!(broken == 0, "{broken} of {} providers cannot be used", lines.len());
    Ok(())
}

impl Health<'_> {
    fn cells(&self) -> Vec<String> {
        let Lately { sign_ins, failures, last_failure_at, last_failure_code } = &self.lately;
        vec![
            self.name.to_owned(),
            self.problem.clone().unwrap_or_else(|| "ok".to_owned()),
            self.issuer.clone().unwrap_or_default(),
            sign_ins.to_string(),
            failures.to_string(),
            time_or_never(*last_failure_at),
            last_failure_code.clone().unwrap_or_default(),
        ]
    }
}

async fn ask(config: &Config, provider: &ProviderConfig) -> anyhow::Result<LastSeen> {
    // No sign-in is begun here, so that nobody is sent back to this address.
    let here = config.server.public_url.clone().map_or_else(|| Url::parse("http://localhost"), Ok)?;
    let clock: howdah_oidc::Clock = Arc::new(SystemTime::now);
    let party = RelyingParty::new(provider.clone(), Urls::new(here).redirect_uri(), clock)
        .with_context(|| format!("provider {}", provider.name()))?;
    Ok(party.look().await?)
}

/// Sign-ins of the last day by the provider's name, as the audit trail has them.
async fn count_sign_ins(store: &Store) -> anyhow::Result<BTreeMap<String, Lately>> {
    let filter = AuditFilter {
        kinds: vec!["sign_in".to_owned()],
        from: Some(OffsetDateTime::now_utc() - LATELY),
        ..AuditFilter::default()
    };
    let mut counts: BTreeMap<String, Lately> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = store.audit_events(&filter, after.as_ref(), MAX_PAGE).await?;
        for event in page.events {
            let details: serde_json::Value = serde_json::from_str(&event.details).unwrap_or_default();
            let Some(through) = details["through"].as_str() else { continue };
            let lately = counts.entry(through.to_owned()).or_default();
            match event.result.as_str() {
                "ok" => lately.sign_ins += 1,
                "failed" => {
                    lately.failures += 1;
                    // The last event comes first.
                    if lately.last_failure_at.is_none() {
                        (lately.last_failure_at, lately.last_failure_code) = (Some(event.at), event.code);
                    }
                }
                _ => {}
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(counts);
        }
    }
}
