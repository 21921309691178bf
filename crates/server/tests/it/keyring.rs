//! The key of a person's own machine: with a real keyring, and with programs in the place of `secret-tool`. Case numbers are those of
//! docs/conformance.md.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use howdah::secrets::keyring::{KeyPlace, Keyring, KeyringError, desktop_keys};
use howdah_testkit::Watchdog;
use tempfile::TempDir;

use crate::world::until;

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
    until("the program has ended", || {
        let state = std::fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
        Ok((state.is_empty() || state.contains(") Z ")).then_some(()))
    })
    .await
}

/// A bus that starts no services of its own: whoever asked too early would have it start a second keyring, a locked one.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A message bus and GNOME Keyring on it, unlocked.
struct RealKeyring {
    bus: Child,
    daemon: Child,
    _watchdogs: [Watchdog; 2],
    environment: Vec<(String, String)>,
}

impl Drop for RealKeyring {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.bus] {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl RealKeyring {
    /// `None` where it is not installed.
    fn start(folder: &Path) -> Result<Option<Self>> {
        let (tool, keyring, bus) = ("/usr/bin/secret-tool", "/usr/bin/gnome-keyring-daemon", "/usr/bin/dbus-daemon");
        // `cargo xtask test` installs it where it may, and says so where it cannot.
        if ![tool, keyring, bus].iter().all(|program| Path::new(program).exists()) {
            return Ok(None);
        }
        let run = folder.join("run");
        std::fs::create_dir(&run)?;
        std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o700))?;
        let run = run.display().to_string();
        let config = folder.join("bus.conf");
        std::fs::write(&config, BUS.replace("FOLDER", &run))?;
        let mut bus = Command::new(bus)
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let bus_watchdog = Watchdog::watch(bus.id(), None)?;
        let mut address = String::new();
        BufReader::new(bus.stdout.take().context("no output")?).read_line(&mut address)?;
        let home = folder.display().to_string();
        let environment: Vec<_> = [
            ("DBUS_SESSION_BUS_ADDRESS", address.trim()),
            ("XDG_RUNTIME_DIR", &run),
            ("XDG_DATA_HOME", &home),
            ("HOME", &home),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let mut daemon = Command::new(keyring)
            .args(["--unlock", "--foreground", "--components=secrets"])
            .arg(format!("--control-directory={run}"))
            .envs(environment.clone())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let watchdog = Watchdog::watch(daemon.id(), None)?;
        daemon.stdin.take().context("no input")?.write_all(b"login password")?;
        Ok(Some(Self { bus, daemon, _watchdogs: [bus_watchdog, watchdog], environment }))
    }
}

#[tokio::test]
async fn case_112_a_real_keyring_keeps_the_key() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(real) = RealKeyring::start(folder.path())? else { return Ok(()) };
    let environment = real.environment.iter().map(|(name, value)| (name.into(), value.into()));
    let keyring = Keyring::by_program("/usr/bin/secret-tool", environment.collect::<Vec<_>>(), LIMIT);
    // The daemon takes its place on the bus, and makes its first collection, in its own time.
    until("the keyring takes a secret", || {
        let mut kept = Command::new("/usr/bin/secret-tool")
            .args(["store", "--label=probe", "probe", "probe"])
            .env_clear()
            .envs(real.environment.clone())
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        kept.stdin.take().context("no input")?.write_all(b"x")?;
        Ok(kept.wait()?.success().then_some(()))
    })
    .await?;
    let database = folder.path().join("howdah.db");
    let (keys, place) = desktop_keys(&keyring, &database).await?;
    assert_eq!(place, KeyPlace::Keyring);
    let (again, place) = desktop_keys(&keyring, &database).await?;
    assert_eq!(place, KeyPlace::Keyring);
    let id = keys.current().map(howdah_store::SealingKey::id);
    assert!(id.is_some() && id == again.current().map(howdah_store::SealingKey::id));
    // The keyring's own file does not show it, and no file of ours has it.
    assert!(!folder.path().join("howdah.db.key").exists());
    drop(real);
    let problem = desktop_keys(&keyring, &database).await.err().context("a key without a keyring")?;
    assert!(format!("{problem:#}").contains("unlock the keyring"), "{problem:#}");
    Ok(())
}

#[tokio::test]
async fn case_111_only_a_desktop_looks_for_a_keyring() -> Result<()> {
    for (arguments, expected) in
        [(vec!["desktop", "--no-open"], true), (vec!["serve", "--config", "howdah.toml"], false)]
    {
        let folder = tempfile::tempdir()?;
        let told = folder.path().join("told");
        let script = format!("touch {}; exit 1", told.display());
        keyring(&folder, &script, LIMIT)?;
        std::fs::write(
            folder.path().join("howdah.toml"),
            "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n",
        )?;
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
        let mut child = Command::new(env!("CARGO_BIN_EXE_howdah"))
            .args(&arguments)
            .current_dir(folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let _watchdog = Watchdog::watch(child.id(), None)?;
        let key = [folder.path().join("howdah.db.key"), folder.path().join("howdah/howdah.db.key")];
        let made = until("the key is made", || Ok(key.iter().any(|key| key.exists()).then_some(()))).await;
        child.kill()?;
        child.wait()?;
        made?;
        assert_eq!(told.exists(), expected, "{arguments:?}");
    }
    Ok(())
}
