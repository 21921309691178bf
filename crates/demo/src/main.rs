//! `cargo xtask demo`

#![expect(clippy::print_stdout, reason = "tells a person at a terminal what it does")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use howdah_demo::check;
use howdah_demo::stage::{AS_YOURSELF, Options, PEOPLE, Stage, password};
use howdah_testkit::{Major, Postgres, SSH_PASSPHRASE, SUPERUSER, SUPERUSER_PASSWORD, SshServer};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::signal::unix::{SignalKind, signal};

/// Starts Howdah with a sample database and an identity provider, and stops them on Ctrl-C.
#[derive(Parser)]
#[command(name = "cargo xtask demo")]
struct Arguments {
    /// Tries everything without a person, then stops
    #[arg(long)]
    check: bool,
    /// The port that Howdah listens on; 0 takes a free one
    #[arg(long, default_value_t = 5080)]
    port: u16,
    /// Ends when standard input does, and prints one line of JSON when ready: for programs that start the demo
    #[arg(long)]
    attached: bool,
    /// How long access tokens live, in seconds: 60, or 10 with `--check`
    #[arg(long, value_parser = clap::value_parser!(u64).range(5..=3600))]
    token_life: Option<u64>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Prints the database password of a role, with an expiry: the demo's credential command
    #[command(hide = true)]
    Token { secrets: PathBuf, role: String },
    /// Starts an SSH server of a browser test's own; prints how to use it as one line of JSON, `null` without OpenSSH
    #[command(hide = true)]
    SshServer,
    /// Starts a PostgreSQL with an empty database for a browser test; prints its address, then does what lines say: `kill`,
    /// `stop`, `start`
    #[command(hide = true)]
    Store,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match &arguments.command {
        Some(Command::Token { secrets, role }) => return print_token(secrets, role),
        Some(Command::SshServer) => return serve_ssh().await,
        Some(Command::Store) => return serve_store().await,
        None => {}
    }
    let started = Instant::now();
    println!("Howdah demo");
    let stage = Stage::start(Options {
        port: if arguments.check || arguments.attached { 0 } else { arguments.port },
        token_life: Duration::from_secs(arguments.token_life.unwrap_or(if arguments.check { 10 } else { 60 })),
        ..Options::default()
    })
    .await?;
    let outcome = if arguments.check {
        check::run(&stage)
            .await
            .with_context(|| format!("Howdah's log:\n{}", std::fs::read_to_string(stage.log()).unwrap_or_default()))
    } else {
        tell(&stage, arguments.attached, started.elapsed());
        wait(stage, arguments.attached).await
    };
    if arguments.check && outcome.is_ok() {
        println!("everything works, {:.1} s in all", started.elapsed().as_secs_f64());
    }
    outcome
}

fn tell(stage: &Stage, attached: bool, took: Duration) {
    let origin = stage.console.origin();
    if attached {
        let people: Vec<_> =
            PEOPLE.iter().map(|(name, ..)| json!({ "username": name, "password": password(name) })).collect();
        println!(
            "{}",
            json!({
                "url": origin, "issuer": stage.issuer(), "people": people, "postgres_port": stage.postgres.port(),
                "log": stage.log()
            })
        );
        return;
    }
    println!("\nReady in {:.1} s: open {origin}\n", took.as_secs_f64());
    for (name, what, _) in PEOPLE {
        println!("  {name:<6} password {:<6} {what}", password(name));
    }
    println!(
        "\nOn `{AS_YOURSELF}`, PostgreSQL 18 lets each in by the token of their own sign-in, which lives {} s:",
        stage.token_life.as_secs()
    );
    println!("select session_user, system_user");
    println!("\nHowdah's log: {}\nCtrl-C stops everything.", stage.log().display());
}

/// Until somebody stops it, or Howdah ends by itself.
async fn wait(mut stage: Stage, attached: bool) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let log = stage.log();
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
        () = input_ends(), if attached => {}
        status = stage.console.wait() => {
            anyhow::bail!("Howdah ended with {}:\n{}", status?, std::fs::read_to_string(log).unwrap_or_default());
        }
    }
    // A terminal that is gone takes nothing any more.
    drop(writeln!(std::io::stdout(), "\nstopping"));
    let Stage { console, postgres, .. } = stage;
    console.stop().await?;
    postgres.stop().await
}

async fn input_ends() {
    let mut bytes = [0; 64];
    let mut input = tokio::io::stdin();
    while input.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

fn print_token(secrets: &Path, role: &str) -> Result<()> {
    let text = std::fs::read_to_string(secrets).with_context(|| format!("cannot read {}", secrets.display()))?;
    let password = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(name, password)| (name == role).then_some(password))
        .with_context(|| format!("no secret for the role {role}"))?;
    let expires = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() + 60;
    println!("{}", json!({ "access_token": password, "expires_on": expires, "token_type": "password" }));
    Ok(())
}

/// Until standard input ends.
async fn serve_ssh() -> Result<()> {
    let Some(server) = SshServer::start().await? else {
        println!("null");
        return Ok(());
    };
    let read = |name: &str| std::fs::read_to_string(server.path(name)).with_context(|| name.to_owned());
    println!(
        "{}",
        json!({
            "port": server.port(), "username": server.user(), "private_key": read("locked")?,
            "passphrase": SSH_PASSPHRASE, "host_key": read("host_ed25519.pub")?
        })
    );
    input_ends().await;
    Ok(())
}

/// Until standard input ends.
async fn serve_store() -> Result<()> {
    let server = Postgres::start(Major::V18).await?;
    let database = server.create_database().await?;
    let address = format!("{}:{}/{database}?sslmode=disable", server.host(), server.port());
    println!(
        "{}",
        json!({ "url": format!("postgres://{SUPERUSER}:{}@{address}", SUPERUSER_PASSWORD.replace(' ', "%20")) })
    );
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(order)) = orders.next_line().await {
        match order.as_str() {
            "kill" => server.kill().await?,
            "stop" => server.stop().await?,
            _ => server.start_again().await?,
        }
        println!("{}", json!({ "done": order }));
    }
    Ok(())
}
