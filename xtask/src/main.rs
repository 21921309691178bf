//! The project's own commands: `cargo xtask test`, `demo`, `bench`, `codegen`.
//!
//! It depends on little, so that it is built in seconds and the first thing one sees is progress.

#![expect(clippy::print_stdout, reason = "a command-line program")]

mod apt;
mod chromium;
mod keyring;
mod openssh;
mod program;
mod report;
mod test;
mod web;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::program::cargo;
use crate::report::Report;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Howdah's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs every check: what CI runs
    Test {
        /// Leave out the slow ones: rustdoc, the web build and the browser
        #[arg(long)]
        fast: bool,
        /// Also sign in at OpenID providers of other makers, which are installed for it
        #[arg(long, conflicts_with = "fast")]
        all: bool,
    },
    /// Builds everything and starts it with a sample database and a demo identity provider
    Demo {
        /// Passed on; `--check` tries everything without a person and stops
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measures a release build against psql in the same run
    Bench {
        /// Passed on to the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Writes the generated files anew: API description, reference documents, TypeScript types
    Codegen,
}

fn main() -> Result<ExitCode> {
    match Arguments::parse().command {
        Command::Test { fast: true, .. } => test::run(test::Extent::Fast),
        Command::Test { all: true, .. } => test::run(test::Extent::All),
        Command::Test { .. } => test::run(test::Extent::Full),
        Command::Demo { arguments } => demo(&arguments),
        Command::Bench { arguments } => bench(&arguments),
        Command::Codegen => codegen(),
    }
}

fn demo(arguments: &[String]) -> Result<ExitCode> {
    let mut report = Report::new();
    web::build_when_changed(&mut report)?;
    report.step("build the server", || cargo(["build", "--package", "howdah", "--package", "howdah-demo"]).run())?;
    // In our place, so that Ctrl-C and signals go to the demo alone.
    Err(cargo(["run", "--quiet", "--package", "howdah-demo", "--bin", "howdah-demo", "--"]).args(arguments).become_it())
}

fn bench(arguments: &[String]) -> Result<ExitCode> {
    let mut report = Report::new();
    web::build_when_changed(&mut report)?;
    report.step("build for release", || {
        cargo(["build", "--release", "--package", "howdah", "--package", "howdah-demo"]).run()
    })?;
    let chromium = chromium::find_or_install()?;
    let run = ["run", "--quiet", "--release", "--package", "howdah-demo", "--bin", "howdah-bench", "--"];
    Err(cargo(run).args(arguments).variable("HOWDAH_E2E_CHROMIUM", chromium).become_it())
}

fn codegen() -> Result<ExitCode> {
    let mut report = Report::new();
    report.step("server's generated files", || {
        cargo(["test", "--package", "howdah", "generated"]).variable("UPDATE_GENERATED", "1").run()
    })?;
    web::install(&mut report)?;
    report.step("TypeScript types", || web::npm(["run", "generate"]).run())?;
    Ok(ExitCode::SUCCESS)
}

/// The repository's root.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("xtask is a folder in the repository").to_owned()
}
