//! Servers as an administrator deals with them: those that others than their owners see.

use howdah_store::{AccountId, MAX_PAGE, OwnedServers, SeenServer, ServerCursor, ServerId, Store, StoreError, Viewer};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::sealed::with_each_sealed;
use super::{configured, environment};
use crate::app::App;
use crate::config::Config;
use crate::error::{ApiError, ApiResult, Code};
use crate::secrets::keys::OperatorKeys;
use crate::session::SignedIn;
use crate::wire::{SharedServer, TakenBy};

/// How many servers there are.
///
/// # Errors
///
/// When the store fails.
pub async fn count(app: &App) -> ApiResult<OwnedServers> {
    Ok(app.store().all_servers().await?)
}

/// A page of the servers that more than one person may see, for an administrator, who need not be one of these; and where
/// the next page begins, if there is one. `open` tells how many connections a server has.
///
/// # Errors
///
/// When the store fails.
pub async fn list_shared(
    store: &Store,
    config: &Config,
    after: Option<&ServerCursor>,
    limit: u32,
    open: impl Fn(&ServerId) -> usize,
) -> Result<(Vec<SharedServer>, Option<ServerCursor>), StoreError> {
    let length = limit.clamp(1, MAX_PAGE) as usize;
    let page = store.shared_servers(after, limit).await?;
    let has_more = page.next.is_some();
    let kept = page.servers.into_iter().map(|SeenServer { server, owner_name, .. }| {
        let credential: Value = serde_json::from_str(&server.definition.credential).unwrap_or_default();
        let place = ServerCursor::at(&server.definition.group, &server.definition.name, &server.id);
        let shared = SharedServer {
            id: server.id.to_string(),
            environment: environment(&server.definition.environment),
            credential: credential["type"].as_str().unwrap_or_default().to_owned(),
            audience: serde_json::from_str(server.definition.audience.as_json()).unwrap_or_default(),
            owner: Some(TakenBy { id: server.owner.to_string(), username: owner_name }),
            connections: open(&server.id),
            name: server.definition.name,
            group: server.definition.group,
            host: server.definition.host,
            port: server.definition.port,
        };
        (place, shared)
    });
    let mut servers: Vec<_> = kept.chain(configured::all_for_administrator(config, &open)).collect();
    servers.retain(|(place, _)| after.is_none_or(|after| place > after));
    servers.sort_by(|(one, _), (other, _)| one.cmp(other));
    let has_more = has_more || servers.len() > length;
    servers.truncate(length);
    let next = servers.last().filter(|_| has_more).map(|(place, _)| place.clone());
    Ok((servers.into_iter().map(|(_, server)| server).collect(), next))
}

/// What an administrator may call a server: `None` where it is another person's private one.
///
/// # Errors
///
/// When the store fails.
pub async fn name_for_administrator(app: &App, person: &SignedIn, id: &ServerId) -> ApiResult<Option<String>> {
    if let Some(server) = app.config().configured_server(id) {
        return Ok(Some(server.definition.name.clone()));
    }
    let everything_shared = |_: &str| true;
    let viewer = Viewer { account: &person.account.id, admitted: &everything_shared };
    Ok(app.store().server(id, viewer).await?.map(|seen| seen.server.definition.name))
}

/// Makes the servers of `from` that others see those of `to`, with their secrets, and says how many there were.
///
/// # Errors
///
/// When the store fails; some may have been handed over then.
pub async fn hand_over(store: &Store, keys: &OperatorKeys, from: &AccountId, to: &AccountId) -> ApiResult<u64> {
    let mut count = 0;
    loop {
        let servers = store.shared_servers_of(from).await?;
        let mut moved = false;
        for server in servers {
            let credential =
                seal_for_another(keys, (&server.definition.name, &server.definition.credential), from, to)?;
            if store.hand_over_server(&server.id, server.version, from, to, &credential).await? {
                (moved, count) = (true, count + 1);
            }
        }
        if !moved {
            return Ok(count);
        }
    }
}

/// A credential as it stands in the store, with its secrets sealed for another owner.
///
/// # Errors
///
/// 409 where they cannot be opened: they would be lost on the way.
fn seal_for_another(
    keys: &OperatorKeys,
    (name, credential): (&str, &str),
    from: &AccountId,
    to: &AccountId,
) -> ApiResult<String> {
    let anew = |sealed: &str| {
        let opened = keys.current().zip(keys.open(from.as_str(), sealed));
        let (key, text) = opened.ok_or_else(|| {
            ApiError::new(
                Code::Conflict,
                format!("The secrets of the server {name} cannot be opened: they are sealed under another secrets.key, or damaged. Give the key back, or have its owner take the secrets out, then hand it over."),
            )
        })?;
        Ok(Some(key.seal(to.as_str(), text.expose_secret())?))
    };
    with_each_sealed(credential, |error| ApiError::internal(&error), anew)
}
