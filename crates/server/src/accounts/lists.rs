//! What `howdah user` lists: the same as administrators see in the console, read from the same store.

use std::io::Write;

use howdah_store::{
    Account, AccountCursor, AuditCursor, AuditRecord, Identity, ListedPerson, RefusedCursor, ServerCursor,
    SessionCursor, SessionSummary, Store,
};
use serde_json::Value;

use crate::administration::{describe_identity, describe_listed, describe_refused, describe_session};
use crate::command_line::{Line, Listing, WrongInput, print_whole, time_or_never};
use crate::config::Config;
use crate::http::administration::PeopleQuery;
use crate::http::audit::{PAGE, Search};
use crate::servers;
use crate::wire::{AuditEvent, Role, SharedServer};

/// Connections to databases are those of a running server.
const CONNECTIONS: &str = "connections";

/// Accounts, by user name.
pub(super) async fn people(
    store: &Store,
    config: &Config,
    query: &PeopleQuery,
    listing: &Listing,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let filter = query.filter();
    let columns = ["user name", "role", "state", "e-mail address", "last sign-in", "signs in with", "sessions"];
    let line = |person: ListedPerson| {
        let password = person.has_password.then_some("password");
        let sources: Vec<_> = password.into_iter().chain(person.provider.as_deref()).collect();
        let mut cells = Vec::from(account_cells(&person.account));
        cells.extend([sources.join(","), person.sessions.to_string()]);
        Line::new(cells, &describe_listed(config, person, 0), &[CONNECTIONS])
    };
    let read = async |after: Option<&AccountCursor>, limit| {
        let page = store.people(&filter, after, limit).await?;
        Ok((page.people.into_iter().map(line).collect::<Result<_, _>>()?, page.next))
    };
    listing.print(&columns, output, read).await
}

/// User name, role, state, e-mail address, last sign-in.
pub(super) fn account_cells(account: &Account) -> [String; 5] {
    let state = if account.disabled { "disabled" } else { "enabled" };
    [
        account.username.clone(),
        Role::from(account.role).name().to_owned(),
        state.to_owned(),
        account.email.clone().unwrap_or_else(|| "-".to_owned()),
        time_or_never(account.last_sign_in_at),
    ]
}

const SESSION: [&str; 8] = ["user name", "since", "last use", "end", "address", "browser", "provider", "id"];

/// Everybody's sessions, the newest first.
pub(super) async fn sessions(
    store: &Store,
    config: &Config,
    search: &str,
    listing: &Listing,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let read = async |after: Option<&SessionCursor>, limit| {
        let page = store.all_sessions(search, after, limit).await?;
        let line = |listed: howdah_store::ListedSession| session_line(config, &listed.account, listed.session);
        Ok((page.sessions.into_iter().map(line).collect::<Result<_, _>>()?, page.next))
    };
    listing.print(&SESSION, output, read).await
}

/// Sessions of one account. They are few, and come whole.
pub(super) async fn sessions_of(
    store: &Store,
    config: &Config,
    account: &Account,
    json: bool,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let sessions = store.sessions_of(&account.id).await?;
    let lines = sessions.into_iter().map(|session| session_line(config, account, session));
    print_whole(json, &SESSION, output, &lines.collect::<anyhow::Result<Vec<_>>>()?)?;
    Ok(())
}

fn session_line(config: &Config, account: &Account, session: SessionSummary) -> anyhow::Result<Line> {
    let provider = session.provider.clone().unwrap_or_else(|| "password".to_owned());
    let whole = describe_session(config, None, account, session);
    let session = &whole.session;
    let [since, used, end] =
        [session.created_at, session.last_used_at, session.expires_at].map(|time| time_or_never(Some(time)));
    let [address, browser] =
        [&session.client_address, &session.user_agent].map(|text| text.clone().unwrap_or_default());
    let cells = vec![whole.username.clone(), since, used, end, address, browser, provider, session.id.clone()];
    Line::new(cells, &whole, &["current"])
}

/// Sign-ins at providers that lead to an account.
pub(super) async fn identities(
    store: &Store,
    config: &Config,
    account: &Account,
    json: bool,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let columns = ["provider", "issuer", "subject", "last sign-in"];
    let line = |identity: Identity| {
        let last = time_or_never(identity.last_sign_in_at);
        let cells = vec![identity.provider.clone(), identity.issuer.clone(), identity.subject.clone(), last];
        Line::new(cells, &describe_identity(config, identity), &[])
    };
    let lines: Vec<_> = store.identities_of(&account.id).await?.into_iter().map(line).collect::<anyhow::Result<_>>()?;
    print_whole(json, &columns, output, &lines)?;
    Ok(())
}

/// People who were not let in, the last one first.
pub(super) async fn refused(
    store: &Store,
    config: &Config,
    listing: &Listing,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let columns = ["provider", "issuer", "subject", "user name", "e-mail address", "last attempt"];
    let read = async |after: Option<&RefusedCursor>, limit| {
        let page = store.refused_page(after, limit).await?;
        let mut lines = Vec::with_capacity(page.refused.len());
        for refused in page.refused {
            let provider = refused.provider.clone();
            let whole = describe_refused(store, config, refused).await?;
            let last = time_or_never(Some(whole.last_refused_at));
            let [issuer, subject, name] = [&whole.issuer, &whole.subject, &whole.username].map(Clone::clone);
            let cells = vec![provider, issuer, subject, name, whole.email.clone().unwrap_or_default(), last];
            lines.push(Line::new(cells, &whole, &[])?);
        }
        Ok((lines, page.next))
    };
    listing.print(&columns, output, read).await
}

/// Servers that more than one person sees, by group and name.
pub(super) async fn servers(
    store: &Store,
    config: &Config,
    listing: &Listing,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let columns = ["group", "name", "address", "owner", "audience", "credential", "environment", "id"];
    let line = |server: SharedServer| {
        let owner = server.owner.as_ref().map_or("(config)", |owner| &owner.username).to_owned();
        let audience = server.audience.as_str().map_or_else(|| server.audience.to_string(), str::to_owned);
        let environment = serde_json::to_value(server.environment)?.as_str().unwrap_or_default().to_owned();
        let address = format!("{}:{}", server.host, server.port);
        let [group, name, credential, id] =
            [&server.group, &server.name, &server.credential, &server.id].map(Clone::clone);
        Line::new(vec![group, name, address, owner, audience, credential, environment, id], &server, &[CONNECTIONS])
    };
    let read = async |after: Option<&ServerCursor>, limit| {
        let (servers, next) = servers::list_shared(store, config, after, limit, |_| 0).await?;
        Ok((servers.into_iter().map(line).collect::<Result<_, _>>()?, next))
    };
    listing.print(&columns, output, read).await?;
    let private = store.all_servers().await?.private;
    if private > 0 {
        eprintln!("beside these there are {private} private servers, which their owners alone see");
    }
    Ok(())
}

const EVENT: [&str; 12] =
    ["time", "kind", "result", "code", "person", "server", "database", "role", "rows", "ms", "address", "statement"];

/// Events of the audit trail, the last first.
pub(super) async fn audit(
    store: &Store,
    search: &Search,
    all: bool,
    listing: Listing,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let filter = search.filter().map_err(|problem| WrongInput::of_filter(&problem))?;
    let listing = if all { listing } else { listing.cut_at(PAGE) };
    let read = async |after: Option<&AuditCursor>, limit| {
        let page = store.audit_events(&filter, after, limit).await?;
        Ok((page.events.iter().map(event_line).collect::<Result<_, _>>()?, page.next))
    };
    listing.print(&EVENT, output, read).await
}

fn event_line(record: &AuditRecord) -> anyhow::Result<Line> {
    let whole = AuditEvent::from(record);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let words = |(name, value): (&String, &Value)| match value.as_str() {
        Some(value) => format!("{name}={value}"),
        None => format!("{name}={value}"),
    };
    let statement =
        whole.statement.clone().unwrap_or_else(|| whole.details.iter().map(words).collect::<Vec<_>>().join(" "));
    let cells = vec![
        time_or_never(Some(whole.time)),
        whole.kind.clone(),
        whole.result.clone(),
        text(&whole.code),
        text(&whole.person),
        text(&whole.server),
        text(&whole.database),
        text(&whole.role),
        whole.rows.map(|rows| rows.to_string()).unwrap_or_default(),
        whole.duration_ms.map(|duration| format!("{duration:.1}")).unwrap_or_default(),
        text(&whole.client_address),
        statement,
    ];
    Line::new(cells, &whole, &[])
}
