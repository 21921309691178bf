//! The log: a line for each event, on standard error.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::LogConfig;

/// Starts it for the process.
///
/// # Errors
///
/// When `log.filter` cannot be read, or the log was started before.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = filter(&config.filter).context("log.filter cannot be read")?;
    // Whoever read stderr may be gone; a line that cannot be written must not end the task that wrote it.
    let lines = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(|| OneLine(io::stderr()))
        // A file or the journal shows no colours.
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    let started = if config.json { lines.json().flatten_event(true).try_init() } else { lines.try_init() };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// Which lines `text` lets through.
///
/// # Errors
///
/// When it cannot be read.
pub fn filter(text: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::try_new(text)
}

/// Keeps an event on one line, so that no text from outside (a provider's error, a name) can pass for another event. Takes
/// a whole event at a time, as it is formatted.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let (text, end) = match event.split_last() {
            Some((b'\n', text)) => (text, "\n"),
            _ => (event, ""),
        };
        if text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            let mut line = Vec::with_capacity(event.len() + 16);
            for byte in text {
                match byte {
                    b'\n' => line.extend_from_slice(b"\\n"),
                    b'\r' => line.extend_from_slice(b"\\r"),
                    byte => line.push(*byte),
                }
            }
            line.extend_from_slice(end.as_bytes());
            self.0.write_all(&line)?;
        } else {
            self.0.write_all(event)?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::OneLine;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn text_from_outside_cannot_pass_for_another_event() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().with_writer(move || OneLine(writer.clone())).without_time().finish();
        tracing::subscriber::with_default(log, || {
            let said = "no\r\n2026-01-01T00:00:00Z  INFO ada signed in";
            tracing::warn!(reason = %said, "a sign-in failed: {said}");
        });
        let lines =
            String::from_utf8(kept.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default();
        assert_eq!(lines.lines().count(), 1, "{lines}");
        assert!(lines.contains(r"no\r\n2026-01-01"), "{lines}");
        assert!(lines.ends_with('\n'), "{lines}");
    }
}
