//! Puts what was read of pgAdmin into the store.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use howdah_credentials::Commands;
use howdah_store::{Account, AddAccountError, CreateServerError, NewInternalAccount, Role, SeenServer, Store, Viewer};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::database;
use super::database::Person;
use super::entry::{self, Read};
use super::fit::fit;
use super::report::{Kind, Report};
use crate::audit;
use crate::command_line::WrongInput;
use crate::config::Config;
use crate::credential;
use crate::internal;
use crate::secrets::keys::OperatorKeys;
use crate::servers;
use crate::wire::{Audience, ServerDefinition};

const PAGE: u32 = 200;

/// Brings people and servers into a store.
pub(super) struct Bring<'a> {
    config: &'a Config,
    store: &'a Store,
    keys: OperatorKeys,
    commands: Commands,
    owner: Option<&'a str>,
    is_dry: bool,
}

impl<'a> Bring<'a> {
    /// `owner`: whose all servers become.
    ///
    /// # Errors
    ///
    /// When a command of the config is wrong.
    pub(super) fn new(
        config: &'a Config,
        store: &'a Store,
        keys: OperatorKeys,
        owner: Option<&'a str>,
        is_dry: bool,
    ) -> anyhow::Result<Self> {
        let commands = credential::commands(config)?;
        Ok(Self { config, store, keys, commands, owner, is_dry })
    }

    /// The servers of a file, all for one account.
    pub(super) async fn servers(
        &self,
        path: &Path,
        servers: Map<String, Value>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let owner = self.owner_of_file().await?;
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut there = self.names_of(&owner).await?;
        for (key, value) in servers {
            let about = format!("{file}: Servers.{key}");
            match value {
                Value::Object(fields) => self.server(&owner, &about, &fields, &mut there, report).await?,
                _ => report.note(Kind::Left, about, "is no server"),
            }
        }
        Ok(())
    }

    /// People with their servers.
    pub(super) async fn people(&self, people: Vec<Person>, report: &mut Report) -> anyhow::Result<()> {
        for person in people {
            let about = format!("user {}", person.username);
            let account = match self.owner {
                Some(name) => Some(self.account(name).await?),
                None => self.account_for(&person, &about, report).await?,
            };
            if person.own_settings > 0 {
                let words = format!("{} settings of their own at servers that others shared", person.own_settings);
                report.note(Kind::Left, &about, words);
            }
            self.servers_of(&person, account.as_ref(), report).await?;
        }
        report.note(Kind::Left, "macros, query history, preferences and second factors", "these are not brought over");
        Ok(())
    }

    async fn servers_of(&self, person: &Person, account: Option<&Account>, report: &mut Report) -> anyhow::Result<()> {
        let mut there = match account {
            Some(account) => self.names_of(account).await?,
            None => HashMap::new(),
        };
        for database::Entry { fields, has_password } in &person.servers {
            let name = entry::text(fields, "Name").unwrap_or_default();
            let about = format!("user {}: server {name}", person.username);
            match account {
                Some(account) => self.server(account, &about, fields, &mut there, report).await?,
                // Only tried: the account would be made first.
                None => match entry::read(fields) {
                    Ok(_) => report.note(Kind::Taken, &about, "would be theirs"),
                    Err(problem) => report.note(Kind::Left, &about, problem),
                },
            }
            if *has_password {
                report.note(Kind::Left, about, "its saved password, which only its person's key in pgAdmin opens: it is asked for at the next connect");
            }
        }
        Ok(())
    }

    /// The account of somebody in pgAdmin, made if there is none; `None` where that is only tried.
    async fn account_for(&self, person: &Person, about: &str, report: &mut Report) -> anyhow::Result<Option<Account>> {
        let known = match self.store.account_by_username(&person.username).await? {
            None => match person.email.as_deref() {
                Some(email) => self.store.account_by_username(email).await?,
                None => None,
            },
            known => known,
        };
        if let Some(account) = known {
            report.note(Kind::There, about, format!("is the account {}", account.username));
            return Ok(Some(account));
        }
        let then = if person.source == "internal" {
            format!(
                "set a password with `howdah user set-password {}`; pgAdmin's hashes are not taken",
                person.username
            )
        } else {
            "their first sign-in at a provider waits until an administrator links it to this account (`howdah user refused`, `howdah user link`)".to_owned()
        };
        report.note(Kind::Look, about, format!("gets an account: {then}"));
        if self.is_dry {
            return Ok(None);
        }
        let account = self.add_account(person).await?;
        if !person.is_active {
            self.store.disable_account(&account.id).await?;
            report.note(Kind::Taken, about, "is switched off, as in pgAdmin");
        }
        Ok(Some(account))
    }

    async fn add_account(&self, person: &Person) -> anyhow::Result<Account> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        // Nobody knows it: an administrator sets one, or a sign-in is linked.
        let password_hash = internal::hash(&SecretString::from(random), 1)?;
        let role = if person.is_administrator { Role::Administrator } else { Role::User };
        let new = NewInternalAccount {
            username: person.username.clone(),
            email: person.email.clone(),
            display_name: None,
            role,
            password_hash,
        };
        let role_name = if person.is_administrator { "administrator" } else { "user" };
        let add = async { Ok(self.store.add_internal_account(&new).await) };
        let added =
            audit::as_operator(self.store, "account_created", new.username.clone(), Some(role_name.to_owned()), add);
        match added.await? {
            Ok(account) => Ok(account),
            Err(AddAccountError::UsernameTaken) => self.account(&new.username).await,
            Err(AddAccountError::Store(error)) => Err(error.into()),
        }
    }

    async fn account(&self, name: &str) -> anyhow::Result<Account> {
        let account = self.store.account_by_username(name).await?;
        account.with_context(|| {
            format!("there is no account {name}: sign in once, or make it with `howdah user add {name}`")
        })
    }

    async fn owner_of_file(&self) -> anyhow::Result<Account> {
        if let Some(name) = self.owner {
            return self.account(name).await;
        }
        let mut page = self.store.accounts(None, 2).await?;
        match (page.accounts.pop(), page.accounts.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => anyhow::bail!("there is no account yet: sign in once, or make one with `howdah user add`"),
            _ => Err(WrongInput::new(
                "command line: --owner is missing and there are several accounts: say whose the servers become"
                    .to_owned(),
            )
            .into()),
        }
    }

    /// How many servers an account has of each group and name.
    async fn names_of(&self, owner: &Account) -> anyhow::Result<HashMap<(String, String), usize>> {
        let mut names = HashMap::new();
        for seen in servers_of(self.store, owner).await? {
            *names.entry(key_of(&seen.server.definition.group, &seen.server.definition.name)).or_default() += 1;
        }
        Ok(names)
    }

    async fn server(
        &self,
        owner: &Account,
        about: &str,
        fields: &Map<String, Value>,
        there: &mut HashMap<(String, String), usize>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let Read { mut definition, mut notes } = match entry::read(fields) {
            Ok(read) => read,
            Err(problem) => {
                report.note(Kind::Left, about, problem);
                return Ok(());
            }
        };
        let about = format!("{about} ({}/{} of {})", definition.group, definition.name, owner.username);
        // One by one, so that two of the same name are two here as well.
        if let Some(left) = there.get_mut(&key_of(&definition.group, &definition.name)).filter(|left| **left > 0) {
            *left -= 1;
            report.note(Kind::There, about, "it is left as it is");
            return Ok(());
        }
        if definition.audience != Audience::Private && owner.role != Role::Administrator {
            let words = format!("is shared, and {} is no administrator: name one as --owner", owner.username);
            report.note(Kind::Left, about, words);
            return Ok(());
        }
        if let Err(problem) = fit(self.config, &self.commands, owner.role, &mut definition, &mut notes) {
            report.note(Kind::Left, about, problem.detail());
            return Ok(());
        }
        if self.is_dry {
            report.note(Kind::Taken, &about, "would be added");
        } else if !self.create(owner, &definition).await? {
            report.note(Kind::Left, about, format!("{} has as many servers as one may have", owner.username));
            return Ok(());
        } else {
            report.note(Kind::Taken, &about, "");
        }
        for (kind, words) in notes {
            report.note(kind, &about, words);
        }
        Ok(())
    }

    /// False when the account has too many servers.
    async fn create(&self, owner: &Account, definition: &ServerDefinition) -> anyhow::Result<bool> {
        let kept = servers::kept(&self.keys, &owner.id, definition, &[])
            .map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        let about = format!("{}/{}", definition.group, definition.name);
        let create = async { Ok(self.store.create_server(&owner.id, &kept).await) };
        let created =
            audit::as_operator(self.store, "server_imported", about, Some(owner.username.clone()), create).await?;
        match created {
            Ok(_) => Ok(true),
            Err(CreateServerError::TooMany) => Ok(false),
            Err(CreateServerError::Store(error)) => Err(error.into()),
        }
    }
}

/// The definitions to export: somebody's, or everybody's and those of the config.
///
/// # Errors
///
/// When there is no such account, or the store fails.
pub(super) async fn definitions(
    config: &Config,
    store: &Store,
    owner: Option<&str>,
) -> anyhow::Result<Vec<ServerDefinition>> {
    let mut accounts = Vec::new();
    match owner {
        Some(name) => accounts
            .push(store.account_by_username(name).await?.with_context(|| format!("there is no account {name}"))?),
        None => {
            let mut after = None;
            loop {
                let page = store.accounts(after.as_ref(), PAGE).await?;
                accounts.extend(page.accounts);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
    }
    let mut definitions = Vec::new();
    for account in accounts {
        for seen in servers_of(store, &account).await? {
            definitions.push(servers::definition_of(seen.server.definition)?.0);
        }
    }
    if owner.is_none() {
        definitions.extend(config.servers.iter().map(|server| server.definition.clone()));
    }
    Ok(definitions)
}

async fn servers_of(store: &Store, owner: &Account) -> anyhow::Result<Vec<SeenServer>> {
    let (mut servers, mut after) = (Vec::new(), None);
    loop {
        let viewer = Viewer { account: &owner.id, admitted: &|_| false };
        let page = store.servers_visible_to(viewer, after.as_ref(), PAGE).await?;
        servers.extend(page.servers);
        after = page.next;
        if after.is_none() {
            return Ok(servers);
        }
    }
}

fn key_of(group: &str, name: &str) -> (String, String) {
    (group.trim().to_lowercase(), name.trim().to_lowercase())
}
