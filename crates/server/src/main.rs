//! The `howdah` command.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use howdah::accounts::{self, UserCommand};
use howdah::command_line::WrongInput;
use howdah::config::{self, Loaded};
use howdah::error::chain;
use howdah::pgadmin::{self, ExportCommand, ImportCommand};
use howdah::store_command::{self, StoreCommand};
use howdah::{desktop, serve};

/// Rows are small and many, and the system's allocator keeps what it once took.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command line or the config is wrong.
const WRONG_USE: u8 = 2;

/// A PostgreSQL web console: sign in once; every database connection is you.
#[derive(Parser)]
#[command(name = "howdah", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server for many people.
    Serve {
        /// The config file. Default: ./howdah.toml, else /etc/howdah/howdah.toml.
        #[arg(long, env = "HOWDAH_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Runs for one person on their own machine, and opens it in the browser by a link that works once.
    Desktop {
        /// Only print the link.
        #[arg(long)]
        no_open: bool,
        /// The port to listen on. Default: a free one.
        #[arg(long)]
        port: Option<u16>,
    },
    /// Administers people and their sessions; shows providers, shared servers and the audit trail.
    User {
        /// The config file. Default: ./howdah.toml, else /etc/howdah/howdah.toml.
        #[arg(long, env = "HOWDAH_CONFIG", value_name = "FILE", global = true)]
        config: Option<PathBuf>,
        /// What to do.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Looks after Howdah's own data.
    Store {
        /// The config file. Default: ./howdah.toml, else /etc/howdah/howdah.toml.
        #[arg(long, env = "HOWDAH_CONFIG", value_name = "FILE", global = true)]
        config: Option<PathBuf>,
        /// What to do.
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Brings another installation over. What does not come is told.
    Import {
        /// The config file, where people or servers are imported. Default: ./howdah.toml, else /etc/howdah/howdah.toml.
        #[arg(long, env = "HOWDAH_CONFIG", value_name = "FILE", global = true)]
        config: Option<PathBuf>,
        /// From what.
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Writes what other programs read.
    Export {
        /// The config file. Default: ./howdah.toml, else /etc/howdah/howdah.toml.
        #[arg(long, env = "HOWDAH_CONFIG", value_name = "FILE", global = true)]
        config: Option<PathBuf>,
        /// What.
        #[command(subcommand)]
        command: ExportCommand,
    },
    /// Reports every problem of the config, as `serve` would read it.
    CheckConfig {
        /// The config file. Default: ./howdah.toml, else /etc/howdah/howdah.toml.
        #[arg(long, env = "HOWDAH_CONFIG", value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    // The only provider that is compiled in; a second call cannot happen.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().command {
        Command::Serve { config } => match load(config) {
            Ok(loaded) => {
                use_small_pages();
                run(serve::run(loaded.config))
            }
            Err(code) => code,
        },
        Command::Desktop { no_open, port } => run(desktop::run(desktop::Options { no_open, port })),
        Command::User { config, command } => match load(config) {
            Ok(loaded) => run(async move { accounts::run(command, &loaded.config, &mut io::stdout()).await }),
            Err(code) => code,
        },
        Command::Store { config, command } => match load(config) {
            Ok(loaded) => run(async move { store_command::run(&command, &loaded.config, &mut io::stdout()).await }),
            Err(code) => code,
        },
        Command::Import { config, command } => {
            let loaded = if command.needs_config() { load(config).map(Some) } else { Ok(None) };
            match loaded {
                Ok(loaded) => run(async move {
                    let config = loaded.as_ref().map(|loaded| &loaded.config);
                    Box::pin(pgadmin::import(&command, config, &mut io::stdout())).await
                }),
                Err(code) => code,
            }
        }
        Command::Export { config, command } => match load(config) {
            Ok(loaded) => run(async move { pgadmin::export(&command, &loaded.config, &mut io::stdout()).await }),
            Err(code) => code,
        },
        Command::CheckConfig { config } => match load(config) {
            Ok(_) => {
                eprintln!("the config is valid");
                ExitCode::SUCCESS
            }
            Err(code) => code,
        },
    }
}

/// The allocator asks for huge pages (2 MiB), which count whole for the little that is used of each: a third of the memory
/// that an idle Howdah would hold.
fn use_small_pages() {
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_thp_disable(true) {
        eprintln!("warning: this process uses more memory than it needs: {error}");
    }
}

fn load(named: Option<PathBuf>) -> Result<Loaded, ExitCode> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    match config::find(named, &environment) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                eprintln!("warning: {warning}");
            }
            Ok(loaded)
        }
        Err(error) => {
            eprintln!("{error}");
            Err(ExitCode::from(WRONG_USE))
        }
    }
}

fn run(work: impl Future<Output = anyhow::Result<()>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<WrongInput>() => {
            eprintln!("{error}");
            ExitCode::from(WRONG_USE)
        }
        // Whoever reads the output has seen enough, as `head` has.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("howdah: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
