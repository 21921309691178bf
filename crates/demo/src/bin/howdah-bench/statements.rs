//! Small statements, of one person and of many.

use std::time::Instant;

use anyhow::Result;
use futures_util::future::try_join_all;
use howdah_demo::figures::Samples;

use crate::Bench;

/// People who run statements at the same time.
const USERS: usize = 20;

impl Bench {
    pub(crate) async fn round_trips(&mut self) -> Result<()> {
        let (mut psql, mut session) = (self.psql().await?, self.session().await?);
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        for _ in 0..2000 {
            floor.add(psql.time("select 1;").await?);
            let started = Instant::now();
            session.run("select 1").await?;
            ours.add(started.elapsed());
        }
        self.table.percentiles("select 1, one user", &ours, &floor, (0.5, 2.0));
        Ok(())
    }

    pub(crate) async fn many_users(&mut self) -> Result<()> {
        const EACH: usize = 1000;
        let sessions = try_join_all((0..USERS).map(|_| self.session())).await?;
        let started = Instant::now();
        let work = sessions.into_iter().map(|mut session| {
            tokio::spawn(async move {
                let mut samples = Samples::default();
                for _ in 0..EACH {
                    let started = Instant::now();
                    session.run("select 1").await?;
                    samples.add(started.elapsed());
                }
                anyhow::Ok(samples)
            })
        });
        let mut ours = Samples::default();
        for samples in try_join_all(work).await? {
            ours.extend(samples?);
        }
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = (USERS * EACH) as f64 / started.elapsed().as_secs_f64();

        let clients = try_join_all((0..USERS).map(|_| self.psql())).await?;
        let work = clients.into_iter().map(|mut psql| {
            tokio::spawn(async move {
                let mut samples = Samples::default();
                for _ in 0..EACH {
                    samples.add(psql.time("select 1;").await?);
                }
                anyhow::Ok(samples)
            })
        });
        let mut floor = Samples::default();
        for samples in try_join_all(work).await? {
            floor.extend(samples?);
        }
        self.table.percentiles("select 1, 20 users", &ours, &floor, (3.0, 15.0));
        self.table.at_least("  statements per second, 20 users", rate, "/s", 5000.0);
        Ok(())
    }
}
