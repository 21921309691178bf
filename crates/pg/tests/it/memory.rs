//! Memory stays flat, whatever comes.

use anyhow::Result;
use howdah_pg::{Event, value::rows};
use howdah_testkit::{Major, Postgres};

use crate::support::session;

fn resident_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.unwrap_or_default().trim().trim_end_matches(" kB").parse()?)
}

#[tokio::test]
async fn a_huge_value_passes_in_little_memory() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    for (sql, in_copy) in [
        ("select 1, repeat('x', 200000000), 2", false),
        ("copy (select repeat('x', 200000000)) to stdout", true),
        ("do $$ begin raise notice '%', repeat('x', 200000000); end $$", false),
    ] {
        session.start_simple(sql).await?;
        let before = resident_kib()?;
        let (mut most, mut copied) = (0, 0);
        loop {
            let event = session.next_event().await?;
            most = most.max(resident_kib()?.saturating_sub(before));
            match event {
                Event::Rows(batch) => {
                    let row = rows(batch.bytes()).next().unwrap();
                    let lengths: Vec<_> = row.values().map(|value| value.text().unwrap().len()).collect();
                    assert_eq!(lengths, [1, 65_536, 1]);
                }
                Event::CopyOut(data) => copied += data.len(),
                Event::Notice(notice) => assert!(notice.message.len() < 262_144),
                Event::Error(error) => return Err(error.into()),
                Event::Ready(_) => break,
                _ => {}
            }
        }
        assert_eq!(copied, if in_copy { 200_000_001 } else { 0 });
        // Other tests run in this process too, so this is coarse; the unit tests of the framing count each byte.
        assert!(most < 100 * 1024, "{sql} took {most} KiB");
    }
    Ok(())
}
