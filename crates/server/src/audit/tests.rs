use howdah_store::{Clock, Store};

use super::{Action, Actor, Audit, Event, ROOM_KIB};
use crate::config::AuditConfig;
use crate::error::Code;
use crate::metrics::Metrics;

fn event() -> Event {
    Event::new(Actor::default(), Action::SignOut {})
}

#[tokio::test]
async fn where_there_is_no_place_nothing_is_done_and_nothing_is_lost_in_silence() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}", folder.path().join("howdah.db").display()).parse()?;
    let audit = Audit::new(&AuditConfig::default(), Store::open(&url, Clock::system()).await?, Metrics::default());
    // Nobody writes: one event has all the room there is.
    let longest = Event { statement: Some("x".repeat(ROOM_KIB as usize * 1024)), ..event() };
    let pending = audit.begin(longest).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    assert_eq!(audit.figures().waiting_kib, u64::from(ROOM_KIB));
    let refused = audit.write_first(event()).await;
    assert_eq!(refused.map_err(|error| error.code()), Err(Code::AuditUnavailable));
    audit.note(event());
    assert_eq!((audit.figures().written, audit.figures().unwritten), (0, 1));
    drop(pending);
    assert_eq!(audit.figures().waiting_kib, u64::from(ROOM_KIB), "it keeps its place until it is written");
    Ok(())
}
