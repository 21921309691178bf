//! Twenty people at a hundred servers, with tokens that live for five seconds.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use howdah_credentials::{
    CredentialError, EntraConfig, EntraFlow, EntraSettings, Person, Prompt, ServerKey, SourceConfig, Target,
};
use howdah_testkit::{ENTRA_TENANT, Entra};
use secrecy::ExposeSecret;

use crate::support::{Bench, Time, secret_of};

const PEOPLE: usize = 20;
const SERVERS: usize = 100;
const LIFE: u64 = 5;

#[tokio::test]
async fn nobody_fails_and_each_token_is_fetched_once() {
    let time = Time::new();
    let entra = Arc::new(Entra::start(time.clock()).await.unwrap());
    entra.register("client", None);
    entra.life(Duration::from_secs(LIFE));
    let settings = EntraSettings {
        flow: EntraFlow::DeviceCode,
        tenant: Some(ENTRA_TENANT.to_owned()),
        client_id: Some("client".to_owned()),
        authority: Some(entra.authority.url().to_owned()),
        ..EntraSettings::default()
    };
    let source = SourceConfig::Entra(EntraConfig::new(settings).unwrap());
    let bench = Bench::with(&time, |_| {});
    let people: Vec<_> = (0..PEOPLE).map(|number| Person::new(format!("session-{number}"), "somebody")).collect();
    let target = Target { host: "db.example.com".to_owned(), ..Target::default() };
    let server = |number: usize| ServerKey::new(format!("server-{number}"));

    for (number, person) in people.iter().enumerate() {
        let Err(CredentialError::InteractionRequired(prompt)) =
            bench.broker.obtain(person, &server(0), &source, &target).await
        else {
            panic!("no prompt");
        };
        let Prompt::DeviceCode { user_code, .. } = *prompt else { panic!("no code") };
        entra.confirm(user_code.expose_secret(), &format!("person-{number}")).unwrap();
        // Woken one by one: each sleep moves the clock, and the tokens of those before run out.
        bench.time.wake(1);
        bench.broker.wait_for_person(person, &server(0), &source, &target).await.unwrap();
    }
    bench.advance(LIFE);

    let mut fetched = entra.authority.count("/token");
    for _ in 0..12 {
        // All tokens are over, and everybody connects everywhere at once.
        let connects = people.iter().enumerate().flat_map(|(number, person)| {
            let (bench, entra, source, target) = (&bench, &entra, &source, &target);
            (0..SERVERS).map(move |at| async move {
                let obtained = bench.broker.obtain(person, &server(at), source, target).await.unwrap();
                assert_eq!(entra.check(&secret_of(&obtained)).unwrap().principal, format!("person-{number}"));
            })
        });
        join_all(connects).await;
        fetched += PEOPLE;
        assert_eq!(entra.authority.count("/token"), fetched, "one request for each person");

        // Half of the life is over: whoever connects now gets the old token, while a new one is fetched.
        bench.advance(3);
        for person in &people {
            let secret = async || secret_of(&bench.broker.obtain(person, &server(1), &source, &target).await.unwrap());
            let old = secret().await;
            while secret().await == old {
                tokio::task::yield_now().await;
            }
        }
        fetched += PEOPLE;
        assert_eq!(entra.authority.count("/token"), fetched, "one renewal for each person");
        bench.advance(LIFE + 3);
    }
    assert_eq!(entra.authority.count("/devicecode"), PEOPLE);
}
