//! A Howdah process with its provider and databases, and people to use it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use howdah_testkit::{
    Browser, Client, Major, OpenIdProvider, Page, Person, Postgres, ProviderOptions, SUPERUSER, SUPERUSER_PASSWORD,
    Watchdog,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::socket::Socket;

/// Howdah's own address, its provider and its process.
pub(crate) struct World {
    pub(crate) origin: String,
    /// Where this process listens; differs from `origin` behind a load balancer.
    pub(crate) address: String,
    pub(crate) folder: TempDir,
    provider: Option<OpenIdProvider>,
    child: Mutex<(Child, Watchdog)>,
    log: Arc<Mutex<String>>,
    config: String,
}

impl World {
    /// The Howdah that tests share which need nothing of their own.
    pub(crate) async fn shared() -> &'static Self {
        static SHARED: OnceCell<World> = OnceCell::const_new();
        SHARED.get_or_try_init(|| Self::start("")).await.expect("Howdah starts")
    }

    /// A Howdah of the test's own, with `extra` added to its config.
    pub(crate) async fn start(extra: &str) -> Result<Self> {
        Self::start_with(("", ""), extra).await
    }

    /// As [`World::start`], with one text of the config replaced by another.
    pub(crate) async fn start_with(replacement: (&str, &str), extra: &str) -> Result<Self> {
        Self::start_at(replacement, extra, ProviderOptions::default(), |client| client).await
    }

    /// As [`World::start_with`], at a provider with these options and Howdah as such a client. The usual people can sign
    /// in there, unless the options name others.
    pub(crate) async fn start_at(
        (text, replacement): (&str, &str),
        extra: &str,
        options: ProviderOptions,
        client: impl Fn(Client) -> Client,
    ) -> Result<Self> {
        let place = place()?;
        let origin = place.2.clone();
        Self::start_in(place, origin, (text, replacement), extra, options, client).await
    }

    /// As [`World::start_at`], where browsers see `origin`.
    async fn start_in(
        (folder, port, address): (TempDir, u16, String),
        origin: String,
        (text, replacement): (&str, &str),
        extra: &str,
        options: ProviderOptions,
        client: impl Fn(Client) -> Client,
    ) -> Result<Self> {
        let people = if options.people.is_empty() { usual_people() } else { options.people };
        let provider = OpenIdProvider::start(ProviderOptions {
            people,
            clients: vec![client(Client::confidential("howdah", "client-s3cret", &origin))],
            ..options
        })
        .await?;
        let config = format!(
            r#"
            [server]
            listen = "127.0.0.1:{port}"
            public_url = "{origin}"
            [store]
            url = "sqlite:{store}"
            [auth]
            sources = ["oauth2"]
            administrators = {{ groups = ["administrators"] }}
            viewers = {{ groups = ["auditors"] }}
            [[auth.oauth2]]
            name = "corp"
            display_name = "Corp <Sign-in>"
            client_id = "howdah"
            client_secret = "client-s3cret"
            server_metadata_url = "{metadata}"
            additional_claims = {{ groups = ["dba", "analysts"] }}
            {extra}
            "#,
            store = folder.path().join("howdah.db").display(),
            metadata = provider.metadata_url(),
        );
        let config = if text.is_empty() { config } else { config.replace(text, replacement) };
        Self::start_from(folder, (origin, address), config, Some(provider)).await
    }

    /// As [`World::start_on`], behind a load balancer at `origin` and with a provider with such options.
    pub(crate) async fn start_behind(origin: &str, url: &str, extra: &str, options: ProviderOptions) -> Result<Self> {
        let store = format!("url = \"{url}\"\n#");
        Self::start_in(place()?, origin.to_owned(), ("url = \"sqlite:", &store), extra, options, |client| client).await
    }

    /// Another process with the same config behind the same load balancer.
    pub(crate) async fn sibling(&self) -> Result<Self> {
        let (folder, _, address) = place()?;
        let [own, other] =
            [&self.address, &address].map(|address| format!("listen = \"{}\"", &address["http://".len()..]));
        ensure!(self.config.contains(&own), "{own} is not in the config");
        Self::start_from(folder, (self.origin.clone(), address), self.config.replace(&own, &other), None).await
    }

    /// As [`World::start`], with its own data in the PostgreSQL database at `url`.
    pub(crate) async fn start_on(url: &str, extra: &str) -> Result<Self> {
        let store = format!("url = \"{url}\"\n#");
        Self::start_with(("url = \"sqlite:", &store), extra).await
    }

    /// Another process with the same config, at an address of its own.
    pub(crate) async fn replica(&self) -> Result<Self> {
        let (folder, port, origin) = place()?;
        let own = self.origin.rsplit_once(':').context("no port")?.1;
        let config = self.config.replace(&format!("127.0.0.1:{own}"), &format!("127.0.0.1:{port}"));
        Self::start_from(folder, (origin.clone(), origin), config, None).await
    }

    /// A Howdah with a config that `rest` completes, and no provider of its own.
    pub(crate) async fn start_alone(rest: &str) -> Result<Self> {
        Self::start_alone_at("", rest).await
    }

    /// As [`World::start_alone`], with a store of its own; empty: an SQLite file.
    pub(crate) async fn start_alone_at(store: &str, rest: &str) -> Result<Self> {
        let (folder, port, origin) = place()?;
        let file = format!("sqlite:{}", folder.path().join("howdah.db").display());
        let store = if store.is_empty() { &file } else { store };
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"{origin}\"\n[store]\nurl = \"{store}\"\n{rest}",
        );
        Self::start_from(folder, (origin.clone(), origin), config, None).await
    }

    async fn start_from(
        folder: TempDir,
        (origin, address): (String, String),
        config: String,
        provider: Option<OpenIdProvider>,
    ) -> Result<Self> {
        std::fs::write(folder.path().join("howdah.toml"), &config)?;
        let log = Arc::default();
        let child = spawn(&folder, &log)?;
        let watchdog = Watchdog::watch(child.id(), None)?;
        let world = Self { origin, address, folder, provider, child: Mutex::new((child, watchdog)), log, config };
        world.wait_until_ready().await?;
        Ok(world)
    }

    /// The provider.
    pub(crate) fn provider(&self) -> &OpenIdProvider {
        self.provider.as_ref().expect("this Howdah has a provider of its own")
    }

    /// The provider's own address.
    pub(crate) fn issuer(&self) -> &str {
        self.provider.as_ref().map_or("", OpenIdProvider::issuer)
    }

    /// The config as it was written.
    pub(crate) fn config(&self) -> &str {
        &self.config
    }

    /// What Howdah has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Starts Howdah again after it has ended.
    pub(crate) async fn start_again(&self) -> Result<()> {
        self.spawn_next()?;
        self.wait_until_ready().await
    }

    /// Kills Howdah and starts it again on the same store.
    pub(crate) async fn restart(&self) -> Result<()> {
        self.start_anew()?;
        self.wait_until_ready().await
    }

    /// As [`World::restart`], with another config.
    pub(crate) async fn restart_with(&self, change: impl FnOnce(&str) -> String) -> Result<()> {
        self.rewrite_config(change)?;
        self.restart().await
    }

    /// As [`World::restart_with`], where Howdah does not start; gives what it says.
    pub(crate) async fn try_restart_with(&self, change: impl FnOnce(&str) -> String) -> Result<String> {
        self.rewrite_config(change)?;
        self.log.lock().unwrap().clear();
        self.start_anew()?;
        let status = until("Howdah has ended", || Ok(self.child.lock().unwrap().0.try_wait()?)).await?;
        ensure!(!status.success(), "Howdah ended with {status}");
        // Its last words may still be on their way.
        until("Howdah has said why", || Ok(Some(self.log()).filter(|log| log.contains("howdah: ")))).await
    }

    /// Runs a command of Howdah's on this config, and gives what it prints.
    pub(crate) fn command(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(env!("CARGO_BIN_EXE_howdah"))
            .args(arguments)
            .arg("--config")
            .arg(self.folder.path().join("howdah.toml"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    fn rewrite_config(&self, change: impl FnOnce(&str) -> String) -> Result<()> {
        let path = self.folder.path().join("howdah.toml");
        let config = change(&std::fs::read_to_string(&path)?);
        Ok(std::fs::write(path, config)?)
    }

    fn start_anew(&self) -> Result<()> {
        let mut child = self.child.lock().unwrap();
        child.0.kill()?;
        child.0.wait()?;
        drop(child);
        self.spawn_next()
    }

    fn spawn_next(&self) -> Result<()> {
        let next = spawn(&self.folder, &self.log)?;
        let watchdog = Watchdog::watch(next.id(), None)?;
        *self.child.lock().unwrap() = (next, watchdog);
        Ok(())
    }

    /// Kills Howdah where it stands.
    pub(crate) fn kill(&self) -> Result<()> {
        let child = &mut self.child.lock().unwrap().0;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Sends a signal to Howdah and waits until it has ended.
    pub(crate) async fn terminate(&self) -> Result<std::process::ExitStatus> {
        self.signal("-TERM")?;
        until("Howdah has ended", || Ok(self.child.lock().unwrap().0.try_wait()?)).await
    }

    /// Stops Howdah where it is, for so long, as a machine does that sleeps.
    pub(crate) async fn sleep(&self, how_long: Duration) -> Result<()> {
        self.signal("-STOP")?;
        tokio::time::sleep(how_long).await;
        self.signal("-CONT")
    }

    fn signal(&self, name: &str) -> Result<()> {
        let pid = self.child.lock().unwrap().0.id();
        ensure!(Command::new("kill").arg(name).arg(pid.to_string()).status()?.success(), "kill failed");
        Ok(())
    }

    /// Howdah's resident memory, in MiB.
    pub(crate) fn memory_mib(&self) -> Result<u64> {
        let pid = self.child.lock().unwrap().0.id();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? / 1024)
    }

    /// A person who has signed in.
    pub(crate) async fn sign_in(&self, name: &str) -> Result<Signed<'_>> {
        let browser = Browser::new()?;
        let page = self.try_sign_in(&browser, name).await?;
        ensure!(
            page.url.path() == "/" && page.status == StatusCode::OK,
            "{name} is not signed in: {} {}",
            page.url,
            page.body
        );
        Ok(Signed { world: self, browser })
    }

    /// Where the sign-in of `name` leads.
    pub(crate) async fn try_sign_in(&self, browser: &Browser, name: &str) -> Result<Page> {
        browser.sign_in(&format!("{}/oauth2/login/corp", self.origin), name, &format!("{name}-password")).await
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let client = Browser::new()?;
        let url = format!("{}/readyz", self.address);
        let started = Instant::now();
        loop {
            if let Ok(page) = client.open(&url).await
                && page.status == StatusCode::OK
            {
                return Ok(());
            }
            let ended = self.child.lock().unwrap().0.try_wait()?;
            if let Some(status) = ended {
                // Its last words may still be on their way.
                tokio::time::sleep(Duration::from_millis(500)).await;
                // The port was free when it was chosen; somebody's outgoing connection may have had it since.
                let again = self.log().ends_with(PORT_TAKEN) && started.elapsed() < Duration::from_secs(20);
                ensure!(again, "Howdah ended with {status}: {}", self.log());
                self.spawn_next()?;
            }
            ensure!(started.elapsed() < Duration::from_secs(30), "Howdah is not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let (child, _) = self.child.get_mut().unwrap();
        drop(child.kill());
        drop(child.wait());
    }
}

/// How the log of a Howdah ends whose port is not free.
const PORT_TAKEN: &str = "Address already in use (os error 98)\n";

fn usual_people() -> Vec<Person> {
    vec![
        Person::new("ada").named("Ada M").groups(&["dba", "administrators"]),
        Person::new("grace").named("Grace H").groups(&["analysts"]),
        Person::new("alan").named("Alan T"),
        Person::new("lin").named("Lin B").groups(&["analysts"]),
        Person::new("vera").named("Vera R").groups(&["analysts", "auditors"]),
        Person::new("zoe").named("Zoe Z").groups(&["analysts"]),
    ]
}

/// A folder, a free port and the origin there.
fn place() -> Result<(TempDir, u16, String)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Ok((tempfile::tempdir()?, port, format!("http://127.0.0.1:{port}")))
}

/// Starts Howdah; what it logs is added to `log`.
fn spawn(folder: &TempDir, log: &Arc<Mutex<String>>) -> Result<Child> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_howdah"));
    command
        .args(["serve", "--config"])
        .arg(folder.path().join("howdah.toml"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn().context("howdah")?;
    let stderr = child.stderr.take().context("stderr")?;
    let lines = Arc::clone(log);
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let mut log = lines.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
    Ok(child)
}

/// Waits until `attempt` gives something, at most 30 s.
pub(crate) async fn until<T>(what: &str, mut attempt: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = attempt()? {
            return Ok(found);
        }
        ensure!(started.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until PostgreSQL answers a question with one value, or none, for at most a minute.
pub(crate) async fn until_answers(postgres: &Postgres, sql: &str, expected: Option<&str>) -> Result<()> {
    let started = Instant::now();
    loop {
        let rows = postgres.query("postgres", sql).await?;
        let found = rows.first().and_then(|row| row.first().cloned().flatten());
        if found.as_deref() == expected {
            return Ok(());
        }
        ensure!(started.elapsed() < Duration::from_secs(60), "{sql} is {found:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A person in a browser.
pub(crate) struct Signed<'a> {
    pub(crate) world: &'a World,
    pub(crate) browser: Browser,
}

impl Signed<'_> {
    pub(crate) async fn get(&self, path: &str) -> Result<Page> {
        self.browser.send(Method::GET, &format!("{}{path}", self.world.origin), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Page> {
        self.browser.send(Method::POST, &format!("{}{path}", self.world.origin), Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Page> {
        self.browser.send(Method::PATCH, &format!("{}{path}", self.world.origin), Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Page> {
        self.browser.send(Method::DELETE, &format!("{}{path}", self.world.origin), None).await
    }

    /// Adds a server and answers its id.
    pub(crate) async fn add_server(&self, definition: &Value) -> Result<String> {
        let page = self.post("/api/v1/servers", definition).await?;
        ensure!(page.status == StatusCode::CREATED, "{} {}", page.status, page.body);
        Ok(page.json()?["id"].as_str().context("no id")?.to_owned())
    }

    /// Adds a server whose password is known.
    pub(crate) async fn connected_server(&self, postgres: &Postgres) -> Result<String> {
        let id = self.add_server(&definition(postgres)).await?;
        let page =
            self.post(&format!("/api/v1/servers/{id}/connect"), &json!({ "password": SUPERUSER_PASSWORD })).await?;
        ensure!(page.status == StatusCode::OK, "{} {}", page.status, page.body);
        Ok(id)
    }

    /// Opens a query session.
    pub(crate) async fn open_session(&self, server: &str, database: &str) -> Result<Socket> {
        Socket::open(self, server, database).await
    }
}

/// A definition of `postgres` with a password.
pub(crate) fn definition(postgres: &Postgres) -> Value {
    json!({
        "name": "test", "group": "Tests", "host": postgres.host(), "port": postgres.port(), "maintenance_db": "postgres",
        "username": SUPERUSER, "credential": { "type": "password" }
    })
}

/// The PostgreSQL 18 that tests share.
pub(crate) async fn postgres() -> Arc<Postgres> {
    Postgres::shared(Major::V18).await.expect("PostgreSQL 18 starts")
}

/// Both ends of what is supported.
pub(crate) async fn all_majors() -> Vec<Arc<Postgres>> {
    vec![Postgres::shared(Major::V15).await.expect("PostgreSQL 15 starts"), postgres().await]
}
