//! Results that are read, and files that are downloaded.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use howdah_demo::client::Received;
use howdah_demo::figures::Samples;
use howdah_demo::psql::Psql;

use crate::data::DATABASE;
use crate::{Bench, mebibytes};

impl Bench {
    pub(crate) async fn first_rows(&mut self) -> Result<()> {
        let (mut psql, mut session) = (self.psql().await?, self.session().await?);
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        for _ in 0..self.rounds * 4 {
            floor.add(
                psql.time(
                    "begin; declare c no scroll cursor for select * from bench_rows; fetch 100 from c; rollback;",
                )
                .await?,
            );
            let started = Instant::now();
            session.start("select * from bench_rows").await?;
            loop {
                if let Received::Rows(_) = session.next().await? {
                    break;
                }
            }
            ours.add(started.elapsed());
            session.cancel().await?;
        }
        self.table.ratio("first rows of 1,000,000", &ours, &floor, 2.0, Duration::from_millis(5));
        Ok(())
    }

    pub(crate) async fn all_rows(&mut self, name: &str, sql: &str, rows: u64, target: f64) -> Result<()> {
        let mut session = self.session().await?;
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let before = self.stage.console.memory_kib()?;
        let mut peak = before;
        for _ in 0..self.rounds {
            let started = Instant::now();
            Psql::once(self.stage.postgres.port(), DATABASE, &["-At", "-o", "/dev/null", "-c", sql]).await?;
            floor.add(started.elapsed());
            let started = Instant::now();
            session.start(sql).await?;
            let mut samples = tokio::time::interval(Duration::from_millis(20));
            let console = &self.stage.console;
            let finish = session.finish();
            tokio::pin!(finish);
            let figures = loop {
                tokio::select! {
                    figures = &mut finish => break figures?,
                    _ = samples.tick() => peak = peak.max(console.memory_kib()?),
                }
            };
            ours.add(started.elapsed());
            ensure!(figures.rows == rows, "{} rows came", figures.rows);
        }
        self.table.ratio(name, &ours, &floor, target, Duration::ZERO);
        self.table.fact(&format!("  memory gained meanwhile ({name})"), mebibytes(peak - before), "MiB", 16.0);
        Ok(())
    }

    pub(crate) async fn csv(&mut self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("rows.csv");
        let sql = "select * from bench_rows";
        let copy = format!("\\copy ({sql}) to '{}' csv header", file.display());
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let before = self.stage.console.memory_kib()?;
        let mut peak = before;
        for _ in 0..self.rounds {
            let started = Instant::now();
            Psql::once(self.stage.postgres.port(), DATABASE, &["-c", &copy]).await?;
            floor.add(started.elapsed());
            let expected = tokio::fs::read(&file).await?;
            let started = Instant::now();
            let mut response = self.person.export(&self.server, DATABASE, sql).await?;
            let (mut at, mut parts) = (0, 0_u32);
            while let Some(part) = response.chunk().await? {
                ensure!(
                    expected.get(at..at + part.len()) == Some(&part[..]),
                    "the download differs from \\copy behind byte {at}"
                );
                at += part.len();
                parts += 1;
                if parts % 64 == 0 {
                    peak = peak.max(self.stage.console.memory_kib()?);
                }
            }
            ours.add(started.elapsed());
            ensure!(at == expected.len(), "the download is {at} bytes long, \\copy's {}", expected.len());
        }
        self.table.ratio("CSV of 1,000,000 rows, bytes as \\copy's", &ours, &floor, 1.1, Duration::ZERO);
        self.table.fact("  memory gained meanwhile (CSV)", mebibytes(peak - before), "MiB", 16.0);
        Ok(())
    }
}
