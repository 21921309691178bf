//! All parts together.

use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Browser, Client, OpenIdProvider, Person, Postgres, ProviderOptions, Resource, TokenLifetimes};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Signed;
use crate::console::{Console, free_port};
use crate::database::{self, AUDIENCE, DATABASE, ROLES, SCOPE};
use crate::progress::step;

/// People of the demo: user name, what they are, groups.
pub const PEOPLE: [(&str, &str, &[&str]); 3] = [
    ("ada", "dba, administrator of Howdah", &["dba", "administrators"]),
    ("grace", "analyst, may only read", &["analysts"]),
    ("alan", "in no group: Howdah does not let him in", &[]),
];

/// The server that one is on by a password, which a command prints.
pub const BY_COMMAND: &str = "shop (local)";
/// The server that one is on by one's own sign-in.
pub const AS_YOURSELF: &str = "Demo (as yourself)";

/// A client of the provider, for servers whose credential is an OAuth client of their own.
pub const DATABASE_CLIENT: &str = "database-console";

/// How the demo is to be.
pub struct Options {
    /// The port that Howdah listens on; 0 for a free one.
    pub port: u16,
    /// How long access tokens live.
    pub token_life: Duration,
    /// So many more people whom the provider knows, see [`crowd_name`]; each has an address of their own.
    pub crowd: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, token_life: Duration::from_secs(60), crowd: 0 }
    }
}

/// The user name of somebody in the crowd.
#[must_use]
pub fn crowd_name(number: usize) -> String {
    format!("person-{number:03}")
}

/// Where somebody in the crowd is, as Howdah's proxy tells.
fn crowd_address(number: usize) -> Result<IpAddr> {
    let [high, low] = u16::try_from(number)?.to_be_bytes();
    Ok(IpAddr::from([10, 1, high, low]))
}

/// What is running. Everything stops when this is dropped or the process dies.
pub struct Stage {
    /// Howdah.
    pub console: Console,
    /// PostgreSQL.
    pub postgres: Postgres,
    /// How long access tokens live.
    pub token_life: Duration,
    provider: OpenIdProvider,
    folder: TempDir,
}

impl Stage {
    /// Starts all parts on the sample database.
    ///
    /// # Errors
    ///
    /// With the words of the part that does not start.
    pub async fn start(options: Options) -> Result<Self> {
        Self::start_on(options, database::start).await
    }

    /// As [`Self::start`], on another database server, which is to believe tokens of the provider that it is handed.
    ///
    /// # Errors
    ///
    /// With the words of the part that does not start.
    pub async fn start_on(
        options: Options,
        database: impl AsyncFnOnce(&OpenIdProvider) -> Result<Postgres>,
    ) -> Result<Self> {
        let port = if options.port == 0 { free_port()? } else { options.port };
        let origin = format!("http://127.0.0.1:{port}");
        let folder = tempfile::Builder::new().prefix("howdah-demo-").tempdir()?;
        let provider = step("start the OpenID provider", start_provider(&origin, &options)).await?;
        let postgres = step("start PostgreSQL 18 (the first time, its data is made)", database(&provider)).await?;
        let config = write_config(&folder, port, &origin, &provider.metadata_url(), &options)?;
        let console = step("start Howdah", Console::start(&config, &origin, &folder.path().join("howdah.log"))).await?;
        let stage = Self { console, postgres, token_life: options.token_life, provider, folder };
        step("add two servers for ada and two for grace", stage.add_servers()).await?;
        Ok(stage)
    }

    /// Where Howdah's log is.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("howdah.log")
    }

    /// Who issues the tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.provider.issuer()
    }

    /// Signs `name` in through the provider.
    ///
    /// # Errors
    ///
    /// When they are refused.
    pub async fn sign_in(&self, name: &str) -> Result<Signed> {
        Signed::sign_in(self.console.origin(), name, &password(name)).await
    }

    /// Signs somebody of the crowd in through the provider, from an address of their own.
    ///
    /// # Errors
    ///
    /// When they are refused.
    pub async fn sign_in_from_crowd(&self, number: usize) -> Result<Signed> {
        let (name, browser) = (crowd_name(number), Browser::behind_proxy(crowd_address(number)?)?);
        Signed::sign_in_by(browser, self.console.origin(), &name, &password(&name)).await
    }

    /// The definition of the server that each is on by their own sign-in.
    #[must_use]
    pub fn as_yourself(&self) -> Value {
        self.server(AS_YOURSELF, "{email}", &json!({ "type": "signed_in_user" }))
    }

    async fn add_servers(&self) -> Result<()> {
        for (name, _) in ROLES {
            let person = self.sign_in(name).await?;
            for definition in [
                self.server(BY_COMMAND, "{email:local}", &json!({ "type": "exec", "name": "demo-token" })),
                self.as_yourself(),
            ] {
                let page = person.post("/api/v1/servers", &definition).await?;
                ensure!(page.status == StatusCode::CREATED, "{} {}", page.status, page.body);
            }
        }
        Ok(())
    }

    fn server(&self, name: &str, username: &str, credential: &Value) -> Value {
        json!({
            "name": name, "group": "Demo", "host": "localhost", "port": self.postgres.port(),
            "maintenance_db": DATABASE, "username": username, "environment": "development",
            "comment": "Fern & Hollow, the sample database",
            "connection_parameters": { "sslmode": "verify-full", "sslrootcert": self.postgres.ca_pem() },
            "credential": credential
        })
    }
}

/// What a person of the demo types at the provider.
#[must_use]
pub fn password(name: &str) -> String {
    name.to_owned()
}

async fn start_provider(origin: &str, options: &Options) -> Result<OpenIdProvider> {
    let crowd = (0..options.crowd).map(|number| {
        let name = crowd_name(number);
        Person::new(&name).password(&password(&name)).groups(&["analysts"])
    });
    let people = PEOPLE
        .iter()
        .map(|(name, _, groups)| {
            let full_name = match *name {
                "ada" => "Ada Morgan",
                "grace" => "Grace Hollow",
                other => other,
            };
            Person::new(name).named(full_name).password(&password(name)).groups(groups)
        })
        .chain(crowd)
        .collect();
    OpenIdProvider::start(ProviderOptions {
        people,
        clients: vec![
            Client::confidential("howdah", "demo-client-secret", origin),
            Client::public(DATABASE_CLIENT, origin),
        ],
        list_people: options.crowd == 0,
        lifetimes: TokenLifetimes { access_token: options.token_life, ..TokenLifetimes::default() },
        resource: Some(Resource { audience: AUDIENCE.to_owned(), scope: SCOPE.to_owned() }),
        ..ProviderOptions::default()
    })
    .await
}

fn write_config(folder: &TempDir, port: u16, origin: &str, metadata: &str, options: &Options) -> Result<PathBuf> {
    let secrets = folder.path().join("database-passwords");
    let lines: String = ROLES.iter().map(|(role, password)| format!("{role} {password}\n")).collect();
    std::fs::write(&secrets, lines)?;
    std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o600))?;
    // Whoever comes by in a crowd comes through a proxy: one address for all would be throttled.
    let proxies = match options.crowd {
        0 => "",
        _ => "trusted_proxies = [\"127.0.0.0/8\"]\n\n[metrics]\ntrusted = [\"127.0.0.0/8\"]\n",
    };
    let program = std::env::current_exe().context("this program's own path")?;
    let text = format!(
        r##"# The demo's config. Yours looks much like it: see docs/config.md.
[server]
listen = "127.0.0.1:{port}"
public_url = "{origin}"
{proxies}
[store]
url = "sqlite:{store}"

[auth]
sources = ["oauth2"]
administrators = {{ groups = ["administrators"] }}

[[auth.oauth2]]
name = "demo"
display_name = "Fern & Hollow"
client_id = "howdah"
client_secret = "demo-client-secret"
server_metadata_url = "{metadata}"
# `{SCOPE}` is what PostgreSQL wants the access token to allow.
scope = "openid email profile offline_access {SCOPE}"
icon = "fa-key"
button_color = "#23804f"
additional_claims = {{ groups = ["dba", "analysts"] }}

# Prints the database password of %USERNAME% with an expiry, as a company's own program would print a token.
[[credentials.command]]
name = "demo-token"
argv = ["{program}", "token", "{secrets}", "%USERNAME%"]
expiration_seconds = 60
"##,
        store = folder.path().join("howdah.db").display(),
        program = program.with_file_name("howdah-demo").display(),
        secrets = secrets.display(),
    );
    let path = folder.path().join("howdah.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}
