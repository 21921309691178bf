use anyhow::{Context, Result};
use howdah_store::{AddAccountError, NewInternalAccount, NewSignIn, Role, SignInAccountError, UnknownPerson};
use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::support::{FROM_NOWHERE, HOUR, LIMITS, on_both, sign_in};

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

fn new_account(username: &str) -> NewInternalAccount {
    NewInternalAccount {
        username: username.to_owned(),
        email: None,
        display_name: Some("Ada Lovelace".to_owned()),
        role: Role::Administrator,
        password_hash: HASH.into(),
    }
}

#[tokio::test]
async fn an_internal_account_is_found_by_its_name_with_its_hash() -> Result<()> {
    on_both(async |test| {
        let new = new_account(" Ada ");
        assert!(!format!("{new:?}").contains("argon2"));
        let account = test.store.add_internal_account(&new).await?;
        assert_eq!((account.username.as_str(), account.role), ("Ada", Role::Administrator));
        assert_eq!(account.last_sign_in_at, None);

        let found = test.store.internal_account("ADA").await?.context("is not found")?;
        assert_eq!(found.account, account);
        assert_eq!(found.password_hash.expose_secret(), HASH);
        assert_eq!(found.failures, 0);
        assert!(found.blocked_until <= test.clock.now());
        assert!(test.store.internal_account("grace").await?.is_none());

        // A person who comes from a provider has an account and no password.
        let grace = test.person("grace").await?;
        assert!(test.store.internal_account("grace").await?.is_none());
        assert_eq!(test.store.account_by_username("Grace").await?, Some(grace));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_accounts_and_people_from_providers_share_one_set_of_usernames() -> Result<()> {
    on_both(async |test| {
        test.store.add_internal_account(&new_account("Ada")).await?;
        test.person("grace").await?;
        for taken in ["ada", "GRACE"] {
            let refused = test.store.add_internal_account(&new_account(taken)).await;
            assert!(matches!(refused, Err(AddAccountError::UsernameTaken)), "{taken}");
        }
        let person = NewSignIn { subject: "another".to_owned(), ..sign_in("ada") };
        let refused = test.store.sign_in_account(&person, UnknownPerson::Create).await;
        assert!(matches!(refused, Err(SignInAccountError::UsernameTaken)));

        let mut creations = JoinSet::new();
        for _ in 0..8 {
            let store = test.store.clone();
            creations.spawn(async move { store.add_internal_account(&new_account("alan")).await });
        }
        let created = creations.join_all().await;
        assert_eq!(created.iter().filter(|creation| creation.is_ok()).count(), 1, "{created:?}");
        assert_eq!(test.database.number("select count(*) from passwords").await?, 2);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_counted_until_a_right_one_or_a_new_one() -> Result<()> {
    on_both(async |test| {
        let id = test.store.add_internal_account(&new_account("ada")).await?.id;
        let until = test.clock.now() + HOUR;
        let mut attempts = JoinSet::new();
        for _ in 0..8 {
            let (store, id) = (test.store.clone(), id.clone());
            attempts.spawn(async move { store.note_wrong_password(&id, until).await });
        }
        attempts.join_all().await.into_iter().collect::<Result<(), _>>()?;
        let found = test.store.internal_account("ada").await?.context("is not found")?;
        assert_eq!((found.failures, found.blocked_until), (8, until));

        test.store.note_right_password(&id).await?;
        let found = test.store.internal_account("ada").await?.context("is not found")?;
        assert_eq!(found.failures, 0);
        assert!(found.blocked_until <= test.clock.now());
        assert_eq!(found.account.last_sign_in_at, Some(test.clock.now()));

        test.store.note_wrong_password(&id, until).await?;
        test.store.set_password_hash(&id, &"$argon2id$another".into()).await?;
        let found = test.store.internal_account("ada").await?.context("is not found")?;
        assert_eq!((found.failures, found.password_hash.expose_secret()), (0, "$argon2id$another"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_session_is_alive_by_its_id_as_long_as_it_opens_with_its_token() -> Result<()> {
    on_both(async |test| {
        let ada = test.person("ada").await?.id;
        let session = test.store.create_session(&ada, b"", LIMITS, &FROM_NOWHERE).await?;
        assert!(test.store.is_session_alive(&session.id).await?);
        test.clock.forward(LIMITS.idle);
        assert!(!test.store.is_session_alive(&session.id).await?);
        test.clock.back(HOUR);
        assert!(test.store.is_session_alive(&session.id).await?);
        test.store.disable_account(&ada).await?;
        assert!(!test.store.is_session_alive(&session.id).await?);
        let late = test.store.create_session(&ada, b"", LIMITS, &FROM_NOWHERE).await?;
        assert!(!test.store.is_session_alive(&late.id).await?);
        Ok(())
    })
    .await
}
