use anyhow::Result;
use howdah_store::{MAX_REFUSED_SIGN_INS, NewSignIn, RefusedSignIn, UnknownPerson};

use crate::support::{MINUTE, on_both, sign_in};

#[tokio::test]
async fn people_who_were_refused_are_listed_once_each_and_the_last_first() -> Result<()> {
    on_both(async |test| {
        let (ada, grace) = (sign_in("ada"), sign_in("grace"));
        for person in [&ada, &grace, &ada] {
            test.store.note_refused_sign_in(person).await?;
            test.clock.forward(MINUTE);
        }
        let renamed = NewSignIn { username: "ada.l".to_owned(), email: None, provider: "renamed".to_owned(), ..ada };
        test.store.note_refused_sign_in(&renamed).await?;

        let expected = |person: &NewSignIn, last_refused_at, times| RefusedSignIn {
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            provider: person.provider.clone(),
            username: person.username.clone(),
            email: person.email.clone(),
            last_refused_at,
            times,
        };
        let now = test.clock.now();
        let listed = test.store.refused_sign_ins(10).await?;
        assert_eq!(listed, [expected(&renamed, now, 3), expected(&grace, now - 2 * MINUTE, 1)]);
        assert_eq!(test.store.refused_sign_ins(1).await?, listed[..1]);
        assert!(test.store.refused_sign_ins(0).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_person_who_is_linked_or_let_in_is_struck_off() -> Result<()> {
    on_both(async |test| {
        let owner = test.person("owner").await?;
        let people = ["ada", "grace", "barbara"].map(sign_in);
        let [ada, grace, barbara] = &people;
        for person in &people {
            test.store.note_refused_sign_in(person).await?;
        }
        test.store.sign_in_account(ada, UnknownPerson::Create).await?;
        test.store.link_identity(&owner.id, &grace.issuer, &grace.subject, "corp").await?;
        let taken = NewSignIn { username: "owner".to_owned(), ..barbara.clone() };
        assert!(test.store.sign_in_account(&taken, UnknownPerson::Create).await.is_err());

        let left = test.store.refused_sign_ins(10).await?;
        let left: Vec<_> = left.iter().map(|refused| refused.subject.as_str()).collect();
        assert_eq!(left, [barbara.subject.as_str()]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_list_is_bounded_and_so_is_each_person_on_it() -> Result<()> {
    on_both(async |test| {
        let older = "insert into refused_sign_ins
                     with recursive numbers (number) as (
                         select 1 union all select number + 1 from numbers where number < 1000
                     )
                     select 'issuer', 'subject ' || number, 'corp', 'name', null, number, 1 from numbers";
        assert_eq!(test.database.execute(older).await?, i64::from(MAX_REFUSED_SIGN_INS).unsigned_abs());
        let wordy = NewSignIn {
            username: "x\0".repeat(9000),
            email: Some("ö".repeat(9000)),
            subject: "s".repeat(1024),
            ..sign_in("ada")
        };
        test.store.note_refused_sign_in(&wordy).await?;
        test.store.note_refused_sign_in(&sign_in("grace")).await?;
        test.store.note_refused_sign_in(&NewSignIn { subject: "s".repeat(9000), ..sign_in("ada") }).await?;

        assert_eq!(test.database.number("select count(*) from refused_sign_ins").await?, 1000);
        assert_eq!(test.database.number("select min(last_refused_at) from refused_sign_ins").await?, 3);
        let listed = test.store.refused_sign_ins(u32::MAX).await?;
        assert_eq!(listed.len(), 1000);
        let kept = listed.iter().find(|refused| refused.subject == wordy.subject);
        assert_eq!(
            kept.map(|kept| (kept.username.clone(), kept.email.clone())),
            Some(("x".repeat(320), Some("ö".repeat(320))))
        );
        Ok(())
    })
    .await
}
