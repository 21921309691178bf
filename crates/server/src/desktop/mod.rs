//! `howdah desktop`: one person on their own machine. They get in by a link that works once; other users of the machine do
//! not: the listener is on loopback, the data folder is the person's alone, and whatever is not asked at its own address is
//! refused, so that no page of another site can get at it by a name that leads here (DNS rebinding).

mod folder;
mod instance;
mod links;
mod peer;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context;
use howdah_store::{Account, NewSignIn, Role, Store, UnknownPerson};
use url::Url;

use crate::app::App;
use crate::config::{self, Config};
use crate::serve;

pub use links::Links;

/// The issuer and provider of the one account. No provider has this name: it would need a URL, or stand in the config.
const ISSUER: &str = "desktop";

/// What the command line says.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Do not open a browser.
    pub no_open: bool,
    /// The port to listen on; a free one when absent.
    pub port: Option<u16>,
}

/// What only `howdah desktop` has.
pub struct Desktop {
    /// Where it listens.
    address: SocketAddr,
    /// Links that let the person in.
    pub links: Links,
}

impl Desktop {
    /// Without a link yet.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, links: Links::default() }
    }

    /// Whether another user of the machine has this connection, as far as the system tells.
    #[must_use]
    pub fn is_another_users(&self, client: SocketAddr) -> bool {
        peer::is_of_another_user(client, self.address)
    }
}

/// Runs until it is stopped; or, if it runs already, gives a new link to what runs.
///
/// # Errors
///
/// When the data folder cannot be used, the port is taken, or the store cannot be opened.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let folder = folder::data_folder()?;
    let Some(instance) = instance::claim(&folder)? else {
        let link = instance::ask_for_link(&folder).await?;
        show(&folder, &link, options, "Howdah runs already.");
        return Ok(());
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port.unwrap_or(0)));
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    let config = config(&folder, listener.local_addr()?)?;
    serve::run_on(config, listener, async move |app: &App| {
        let account = account(app.store()).await?;
        end_old_sessions(app, &account).await?;
        let link = new_link(app).context("this is not the desktop")?;
        app.tasks().spawn(instance::give_links(instance, app.clone()));
        show(&folder, &link, options, "Howdah is ready.");
        Ok(())
    })
    .await
}

fn config(folder: &Path, address: SocketAddr) -> anyhow::Result<Config> {
    let path = folder.join("desktop.toml");
    let origin = format!("http://{address}");
    let mut text = toml::Table::new();
    let mut section = |name: &str, pairs: &[(&str, &str)]| {
        let table = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect::<toml::Table>();
        text.insert(name.to_owned(), table.into());
    };
    section("server", &[("listen", &address.to_string()), ("public_url", &origin)]);
    section("store", &[("url", &format!("sqlite:{}", folder.join("howdah.db").display()))]);
    section("session", &[("idle_timeout", "30d"), ("absolute_timeout", "30d")]);
    section("log", &[("filter", "warn")]);
    let loaded = config::parse(&path, &text.to_string(), &std::collections::BTreeMap::new())?;
    let mut config = loaded.config;
    config.auth.sources.clear();
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(config.for_own_machine(&environment.collect()))
}

/// The config of the desktop of whoever runs this, for a command beside it.
///
/// # Errors
///
/// When the data folder cannot be used.
pub(crate) fn own_config() -> anyhow::Result<Config> {
    folder::data_folder()?;
    config_as_it_would_be()
}

/// As [`own_config`], and makes nothing.
///
/// # Errors
///
/// When there is no home.
pub(crate) fn config_as_it_would_be() -> anyhow::Result<Config> {
    // Nothing is served there.
    config(&folder::place()?, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

/// The one account: whoever runs Howdah.
///
/// # Errors
///
/// When the store fails.
pub(crate) async fn account(store: &Store) -> anyhow::Result<Account> {
    let name = std::env::var("USER").ok().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "me".to_owned());
    let person = NewSignIn {
        issuer: ISSUER.to_owned(),
        subject: "owner".to_owned(),
        provider: ISSUER.to_owned(),
        username: name,
        email: None,
        display_name: None,
        role_by_claims: Role::Administrator,
    };
    Ok(store.sign_in_account(&person, UnknownPerson::Create).await?)
}

/// The account behind every link.
///
/// # Errors
///
/// When the store fails.
pub async fn owner(app: &App) -> anyhow::Result<Account> {
    account(app.store()).await
}

/// Whoever had a session of an earlier process has to come by a link again.
async fn end_old_sessions(app: &App, account: &Account) -> anyhow::Result<()> {
    for session in app.store().sessions_of(&account.id).await? {
        app.store().end_session_by_id(&account.id, &session.id).await?;
    }
    Ok(())
}

/// A link that lets in whoever opens it first.
fn new_link(app: &App) -> Option<Url> {
    let token = app.desktop()?.links.make().ok()?;
    let mut url = Url::parse(&app.urls().origin()).ok()?.join("/desktop/sign-in").ok()?;
    url.query_pairs_mut().append_pair("token", &token);
    Some(url)
}

/// Prints the link, and opens it in a browser.
fn show(folder: &Path, link: &Url, options: Options, greeting: &str) {
    let text = format!(
        "{greeting} Open this link; it works once, for five minutes:\n\n    {link}\n\n\
         For another one, run `howdah desktop` again. Stop with Ctrl+C.\n"
    );
    let mut out = std::io::stdout();
    // Where nobody reads it, the browser still opens.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    if !options.no_open
        && let Err(error) = open_page(folder, link)
    {
        tracing::warn!("no browser could be opened, use the link: {error:#}");
    }
}

/// Opens a page that leads to the link. Not the link itself: other users see the arguments of a process.
fn open_page(folder: &Path, link: &Url) -> anyhow::Result<()> {
    let page: PathBuf = folder.join("open.html");
    let text = format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"refresh\" content=\"0; url={link}\">\n<title>Howdah</title>\n<a href=\"{link}\">Open Howdah</a>\n"
    );
    folder::write_private(&page, &text).with_context(|| format!("cannot write {}", page.display()))?;
    open::that_detached(&page).context("cannot start a browser")
}
