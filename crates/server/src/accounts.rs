//! `howdah user`: accounts from the command line, also beside a running server.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, bail, ensure};
use clap::{Subcommand, ValueEnum};
use howdah_store::{Account, AddAccountError, Clock, NewInternalAccount, Role, Store};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::internal;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Makes an account that signs in with a password kept here. The password is asked for, or read from the first line
    /// of standard input.
    Add {
        /// The user name, unique whatever the case of its letters.
        name: String,
        /// The e-mail address, which templates of database users may use.
        #[arg(long)]
        email: Option<String>,
        /// The name to show.
        #[arg(long)]
        display_name: Option<String>,
        /// What the account may do.
        #[arg(long, value_enum, default_value_t = RoleName::User)]
        role: RoleName,
    },
    /// Lists all accounts.
    List,
    /// Changes what an account may do.
    SetRole {
        /// The user name.
        name: String,
        /// What it may do from now on.
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Switches an account off: its sessions end, and its database connections are closed within five seconds.
    Disable {
        /// The user name.
        name: String,
    },
    /// Switches an account on again.
    Enable {
        /// The user name.
        name: String,
    },
    /// Gives an account a password, asked for or read from the first line of standard input, and unblocks it.
    SetPassword {
        /// The user name.
        name: String,
    },
}

/// A role by its name in the API.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleName {
    /// Manages accounts and shared servers.
    Administrator,
    /// Everyone else.
    User,
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Administrator => Self::Administrator,
            RoleName::User => Self::User,
        }
    }
}

/// Carries out a command on the store that the config names, and writes what it did to `output`.
///
/// # Errors
///
/// When there is no such account, the name is taken, or the password is not good enough.
pub async fn run(command: UserCommand, config: &Config, output: &mut impl Write) -> anyhow::Result<()> {
    let store = Store::open(&config.store_url, Clock::system()).await.context("cannot open the store (store.url)")?;
    match command {
        UserCommand::Add { name, email, display_name, role } => {
            let name = name.trim().to_owned();
            ensure!(!name.is_empty() && !name.contains(char::is_control), "`{name}` is not a user name");
            let password = read_password()?;
            let password_hash = internal::hash(&password, config.auth.password_min_length)?;
            let new =
                NewInternalAccount { username: name.clone(), email, display_name, role: role.into(), password_hash };
            match store.add_internal_account(&new).await {
                Ok(account) => writeln!(output, "added {}", describe(&account))?,
                Err(AddAccountError::UsernameTaken) => bail!("there is an account {name} already"),
                Err(AddAccountError::Store(error)) => return Err(error.into()),
            }
        }
        UserCommand::List => {
            let mut after = None;
            loop {
                let page = store.accounts(after.as_ref(), 500).await?;
                for account in &page.accounts {
                    writeln!(output, "{}", describe(account))?;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        UserCommand::SetRole { name, role } => {
            let account = find(&store, &name).await?;
            store.set_role(&account.id, role.into()).await?;
            writeln!(output, "changed {}", describe(&find(&store, &name).await?))?;
        }
        UserCommand::Disable { name } => {
            let account = find(&store, &name).await?;
            store.disable_account(&account.id).await?;
            writeln!(output, "disabled {}", account.username)?;
        }
        UserCommand::Enable { name } => {
            let account = find(&store, &name).await?;
            store.enable_account(&account.id).await?;
            writeln!(output, "enabled {}", account.username)?;
        }
        UserCommand::SetPassword { name } => {
            let account = find(&store, &name).await?;
            let hash = internal::hash(&read_password()?, config.auth.password_min_length)?;
            store.set_password_hash(&account.id, &hash).await?;
            writeln!(output, "changed the password of {}", account.username)?;
        }
    }
    store.close().await;
    Ok(())
}

async fn find(store: &Store, name: &str) -> anyhow::Result<Account> {
    store.account_by_username(name).await?.with_context(|| format!("there is no account {name}"))
}

/// One line an account: name, role, state, e-mail address, last sign-in.
fn describe(account: &Account) -> String {
    let role = match account.role {
        Role::Administrator => "administrator",
        Role::User => "user",
    };
    let state = if account.disabled { "disabled" } else { "enabled" };
    let email = account.email.as_deref().unwrap_or("-");
    let last = account
        .last_sign_in_at
        .and_then(|time| time.format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_else(|| "never".to_owned());
    format!("{}\t{role}\t{state}\t{email}\t{last}", account.username)
}

fn read_password() -> anyhow::Result<SecretString> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let mut line = String::new();
        stdin.lock().read_line(&mut line).context("cannot read the password from standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned().into());
    }
    let password = SecretString::from(rpassword::prompt_password("Password: ")?);
    let again = SecretString::from(rpassword::prompt_password("Again: ")?);
    ensure!(password.expose_secret() == again.expose_secret(), "the two passwords differ");
    Ok(password)
}
