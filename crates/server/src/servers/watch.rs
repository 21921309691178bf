//! Closes connections to servers that a person does not see any more, or that another process has changed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use howdah_store::{ServerId, ServerStanding, SessionId, StoreError};
use serde_json::{Map, Value};

use super::Eyes;
use crate::app::App;
use crate::live::Watched;
use crate::session::SignedIn;

/// What is known of a server during one look.
enum Now {
    /// It stands in the config.
    Configured,
    /// It is in the store, or was.
    Kept(Option<ServerStanding>),
}

/// Looks at all that sessions have open.
///
/// # Errors
///
/// When the store fails; what could not be looked at stays open until the next look.
pub async fn look(app: &App) -> Result<(), StoreError> {
    look_at(app, app.live().watched()).await
}

/// Takes note of the claims that a renewal brought, and looks at what the session has open.
///
/// # Errors
///
/// As for [`look`].
pub async fn look_with(
    app: &App,
    session_id: &SessionId,
    account: &howdah_store::AccountId,
    claims: &Map<String, Value>,
) -> Result<(), StoreError> {
    app.live().note_claims(session_id, account, claims);
    let mut watched = app.live().watched();
    watched.retain(|watched| watched.session == *session_id);
    look_at(app, watched).await
}

/// Takes note of the claims that a request brought.
pub fn note(app: &App, person: &SignedIn) {
    app.live().note_claims(&person.session_id, &person.account.id, &person.contents.claims);
}

async fn look_at(app: &App, watched: Vec<Watched>) -> Result<(), StoreError> {
    let mut known: HashMap<ServerId, Now> = HashMap::new();
    for Watched { session, eyes, servers } in watched {
        for (id, version) in servers {
            let now = match known.entry(id.clone()) {
                Entry::Occupied(now) => now.into_mut(),
                Entry::Vacant(vacant) => vacant.insert(match app.config().configured_server(&id) {
                    Some(_) => Now::Configured,
                    None => Now::Kept(app.store().server_standing(&id).await?),
                }),
            };
            judge(app, &session, &eyes, &id, version, now);
        }
    }
    Ok(())
}

fn judge(app: &App, session: &SessionId, eyes: &Eyes, id: &ServerId, version: i64, now: &Now) {
    let is_seen = match now {
        Now::Configured => {
            app.config().configured_server(id).is_some_and(|server| server.definition.audience.admits(&eyes.claims))
        }
        Now::Kept(standing) => standing.as_ref().is_some_and(|standing| eyes.see(standing)),
    };
    if !is_seen {
        tracing::info!(session.id = %session, server.id = %id, "session {session} does not see server {id} any more: its connections are closed");
        app.live().hide(session, id);
    } else if matches!(now, Now::Kept(Some(standing)) if standing.version != version) {
        // Another process changed the definition.
        app.live().disconnect(session, id);
    }
}
