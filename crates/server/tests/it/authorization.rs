//! Every route, tried by everybody: who may call it stands in a table, and the table is compared with the real router.
//!
//! For a new route, add a row for each of its methods. The test says which.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use howdah::http::access::Access;
use howdah_testkit::Browser;
use reqwest::Method;
use serde_json::{Value, json};

use crate::generated::some_app;
use crate::world::{Signed, World, postgres};

/// What `{id}` in a path is of. Who does not own it gets 404, an administrator, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// There is no id in the path, or one that is nobody's in particular.
    Nothing,
    /// A private server of a user's.
    Server,
    /// A session of a user's.
    Session,
    /// A private query of a user's.
    Query,
    /// What a user ran.
    HistoryEntry,
    /// A person, whom only administrators may do something with.
    Person,
}

struct Row {
    method: &'static str,
    path: &'static str,
    access: Access,
    of: Of,
    /// JSON, or a query (`?a=b`), that is good enough to come as far as the question whose `{id}` it is; empty for none.
    body: &'static str,
}

const fn row(method: &'static str, path: &'static str, access: Access, of: Of, body: &'static str) -> Row {
    Row { method, path, access, of, body }
}

const TABLE: &[Row] = &[
    row("GET", "/api/v1/me", Access::SignedInWithoutUse, Of::Nothing, ""),
    row("GET", "/api/v1/me/sessions", Access::SignedIn, Of::Nothing, ""),
    row("DELETE", "/api/v1/me/sessions", Access::SignedIn, Of::Nothing, ""),
    row("DELETE", "/api/v1/me/sessions/{id}", Access::SignedIn, Of::Session, ""),
    row(
        "POST",
        "/api/v1/me/password",
        Access::SignedIn,
        Of::Nothing,
        r#"{"current_password": "a", "new_password": "b"}"#,
    ),
    row("GET", "/api/v1/me/history", Access::SignedIn, Of::Nothing, ""),
    row("DELETE", "/api/v1/me/history", Access::SignedIn, Of::Nothing, ""),
    row("GET", "/api/v1/me/history/{id}", Access::SignedIn, Of::HistoryEntry, ""),
    row("GET", "/api/v1/queries", Access::SignedIn, Of::Nothing, ""),
    row("POST", "/api/v1/queries", Access::SignedIn, Of::Nothing, r#"{"name": "a", "sql": "b"}"#),
    row("GET", "/api/v1/queries/{id}", Access::SignedIn, Of::Query, ""),
    row("PUT", "/api/v1/queries/{id}", Access::SignedIn, Of::Query, r#"{"name": "a", "sql": "b", "version": 1}"#),
    row("DELETE", "/api/v1/queries/{id}", Access::SignedIn, Of::Query, ""),
    row("POST", "/api/v1/query-folders/move", Access::SignedIn, Of::Nothing, r#"{"from": "a", "to": "b"}"#),
    row("GET", "/api/v1/me/secrets", Access::SignedInWithoutUse, Of::Nothing, ""),
    row("POST", "/api/v1/me/master-password", Access::SignedIn, Of::Nothing, "{}"),
    row("PUT", "/api/v1/me/master-password", Access::SignedIn, Of::Nothing, "{}"),
    row("DELETE", "/api/v1/me/master-password", Access::SignedIn, Of::Nothing, ""),
    row("POST", "/api/v1/me/master-password/unlock", Access::SignedIn, Of::Nothing, "{}"),
    row("POST", "/api/v1/me/master-password/lock", Access::SignedIn, Of::Nothing, ""),
    row("GET", "/api/v1/me/saved-passwords", Access::SignedIn, Of::Nothing, ""),
    row("DELETE", "/api/v1/me/saved-passwords", Access::SignedIn, Of::Nothing, ""),
    row("DELETE", "/api/v1/me/saved-passwords/{id}", Access::SignedIn, Of::Nothing, ""),
    row("GET", "/api/v1/me/workspace", Access::SignedInWithoutUse, Of::Nothing, ""),
    row(
        "PUT",
        "/api/v1/me/tabs/{id}",
        Access::SignedIn,
        Of::Nothing,
        r#"{"version": 0, "title": "a", "sql": "select 1"}"#,
    ),
    row("DELETE", "/api/v1/me/tabs/{id}", Access::SignedIn, Of::Nothing, "?version=1"),
    row("PUT", "/api/v1/me/settings/{setting}", Access::SignedIn, Of::Nothing, r#"{"version": 0, "value": {}}"#),
    row("GET", "/api/v1/servers", Access::SignedIn, Of::Nothing, ""),
    row("POST", "/api/v1/servers", Access::Editor, Of::Nothing, "{}"),
    row("POST", "/api/v1/pgadmin-servers", Access::Editor, Of::Nothing, "{}"),
    row("GET", "/api/v1/servers/{id}", Access::SignedIn, Of::Server, ""),
    row("PATCH", "/api/v1/servers/{id}", Access::Editor, Of::Server, "{}"),
    row("DELETE", "/api/v1/servers/{id}", Access::Editor, Of::Server, ""),
    row("POST", "/api/v1/servers/{id}/connect", Access::SignedIn, Of::Server, ""),
    row("POST", "/api/v1/servers/{id}/disconnect", Access::SignedIn, Of::Server, ""),
    row("POST", "/api/v1/connection-tests", Access::Editor, Of::Nothing, "{}"),
    row("GET", "/api/v1/credential-choices", Access::SignedIn, Of::Nothing, ""),
    row("GET", "/api/v1/servers/{id}/databases", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/schemas", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/relations/{oid}/columns", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/relations/{oid}/shape", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/relations/{oid}/lock", Access::SignedIn, Of::Server, ""),
    row(
        "POST",
        "/api/v1/servers/{id}/databases/{db}/relations/{oid}/changes",
        Access::Editor,
        Of::Server,
        r#"{"changes": []}"#,
    ),
    row(
        "POST",
        "/api/v1/servers/{id}/databases/{db}/relations/{oid}/changes/preview",
        Access::SignedIn,
        Of::Server,
        r#"{"changes": []}"#,
    ),
    row("GET", "/api/v1/servers/{id}/databases/{db}/objects", Access::SignedIn, Of::Server, "?kind=extension"),
    row("GET", "/api/v1/servers/{id}/databases/{db}/objects/counts", Access::SignedIn, Of::Server, "?within=database"),
    row("GET", "/api/v1/servers/{id}/databases/{db}/objects/{catalog}/{oid}/ddl", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/ddl", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/objects/search", Access::SignedIn, Of::Server, "?text=orders"),
    row("GET", "/api/v1/servers/{id}/databases/{db}/objects/names", Access::SignedIn, Of::Server, "?text=orders"),
    row("GET", "/api/v1/servers/{id}/databases/{db}/objects/{catalog}/{oid}", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/types", Access::SignedIn, Of::Server, "?oids=1"),
    row("GET", "/api/v1/servers/{id}/databases/{db}/completion", Access::SignedIn, Of::Server, ""),
    row("GET", "/api/v1/servers/{id}/databases/{db}/completion/objects", Access::SignedIn, Of::Server, "?schemas=1"),
    row("GET", "/api/v1/servers/{id}/databases/{db}/completion/server", Access::SignedIn, Of::Server, ""),
    row(
        "POST",
        "/api/v1/servers/{id}/databases/{db}/export",
        Access::SignedIn,
        Of::Server,
        r#"{"sql": "select 1", "format": "csv"}"#,
    ),
    row("GET", "/api/v1/servers/{id}/databases/{db}/session", Access::SignedIn, Of::Server, "upgrade"),
    row("GET", "/api/v1/admin/summary", Access::Administrator, Of::Nothing, ""),
    row("GET", "/api/v1/admin/people", Access::Administrator, Of::Nothing, ""),
    row("POST", "/api/v1/admin/people", Access::Administrator, Of::Nothing, "{}"),
    row("GET", "/api/v1/admin/people/{id}", Access::Administrator, Of::Person, ""),
    row("PATCH", "/api/v1/admin/people/{id}", Access::Administrator, Of::Person, "{}"),
    row("DELETE", "/api/v1/admin/people/{id}", Access::Administrator, Of::Person, ""),
    row(
        "POST",
        "/api/v1/admin/people/{id}/password",
        Access::Administrator,
        Of::Person,
        r#"{"new_password": "new password"}"#,
    ),
    row("DELETE", "/api/v1/admin/people/{id}/sessions", Access::Administrator, Of::Person, ""),
    row(
        "POST",
        "/api/v1/admin/people/{id}/identities",
        Access::Administrator,
        Of::Person,
        r#"{"issuer": "a", "subject": "b"}"#,
    ),
    row("DELETE", "/api/v1/admin/people/{id}/identities", Access::Administrator, Of::Person, "?issuer=a&subject=b"),
    row("GET", "/api/v1/admin/refused-sign-ins", Access::Administrator, Of::Nothing, ""),
    row("DELETE", "/api/v1/admin/refused-sign-ins", Access::Administrator, Of::Nothing, "?issuer=a&subject=b"),
    row("GET", "/api/v1/admin/sessions", Access::Administrator, Of::Nothing, ""),
    row("DELETE", "/api/v1/admin/sessions/{id}", Access::Administrator, Of::Nothing, ""),
    row("GET", "/api/v1/admin/providers", Access::Administrator, Of::Nothing, ""),
    row("GET", "/api/v1/admin/servers", Access::Administrator, Of::Nothing, ""),
    row("GET", "/api/v1/admin/connections", Access::Administrator, Of::Nothing, ""),
    row("DELETE", "/api/v1/admin/connections/{id}", Access::Administrator, Of::Nothing, ""),
    row("GET", "/api/v1/admin/audit", Access::Administrator, Of::Nothing, ""),
    row("GET", "/api/v1/admin/audit/download", Access::Administrator, Of::Nothing, ""),
    row("GET", "/api/v1/openapi.json", Access::Anyone, Of::Nothing, ""),
    row("GET", "/login", Access::Anyone, Of::Nothing, ""),
    row("POST", "/login", Access::Anyone, Of::Nothing, ""),
    row("GET", "/oauth2/login/{name}", Access::Anyone, Of::Nothing, ""),
    row("GET", "/oauth2/authorize", Access::AnyoneFromAnywhere, Of::Nothing, ""),
    row("POST", "/oauth2/authorize", Access::AnyoneFromAnywhere, Of::Nothing, ""),
    row("GET", "/oauth2/login", Access::AnyoneFromAnywhere, Of::Nothing, ""),
    row("POST", "/oauth2/login", Access::AnyoneFromAnywhere, Of::Nothing, ""),
    row("GET", "/logout", Access::Anyone, Of::Nothing, ""),
    row("POST", "/logout", Access::Anyone, Of::Nothing, ""),
    row("GET", "/oauth2/logout/callback", Access::Anyone, Of::Nothing, ""),
    row("POST", "/oauth2/backchannel-logout", Access::AnyoneFromAnywhere, Of::Nothing, ""),
    row("GET", "/oauth2/frontchannel-logout", Access::AnyoneFromAnywhere, Of::Nothing, ""),
    row("GET", "/forward.js", Access::Anyone, Of::Nothing, ""),
    row("GET", "/credential/done", Access::Anyone, Of::Nothing, ""),
    row("GET", "/page.css", Access::Anyone, Of::Nothing, ""),
    row("GET", "/favicon.svg", Access::Anyone, Of::Nothing, ""),
    row("GET", "/theme.js", Access::Anyone, Of::Nothing, ""),
    row("GET", "/assets/{*path}", Access::Anyone, Of::Nothing, ""),
    row("GET", "/desktop/sign-in", Access::Anyone, Of::Nothing, ""),
    row("GET", "/metrics", Access::Anyone, Of::Nothing, ""),
    row("GET", "/healthz", Access::Anyone, Of::Nothing, ""),
    row("GET", "/readyz", Access::Anyone, Of::Nothing, ""),
];

#[tokio::test]
async fn every_route_of_the_router_stands_in_the_table() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let entries = howdah::http::paths(some_app(folder.path()).await?);
    let mut missing = String::new();
    for entry in &entries {
        let methods = if entry.methods.is_empty() { vec!["GET"] } else { entry.methods.clone() };
        for method in methods {
            let has_row = |row: &Row| {
                row.path == entry.path
                    && row.access == entry.access
                    && (entry.methods.is_empty() || row.method == method)
            };
            if !TABLE.iter().any(has_row) {
                let of = if entry.path.contains("/servers/{id}") { "Of::Server" } else { "Of::Nothing" };
                missing +=
                    &format!("    row(\"{method}\", \"{}\", Access::{:?}, {of}, \"\"),\n", entry.path, entry.access);
            }
        }
    }
    ensure!(
        missing.is_empty(),
        "These routes have no row, or one with another access. Add to TABLE in crates/server/tests/it/authorization.rs:\n{missing}\
         `Of` says whose the `{{id}}` is; the last text is a body where the handler reads one before it looks for the id."
    );
    for row in TABLE {
        let is_there = |entry: &howdah::http::access::RouteEntry| entry.path == row.path && entry.access == row.access;
        ensure!(
            entries.iter().any(is_there),
            "the router has no {} {} for {:?}: take the row out of the table",
            row.method,
            row.path,
            row.access
        );
    }
    Ok(())
}

/// Who may call a route is known of those that [`howdah::http::access::Routes`] has added, so nothing else may add one.
#[test]
fn routes_are_added_in_one_place() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            for call in [".route(", ".routes(", ".route_service(", ".nest(", ".nest_service(", ".merge("] {
                ensure!(
                    !text.contains(call) || path.ends_with("http/access.rs"),
                    "{} calls `{call}…)`: add routes by Routes::api or Routes::page, which take an Access",
                    path.display()
                );
            }
        }
    }
    Ok(())
}

struct Cast<'a> {
    nobody: Browser,
    user: Signed<'a>,
    other: Signed<'a>,
    viewer: Signed<'a>,
    administrator: Signed<'a>,
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says() -> Result<()> {
    let world = World::start("").await?;
    let cast = Cast {
        nobody: Browser::new()?,
        user: world.sign_in("grace").await?,
        other: world.sign_in("lin").await?,
        viewer: world.sign_in("vera").await?,
        administrator: world.sign_in("ada").await?,
    };
    assert_eq!(cast.viewer.get("/api/v1/me").await?.json()?["role"], "viewer");
    for row in TABLE {
        check(&world, &cast, row).await.with_context(|| format!("{} {}", row.method, row.path))?;
    }
    Ok(())
}

async fn check(world: &World, cast: &Cast<'_>, row: &Row) -> Result<()> {
    let path = fill_in(world, cast, row).await?;
    let is_open = matches!(row.access, Access::Anyone | Access::AnyoneFromAnywhere);
    let expected = if is_open { Answer::LetIn } else { Answer::NotSignedIn };
    expect("nobody", expected, send(world, &cast.nobody, row, &path).await?)?;
    // What everybody may call signs people out, too.
    if is_open {
        return Ok(());
    }
    // Whose it is comes last: the call may end it.
    for (name, signed) in [
        ("another user", &cast.other),
        ("a viewer", &cast.viewer),
        ("an administrator", &cast.administrator),
        ("the user", &cast.user),
    ] {
        let admitted = match row.access {
            Access::Editor => name != "a viewer",
            Access::Administrator => name == "an administrator",
            _ => true,
        };
        let is_owner = matches!(row.of, Of::Nothing | Of::Person) || name == "the user";
        let expected = match (admitted, is_owner) {
            (false, _) => Answer::Forbidden,
            (true, false) => Answer::NotFound,
            (true, true) => Answer::LetIn,
        };
        let answer = send(world, &signed.browser, row, &path).await?;
        // What is asked for need not be there; that an administrator is told so is enough.
        if row.access == Access::Administrator && admitted && answer == (404, "not_found".to_owned()) {
            continue;
        }
        expect(name, expected, answer)?;
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    LetIn,
    NotSignedIn,
    Forbidden,
    NotFound,
}

fn expect(who: &str, expected: Answer, (status, code): (u16, String)) -> Result<()> {
    let answer = match (status, code.as_str()) {
        (401, "not_signed_in") => Answer::NotSignedIn,
        (403, "forbidden") => Answer::Forbidden,
        (404, "not_found") => Answer::NotFound,
        (_, "cross_site" | "method_not_allowed" | "internal") => anyhow::bail!("{who} got {status} {code}"),
        _ => Answer::LetIn,
    };
    // What everybody may ask for may also not be there, as a file of the UI that was not built in.
    let is_fine = answer == expected || (expected == Answer::LetIn && answer == Answer::NotFound && who == "nobody");
    ensure!(is_fine, "{who} got {status} {code}, which is {answer:?}, and not {expected:?}");
    Ok(())
}

/// The row's path with a fresh thing of the user's for its id.
async fn fill_in(world: &World, cast: &Cast<'_>, row: &Row) -> Result<String> {
    let id = match row.of {
        Of::Nothing => "x".to_owned(),
        // Nothing listens there, so that whoever is let in is answered at once.
        Of::Server => {
            cast.user
                .add_server(&json!({
                    "name": "closed", "group": "Tests", "host": "127.0.0.1", "port": 1, "maintenance_db": "postgres",
                    "username": "grace", "credential": { "type": "none" }
                }))
                .await?
        }
        Of::Session => {
            let other = world.sign_in("grace").await?;
            let sessions = other.get("/api/v1/me/sessions").await?.json()?;
            let current = sessions["sessions"].as_array().and_then(|all| all.iter().find(|one| one["current"] == true));
            current.and_then(|session| session["id"].as_str()).context("no session")?.to_owned()
        }
        Of::Query => {
            let made = cast.user.post("/api/v1/queries", &json!({ "name": "a", "sql": "select 1" })).await?.json()?;
            made["id"].as_str().context("no query")?.to_owned()
        }
        Of::HistoryEntry => {
            let postgres = postgres().await;
            let server = cast.user.connected_server(&postgres).await?;
            cast.user.open_session(&server, "postgres").await?.run("select 1").await?;
            first_of_history(&cast.user).await?
        }
        Of::Person => {
            world.sign_in("zoe").await?;
            let found = cast.administrator.get("/api/v1/admin/people?search=zoe").await?.json()?;
            found["people"][0]["id"].as_str().context("no person")?.to_owned()
        }
    };
    let mut path = row
        .path
        .replace("{id}", &id)
        .replace("{oid}", "1")
        .replace("{catalog}", "pg_class")
        .replace("{setting}", "layout");
    for name in ["db", "schema", "name", "*path"] {
        path = path.replace(&format!("{{{name}}}"), "x");
    }
    ensure!(!path.contains('{'), "{path} has a parameter that this test does not know: name it in `fill_in`");
    Ok(path)
}

async fn first_of_history(person: &Signed<'_>) -> Result<String> {
    let started = Instant::now();
    loop {
        let found = person.get("/api/v1/me/history").await?.json()?;
        if let Some(id) = found["entries"][0]["id"].as_str() {
            return Ok(id.to_owned());
        }
        ensure!(started.elapsed() < Duration::from_secs(60), "nothing is in the history");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn send(world: &World, browser: &Browser, row: &Row, path: &str) -> Result<(u16, String)> {
    let method: Method = row.method.parse()?;
    let query = if row.body.starts_with('?') { row.body } else { "" };
    let mut request = browser.request(method, &format!("{}{path}{query}", world.origin))?;
    if row.body == "upgrade" {
        request = request
            .header("origin", &world.origin)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    } else if row.body.starts_with('{') {
        request = request.header("content-type", "application/json").body(row.body);
    }
    let response = request.send().await?;
    let status = response.status().as_u16();
    if status == 101 {
        return Ok((status, String::new()));
    }
    let body: Value = serde_json::from_str(&response.text().await?).unwrap_or_default();
    Ok((status, body["code"].as_str().unwrap_or_default().to_owned()))
}

#[tokio::test]
async fn no_path_takes_a_method_that_the_table_does_not_know() -> Result<()> {
    let world = World::shared().await;
    let administrator = world.sign_in("ada").await?;
    let paths: BTreeSet<&str> = TABLE.iter().map(|row| row.path).collect();
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if TABLE.iter().any(|row| row.path == path && row.method == method) {
                continue;
            }
            let row = row(method, path, Access::Anyone, Of::Nothing, "");
            let answer = send(world, &administrator.browser, &row, &path.replace(['{', '}', '*'], "")).await?;
            ensure!(
                answer == (405, "method_not_allowed".to_owned()),
                "{method} {path} answers {answer:?}: add a row for it to TABLE in crates/server/tests/it/authorization.rs"
            );
        }
    }
    Ok(())
}
