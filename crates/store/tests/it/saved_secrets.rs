//! Passwords that people save: under whose key, for whom and where, and what happens when a key is replaced or lost.

use anyhow::{Context, Result, ensure};
use howdah_store::{
    AccountId, DataKey, KeptDataKey, Protection, SaveSecretError, SealingKey, SecretKind, SecretPlace, ServerId, Store,
    Wrapping,
};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{FROM_NOWHERE, LIMITS, MINUTE, TestStore, definition, on_both};

const TARGET: &str = "ada@db.example:5432";
const GUARD: &str = r#"{"sslmode":"verify-full"}"#;
const PASSWORD: &str = "an-unmistakable-database-password";

/// A person with a data key under `key` and a saved password for a server of theirs.
struct Saver {
    account: AccountId,
    server: ServerId,
    data_key: DataKey,
}

impl Saver {
    async fn new(test: &TestStore, name: &str, key: &SealingKey, protection: Protection) -> Result<Self> {
        let account = test.person(name).await?.id;
        let server = test.store.create_server(&account, &definition("g", name)).await?.id;
        let data_key = DataKey::generate()?;
        let wrapping = Wrapping { key, protection, derivation: None };
        ensure!(test.store.create_data_key(&account, &data_key, wrapping).await?);
        let saver = Self { account, server, data_key };
        saver.save(&test.store, PASSWORD).await?;
        Ok(saver)
    }

    fn place(&self) -> SecretPlace<'_> {
        SecretPlace { account: &self.account, server: &self.server, kind: SecretKind::Database }
    }

    async fn save(&self, store: &Store, password: &str) -> Result<()> {
        Ok(store.save_secret(self.place(), TARGET, GUARD, &SecretString::from(password), &self.data_key).await?)
    }

    async fn kept(&self, store: &Store) -> Result<KeptDataKey> {
        store.data_key(&self.account).await?.context("no data key")
    }

    /// What the saved password is under `key`.
    async fn password(&self, store: &Store, key: &DataKey) -> Result<Option<String>> {
        let saved = store.saved_secret(self.place()).await?.context("nothing is saved")?;
        assert_eq!(saved.target, TARGET);
        Ok(saved.open(key).map(|password| password.expose_secret().to_owned()))
    }
}

fn operator(key: &SealingKey) -> Wrapping<'_> {
    Wrapping { key, protection: Protection::Operator, derivation: None }
}

#[tokio::test]
async fn a_saved_password_opens_under_its_owner_s_key_only_and_on_every_replica() -> Result<()> {
    on_both(async |test| {
        let key = SealingKey::generate()?;
        let ada = Saver::new(test, "ada", &key, Protection::Operator).await?;
        let grace = Saver::new(test, "grace", &key, Protection::Operator).await?;

        let replica = test.another().await?;
        let opened = ada.kept(&replica).await?.open(&key).context("the operator's key opens it")?;
        assert_eq!(ada.password(&replica, &opened).await?.as_deref(), Some(PASSWORD));
        assert_eq!(ada.password(&replica, &grace.data_key).await?, None);
        assert!(ada.kept(&replica).await?.open(&SealingKey::generate()?).is_none());
        assert_eq!(ada.kept(&replica).await?.wrapping_key_id(), key.id());

        let again = SealingKey::generate()?;
        assert!(!replica.create_data_key(&ada.account, &DataKey::generate()?, operator(&again)).await?);
        assert!(ada.kept(&test.store).await?.open(&key).is_some(), "the first key stays");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_that_were_moved_to_another_person_or_place_open_nothing() -> Result<()> {
    on_both(async |test| {
        let key = SealingKey::generate()?;
        let ada = Saver::new(test, "ada", &key, Protection::Operator).await?;
        let grace = Saver::new(test, "grace", &key, Protection::Operator).await?;
        // The wrapped key of one in the row of the other.
        let (hers, theirs) = (&ada.account, &grace.account);
        test.database
            .execute(&format!(
                "update data_keys set id = (select id from data_keys where account_id = '{hers}'),
                     wrapped = (select wrapped from data_keys where account_id = '{hers}')
                 where account_id = '{theirs}'"
            ))
            .await?;
        assert!(grace.kept(&test.store).await?.open(&key).is_none());
        // A password that shall be sent elsewhere, or on a way that is protected less.
        for (column, other) in [("target", "'ada@evil.example:5432'"), ("guard", "'{}'"), ("guard", "null")] {
            ada.save(&test.store, PASSWORD).await?;
            let saved = test.store.saved_secret(ada.place()).await?.context("is gone")?;
            assert_eq!((saved.guard.as_deref(), saved.open(&ada.data_key).is_some()), (Some(GUARD), true));
            test.database.execute(&format!("update saved_secrets set {column} = {other}")).await?;
            let saved = test.store.saved_secret(ada.place()).await?.context("is gone")?;
            assert!(saved.open(&ada.data_key).is_none(), "{column} {other}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dump_holds_neither_passwords_nor_keys() -> Result<()> {
    on_both(async |test| {
        let key = SealingKey::generate()?;
        let ada = Saver::new(test, "ada", &key, Protection::Operator).await?;
        let session = test.store.create_session(&ada.account, b"", LIMITS, &FROM_NOWHERE).await?;
        let unlocking = session.token.unlocking_key();
        test.store.keep_unlocked(&session.id, &unlocking, &ada.data_key).await?;
        let dump = test.database.dump().await?;
        let holds = |text: &str| dump.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds(TARGET), "the dump shows nothing");
        assert!(!holds(PASSWORD));
        assert!(!holds(key.to_text().expose_secret()));
        assert!(!holds(unlocking.to_text().expose_secret()));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_replaced_data_key_seals_everything_anew_and_the_old_one_opens_nothing() -> Result<()> {
    on_both(async |test| {
        let (first, second) = (SealingKey::generate()?, SealingKey::generate()?);
        let ada = Saver::new(test, "ada", &first, Protection::Operator).await?;
        let kept = ada.kept(&test.store).await?;
        let new = DataKey::generate()?;
        let wrapping = Wrapping { key: &second, protection: Protection::MasterPassword, derivation: Some("costs") };
        assert!(test.store.replace_data_key(&kept, &ada.data_key, &new, wrapping).await?);

        let after = ada.kept(&test.store).await?;
        assert_eq!((after.protection, after.derivation.as_deref()), (Protection::MasterPassword, Some("costs")));
        assert!(after.open(&first).is_none() && after.open(&second).is_some());
        assert_eq!(ada.password(&test.store, &new).await?.as_deref(), Some(PASSWORD));
        assert_eq!(ada.password(&test.store, &ada.data_key).await?, None);

        // Whoever still holds the old key neither saves under it nor replaces the new one.
        let late = test.store.save_secret(ada.place(), TARGET, GUARD, &SecretString::from("late"), &ada.data_key).await;
        assert!(matches!(late, Err(SaveSecretError::KeyReplaced)), "{late:?}");
        assert!(!test.store.replace_data_key(&kept, &ada.data_key, &DataKey::generate()?, wrapping).await?);
        assert!(!test.store.rewrap_data_key(&kept, &ada.data_key, wrapping).await?);
        assert_eq!(ada.password(&test.store, &new).await?.as_deref(), Some(PASSWORD));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn saving_and_replacing_the_key_at_the_same_moment_loses_nothing() -> Result<()> {
    on_both(async |test| {
        let key = SealingKey::generate()?;
        let ada = Saver::new(test, "ada", &key, Protection::Operator).await?;
        let kept = ada.kept(&test.store).await?;
        let new = DataKey::generate()?;
        let (other, secret) = (test.another().await?, SecretString::from("another"));
        let (replaced, saved) = tokio::join!(
            test.store.replace_data_key(&kept, &ada.data_key, &new, operator(&key)),
            other.save_secret(ada.place(), TARGET, GUARD, &secret, &ada.data_key),
        );
        assert!(replaced?);
        let expected = if saved.is_ok() { "another" } else { PASSWORD };
        assert_eq!(ada.password(&test.store, &new).await?.as_deref(), Some(expected));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_operator_s_key_is_rotated_without_touching_what_is_saved() -> Result<()> {
    on_both(async |test| {
        let (old, new) = (SealingKey::generate()?, SealingKey::generate()?);
        let ada = Saver::new(test, "ada", &old, Protection::Operator).await?;
        let grace = Saver::new(test, "grace", &SealingKey::generate()?, Protection::MasterPassword).await?;
        let found = test.store.operators_data_keys(None, 10).await?;
        assert_eq!(found.iter().map(|kept| &kept.account).collect::<Vec<_>>(), [&ada.account]);
        assert!(test.store.operators_data_keys(Some(&ada.account), 10).await?.is_empty());
        let opened = found[0].open(&old).context("opens")?;
        assert!(test.store.rewrap_data_key(&found[0], &opened, operator(&new)).await?);
        let kept = ada.kept(&test.store).await?;
        assert!(kept.open(&old).is_none());
        let opened = kept.open(&new).context("opens")?;
        assert_eq!(ada.password(&test.store, &opened).await?.as_deref(), Some(PASSWORD));
        assert_eq!(grace.kept(&test.store).await?.protection, Protection::MasterPassword);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_keeps_a_key_open_under_its_own_cookie_until_either_is_replaced() -> Result<()> {
    on_both(async |test| {
        let key = SealingKey::generate()?;
        let ada = Saver::new(test, "ada", &key, Protection::MasterPassword).await?;
        let session = test.store.create_session(&ada.account, b"", LIMITS, &FROM_NOWHERE).await?;
        let other = test.store.create_session(&ada.account, b"", LIMITS, &FROM_NOWHERE).await?;
        let (mine, theirs) = (session.token.unlocking_key(), other.token.unlocking_key());
        test.store.keep_unlocked(&session.id, &mine, &ada.data_key).await?;
        test.store.keep_unlocked(&session.id, &mine, &ada.data_key).await?;

        let (replica, kept) = (test.another().await?, ada.kept(&test.store).await?);
        assert!(replica.unlocked_key(&session.id, &mine, &kept).await?.is_some());
        assert!(replica.unlocked_key(&session.id, &theirs, &kept).await?.is_none(), "another cookie");
        assert!(replica.unlocked_key(&other.id, &theirs, &kept).await?.is_none(), "another session");

        let new = DataKey::generate()?;
        assert!(test.store.replace_data_key(&kept, &ada.data_key, &new, operator(&key)).await?);
        let kept = ada.kept(&test.store).await?;
        assert!(replica.unlocked_key(&session.id, &mine, &kept).await?.is_none(), "another data key");

        test.store.keep_unlocked(&session.id, &mine, &new).await?;
        assert!(test.store.lock_session(&session.id).await?);
        assert!(replica.unlocked_key(&session.id, &mine, &kept).await?.is_none(), "locked");
        test.store.keep_unlocked(&session.id, &mine, &new).await?;
        test.store.end_session(&session.token).await?;
        assert_eq!(test.database.number("select count(*) from unlocked_keys").await?, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn wrong_master_passwords_are_counted_until_a_right_one() -> Result<()> {
    on_both(async |test| {
        let ada = Saver::new(test, "ada", &SealingKey::generate()?, Protection::MasterPassword).await?;
        let until = test.clock.now() + MINUTE;
        test.store.note_wrong_master_password(&ada.account, until).await?;
        test.store.note_wrong_master_password(&ada.account, until).await?;
        let kept = ada.kept(&test.another().await?).await?;
        assert_eq!((kept.failures, kept.blocked_until), (2, until));
        test.store.note_right_master_password(&ada.account).await?;
        let kept = ada.kept(&test.store).await?;
        assert!(kept.failures == 0 && kept.blocked_until < test.clock.now());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_refused_is_known_until_it_is_saved_anew() -> Result<()> {
    on_both(async |test| {
        let ada = Saver::new(test, "ada", &SealingKey::generate()?, Protection::Operator).await?;
        let refused = test.store.saved_secret(ada.place()).await?.context("is gone")?;
        test.store.note_refused_secret(&refused).await?;
        let again = test.store.saved_secret(ada.place()).await?.context("is gone")?;
        assert_eq!(again.refused_at, Some(test.clock.now()));
        ada.save(&test.store, "the new one").await?;
        // Somebody who was refused with the old one says so late.
        test.store.note_refused_secret(&refused).await?;
        let again = test.store.saved_secret(ada.place()).await?.context("is gone")?;
        assert_eq!(again.refused_at, None);
        assert_eq!(ada.password(&test.store, &ada.data_key).await?.as_deref(), Some("the new one"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn secrets_go_one_by_one_all_at_once_and_with_what_they_belong_to() -> Result<()> {
    on_both(async |test| {
        let ada = Saver::new(test, "ada", &SealingKey::generate()?, Protection::Operator).await?;
        let grace = Saver::new(test, "grace", &SealingKey::generate()?, Protection::Operator).await?;
        let tunnel = SecretPlace { kind: SecretKind::Tunnel, ..ada.place() };
        let save = async |place| {
            test.store.save_secret(place, "ssh", "", &SecretString::from("ssh password"), &ada.data_key).await
        };
        save(tunnel).await?;
        let kinds = |secrets: Vec<howdah_store::SavedSecret>| secrets.iter().map(|one| one.kind).collect::<Vec<_>>();
        assert_eq!(kinds(test.store.saved_secrets(&ada.account).await?), [SecretKind::Database, SecretKind::Tunnel]);
        let forget = async |kind| test.store.forget_saved_secrets_of(&ada.account, &ada.server, kind).await;
        assert_eq!(forget(Some(SecretKind::Database)).await?, 1);
        assert_eq!(kinds(test.store.saved_secrets(&ada.account).await?), [SecretKind::Tunnel]);
        assert_eq!((forget(None).await?, forget(None).await?), (1, 0));

        save(tunnel).await?;
        assert_eq!(test.store.forget_saved_secrets(&ada.account).await?, 1);
        assert!(test.store.data_key(&ada.account).await?.is_some());

        save(tunnel).await?;
        assert_eq!(test.store.forget_data_key(&ada.account).await?, 1);
        assert!(test.store.data_key(&ada.account).await?.is_none());

        assert!(test.store.create_data_key(&ada.account, &ada.data_key, operator(&SealingKey::generate()?)).await?);
        save(tunnel).await?;
        test.store.delete_server(&ada.server, &ada.account, None).await?;
        assert!(test.store.saved_secrets(&ada.account).await?.is_empty());

        assert_eq!(test.store.saved_secrets(&grace.account).await?.len(), 1, "others keep theirs");
        test.store.delete_account(&grace.account).await?;
        assert_eq!(test.database.number("select count(*) from saved_secrets").await?, 0);
        assert_eq!(test.database.number("select count(*) from data_keys").await?, 1);
        Ok(())
    })
    .await
}
