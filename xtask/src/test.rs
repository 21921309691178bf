//! `cargo xtask test`: every check there is.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::program::cargo;
use crate::report::{Count, Report};
use crate::{chromium, keyring, openssh, root, web};

/// Each runs what those before it run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    Fast,
    Full,
    All,
}

pub(crate) fn run(extent: Extent) -> Result<ExitCode> {
    let full = extent >= Extent::Full;
    let mut report = Report::new();
    report.check("format", || cargo(["fmt", "--all", "--check"]).run());

    let mut installed = report_install(&mut report, "testkit", web::install_testkit);
    installed &= report_install(&mut report, "web", web::install);
    let mut built = false;
    if installed {
        report.check("web types", || web::npm(["run", "check"]).run());
        report.check("web lint", || web::npm(["run", "lint"]).run());
        report.check("web generated types", || web::npm(["run", "generate", "--", "--check"]).run());
        report.tests("web tests", |count| web::npm(["test"]).run_watched(|line| count.add_vitest(line)));
        built = full && report.check("web build", || web::npm(["run", "build"]).run());
    }

    report.check("clippy", || {
        cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]).run()?;
        // `--all-targets` leaves out what plain `cargo test` leaves out; this takes a second.
        cargo(["clippy", "--workspace", "--test", "providers", "--locked", "--", "--deny", "warnings"]).run()
    });
    if full {
        report.check("rustdoc", || {
            cargo(["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"])
                .variable("RUSTDOCFLAGS", "--deny warnings")
                .run()
        });
    }
    if full {
        report.check("OpenSSH", openssh::install_if_missing);
        report.check("Keyring", keyring::install_if_missing);
    }
    report.tests("Rust tests", |count| {
        cargo(["test", "--workspace", "--no-fail-fast", "--locked"]).run_watched(|line| count.add_cargo(line))
    });
    if extent >= Extent::All {
        // Named in the whole workspace, so that nothing is compiled for it with other features.
        report.tests("tests against other providers", |count| {
            cargo(["test", "--workspace", "--test", "providers", "--no-fail-fast", "--locked"])
                .run_watched(|line| count.add_cargo(line))
        });
    }
    if built {
        end_to_end(&mut report);
    }
    Ok(if report.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report_install(report: &mut Report, name: &str, install: fn(&mut Report) -> Result<()>) -> bool {
    let result = install(report);
    if let Err(error) = result {
        return report.check(&format!("npm packages for {name}"), || Err(error));
    }
    true
}

fn end_to_end(report: &mut Report) {
    let mut chromium = None;
    let ready = report.check("Chromium", || {
        chromium = Some(chromium::find_or_install()?);
        Ok(())
    }) && report.check("build for the browser tests", || {
        cargo(["build", "--package", "howdah", "--package", "howdah-demo", "--locked"]).run()
    });
    if let Some(chromium) = chromium.filter(|_| ready) {
        report.tests("end-to-end tests", |count| {
            web::npm(["run", "e2e"])
                .variable("HOWDAH_E2E_CHROMIUM", chromium)
                .variable("HOWDAH_E2E_DEMO", target_directory().join("debug/howdah-demo"))
                .run_watched(|line| count.add_vitest(line))
        });
    }
}

fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

impl Count {
    /// `test result: ok. 12 passed; 0 failed; …`
    fn add_cargo(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.add(result, "passed", "failed");
        }
    }

    /// `      Tests  1 failed | 11 passed (12)`, perhaps in colour.
    fn add_vitest(&mut self, line: &str) {
        let line = without_colour(line);
        if let Some(result) = line.trim().strip_prefix("Tests ") {
            self.add(result, "passed", "failed");
        }
    }

    fn add(&mut self, result: &str, passed: &str, failed: &str) {
        let words = result.split([' ', ';', '|']).filter(|word| !word.is_empty()).collect::<Vec<_>>();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else { continue };
            if pair[1] == passed {
                self.passed += number;
            } else if pair[1] == failed {
                self.failed += number;
            }
        }
    }
}

fn without_colour(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_test_runners_print() {
        let mut count = Count::default();
        count.add_cargo("test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n");
        count.add_cargo("test passed ... ok\n");
        count.add_vitest("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m2 failed\u{1b}[39m | 10 passed (12)\n");
        count.add_vitest(" Test Files  3 passed (3)\n");
        assert_eq!(count, Count { passed: 14, failed: 3 });
    }
}
