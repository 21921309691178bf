//! The providers of `[[auth.oauth2]]`. Their rules are the relying party's own; here they only get their paths.

use howdah_oidc::{ProviderConfig, ProviderSettings, check_providers};
use toml::Table;

use super::document::Document;

/// Reads the `count` providers and notes what is wrong with each.
pub(super) fn read(document: &mut Document, count: usize) -> Vec<ProviderConfig> {
    let mut settings: Vec<ProviderSettings> = Vec::with_capacity(count);
    for index in 0..count {
        let mut table = Table::new();
        for key in ProviderSettings::KEYS {
            if let Some(value) = document.value(&format!("auth.oauth2[{index}].{key}")) {
                table.insert((*key).to_owned(), value.clone());
            }
        }
        match table.try_into() {
            Ok(provider) => settings.push(provider),
            Err(error) => {
                let error: toml::de::Error = error;
                document.problem(&format!("auth.oauth2[{index}]"), error.message(), "compare it with docs/config.md");
                settings.push(ProviderSettings::default());
            }
        }
    }
    match check_providers(settings, &|name| std::env::var(name).ok()) {
        Ok(providers) => providers,
        Err(problems) => {
            for problem in problems {
                let path = format!("auth.oauth2[{}].{}", problem.provider, problem.key);
                // A value of the wrong type was left out above, so the relying party takes it for missing.
                if !document.is_faulty(&path) {
                    document.problem(&path, problem.what, problem.remedy);
                }
            }
            Vec::new()
        }
    }
}
