//! Connections that need one secret, all at the same time.

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use howdah_testkit::Browser;

use crate::Bench;
use crate::data::{self, DATABASE};

const CONNECTS: usize = 100;

impl Bench {
    /// On a server that nobody has used: the command that prints its secret runs once.
    pub(crate) async fn connects(&mut self) -> Result<()> {
        let server = data::add_server(&self.stage, &self.person, DATABASE).await?;
        let before = self.fetches().await?;
        let sessions = (0..CONNECTS).map(|_| self.person.open_session(&server, DATABASE));
        drop(try_join_all(sessions).await?);
        let fetches = self.fetches().await? - before;
        self.table.fact("100 connects needing one token", fetches, "fetches", 1.0);
        Ok(())
    }

    /// How often credential sources have answered so far, as Howdah's own metrics tell.
    async fn fetches(&self) -> Result<f64> {
        let page = Browser::new()?.open(&format!("{}/metrics", self.stage.console.origin())).await?;
        let lines = page.body.lines().filter(|line| line.starts_with("howdah_credential_fetches_total"));
        let values = lines.map(|line| line.rsplit_once(' ').and_then(|(_, value)| value.parse::<f64>().ok()));
        values.sum::<Option<f64>>().with_context(|| format!("no metrics: {}", page.status))
    }
}
