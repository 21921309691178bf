//! Canaille 0.3, from PyPI.

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Browser, Product};
use serde_json::json;

use crate::console::Console;

#[tokio::test]
async fn a_confidential_client_signs_in() -> Result<()> {
    let console = Console::start(Product::Canaille).await?;
    let party = console.party(&json!({}))?;
    let sign_in = console.sign_in(&party, "ada").await?;
    eprintln!("{sign_in:?}");
    let sign_in = sign_in?;
    let refreshed = party.refresh(&sign_in.tokens, &sign_in.subject, &sign_in.issuer).await;
    eprintln!("{refreshed:?}");
    Ok(())
}
