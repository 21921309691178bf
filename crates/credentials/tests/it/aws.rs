//! RDS tokens, signed with keys from everywhere that AWS's own tools look.

use futures_util::future::join_all;
use howdah_credentials::{AwsRdsConfig, AwsRdsSettings, CredentialError, Identity, Person, Presentation, SourceConfig};
use howdah_testkit::{Aws, Behaviour, CONTAINER_TOKEN, DatabaseLogin};
use serde_json::json;

use crate::cloud::{Cloud, Hands, life, secret_of, target};

const HOST: &str = "db.abc.eu-central-1.rds.amazonaws.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/database";
const OTHER_ROLE: &str = "arn:aws:iam::123456789012:role/other";
const SECRET: &str = "planted/user+secret";

/// An account with the user `console`, and a broker that finds nothing yet.
async fn start(environment: &[(&str, &str)]) -> (Aws, Cloud) {
    let hands = Hands::new();
    let aws = Aws::start(hands.clock()).await.unwrap();
    aws.add_user("console", "AKIDCONSOLE", SECRET);
    let sts = aws.sts.url().to_owned();
    let metadata = aws.metadata.url().to_owned();
    let filled: Vec<_> =
        environment.iter().map(|(name, value)| (*name, value.replace("$METADATA", &metadata))).collect();
    let mut variables: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.extend([
        ("AWS_ENDPOINT_URL_STS", sts.as_str()),
        ("AWS_ENDPOINT_URL_SSO", sts.as_str()),
        ("AWS_ENDPOINT_URL_SSO_OIDC", sts.as_str()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.as_str()),
    ]);
    let cloud = Cloud::new(&hands, &variables);
    (aws, cloud)
}

const CONSOLE: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIDCONSOLE"), ("AWS_SECRET_ACCESS_KEY", SECRET)];

fn source(settings: AwsRdsSettings) -> SourceConfig {
    SourceConfig::AwsRds(AwsRdsConfig::new(settings).unwrap())
}

fn plain() -> SourceConfig {
    source(AwsRdsSettings::default())
}

fn with_profile(profile: &str) -> SourceConfig {
    source(AwsRdsSettings { profile: Some(profile.to_owned()), ..AwsRdsSettings::default() })
}

fn as_user() -> SourceConfig {
    source(AwsRdsSettings {
        role_arn: Some(ROLE.to_owned()),
        identity: Identity::SignedInUser,
        ..AwsRdsSettings::default()
    })
}

/// Whom RDS lets in with what the broker gives.
async fn owner(aws: &Aws, cloud: &Cloud, source: &SourceConfig) -> String {
    aws.verify_database_token(&cloud.secret(source).await).unwrap().owner
}

#[tokio::test]
async fn a_token_opens_the_database_that_it_names() {
    let (aws, cloud) = start(&CONSOLE).await;
    let obtained = cloud.obtain(&plain()).await.unwrap();
    assert!(matches!(obtained.credential.presentation, Presentation::Token(_)));
    assert_eq!(life(&cloud, &obtained), 900);
    assert_eq!(obtained.credential.issuer.as_deref(), Some("AWS, the access key of Howdah's environment"));
    let token = secret_of(&obtained);
    let expected = DatabaseLogin {
        endpoint: format!("{HOST}:5432"),
        user: "app".to_owned(),
        region: "eu-central-1".to_owned(),
        owner: "console".to_owned(),
    };
    assert_eq!(aws.verify_database_token(&token).unwrap(), expected);
    for tampered in [
        token.replace("DBUser=app", "DBUser=root"),
        token.replace("5432", "5433"),
        token.replace("eu-central-1%2Frds-db", "eu-west-1%2Frds-db"),
    ] {
        aws.verify_database_token(&tampered).unwrap_err();
    }
    cloud.hands.advance(901);
    aws.verify_database_token(&token).unwrap_err();
}

#[tokio::test]
async fn the_region_comes_from_the_setting_the_name_the_environment_or_the_profile() {
    let region = |region: &str| AwsRdsSettings { region: Some(region.to_owned()), ..AwsRdsSettings::default() };
    let check = async |environment: &[(&str, &str)], host: &str, settings, expected: Result<&str, &str>| {
        let variables: Vec<_> = CONSOLE.iter().chain(environment).copied().collect();
        let (aws, mut cloud) = start(&variables).await;
        cloud.file(".aws/config", "[default]\noutput = json\n[profile west]\nregion = eu-west-1\n");
        cloud.target = target(host, "app");
        match (cloud.obtain(&source(settings)).await, expected) {
            (Ok(obtained), Ok(expected)) => {
                assert_eq!(aws.verify_database_token(&secret_of(&obtained)).unwrap().region, expected);
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
        }
    };
    check(&[("AWS_REGION", "us-east-1")], HOST, region("ap-south-1"), Ok("ap-south-1")).await;
    check(&[("AWS_REGION", "us-east-1")], HOST, AwsRdsSettings::default(), Ok("eu-central-1")).await;
    check(&[("AWS_REGION", "us-east-1")], "db.example.com", AwsRdsSettings::default(), Ok("us-east-1")).await;
    check(&[("AWS_DEFAULT_REGION", "us-east-2")], "10.0.0.1", AwsRdsSettings::default(), Ok("us-east-2")).await;
    check(&[("AWS_PROFILE", "west")], "db.example.com", AwsRdsSettings::default(), Ok("eu-west-1")).await;
    check(&[], "db.example.com", AwsRdsSettings::default(), Err("set `region`, or `signing_host`")).await;
    let signing = AwsRdsSettings { signing_host: Some(HOST.to_owned()), ..AwsRdsSettings::default() };
    check(&[], "127.0.0.1", signing, Ok("eu-central-1")).await;
}

#[tokio::test]
async fn behind_a_tunnel_the_database_s_own_name_is_signed() {
    let (aws, mut cloud) = start(&CONSOLE).await;
    cloud.target = target("127.0.0.1", "o+u@x y");
    let source = source(AwsRdsSettings {
        signing_host: Some(HOST.to_owned()),
        signing_port: Some(6543),
        ..AwsRdsSettings::default()
    });
    let login = aws.verify_database_token(&cloud.secret(&source).await).unwrap();
    assert_eq!((login.endpoint, login.user), (format!("{HOST}:6543"), "o+u@x y".to_owned()));
    cloud.target.user.clear();
    assert!(cloud.failure(&source).await.contains("set the server's username"));
    cloud.target = target("db1.example.com,db2.example.com", "app");
    assert!(cloud.failure(&plain()).await.contains("good for one host"));
}

const PROFILES: &str = "\
[default]
region = eu-central-1
[profile static]
aws_access_key_id = AKIDCONSOLE
aws_secret_access_key = planted/user+secret
[profile role]
role_arn = arn:aws:iam::123456789012:role/database
source_profile = static
role_session_name = from profile
[profile chained]
role_arn = arn:aws:iam::123456789012:role/other
source_profile = role
[profile itself]
role_arn = arn:aws:iam::123456789012:role/database
source_profile = itself
aws_access_key_id = AKIDCONSOLE
aws_secret_access_key = planted/user+secret
[profile of-environment]
role_arn = arn:aws:iam::123456789012:role/database
credential_source = Environment
[profile of-instance]
role_arn = arn:aws:iam::123456789012:role/database
credential_source = Ec2InstanceMetadata
[profile of-file]
role_arn = arn:aws:iam::123456789012:role/database
web_identity_token_file = $D/token
[profile of-program]
credential_process = /bin/sh \"$D/print keys.sh\" AKIDCONSOLE
[profile of-broken-program]
credential_process = /bin/sh -c 'echo planted-stdout; echo planted-stderr >&2; exit 3'
[profile of-sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = dba
[profile of-sso-old]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = dba
[profile nothing]
region = eu-west-1
[profile half]
aws_access_key_id = AKIDCONSOLE
[profile loop]
role_arn = arn:aws:iam::123456789012:role/database
source_profile = loop-too
[profile loop-too]
role_arn = arn:aws:iam::123456789012:role/database
source_profile = loop
[profile second-factor]
role_arn = arn:aws:iam::123456789012:role/database
source_profile = static
mfa_serial = arn:aws:iam::123456789012:mfa/console
[profile forbidden]
role_arn = arn:aws:iam::123456789012:role/nobody
source_profile = static
[profile unknown-key]
role_arn = arn:aws:iam::123456789012:role/database
source_profile = stale
[profile stale]
aws_access_key_id = AKIDSTALE
aws_secret_access_key = planted
[profile wrong-secret]
role_arn = arn:aws:iam::123456789012:role/database
source_profile = wrong
[profile wrong]
aws_access_key_id = AKIDCONSOLE
aws_secret_access_key = planted-wrong
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
";

async fn with_profiles() -> (Aws, Cloud) {
    let (aws, cloud) = start(&CONSOLE).await;
    aws.trust(ROLE, "console");
    aws.trust(OTHER_ROLE, ROLE);
    aws.trust(ROLE, "instance");
    aws.set_instance_role("console-instance");
    aws.trust_web_identity(ROLE, "planted-machine-token");
    cloud.file(".aws/config", PROFILES);
    cloud.file("token", "planted-machine-token\n");
    cloud.file("print keys.sh", "echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"$1\\\",\\\"SecretAccessKey\\\":\\\"planted/user+secret\\\"}\"");
    (aws, cloud)
}

#[tokio::test]
async fn every_kind_of_profile_leads_to_keys() {
    let (aws, cloud) = with_profiles().await;
    for (profile, expected) in [
        ("static", "console".to_owned()),
        ("role", format!("{ROLE} from-profile")),
        ("chained", format!("{OTHER_ROLE} howdah")),
        ("itself", format!("{ROLE} howdah")),
        ("of-environment", format!("{ROLE} howdah")),
        ("of-instance", format!("{ROLE} howdah")),
        ("of-file", format!("{ROLE} howdah")),
        ("of-program", "console".to_owned()),
    ] {
        assert_eq!(owner(&aws, &cloud, &with_profile(profile)).await, expected, "{profile}");
    }
}

#[tokio::test]
async fn a_profile_that_cannot_work_says_why() {
    let (_aws, cloud) = with_profiles().await;
    for (profile, part) in [
        ("missing", "there is no AWS profile `missing`"),
        ("nothing", "the AWS profile `nothing` says nothing about keys"),
        ("half", "the AWS profile `half` cannot be used: it has no aws_secret_access_key"),
        ("loop", "leads back to itself"),
        ("second-factor", "a second factor, which nobody is there to type"),
        (
            "forbidden",
            "refused AssumeRole of arn:aws:iam::123456789012:role/nobody for the profile `static`: AccessDenied",
        ),
        ("forbidden", "the role's trust policy must name this identity"),
        ("unknown-key", "InvalidClientTokenId"),
        ("wrong-secret", "the secret access key is wrong, or this machine's clock is"),
        ("of-broken-program", "credential_process of the AWS profile `of-broken-program` gave no keys: exit status: 3"),
        ("of-sso", "run `aws sso login --profile of-sso`"),
    ] {
        let error = cloud.failure(&with_profile(profile)).await;
        assert!(error.contains(part), "{profile}: {error}");
    }
}

/// Writes what `aws sso login` leaves behind, and gives the file.
fn sign_in_at_identity_center(cloud: &Cloud, key: &str, token: &str, end: &str, refresh: Option<&str>) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let name: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut content = json!({ "accessToken": token, "expiresAt": end, "startUrl": "https://corp.awsapps.com/start" });
    if let Some(refresh) = refresh {
        content["refreshToken"] = json!(refresh);
        content["clientId"] = json!("client");
        content["clientSecret"] = json!("planted-client-secret");
    }
    cloud.file(&format!(".aws/sso/cache/{name}.json"), &content.to_string())
}

#[tokio::test]
async fn a_sign_in_at_the_identity_center_is_used_while_it_is_good() {
    let (aws, cloud) = with_profiles().await;
    for (profile, key) in [("of-sso", "corp"), ("of-sso-old", "https://corp.awsapps.com/start")] {
        sign_in_at_identity_center(&cloud, key, "planted-sso-token-0", "2026-01-01T00:00:00Z", None);
        assert!(cloud.failure(&with_profile(profile)).await.contains("aws sso login"));
        sign_in_at_identity_center(&cloud, key, "planted-other", "2030-01-01T00:00:00Z", None);
        assert!(cloud.failure(&with_profile(profile)).await.contains("status 401"));
        // As older tools wrote it.
        sign_in_at_identity_center(&cloud, key, "planted-sso-token-0", "2030-01-01T00:00:00UTC", None);
        assert_eq!(owner(&aws, &cloud, &with_profile(profile)).await, "sso dba");
    }
}

#[tokio::test]
async fn a_sign_in_at_the_identity_center_is_renewed_and_kept_for_other_tools() {
    let (aws, cloud) = with_profiles().await;
    let ended = "2026-01-01T00:00:00Z";
    let path = sign_in_at_identity_center(&cloud, "corp", "planted-old", ended, Some("planted-sso-refresh-0"));
    assert_eq!(owner(&aws, &cloud, &with_profile("of-sso")).await, "sso dba");
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(kept["accessToken"], "planted-sso-token-1");
    assert_eq!(kept["refreshToken"], "planted-sso-refresh-1");
    assert_eq!(kept["expiresAt"], "2027-01-15T09:00:00Z");
    assert_eq!(kept["startUrl"], "https://corp.awsapps.com/start", "what is not ours stays");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

    cloud.hands.advance(3600);
    assert_eq!(owner(&aws, &cloud, &with_profile("of-sso")).await, "sso dba");
    assert_eq!(aws.sts.count("/token"), 2);

    // The administrator ended the session.
    sign_in_at_identity_center(&cloud, "corp", "planted-old", ended, Some("planted-revoked"));
    cloud.hands.advance(3600);
    assert!(cloud.failure(&with_profile("of-sso")).await.contains("aws sso login"));
}

#[tokio::test]
async fn without_a_profile_the_first_place_with_keys_counts() {
    // The machine's web identity, which is written anew while it runs.
    let (aws, cloud) = start(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "$D/token"), ("AWS_ROLE_ARN", ROLE)]).await;
    assert!(cloud.failure(&plain()).await.contains("cannot read the web identity token"));
    aws.trust_web_identity(ROLE, "planted-first");
    cloud.file("token", "planted-first");
    assert_eq!(owner(&aws, &cloud, &plain()).await, format!("{ROLE} howdah"));

    // A container, by a token in a file or in the environment.
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$METADATA/container");
    for token in
        [("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN), ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "$D/token")]
    {
        let (aws, cloud) = start(&[uri, token]).await;
        cloud.file("token", CONTAINER_TOKEN);
        assert_eq!(owner(&aws, &cloud, &plain()).await, "container", "{token:?}");
    }
    let (_aws, cloud) = start(&[uri]).await;
    assert!(cloud.failure(&plain()).await.contains("the container's credential endpoint gave no keys, but status 401"));
    let (_aws, cloud) = start(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://203.0.113.1/container")]).await;
    assert!(cloud.failure(&plain()).await.contains("`http` is not safe here"));

    // An instance.
    let (aws, cloud) = start(&[]).await;
    let error = cloud.failure(&plain()).await;
    assert!(error.contains("no AWS keys were found") && error.contains("attach an instance profile"), "{error}");
    aws.set_instance_role("console-instance");
    let obtained = cloud.obtain(&plain()).await.unwrap();
    assert_eq!(obtained.credential.issuer.as_deref(), Some("AWS, the instance role console-instance"));
    assert_eq!(aws.verify_database_token(&secret_of(&obtained)).unwrap().owner, "instance");

    let (_aws, cloud) = start(&[("AWS_EC2_METADATA_DISABLED", "true")]).await;
    assert!(cloud.failure(&plain()).await.contains("is switched off by AWS_EC2_METADATA_DISABLED"));
    let (_aws, cloud) = start(&[("AWS_ACCESS_KEY_ID", "AKIDCONSOLE")]).await;
    assert!(cloud.failure(&plain()).await.contains("AWS_SECRET_ACCESS_KEY is not"));
}

#[tokio::test]
async fn a_role_is_taken_on_with_howdah_s_own_keys() {
    let (aws, cloud) = start(&CONSOLE).await;
    aws.trust(ROLE, "console");
    let source = source(AwsRdsSettings { role_arn: Some(ROLE.to_owned()), ..AwsRdsSettings::default() });
    assert_eq!(source.identity(), Identity::Service);
    assert_eq!(owner(&aws, &cloud, &source).await, format!("{ROLE} howdah"));
}

#[tokio::test]
async fn a_person_takes_on_the_role_by_their_own_sign_in() {
    let (aws, cloud) = start(&CONSOLE).await;
    let grace = Person::new("session-grace", "Grace Hopper");
    assert_eq!(as_user().identity(), Identity::SignedInUser);
    // Nobody's sign-in: the person is asked to sign in.
    assert!(matches!(cloud.obtain(&as_user()).await, Err(CredentialError::InteractionRequired(_))));

    cloud.sign_in(&cloud.person, "planted-id-ada");
    cloud.sign_in(&grace, "planted-id-grace");
    let error = cloud.failure(&as_user()).await;
    assert!(error.contains("for the sign-in of ada@example.com: InvalidIdentityToken"), "{error}");
    assert!(error.contains("IAM needs an OpenID Connect provider with this issuer"), "{error}");
    aws.trust_web_identity(OTHER_ROLE, "planted-id-ada");
    let error = cloud.failure(&as_user()).await;
    assert!(error.contains("must allow sts:AssumeRoleWithWebIdentity"), "{error}");

    aws.trust_web_identity(ROLE, "planted-id-ada");
    aws.trust_web_identity(ROLE, "planted-id-grace");
    cloud.hands.advance(60);
    assert_eq!(owner(&aws, &cloud, &as_user()).await, format!("{ROLE} ada@example.com"));
    let obtained = cloud.obtain_for(&grace, &as_user(), &cloud.target).await.unwrap();
    let login = aws.verify_database_token(&secret_of(&obtained)).unwrap();
    assert_eq!(login.owner, format!("{ROLE} Grace-Hopper"), "the keys of one person sign for them alone");

    cloud.broker.forget_person(&grace);
    cloud.sign_in(&grace, "planted-expired");
    let error = cloud.obtain_for(&grace, &as_user(), &cloud.target).await.unwrap_err().to_string();
    assert!(error.contains("ExpiredTokenException") && error.contains("sign in again"), "{error}");
}

#[tokio::test]
async fn a_hundred_databases_need_one_request_for_keys() {
    let (aws, cloud) = start(&CONSOLE).await;
    aws.trust(ROLE, "console");
    let targets: Vec<_> =
        (0..100).map(|number| target(&format!("db{number}.abc.eu-central-1.rds.amazonaws.com"), "app")).collect();
    let source = source(AwsRdsSettings { role_arn: Some(ROLE.to_owned()), ..AwsRdsSettings::default() });
    let all = join_all(targets.iter().map(|target| cloud.obtain_for(&cloud.person, &source, target))).await;
    for (obtained, target) in all.iter().zip(&targets) {
        let login = aws.verify_database_token(&secret_of(obtained.as_ref().unwrap())).unwrap();
        assert_eq!(login.endpoint, format!("{}:5432", target.host));
    }
    assert_eq!(aws.sts.calls().len(), 1);

    // Also when there are none: the machine is asked for a session and for its role, once.
    let (aws, cloud) = start(&[]).await;
    let source = plain();
    let all = join_all(targets.iter().map(|target| cloud.obtain_for(&cloud.person, &source, target))).await;
    assert!(all.iter().all(Result::is_err));
    assert_eq!(aws.metadata.calls().len(), 2);
}

#[tokio::test]
async fn tokens_are_signed_anew_and_keys_are_fetched_anew_ahead_of_their_end() {
    let (aws, cloud) = start(&CONSOLE).await;
    aws.trust(ROLE, "console");
    let source = source(AwsRdsSettings { role_arn: Some(ROLE.to_owned()), ..AwsRdsSettings::default() });
    let first = cloud.secret(&source).await;
    cloud.hands.advance(600);
    assert_eq!(cloud.secret(&source).await, first, "a token is kept while it is good");
    cloud.hands.advance(290);
    let second = cloud.secret(&source).await;
    aws.verify_database_token(&second).unwrap();
    assert!(second != first && aws.sts.calls().len() == 1, "the keys are still good");

    // The keys have a little more than five minutes to live, so the token has no more.
    cloud.hands.advance(3600 - 890 - 310);
    let obtained = cloud.obtain(&source).await.unwrap();
    assert_eq!((life(&cloud, &obtained), aws.sts.calls().len()), (310, 1));
    cloud.hands.advance(290);
    let obtained = cloud.obtain(&source).await.unwrap();
    aws.verify_database_token(&secret_of(&obtained)).unwrap();
    assert_eq!((life(&cloud, &obtained), aws.sts.calls().len()), (900, 2));
}

#[tokio::test]
async fn while_sts_is_away_the_keys_in_hand_serve_to_their_end() {
    let (aws, cloud) = start(&CONSOLE).await;
    aws.trust(ROLE, "console");
    let source = source(AwsRdsSettings { role_arn: Some(ROLE.to_owned()), ..AwsRdsSettings::default() });
    cloud.secret(&source).await;
    aws.sts.behave(Behaviour::Broken);
    cloud.hands.advance(3600 - 120);
    let obtained = cloud.obtain(&source).await.unwrap();
    assert_eq!(life(&cloud, &obtained), 120);
    aws.verify_database_token(&secret_of(&obtained)).unwrap();
    cloud.hands.advance(121);
    assert!(cloud.failure(&source).await.contains("status 500: that is no answer of STS"));
}

#[tokio::test]
async fn a_refused_login_gets_new_keys_unless_they_are_young() {
    let (aws, cloud) = start(&CONSOLE).await;
    aws.trust(ROLE, "console");
    let source = source(AwsRdsSettings { role_arn: Some(ROLE.to_owned()), ..AwsRdsSettings::default() });
    cloud.secret(&source).await;
    let cached = cloud.obtain(&source).await.unwrap();
    assert!(cloud.broker.reject(&cached));
    cloud.secret(&source).await;
    assert_eq!(aws.sts.calls().len(), 1, "nothing is wrong with keys of this very minute");
    cloud.hands.advance(120);
    let cached = cloud.obtain(&source).await.unwrap();
    assert!(cloud.broker.reject(&cached));
    cloud.secret(&source).await;
    assert_eq!(aws.sts.calls().len(), 2);
}

#[tokio::test]
async fn strange_answers_are_failures_in_words() {
    let behaviours = [Behaviour::Page, Behaviour::Flood, Behaviour::Redirect, Behaviour::Broken, Behaviour::Hang];
    let by_role = source(AwsRdsSettings { role_arn: Some(ROLE.to_owned()), ..AwsRdsSettings::default() });
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$METADATA/container")];
    let cases: [(&[(&str, &str)], _, _); 3] = [
        (&CONSOLE, by_role, "AWS STS at localhost"),
        (&[], plain(), "the EC2 instance metadata service"),
        (&container, plain(), "the container's credential endpoint"),
    ];
    for (environment, source, what) in &cases {
        join_all(behaviours.map(|behaviour| misbehave(behaviour, environment, source, what))).await;
    }
}

async fn misbehave(behaviour: Behaviour, environment: &[(&str, &str)], source: &SourceConfig, what: &str) {
    let (aws, cloud) = start(environment).await;
    aws.sts.behave(behaviour);
    aws.metadata.behave(behaviour);
    let error = cloud.obtain(source).await.unwrap_err().to_string();
    // At the instance, a page is taken for a session, and the next one for no role.
    let part = match behaviour {
        Behaviour::Flood => "larger than 1024 KiB",
        Behaviour::Redirect => "redirect",
        Behaviour::Broken => "status 500",
        Behaviour::Hang => "no answer within",
        Behaviour::Page | Behaviour::Documented => "status 200",
    };
    assert!(error.contains(what) && error.contains(part), "{behaviour:?}: {error}");
}

#[tokio::test]
async fn settings_that_do_not_go_together_are_refused_by_field() {
    let check = |settings: AwsRdsSettings, field: &str| {
        assert_eq!(AwsRdsConfig::new(settings).unwrap_err().field, field);
    };
    let text = |text: &str| Some(text.to_owned());
    check(AwsRdsSettings { region: text("Frankfurt"), ..AwsRdsSettings::default() }, "region");
    check(AwsRdsSettings { role_arn: text("database"), ..AwsRdsSettings::default() }, "role_arn");
    check(AwsRdsSettings { identity: Identity::SignedInUser, ..AwsRdsSettings::default() }, "role_arn");
    let both = AwsRdsSettings {
        identity: Identity::SignedInUser,
        role_arn: text(ROLE),
        profile: text("x"),
        ..AwsRdsSettings::default()
    };
    check(both, "profile");
}
