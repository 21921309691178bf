//! `howdah user`: administration from the command line, also beside a running server.

mod lists;
mod providers;

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use howdah_store::{
    Account, AddAccountError, Clock, DeleteAccountError, LinkError, NewInternalAccount, RenameError, SessionId, Store,
};
use secrecy::{ExposeSecret, SecretString};

use crate::audit;
use crate::command_line::Listing;
use crate::config::Config;
use crate::http::administration::PeopleQuery;
use crate::http::audit::Search;
use crate::internal;
use crate::serve;
use crate::servers;
use crate::wire::Role;

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
        /// What the account may do. Default: the first account of an installation is an administrator, others are users.
        #[arg(long, value_enum)]
        role: Option<Role>,
    },
    /// Lists accounts: user name, role, state, e-mail address, last sign-in, what they sign in with, sessions.
    List {
        /// Which.
        #[command(flatten)]
        filter: PeopleQuery,
        /// How much, and how.
        #[command(flatten)]
        listing: Listing,
    },
    /// Lists where people are signed in, the newest first: user name, since when, last use, end, address, browser,
    /// provider, id.
    Sessions {
        /// The user name. Default: everybody.
        #[arg(conflicts_with_all = ["search", "limit", "after"])]
        name: Option<String>,
        /// Only of people with this text in user name, e-mail address or name to show.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        search: String,
        /// How much, and how.
        #[command(flatten)]
        listing: Listing,
    },
    /// Ends one session. Its database connections are closed within five seconds.
    EndSession {
        /// Its id, which `howdah user sessions` tells.
        id: SessionId,
    },
    /// Signs an account out everywhere. It can sign in again.
    EndSessions {
        /// The user name.
        name: String,
    },
    /// Changes what an account may do.
    SetRole {
        /// The user name.
        name: String,
        /// What it may do from now on.
        #[arg(value_enum)]
        role: Role,
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
    /// Changes the user name of an account.
    Rename {
        /// The user name.
        name: String,
        /// The new one.
        new_name: String,
    },
    /// Lists the sign-ins at providers that lead to an account: provider, issuer, subject, last sign-in.
    Identities {
        /// The user name.
        name: String,
        /// A line of JSON for each.
        #[arg(long)]
        json: bool,
    },
    /// Lists people whom a provider vouched for and who got no account: provider, issuer, subject, user name, e-mail
    /// address, last attempt.
    Refused {
        /// How much, and how.
        #[command(flatten)]
        listing: Listing,
    },
    /// Strikes a refused sign-in off the list until the person tries again.
    Dismiss {
        /// The `iss`.
        #[arg(long)]
        issuer: String,
        /// The `sub`.
        #[arg(long)]
        subject: String,
    },
    /// Lets a person's sign-in at a provider lead to an account. `howdah user refused` tells issuer and subject.
    Link {
        /// The user name.
        name: String,
        /// The `iss` of the provider's ID tokens; the provider's name in the config where it sends none.
        #[arg(long)]
        issuer: String,
        /// The person's `sub` there.
        #[arg(long)]
        subject: String,
    },
    /// Undoes `link`, and ends the sessions of that sign-in.
    Unlink {
        /// The `iss`.
        #[arg(long)]
        issuer: String,
        /// The `sub`.
        #[arg(long)]
        subject: String,
    },
    /// Removes an account with its sessions, sign-ins and private servers.
    Delete {
        /// The user name.
        name: String,
        /// Who gets the servers that others see.
        #[arg(long, value_name = "USER")]
        servers_to: Option<String>,
    },
    /// Asks every identity provider of the config for its discovery document and keys: name, state, issuer, sign-ins and
    /// failures of the last day, last failure. Ends with 1 when one does not answer as it should.
    Providers {
        /// A line of JSON for each.
        #[arg(long)]
        json: bool,
    },
    /// Lists servers that more than one person sees: group, name, address, owner, audience, credential, environment, id.
    Servers {
        /// How much, and how.
        #[command(flatten)]
        listing: Listing,
    },
    /// Lists events of the audit trail, the last first: time, kind, result, code, person, server, database, role, rows,
    /// milliseconds, address, statement or details.
    Audit {
        /// Which.
        #[command(flatten)]
        filter: Search,
        /// Prints all of them, not only the last hundred. This is an event of the trail itself.
        #[arg(long, conflicts_with = "limit")]
        all: bool,
        /// How much, and how.
        #[command(flatten)]
        listing: Listing,
    },
}

/// Carries out a command on the store that the config names, and writes what it did to `output`.
///
/// # Errors
///
/// When there is no such account, the name is taken, or the password is not good enough.
pub async fn run(command: UserCommand, config: &Config, output: &mut impl Write) -> anyhow::Result<()> {
    let store = Store::open(&config.store_url, Clock::system()).await.context("cannot open the store (store.url)")?;
    let command = command.settled(&store).await?;
    let event = command.event();
    let work = Box::pin(carry_out(command, config, &store, output));
    let done = match event {
        Some((kind, about, value)) => audit::as_operator(&store, kind, about, value, work).await,
        None => work.await,
    };
    store.close().await;
    done
}

impl UserCommand {
    /// With what is open decided by what is there.
    async fn settled(mut self, store: &Store) -> anyhow::Result<Self> {
        if let Self::Add { role: role @ None, .. } = &mut self {
            let is_first = store.accounts(None, 1).await?.accounts.is_empty();
            *role = Some(if is_first { Role::Administrator } else { Role::User });
        }
        Ok(self)
    }

    /// What is written down of it: the kind of event, whom it is about, and what they are from now on.
    fn event(&self) -> Option<(&'static str, String, Option<String>)> {
        let role = |role: &Role| Some(role.name().to_owned());
        let (kind, about, value) = match self {
            Self::Add { name, role: given, .. } => ("account_created", name, given.as_ref().and_then(role)),
            Self::SetRole { name, role: given } => ("role_changed", name, role(given)),
            Self::Disable { name } => ("account_disabled", name, None),
            Self::Enable { name } => ("account_enabled", name, None),
            Self::SetPassword { name } => ("password_changed", name, None),
            Self::Rename { name, new_name } => ("account_renamed", name, Some(new_name.clone())),
            Self::Link { name, issuer, subject } => ("identity_linked", name, Some(format!("{subject} of {issuer}"))),
            Self::Unlink { issuer, subject } => {
                return Some(("identity_unlinked", format!("{subject} of {issuer}"), None));
            }
            Self::EndSessions { name } => ("sessions_ended_by_administrator", name, None),
            Self::EndSession { id } => {
                return Some(("session_ended_by_administrator", format!("session {id}"), Some(id.to_string())));
            }
            Self::Dismiss { issuer, subject } => {
                return Some(("refused_sign_in_dismissed", format!("{subject} of {issuer}"), None));
            }
            Self::Audit { all: true, .. } => return Some(("audit_downloaded", "audit trail".to_owned(), None)),
            Self::Delete { name, .. } => ("account_deleted", name, None),
            Self::List { .. }
            | Self::Sessions { .. }
            | Self::Identities { .. }
            | Self::Refused { .. }
            | Self::Providers { .. }
            | Self::Servers { .. }
            | Self::Audit { .. } => return None,
        };
        Some((kind, about.trim().to_owned(), value))
    }
}

async fn carry_out(
    command: UserCommand,
    config: &Config,
    store: &Store,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        UserCommand::Add { name, email, display_name, role } => {
            let name = checked_name(&name)?;
            let password = read_password()?;
            let password_hash = internal::hash(&password, config.auth.password_min_length)?;
            let new = NewInternalAccount {
                username: name.clone(),
                email,
                display_name,
                role: role.unwrap_or(Role::User).into(),
                password_hash,
            };
            match store.add_internal_account(&new).await {
                Ok(account) => writeln!(output, "added {}", describe(&account))?,
                Err(AddAccountError::UsernameTaken) => bail!("there is an account {name} already"),
                Err(AddAccountError::Store(error)) => return Err(error.into()),
            }
        }
        UserCommand::List { filter, listing } => lists::people(store, config, &filter, &listing, output).await?,
        UserCommand::Sessions { name: Some(name), listing, .. } => {
            lists::sessions_of(store, config, &find(store, &name).await?, listing.json, output).await?;
        }
        UserCommand::Sessions { name: None, search, listing } => {
            lists::sessions(store, config, &search, &listing, output).await?;
        }
        UserCommand::EndSession { id } => {
            let whose = store.end_session_of_anybody(&id).await?;
            let whose = whose.with_context(|| format!("there is no session {id}: see `howdah user sessions`"))?;
            let account = store.account(&whose).await?.map_or_else(String::new, |account| account.username);
            writeln!(output, "ended a session of {account}")?;
        }
        UserCommand::EndSessions { name } => {
            let account = find(store, &name).await?;
            let ended = store.end_all_sessions(&account.id).await?;
            writeln!(output, "ended {} sessions of {}", ended.len(), account.username)?;
        }
        UserCommand::SetRole { name, role } => {
            let account = find(store, &name).await?;
            store.set_role(&account.id, role.into()).await?;
            writeln!(output, "changed {}", describe(&find(store, &name).await?))?;
        }
        UserCommand::Disable { name } => {
            let account = find(store, &name).await?;
            store.disable_account(&account.id).await?;
            writeln!(output, "disabled {}", account.username)?;
        }
        UserCommand::Enable { name } => {
            let account = find(store, &name).await?;
            store.enable_account(&account.id).await?;
            writeln!(output, "enabled {}", account.username)?;
        }
        UserCommand::SetPassword { name } => {
            let account = find(store, &name).await?;
            let hash = internal::hash(&read_password()?, config.auth.password_min_length)?;
            store.set_password_hash(&account.id, &hash).await?;
            writeln!(output, "changed the password of {}", account.username)?;
        }
        UserCommand::Rename { name, new_name } => {
            let (account, new_name) = (find(store, &name).await?, checked_name(&new_name)?);
            match store.rename_account(&account.id, &new_name).await {
                Ok(_) => writeln!(output, "renamed {} to {new_name}", account.username)?,
                Err(RenameError::Taken) => bail!("there is an account {new_name} already"),
                Err(RenameError::Store(error)) => return Err(error.into()),
            }
        }
        UserCommand::Identities { name, json } => {
            let account = find(store, &name).await?;
            lists::identities(store, config, &account, json, output).await?;
        }
        UserCommand::Refused { listing } => lists::refused(store, config, &listing, output).await?,
        UserCommand::Dismiss { issuer, subject } => {
            ensure!(
                store.dismiss_refused_sign_in(&issuer, &subject).await?,
                "no sign-in of {subject} of {issuer} was refused"
            );
            writeln!(output, "dismissed {subject} of {issuer}")?;
        }
        UserCommand::Providers { json } => providers::check(store, config, json, output).await?,
        UserCommand::Servers { listing } => lists::servers(store, config, &listing, output).await?,
        UserCommand::Audit { filter, all, listing } => lists::audit(store, &filter, all, listing, output).await?,
        UserCommand::Link { name, issuer, subject } => {
            let account = find(store, &name).await?;
            let provider = provider_of(config, &issuer).with_context(|| {
                format!("no provider of this config has the issuer {issuer}: see `howdah user refused`")
            })?;
            match store.link_identity(&account.id, &issuer, &subject, provider).await {
                Ok(()) => writeln!(output, "linked {subject} of {provider} to {}", account.username)?,
                Err(LinkError::Taken(other)) => bail!("this sign-in leads to the account {other}: unlink it first"),
                Err(LinkError::NoAccount) => bail!("there is no account {name}"),
                Err(LinkError::Store(error)) => return Err(error.into()),
            }
        }
        UserCommand::Unlink { issuer, subject } => {
            ensure!(
                store.unlink_identity(&issuer, &subject).await?.is_some(),
                "nobody signs in as {subject} of {issuer}"
            );
            writeln!(output, "unlinked {subject} of {issuer}")?;
        }
        UserCommand::Delete { name, servers_to } => {
            let account = find(store, &name).await?;
            if let Some(heir) = servers_to {
                Box::pin(hand_over(config, store, &account, &find(store, &heir).await?, output)).await?;
            }
            match store.delete_account(&account.id).await {
                Ok(_) => writeln!(output, "deleted {}", account.username)?,
                Err(DeleteAccountError::SharedServers(count)) => bail!(
                    "{} owns {count} servers that others see: say who gets them (--servers-to), or disable the account",
                    account.username
                ),
                Err(DeleteAccountError::Store(error)) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

async fn hand_over(
    config: &Config,
    store: &Store,
    from: &Account,
    to: &Account,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    ensure!(from.id != to.id, "name somebody else to get the servers");
    let keys = serve::operator_keys(config).await?;
    let event = Some(to.username.clone());
    let work = async {
        let count = servers::hand_over(store, &keys, &from.id, &to.id).await;
        count.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))
    };
    let count = audit::as_operator(store, "servers_handed_over", from.username.clone(), event, work).await?;
    writeln!(output, "handed {count} servers over to {}", to.username)?;
    Ok(())
}

async fn find(store: &Store, name: &str) -> anyhow::Result<Account> {
    store.account_by_username(name).await?.with_context(|| format!("there is no account {name}"))
}

/// One line an account: name, role, state, e-mail address, last sign-in.
fn describe(account: &Account) -> String {
    lists::account_cells(account).join("\t")
}

fn checked_name(name: &str) -> anyhow::Result<String> {
    let name = name.trim();
    ensure!(!name.is_empty() && !name.contains(char::is_control), "`{name}` is not a user name");
    Ok(name.to_owned())
}

/// The provider whose sign-ins have this issuer, by its name in the config.
pub(crate) fn provider_of<'a>(config: &'a Config, issuer: &str) -> Option<&'a str> {
    let same = |known: &str| known == issuer || issuer.strip_suffix('/') == Some(known);
    let providers = &config.auth.providers;
    providers
        .iter()
        .find(|provider| provider.issuer().is_some_and(same) || provider.name() == issuer)
        .map(howdah_oidc::ProviderConfig::name)
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
