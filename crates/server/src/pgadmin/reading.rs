//! Servers that pgAdmin exported, as somebody would have them here. Nothing is written.

use howdah_store::Role;
use serde_json::Value;

use super::entry::{self, Read};
use super::fit::fit;
use super::report::Kind;
use crate::app::App;
use crate::session::SignedIn;
use crate::wire::{Audience, PgadminExport, PgadminNote, PgadminServer, PgadminServers};

/// What each server of the file becomes, in the order of the file.
#[must_use]
pub fn read(app: &App, person: &SignedIn, file: &PgadminExport) -> PgadminServers {
    let servers = file.servers.iter().map(|(key, entry)| read_one(app, person.account.role, key, entry)).collect();
    PgadminServers { servers }
}

fn read_one(app: &App, role: Role, key: &str, entry: &Value) -> PgadminServer {
    let Some(fields) = entry.as_object() else {
        return left(key.to_owned(), None, "is no server".to_owned());
    };
    let name = entry::text(fields, "Name").unwrap_or_else(|| key.to_owned());
    let group = entry::text(fields, "Group");
    let Read { mut definition, mut notes } = match entry::read(fields) {
        Ok(read) => read,
        Err(problem) => return left(name, group, problem),
    };
    if definition.audience != Audience::Private && role != Role::Administrator {
        definition.audience = Audience::Private;
        notes.push((
            Kind::Look,
            "it is shared in pgAdmin and becomes yours alone: only administrators share".to_owned(),
        ));
    }
    if let Err(problem) = fit(app.config(), app.commands(), role, &mut definition, &mut notes) {
        return left(name, group, problem.detail().to_owned());
    }
    let notes = notes.into_iter().map(|(kind, text)| PgadminNote { needs_a_look: kind == Kind::Look, text }).collect();
    PgadminServer { name, group, definition: Some(Box::new(definition)), problem: None, notes }
}

fn left(name: String, group: Option<String>, problem: String) -> PgadminServer {
    PgadminServer { name, group, definition: None, problem: Some(problem), notes: Vec::new() }
}
