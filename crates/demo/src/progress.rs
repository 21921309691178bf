//! Tells what is being done and how long it took.

use std::io::Write;
use std::time::Instant;

use anyhow::Result;

/// Does `work` and prints `what` with its time.
///
/// # Errors
///
/// Those of `work`.
pub async fn step<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    print!("  {what} …");
    // A terminal that is gone takes nothing any more.
    drop(std::io::stdout().flush());
    let started = Instant::now();
    let result = work.await;
    match &result {
        Ok(_) => println!(" {:.1} s", started.elapsed().as_secs_f64()),
        Err(_) => println!(" failed"),
    }
    result
}
