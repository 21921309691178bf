//! What AWS, Google Cloud and Vault lead us to log.

use howdah_credentials::{
    AwsRdsConfig, AwsRdsSettings, GcpConfig, GcpSettings, Identity, SourceConfig, VaultAuth, VaultConfig, VaultSettings,
};
use howdah_testkit::{Aws, Gcp, VAULT_TOKEN, Vault, VaultLifetimes};

use crate::cloud::{Cloud, Hands};
use crate::support::{eventually, listen_to_log, logged};

#[tokio::test]
async fn no_secret_is_logged_on_any_level() {
    listen_to_log();
    let role = "arn:aws:iam::123456789012:role/database";
    let pool = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/id";
    let hands = Hands::new();
    let aws = Aws::start(hands.clock()).await.unwrap();
    let gcp = Gcp::start(hands.clock()).await.unwrap();
    let vault = Vault::start(hands.clock(), None, VaultLifetimes::default()).await.unwrap();
    aws.add_user("console", "AKIDCONSOLE", "planted/user+secret");
    aws.trust(role, "console");
    aws.trust_web_identity(role, "planted-id-ada");
    vault.allow("jwt", "people", "planted-id-ada");
    let cloud = Cloud::new(
        &hands,
        &[
            ("AWS_ENDPOINT_URL_STS", aws.sts.url()),
            ("AWS_ACCESS_KEY_ID", "AKIDCONSOLE"),
            ("AWS_SECRET_ACCESS_KEY", "planted/user+secret"),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_STS", gcp.apis.url()),
            ("GOOGLE_APPLICATION_CREDENTIALS", "$D/key.json"),
            ("VAULT_TOKEN", VAULT_TOKEN),
        ],
    );
    let key = gcp.add_service_account("console@shop.iam.gserviceaccount.com").unwrap();
    let private_key_line = key["private_key"].as_str().unwrap().lines().nth(1).unwrap().to_owned();
    cloud.file("key.json", &key.to_string());
    cloud.sign_in(&cloud.person, "planted-id-ada");

    let aws_source = |identity, role: Option<&str>| {
        let role_arn = role.map(str::to_owned);
        SourceConfig::AwsRds(AwsRdsConfig::new(AwsRdsSettings { identity, role_arn, ..Default::default() }).unwrap())
    };
    let gcp_source = |identity, audience: Option<&str>| {
        let audience = audience.map(str::to_owned);
        SourceConfig::Gcp(GcpConfig::new(GcpSettings { identity, audience, ..Default::default() }).unwrap())
    };
    let vault_source = |auth| {
        let address = vault.api.url().to_owned();
        let settings = VaultSettings { address, role: "reader".to_owned(), auth, ..Default::default() };
        SourceConfig::Vault(VaultConfig::new(settings).unwrap())
    };
    let app_role = VaultAuth::AppRole {
        mount: None,
        role_id: "id".to_owned(),
        secret_id: Some("planted-secret-id".into()),
        secret_id_file: None,
    };
    let people = || VaultAuth::Jwt { mount: None, role: Some("people".to_owned()) };
    for source in [
        aws_source(Identity::Service, None),
        aws_source(Identity::Service, Some(role)),
        aws_source(Identity::Service, Some("arn:aws:iam::123456789012:role/forbidden")),
        aws_source(Identity::SignedInUser, Some(role)),
        aws_source(Identity::SignedInUser, Some("arn:aws:iam::123456789012:role/forbidden")),
        gcp_source(Identity::Service, None),
        gcp_source(Identity::SignedInUser, Some(pool)),
        vault_source(people()),
        vault_source(VaultAuth::Token { file: None }),
        vault_source(app_role),
    ] {
        // Refusals talk too.
        drop(cloud.obtain(&source).await);
    }
    // A key that AWS thinks is signed wrongly: its answer repeats the request.
    aws.add_user("console", "AKIDCONSOLE", "another");
    hands.advance(3700);
    drop(cloud.obtain(&aws_source(Identity::Service, Some(role))).await);
    cloud.broker.shut_down().await;
    eventually("the logins end", || vault.count_tokens() == 0).await;

    let logged = logged();
    assert!(logged.contains("howdah_credentials") && logged.contains("aws_rds"), "nothing was logged");
    for secret in ["planted", "ya29", private_key_line.as_str(), "X-Amz-Signature="] {
        let line = logged.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is logged");
    }
}
