//! `cargo xtask bench`: Howdah beside psql on the same data in the same run, turn by turn.
//!
//! Howdah is the release build, used over HTTP and WebSocket as a browser uses it, by people who signed in through the
//! provider. Beside psql neither side uses TLS; the crowd does. What counts is the ratio; it is printed with its spread
//! over the rounds.

#![expect(clippy::print_stdout, reason = "prints the figures")]

mod catalogue;
mod connects;
mod crowd;
mod data;
mod groups;
mod page;
mod results;
mod statements;

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Parser, ValueEnum};
use howdah_demo::client::{QuerySession, Signed};
use howdah_demo::database;
use howdah_demo::figures::Table;
use howdah_demo::psql::Psql;
use howdah_demo::stage::{Options, Stage};
use howdah_testkit::OpenIdProvider;

use crate::crowd::PEOPLE;
use crate::data::DATABASE;

/// KiB in a MiB.
const MIB: f64 = 1024.0;
/// Nobody's sign-in is to be renewed while figures are taken.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// Measures Howdah against psql
#[derive(Parser)]
struct Arguments {
    /// Rounds of each measurement
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Measures these alone; can be given several times
    #[arg(long)]
    only: Vec<Part>,
    /// Looks for names in a database of 50,000 tables too
    #[arg(long)]
    large: bool,
}

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Start and memory of a Howdah that nobody uses
    Idle,
    /// Large results and downloads
    Results,
    /// Small statements, of one person and of twenty
    Statements,
    /// The explorer and the pages of objects
    Catalogue,
    /// The page in a real Chromium: the grid, the tree, names
    Page,
    /// Many connections that need one secret
    Connects,
    /// Five hundred people at once, and how they signed in
    Crowd,
}

struct Bench {
    stage: Stage,
    person: Signed,
    server: String,
    large: bool,
    rounds: usize,
    table: Table,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let started = Instant::now();
    Psql::version().await?;
    println!("Howdah bench");
    let database = async |provider: &OpenIdProvider| {
        if arguments.large {
            database::start_with(data::LARGE_KEY, provider, data::make_large_data).await
        } else {
            database::start_with(data::KEY, provider, data::make_data).await
        }
    };
    let options = Options { token_life: TOKEN_LIFE, crowd: PEOPLE, ..Options::default() };
    let stage = Stage::start_on(options, database).await?;
    let idle_kib = stage.console.memory_kib()?;
    let person = stage.sign_in("ada").await?;
    let server = data::add_server(&stage, &person, DATABASE).await?;
    if arguments.large {
        data::add_server(&stage, &person, data::LARGE).await?;
    }
    let mut bench = Bench {
        stage,
        person,
        server,
        large: arguments.large,
        rounds: arguments.rounds.max(1),
        table: Table::default(),
    };

    let parts = if arguments.only.is_empty() { Part::value_variants() } else { &arguments.only };
    for part in parts {
        println!("  measure {part:?}");
        match part {
            Part::Idle => bench.idle(idle_kib),
            Part::Results => {
                bench.first_rows().await?;
                bench.all_rows("all rows of 1,000,000", "select * from bench_rows", 1_000_000, 1.2).await?;
                bench.all_rows("10,000 rows of 200 columns", "select * from bench_wide", 10_000, 1.3).await?;
                bench.csv().await?;
            }
            Part::Statements => {
                bench.round_trips().await?;
                bench.many_users().await?;
            }
            Part::Catalogue => {
                bench.explorer().await?;
                bench.object_page().await?;
            }
            Part::Page => bench.page().await?,
            Part::Connects => bench.connects().await?,
            Part::Crowd => bench.crowd().await?,
        }
    }
    println!("\n{}\n{:.0} s in all", bench.table, started.elapsed().as_secs_f64());
    Ok(())
}

impl Bench {
    async fn session(&self) -> Result<QuerySession> {
        self.person.open_session(&self.server, DATABASE).await
    }

    async fn psql(&self) -> Result<Psql> {
        Psql::start(self.stage.postgres.port(), DATABASE).await
    }

    fn idle(&mut self, memory_kib: u64) {
        self.table.fact("idle memory (RSS)", mebibytes(memory_kib), "MiB", 50.0);
        let started_in = self.stage.console.started_in;
        self.table.fact("start to first answer", milliseconds(started_in), "ms", 200.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / MIB
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
