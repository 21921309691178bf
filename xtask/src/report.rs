//! What was done, how long it took, and how it went.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Prints a heading before each step and its time after it, and keeps count.
pub(crate) struct Report {
    started: Instant,
    passed: u64,
    failed: u64,
    failures: Vec<String>,
}

/// How many tests a step ran.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), passed: 0, failed: 0, failures: Vec::new() }
    }

    /// A step that the rest needs: its failure ends the run.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n==> {name}");
        let start = Instant::now();
        let result = work();
        let outcome = if result.is_ok() { "done" } else { "FAILED" };
        println!("    {name}: {outcome} in {}", readable(start.elapsed()));
        result
    }

    /// A check: its failure is told at the end, and the others still run. Answers whether it passed.
    pub(crate) fn check(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        self.tests(name, |_| work())
    }

    /// A check that counts tests.
    pub(crate) fn tests(&mut self, name: &str, work: impl FnOnce(&mut Count) -> Result<()>) -> bool {
        let mut count = Count::default();
        let result = self.step(name, || work(&mut count));
        self.passed += count.passed;
        self.failed += count.failed;
        if let Err(error) = &result {
            println!("    {error:#}");
            self.failures.push(format!("{name}: {error:#}"));
            // A check that fails as a whole counts as one failure, so that the last line never says 0.
            self.failed += u64::from(count.failed == 0);
        }
        result.is_ok()
    }

    /// Prints the summary, the counts alone on the last line, and answers whether all went well.
    pub(crate) fn close(&self) -> bool {
        println!("\nAll of it took {}.", readable(self.started.elapsed()));
        if let Some((first, others)) = self.failures.split_first() {
            println!("FAILED first: {first}");
            for failure in others {
                println!("FAILED too:   {failure}");
            }
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failures.is_empty()
    }
}

fn readable(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.0} min {:.0} s", (seconds / 60.0).floor(), seconds % 60.0)
    }
}
