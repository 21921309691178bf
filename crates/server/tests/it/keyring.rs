//! The key of a person's own machine, with programs in the place of `secret-tool`. Case numbers are those of
//! docs/conformance.md.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use howdah::secrets::keyring::{KeyPlace, Keyring, KeyringError, desktop_keys};
use tempfile::TempDir;

/// Keeps what it is given in a file, as a keyring that works.
const HEALTHY: &str = r#"if [ "$1" = store ]; then cat > "$0.kept"; else cat "$0.kept" 2>/dev/null; fi"#;
const REFUSES: &str = "echo 'Cannot autolaunch D-Bus' >&2; exit 1";
const KEEPS_NOTHING: &str = "cat > /dev/null; [ \"$1\" = store ]";
const NONSENSE: &str = "echo nonsense";
const HANGS: &str = "echo $$ > \"$0.pid\"; sleep 600";

fn keyring(folder: &TempDir, script: &str, limit: Duration) -> Result<Keyring> {
    let program = folder.path().join("secret-tool");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n"))?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700))?;
    Ok(Keyring::by_program(program, std::env::vars_os(), limit))
}

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn case_108_and_112_a_healthy_keyring_makes_a_key_once_and_keeps_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("howdah.db");
    let healthy = keyring(&folder, HEALTHY, LIMIT)?;
    let (keys, place) = desktop_keys(&healthy, &database).await?;
    let (again, _) = desktop_keys(&healthy, &database).await?;
    assert_eq!(place, KeyPlace::Keyring);
    let id = keys.current().map(howdah_store::SealingKey::id);
    assert!(id.is_some() && id == again.current().map(howdah_store::SealingKey::id));
    assert!(!Path::new(&format!("{}.key", database.display())).exists());
    // While the keyring is away its key is not replaced by another.
    assert!(desktop_keys(&keyring(&folder, REFUSES, LIMIT)?, &database).await.is_err());
    assert!(!Path::new(&format!("{}.key", database.display())).exists());
    Ok(())
}

#[tokio::test]
async fn case_109_and_113_to_115_a_keyring_that_fails_leaves_the_key_in_a_file() -> Result<()> {
    for (script, words) in [(REFUSES, "Cannot autolaunch"), (KEEPS_NOTHING, "does not keep"), (NONSENSE, "is no key")] {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("howdah.db");
        let (keys, place) = desktop_keys(&keyring(&folder, script, LIMIT)?, &database).await?;
        let KeyPlace::File { why } = place else { panic!("{script}") };
        assert!(why.contains(words), "{script}: {why}");
        let mode = std::fs::metadata(format!("{}.key", database.display()))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // It stays there, also when a keyring comes later.
        let (later, place) = desktop_keys(&keyring(&folder, HEALTHY, LIMIT)?, &database).await?;
        assert!(matches!(place, KeyPlace::File { .. }));
        assert_eq!(keys.current().map(howdah_store::SealingKey::id), later.current().map(howdah_store::SealingKey::id));
    }
    let missing = Keyring::by_program("/nonexistent/secret-tool", std::env::vars_os(), LIMIT);
    assert!(matches!(missing.key_or_new().await, Err(KeyringError::Unreachable(_))));
    Ok(())
}

#[tokio::test]
async fn case_110_and_111_a_keyring_that_hangs_is_killed_and_holds_nothing_up() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let hanging = keyring(&folder, HANGS, Duration::from_secs(2))?;
    let started = Instant::now();
    assert!(hanging.key_or_new().await.is_err());
    assert!(started.elapsed() < Duration::from_secs(60));
    let pid = std::fs::read_to_string(folder.path().join("secret-tool.pid"))?;
    let process = format!("/proc/{}", pid.trim());
    crate::world::until("the program has ended", || {
        let state = std::fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
        Ok((state.is_empty() || state.contains(") Z ")).then_some(()))
    })
    .await
}
