//! Servers that the config defines: nobody owns them, and nobody changes them here.

use howdah_store::{OwnSettings, ServerCursor, ServerId};

use super::shared::{Eyes, Shared, SharedBy};
use super::{Found, place};
use crate::app::App;
use crate::config::Config;
use crate::error::{ApiError, ApiResult};
use crate::wire::{ServerDefinition, SharedServer};

/// The version of a server that changes with the config only.
const VERSION: i64 = 1;

/// One `[[servers]]` of the config.
#[derive(Debug, Clone)]
pub struct ConfiguredServer {
    /// Made of its `id` or name in the config, so the same in every process and after every restart.
    pub id: ServerId,
    /// What stands in the config. Certificates and keys may be paths of files.
    pub definition: ServerDefinition,
}

/// The servers of the config that `eyes` see behind a place in their list.
pub(super) async fn visible_after(app: &App, eyes: &Eyes, after: Option<&ServerCursor>) -> ApiResult<Vec<Found>> {
    let servers = &app.config().servers;
    if servers.is_empty() {
        return Ok(Vec::new());
    }
    let mut own = app.store().all_own_settings(&eyes.account).await?;
    let visible = servers.iter().filter(|server| server.definition.audience.admits(&eyes.claims));
    let found = visible.map(|server| found(app, server, own.remove(&server.id).unwrap_or_default()));
    Ok(found.filter(|server| after.is_none_or(|after| place(server) > *after)).collect())
}

/// A server of the config, if `eyes` see it.
pub(super) async fn find(app: &App, eyes: &Eyes, server: &ConfiguredServer) -> ApiResult<Found> {
    if !server.definition.audience.admits(&eyes.claims) {
        return Err(ApiError::not_found("server"));
    }
    Ok(found(app, server, app.store().own_settings(&eyes.account, &server.id).await?))
}

/// All of them, as an administrator's list has them, with their places in it.
pub(super) fn all_for_administrator(
    config: &Config,
    open: impl Fn(&ServerId) -> usize,
) -> impl Iterator<Item = (ServerCursor, SharedServer)> {
    config.servers.iter().map(move |ConfiguredServer { id, definition }| {
        let credential = serde_json::to_value(&definition.credential).unwrap_or_default();
        let shared = SharedServer {
            id: id.to_string(),
            name: definition.name.clone(),
            group: definition.group.clone(),
            host: definition.host.clone(),
            port: definition.port,
            environment: definition.environment,
            credential: credential["type"].as_str().unwrap_or_default().to_owned(),
            audience: definition.audience.to_json(),
            owner: None,
            connections: open(id),
        };
        (ServerCursor::at(&definition.group, &definition.name, id), shared)
    })
}

fn found(app: &App, server: &ConfiguredServer, own: OwnSettings) -> Found {
    let (shared, definition) = Shared::new(SharedBy::Config, own, server.definition.clone(), &app.config().connections);
    Found {
        id: server.id.clone(),
        version: VERSION,
        is_owned: false,
        shared: Some(Box::new(shared)),
        definition,
        unopened: Vec::new(),
    }
}
