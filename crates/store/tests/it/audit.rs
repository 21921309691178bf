use anyhow::Result;
use howdah_store::{AuditCursor, AuditFilter, AuditRecord};

use crate::support::{HOUR, MINUTE, TestStore, on_both};

fn event(test: &TestStore, kind: &str, person: &str) -> Result<AuditRecord> {
    let (id, at) = (test.store.new_audit_event_id()?, test.clock.now());
    Ok(AuditRecord {
        id,
        at,
        kind: kind.to_owned(),
        result: "ok".to_owned(),
        code: None,
        person: Some(person.to_owned()),
        account_id: None,
        issuer: Some("https://login.example".to_owned()),
        subject: Some("sub".to_owned()),
        session_id: None,
        server_id: Some("server-1".to_owned()),
        server: Some("Orders".to_owned()),
        database: None,
        role: None,
        rows: Some(3),
        duration_ms: Some(1.5),
        client_address: Some("192.0.2.7".to_owned()),
        request_id: Some("r".to_owned()),
        statement: Some("select '100%' from Straße".to_owned()),
        details: r#"{"source":"password"}"#.to_owned(),
    })
}

#[tokio::test]
async fn an_event_that_took_no_time_leaves_room_for_others_that_did() -> Result<()> {
    on_both(async |test| {
        let instant = AuditRecord { rows: None, duration_ms: None, ..event(test, "sign_in", "ada")? };
        let ran = AuditRecord { duration_ms: Some(1234.5678), ..event(test, "statement", "ada")? };
        // On one connection, one behind the other.
        test.store.add_audit_events(&[instant.clone(), ran.clone()]).await?;
        let found = test.store.audit_events(&AuditFilter::default(), None, 10).await?;
        assert_eq!(found.events, [ran, instant]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn events_are_found_by_everything_that_is_asked() -> Result<()> {
    on_both(async |test| {
        let signed_in = event(test, "sign_in", "Ada")?;
        test.clock.forward(MINUTE);
        let ran = AuditRecord { result: "failed".to_owned(), ..event(test, "statement", "ada")? };
        test.clock.forward(MINUTE);
        let other = AuditRecord { server_id: None, statement: None, ..event(test, "sign_in", "grace")? };
        let all = [other.clone(), ran.clone(), signed_in.clone()];
        test.store.add_audit_events(&[signed_in.clone(), ran.clone()]).await?;
        // A batch that is repeated after a failure adds nothing twice.
        test.store.add_audit_events(&[ran.clone(), other.clone()]).await?;

        let check = async |filter: AuditFilter, expected: &[&AuditRecord]| -> Result<()> {
            let found = test.store.audit_events(&filter, None, 10).await?;
            assert_eq!(found.events.iter().collect::<Vec<_>>(), expected, "{filter:?}");
            Ok(())
        };
        let text = |text: &str| AuditFilter { text: Some(text.to_owned()), ..AuditFilter::default() };
        check(AuditFilter::default(), &[&all[0], &all[1], &all[2]]).await?;
        let ada = AuditFilter { person: Some(" ADA ".to_owned()), ..AuditFilter::default() };
        check(ada.clone(), &[&ran, &signed_in]).await?;
        check(AuditFilter { result: Some("failed".to_owned()), ..ada }, &[&ran]).await?;
        let kinds = vec!["statement".to_owned(), "export".to_owned()];
        check(AuditFilter { kinds, ..AuditFilter::default() }, &[&ran]).await?;
        let server_id = Some("server-1".to_owned());
        check(AuditFilter { server_id, ..AuditFilter::default() }, &[&ran, &signed_in]).await?;
        let (from, until) = (Some(ran.at), Some(other.at));
        check(AuditFilter { from, until, ..AuditFilter::default() }, &[&ran]).await?;
        check(text("'100%' FROM straße"), &[&ran, &signed_in]).await?;
        check(text("SOURCE\":\"pass"), &[&other, &ran, &signed_in]).await?;
        check(text("1_0"), &[]).await?;
        check(text("192.0.2"), &[&other, &ran, &signed_in]).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn pages_hold_every_event_once_while_others_are_added() -> Result<()> {
    on_both(async |test| {
        let events = (0..7).map(|_| event(test, "sign_in", "ada")).collect::<Result<Vec<_>>>()?;
        test.store.add_audit_events(&events).await?;
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = test.store.audit_events(&AuditFilter::default(), after.as_ref(), 3).await?;
            seen.extend(page.events);
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse::<AuditCursor>()?);
            test.store.add_audit_events(&[event(test, "sign_in", "late")?]).await?;
        }
        assert_eq!(seen, events.into_iter().rev().collect::<Vec<_>>());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_begun_is_concluded_once_and_nothing_else_is_changed() -> Result<()> {
    on_both(async |test| {
        let begun = AuditRecord { result: "begun".to_owned(), ..event(test, "account_disabled", "ada")? };
        let done = event(test, "sign_in", "ada")?;
        test.store.add_audit_events(&[begun.clone(), done.clone()]).await?;
        test.store.conclude_audit_event(&begun.id, "failed", Some("not_found")).await?;
        for id in [&begun.id, &done.id] {
            test.store.conclude_audit_event(id, "ok", None).await?;
        }
        let found = test.store.audit_events(&AuditFilter::default(), None, 10).await?.events;
        let failed = AuditRecord { result: "failed".to_owned(), code: Some("not_found".to_owned()), ..begun };
        assert_eq!(found, [done, failed]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn old_events_are_removed_and_those_of_removed_accounts_stay() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?;
        let old = AuditRecord { account_id: Some(ada.id.to_string()), ..event(test, "sign_in", "ada")? };
        test.clock.forward(HOUR);
        let recent = AuditRecord { account_id: Some(ada.id.to_string()), ..event(test, "sign_in", "ada")? };
        test.store.add_audit_events(&[old.clone(), recent.clone()]).await?;
        test.store.delete_account(&ada.id).await?;
        assert_eq!(test.store.purge_audit_events(2 * HOUR).await?, 0);
        assert_eq!(test.store.purge_audit_events(HOUR - MINUTE).await?, 1);
        assert_eq!(test.store.audit_events(&AuditFilter::default(), None, 10).await?.events, [recent]);
        Ok(())
    })
    .await
}
