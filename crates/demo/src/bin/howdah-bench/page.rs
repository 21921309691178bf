//! What needs a browser: how the page itself keeps up. The figures are taken by `web/bench`.

use std::path::Path;
use std::process::Stdio;

use anyhow::Result;
use howdah_demo::stage::password;
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::Bench;

/// A line that a script of `web/bench` reports.
#[derive(Deserialize)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
    target: Option<f64>,
}

impl Bench {
    /// Runs the scripts in a real Chromium, on what runs here.
    pub(crate) async fn page(&mut self) -> Result<()> {
        let figures = tempfile::NamedTempFile::new()?;
        let started = json!({
            "url": self.stage.console.origin(), "issuer": self.stage.issuer(),
            "people": [{ "username": "ada", "password": password("ada") }],
            "postgres_port": self.stage.postgres.port()
        });
        let mut command = Command::new("npx");
        if self.large {
            command.env("HOWDAH_BENCH_LARGE", "1");
        }
        let status = command
            .args(["--no-install", "vitest", "run", "--config", "vitest.bench.config.ts"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web"))
            .env("HOWDAH_BENCH", started.to_string())
            .env("HOWDAH_BENCH_FIGURES", figures.path())
            .stdin(Stdio::null())
            .status()
            .await?;
        for line in std::fs::read_to_string(figures.path())?.lines() {
            let Figure { name, value, unit, target } = serde_json::from_str(line)?;
            match target {
                Some(target) => self.table.fact(&name, value, &unit, target),
                None => self.table.note(&name, format!("{value:.0} {unit}")),
            }
        }
        if !status.success() {
            self.table.note("the browser's part is not whole", status.to_string());
        }
        Ok(())
    }
}
