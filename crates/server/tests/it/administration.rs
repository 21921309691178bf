//! What administrators do to people, sessions and connections.

use anyhow::{Context, Result, ensure};
use howdah_store::{AccountId, Audience, Clock, ServerDefinition, Store, Viewer};
use howdah_testkit::{Browser, Page};
use serde_json::{Value, json};

use crate::internal::{INTERNAL, sign_in, user};
use crate::socket::Cell;
use crate::world::{Signed, World, definition, postgres};

const PEOPLE: &str = "/api/v1/admin/people";

/// The person whose user name begins so, as an administrator's list has them.
async fn person(administrator: &Signed<'_>, name: &str) -> Result<Value> {
    let list = administrator.get(&format!("{PEOPLE}?search={name}")).await?.json()?;
    let begins = |person: &&Value| person["username"].as_str().is_some_and(|username| username.starts_with(name));
    list["people"].as_array().and_then(|people| people.iter().find(begins)).cloned().with_context(|| format!("{list}"))
}

async fn path_of(administrator: &Signed<'_>, name: &str) -> Result<String> {
    Ok(format!("{PEOPLE}/{}", person(administrator, name).await?["id"].as_str().context("id")?))
}

/// The status, the code, and the words of a refusal.
fn refusal(page: &Page) -> Result<(u16, String, String)> {
    let problem = page.json()?;
    let text = |field: &str| problem[field].as_str().unwrap_or_default().to_owned();
    Ok((page.status.as_u16(), text("code"), text("detail")))
}

fn usernames(list: &Value) -> Vec<&str> {
    let people = list["people"].as_array().map(Vec::as_slice).unwrap_or_default();
    people.iter().filter_map(|person| person["username"].as_str()).collect()
}

#[tokio::test]
async fn people_are_found_filtered_and_paged() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    let ada = world.sign_in("ada").await?;
    world.sign_in("grace").await?;
    world.sign_in("vera").await?;
    for name in ["local-one", "local-two"] {
        let new = json!({ "username": name, "email": format!("{name}@here.example"), "role": "user", "password": "correct horse" });
        assert_eq!(ada.post(PEOPLE, &new).await?.status, 201);
        let again = ada.post(PEOPLE, &new).await?;
        assert_eq!((again.status.as_u16(), &again.json()?["field"]), (409, &json!("username")));
    }
    let short = json!({ "username": "x", "role": "user", "password": "short" });
    assert_eq!(ada.post(PEOPLE, &short).await?.json()?["field"], "password");

    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ada.get(&format!("{PEOPLE}?limit=2&cursor={cursor}")).await?.json()?;
        assert_eq!(page["total"], 5);
        all.extend(usernames(&page).into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    ensure!(all.len() == 5 && all.is_sorted(), "{all:?}");
    for (query, expected) in [
        ("search=LOCAL", 2),
        ("search=here.example", 2),
        ("search=Grace%20H", 1),
        ("search=%25", 0),
        ("role=administrator", 1),
        ("role=viewer", 1),
        ("role=user", 3),
        ("source=internal", 2),
        ("source=corp", 3),
        ("source=nosuch", 0),
        ("disabled=true", 0),
        ("disabled=false&search=local-t", 1),
    ] {
        let page = ada.get(&format!("{PEOPLE}?{query}")).await?.json()?;
        assert_eq!((usernames(&page).len(), &page["total"]), (expected, &json!(expected)), "{query}: {page}");
    }
    assert_eq!(refusal(&ada.get(&format!("{PEOPLE}?cursor=nonsense")).await?)?.0, 422);
    let summary = ada.get("/api/v1/admin/summary").await?.json()?;
    assert_eq!((&summary["people"], &summary["sessions"], &summary["providers"]), (&json!(5), &json!(3), &json!(1)));

    let grace = ada.get(&path_of(&ada, "grace").await?).await?.json()?;
    assert_eq!(grace["identities"][0]["provider_display_name"], "Corp <Sign-in>", "{grace}");
    assert_eq!((&grace["sessions"], grace["active_sessions"].as_array().map(Vec::len)), (&json!(1), Some(1)));
    Ok(())
}

#[tokio::test]
async fn switching_off_ends_sessions_and_connections_at_once() -> Result<()> {
    let (world, postgres) = (World::start("").await?, postgres().await);
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let server = grace.connected_server(&postgres).await?;
    let mut socket = grace.open_session(&server, "postgres").await?;
    socket.start("select pg_sleep(600)", &json!({})).await?;
    let path = path_of(&ada, "grace").await?;
    let before = ada.get(&path).await?.json()?;
    assert_eq!(before["open_connections"].as_array().map(Vec::len), Some(2), "{before}");
    // Whose they are is told; another person's private server is not.
    for connection in before["open_connections"].as_array().context("connections")? {
        assert_eq!((&connection["server"], &connection["database"]), (&Value::Null, &Value::Null), "{connection}");
    }
    assert_eq!((&before["private_servers"], &before["shared_servers"]), (&json!(1), &json!(0)));

    let after = ada.patch(&path, &json!({ "disabled": true })).await?.json()?;
    assert_eq!((&after["disabled"], &after["sessions"]), (&json!(true), &json!(0)), "{after}");
    let goodbye = socket.wait_for("disconnected").await?;
    assert_eq!(goodbye["problem"]["code"], "not_signed_in");
    assert_eq!(grace.get("/api/v1/me").await?.status, 401);
    let refused = world.try_sign_in(&Browser::new()?, "grace").await?;
    assert_eq!(refused.header("x-howdah-error"), Some("account_disabled"));
    assert_eq!(ada.patch(&path, &json!({ "disabled": false })).await?.status, 200);
    world.sign_in("grace").await?;
    Ok(())
}

#[tokio::test]
async fn a_session_and_a_connection_are_ended_alone() -> Result<()> {
    let (world, postgres) = (World::start("").await?, postgres().await);
    let (ada, grace, again) =
        (world.sign_in("ada").await?, world.sign_in("grace").await?, world.sign_in("grace").await?);
    let server = grace.connected_server(&postgres).await?;
    let mut first = grace.open_session(&server, "postgres").await?;
    let mut second = grace.open_session(&server, "postgres").await?;
    first.start("select pg_sleep(600)", &json!({})).await?;
    let list = ada.get("/api/v1/admin/connections?limit=2&search=GRACE").await?.json()?;
    assert_eq!((&list["total"], list["connections"].as_array().map(Vec::len)), (&json!(3), Some(2)));
    let rest = ada
        .get(&format!("/api/v1/admin/connections?cursor={}", list["next_cursor"].as_str().context("cursor")?))
        .await?
        .json()?;
    assert_eq!((rest["connections"].as_array().map(Vec::len), &rest["next_cursor"]), (Some(1), &Value::Null));
    assert_eq!(list["connections"][0]["purpose"], "catalogue");
    assert_eq!(list["connections"][1]["purpose"], "query");

    let id = list["connections"][1]["id"].as_str().context("id")?;
    assert_eq!(ada.delete(&format!("/api/v1/admin/connections/{id}")).await?.status, 204);
    let goodbye = first.wait_for("disconnected").await?;
    assert_eq!(goodbye["problem"]["code"], "disconnected");
    assert!(goodbye["problem"]["detail"].as_str().is_some_and(|detail| detail.contains("administrator")), "{goodbye}");
    assert_eq!(second.run("select 1").await?.rows, [[Cell::Text("1".to_owned())]]);
    assert_eq!(ada.delete("/api/v1/admin/connections/999999").await?.status, 404);
    // The explorer's connection is opened anew when it is asked for.
    let id = list["connections"][0]["id"].as_str().context("id")?;
    assert_eq!(ada.delete(&format!("/api/v1/admin/connections/{id}")).await?.status, 204);
    assert_eq!(grace.get(&format!("/api/v1/servers/{server}/databases")).await?.status, 200);

    let sessions = ada.get("/api/v1/admin/sessions?search=grace").await?.json()?;
    assert_eq!(sessions["total"], 2);
    let newest = sessions["sessions"][0]["id"].as_str().context("id")?;
    assert_eq!(ada.delete(&format!("/api/v1/admin/sessions/{newest}")).await?.status, 204);
    assert_eq!(ada.delete(&format!("/api/v1/admin/sessions/{newest}")).await?.status, 404);
    assert_eq!(
        (again.get("/api/v1/me").await?.status, grace.get("/api/v1/me").await?.status.as_u16()),
        (401.try_into()?, 200)
    );
    let ended = ada.delete(&format!("{}/sessions", path_of(&ada, "grace").await?)).await?.json()?;
    assert_eq!(ended["ended"], 1);
    assert_eq!(second.wait_for("disconnected").await?["problem"]["code"], "not_signed_in");
    Ok(())
}

#[tokio::test]
async fn administrators_cannot_lock_themselves_or_everybody_out() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    let ada = world.sign_in("ada").await?;
    let own = path_of(&ada, "ada").await?;
    for page in [
        ada.patch(&own, &json!({ "role": "user" })).await?,
        ada.patch(&own, &json!({ "role": "viewer" })).await?,
        ada.patch(&own, &json!({ "disabled": true })).await?,
        ada.delete(&own).await?,
    ] {
        let (status, code, words) = refusal(&page)?;
        assert_eq!((status, code.as_str()), (409, "conflict"));
        assert!(words.contains("your own account"), "{words}");
    }
    let identity = &ada.get(&own).await?.json()?["identities"][0];
    let query = format!(
        "{own}/identities?issuer={}&subject={}",
        identity["issuer"].as_str().context("issuer")?,
        identity["subject"].as_str().context("subject")?
    );
    assert_eq!(refusal(&ada.delete(&query).await?)?.0, 409);

    // A role by hand lasts; one by claims is the rule's to give and to take.
    let new = json!({ "username": "second", "role": "administrator", "password": "correct horse" });
    assert_eq!(ada.post(PEOPLE, &new).await?.status, 201);
    let second = Signed { world: &world, browser: Browser::new()? };
    assert_eq!(sign_in(&world, &second.browser, "second", "correct horse").await?.status, 303);
    let taken = second.patch(&own, &json!({ "role": "user" })).await?.json()?;
    assert_eq!((&taken["role"], &taken["given_role"]), (&json!("administrator"), &json!("user")), "{taken}");
    let off = second.patch(&own, &json!({ "disabled": true })).await?;
    assert_eq!(off.status, 200);
    assert_eq!(ada.get("/api/v1/me").await?.status, 401);

    let reset = format!("{}/password", path_of(&second, "second").await?);
    let done = second.post(&reset, &json!({ "new_password": "another horse" })).await?;
    assert_eq!((done.status.as_u16(), &done.json()?["ended"]), (200, &json!(1)));
    assert_eq!(second.get("/api/v1/me").await?.status, 401);
    assert_eq!(sign_in(&world, &second.browser, "second", "another horse").await?.status, 303);
    let reset = format!("{}/password", path_of(&second, "ada").await?);
    assert_eq!(refusal(&second.post(&reset, &json!({ "new_password": "another horse" })).await?)?.1, "no_password");
    Ok(())
}

#[tokio::test]
async fn a_refused_sign_in_is_linked_and_lets_the_person_in() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    let ada = world.sign_in("ada").await?;
    // Somebody has the name that the provider gives.
    let name =
        world.sign_in("zoe").await?.get("/api/v1/me").await?.json()?["username"].as_str().context("name")?.to_owned();
    assert_eq!(ada.delete(&path_of(&ada, "zoe").await?).await?.status, 200);
    assert!(user(&world, &["add", &name], "correct horse\n")?.status.success());
    let browser = Browser::new()?;
    assert_eq!(world.try_sign_in(&browser, "zoe").await?.header("x-howdah-error"), Some("username_taken"));
    assert_eq!(
        world.try_sign_in(&Browser::new()?, "alan").await?.header("x-howdah-error"),
        Some("claims_not_authorized")
    );

    let refused = ada.get("/api/v1/admin/refused-sign-ins").await?.json()?;
    assert_eq!(refused["total"], 1, "only those who want an account: {refused}");
    let one = &refused["refused_sign_ins"][0];
    assert_eq!((&one["username"], &one["taken_by"]["username"]), (&json!(name), &json!(name)));
    let path = format!("{PEOPLE}/{}", one["taken_by"]["id"].as_str().context("id")?);
    let identity = json!({ "issuer": one["issuer"], "subject": one["subject"] });
    let linked = ada.post(&format!("{path}/identities"), &identity).await?;
    assert_eq!((linked.status.as_u16(), &linked.json()?["identities"][0]["subject"]), (200, &one["subject"]));
    assert_eq!(ada.get("/api/v1/admin/refused-sign-ins").await?.json()?["total"], 0);
    let zoe = world.sign_in("zoe").await?;
    assert_eq!(zoe.get("/api/v1/me").await?.json()?["username"], json!(name));
    let other = format!("{}/identities", path_of(&ada, "ada").await?);
    assert_eq!(refusal(&ada.post(&other, &identity).await?)?.0, 409, "it leads to somebody else");

    let query = format!(
        "{path}/identities?issuer={}&subject={}",
        one["issuer"].as_str().context("issuer")?,
        one["subject"].as_str().context("subject")?
    );
    assert_eq!(ada.delete(&query).await?.status, 200);
    assert_eq!(zoe.get("/api/v1/me").await?.status, 401, "sessions of that sign-in end");
    assert_eq!(ada.patch(&path, &json!({ "username": "somebody.else" })).await?.status, 200);
    world.sign_in("zoe").await?;
    assert_eq!(ada.patch(&path, &json!({ "username": name })).await?.json()?["field"], "username");

    let health = ada.get("/api/v1/admin/providers").await?.json()?;
    let corp = &health["providers"][0];
    assert_eq!(
        (&corp["failures"], &corp["last_failure"]["code"]),
        (&json!(1), &json!("claims_not_authorized")),
        "{corp}"
    );
    assert!(corp["metadata_fetched_at"].is_string() && corp["keys_fetched_at"].is_string(), "{corp}");
    assert_eq!(corp["issuer"], world.issuer());
    Ok(())
}

/// Makes a server everybody's, as an administrator or the config does.
async fn share(world: &World, owner: &str, id: &str) -> Result<()> {
    let url = format!("sqlite:{}", world.folder.path().join("howdah.db").display());
    let store = Store::open(&url.parse()?, Clock::system()).await?;
    let owner: AccountId = owner.parse()?;
    let nobody = |_: &str| false;
    let viewer = Viewer { account: &owner, admitted: &nobody };
    let server = store.server(&id.parse()?, viewer).await?.context("server")?.server;
    let definition = ServerDefinition { audience: Audience::from_json("\"everyone\""), ..server.definition };
    store.update_server(&server.id, &owner, server.version, &definition).await?;
    store.close().await;
    Ok(())
}

#[tokio::test]
async fn shared_servers_of_a_removed_person_go_to_somebody_else() -> Result<()> {
    let (world, postgres) = (World::start("").await?, postgres().await);
    let (ada, grace, lin) = (world.sign_in("ada").await?, world.sign_in("grace").await?, world.sign_in("lin").await?);
    let (path, heir) = (person(&ada, "grace").await?, person(&ada, "lin").await?);
    let (id, heir) = (path["id"].as_str().context("id")?, heir["id"].as_str().context("id")?);
    // Its secret goes with it: what was sealed for one owner opens for another.
    let mut with_secret = definition(&postgres);
    with_secret["connection_parameters"] = json!({ "sslpassword": "s3cret-of-all" });
    let shared = grace.add_server(&with_secret).await?;
    grace.add_server(&definition(&postgres)).await?;
    share(&world, id, &shared).await?;
    let listed = ada.get("/api/v1/admin/servers").await?.json()?;
    assert_eq!(listed["total"], 1, "{listed}");
    let summary = ada.get("/api/v1/admin/summary").await?.json()?;
    assert_eq!((&summary["shared_servers"], &summary["private_servers"]), (&json!(1), &json!(1)), "{summary}");
    assert_eq!(summary["local_accounts"], false, "{summary}");
    assert_eq!(listed["servers"][0]["audience"], "everyone");

    let path = format!("{PEOPLE}/{id}");
    let (status, code, words) = refusal(&ada.delete(&path).await?)?;
    assert_eq!((status, code.as_str()), (409, "conflict"));
    assert!(words.contains("1 servers that others see"), "{words}");
    assert_eq!(refusal(&ada.delete(&format!("{path}?servers_to={id}")).await?)?.0, 422);
    assert_eq!(grace.get("/api/v1/me").await?.status, 200, "nothing has changed");

    let removed = ada.delete(&format!("{path}?servers_to={heir}")).await?;
    assert_eq!(removed.json()?, json!({ "sessions": 1, "removed_servers": 1, "handed_over_servers": 1 }));
    assert_eq!(grace.get("/api/v1/me").await?.status, 401);
    let server = lin.get(&format!("/api/v1/servers/{shared}")).await?.json()?;
    assert_eq!(
        (&server["owned"], &server["kept_secrets"]),
        (&json!(true), &json!(["connection_parameters.sslpassword"]))
    );
    assert_eq!(ada.get(&path).await?.status, 404);

    // The same from the command line.
    let found = world.command(&["user", "list", "--search", "LIN@"])?;
    assert!(found.starts_with("lin@example.com\tuser\tenabled\tlin@example.com\t"), "{found}");
    assert!(found.ends_with("\tcorp\t1\n") && found.lines().count() == 1, "{found}");
    let sessions = world.command(&["user", "sessions", "lin@example.com"])?;
    assert!(sessions.contains("\t127.0.0.1\t") && sessions.lines().count() == 1, "{sessions}");
    assert!(world.command(&["user", "end-sessions", "lin@example.com"])?.starts_with("ended 1 sessions of lin"));
    assert_eq!(lin.get("/api/v1/me").await?.status, 401);
    let told = world.command(&["user", "delete", "lin@example.com"]).unwrap_err().to_string();
    assert!(told.contains("--servers-to"), "{told}");
    let deleted = world.command(&["user", "delete", "lin@example.com", "--servers-to", "ada@example.com"])?;
    assert_eq!(deleted, "handed 1 servers over to ada@example.com\ndeleted lin@example.com\n");
    let server = ada.get(&format!("/api/v1/servers/{shared}")).await?.json()?;
    assert_eq!(server["kept_secrets"], json!(["connection_parameters.sslpassword"]), "{server}");
    assert_eq!(crate::audit::events(&ada, "kind=servers_handed_over&text=lin", 1).await?.len(), 1);
    Ok(())
}
