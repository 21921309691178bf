//! All parts together.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Client, OpenIdProvider, Person, Postgres, ProviderOptions};
use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;

use crate::client::Signed;
use crate::console::{Console, free_port};
use crate::database::{self, DATABASE, ROLES};
use crate::progress::step;

/// People of the demo: user name, what they are, groups.
pub const PEOPLE: [(&str, &str, &[&str]); 3] = [
    ("ada", "dba, administrator of Howdah", &["dba", "administrators"]),
    ("grace", "analyst, may only read", &["analysts"]),
    ("alan", "in no group: Howdah does not let him in", &[]),
];

/// What is running. Everything stops when this is dropped or the process dies.
pub struct Stage {
    /// Howdah.
    pub console: Console,
    /// PostgreSQL.
    pub postgres: Postgres,
    _provider: OpenIdProvider,
    folder: TempDir,
}

impl Stage {
    /// Starts all parts on the sample database; `port` 0 takes a free one.
    ///
    /// # Errors
    ///
    /// With the words of the part that does not start.
    pub async fn start(port: u16) -> Result<Self> {
        Self::start_on(port, database::start()).await
    }

    /// As [`Self::start`], on another database server.
    ///
    /// # Errors
    ///
    /// With the words of the part that does not start.
    pub async fn start_on(port: u16, database: impl Future<Output = Result<Postgres>>) -> Result<Self> {
        let port = if port == 0 { free_port()? } else { port };
        let origin = format!("http://127.0.0.1:{port}");
        let folder = tempfile::Builder::new().prefix("howdah-demo-").tempdir()?;
        let postgres = step("start PostgreSQL 18 (the first time, its data is made)", database).await?;
        let provider = step("start the OpenID provider", start_provider(&origin)).await?;
        let config = write_config(&folder, port, &origin, &provider.metadata_url())?;
        let console = step("start Howdah", Console::start(&config, &origin, &folder.path().join("howdah.log"))).await?;
        let stage = Self { console, postgres, _provider: provider, folder };
        step("add a server for ada and one for grace", stage.add_servers()).await?;
        Ok(stage)
    }

    /// Where Howdah's log is.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("howdah.log")
    }

    /// Signs `name` in through the provider.
    ///
    /// # Errors
    ///
    /// When they are refused.
    pub async fn sign_in(&self, name: &str) -> Result<Signed> {
        Signed::sign_in(self.console.origin(), name, &password(name)).await
    }

    async fn add_servers(&self) -> Result<()> {
        for (name, _) in ROLES {
            let person = self.sign_in(name).await?;
            let definition = json!({
                "name": "shop (local)", "group": "Demo", "host": "localhost", "port": self.postgres.port(),
                "maintenance_db": DATABASE, "username": "{email:local}", "environment": "development",
                "comment": "Fern & Hollow, the sample database",
                "connection_parameters": { "sslmode": "verify-full", "sslrootcert": self.postgres.ca_pem() },
                "credential": { "type": "exec", "name": "demo-token" }
            });
            let page = person.post("/api/v1/servers", &definition).await?;
            ensure!(page.status == StatusCode::CREATED, "{} {}", page.status, page.body);
        }
        Ok(())
    }
}

/// What a person of the demo types at the provider.
#[must_use]
pub fn password(name: &str) -> String {
    name.to_owned()
}

async fn start_provider(origin: &str) -> Result<OpenIdProvider> {
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
        .collect();
    OpenIdProvider::start(ProviderOptions {
        people,
        clients: vec![Client::confidential("howdah", "demo-client-secret", origin)],
        list_people: true,
        ..ProviderOptions::default()
    })
    .await
}

fn write_config(folder: &TempDir, port: u16, origin: &str, metadata: &str) -> Result<PathBuf> {
    let secrets = folder.path().join("database-passwords");
    let lines: String = ROLES.iter().map(|(role, password)| format!("{role} {password}\n")).collect();
    std::fs::write(&secrets, lines)?;
    std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o600))?;
    let program = std::env::current_exe().context("this program's own path")?;
    let text = format!(
        r##"# The demo's config. Yours looks much like it: see docs/config.md.
[server]
listen = "127.0.0.1:{port}"
public_url = "{origin}"

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
scope = "openid email profile offline_access"
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
