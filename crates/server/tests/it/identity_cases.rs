//! The acceptance cases of pgAdmin's OAuth2 and OpenID Connect sign-in, one by one, at the outside of Howdah. The numbers
//! are those of docs/conformance.md.

use std::io::Write;

use anyhow::Result;
use howdah_testkit::Browser;
use howdah_testkit::hostile::Answer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::command_line::check_config;
use crate::scripted::{Scripted, assert_refused, discovery};

/// Where the sign-in of somebody with such claims leads, and as whom.
async fn username(bench: &Scripted, claims: &Value, more: &Value) -> Result<String> {
    let browser = bench.signed_in(claims, more).await?;
    let me = bench.me(&browser).await?.json()?;
    assert_eq!(me["auth_source"], "oauth2");
    assert_eq!(me["provider"], "corp");
    Ok(me["username"].as_str().unwrap_or_default().to_owned())
}

/// A claim that no ID token of these tests has, so that the profile decides.
fn without_name() -> Value {
    json!({ "email": null, "email_verified": null, "name": null })
}

#[tokio::test]
async fn case_01_the_button_leads_to_the_provider() -> Result<()> {
    let bench = Scripted::start_plain("", "scope = \"user:email\"").await?;
    let page = Browser::new()?.open(&format!("{}/login", bench.world.origin)).await?;
    assert!(page.body.contains("href=\"/oauth2/login/corp\""), "{}", page.body);
    let begun = bench.begin(&Browser::new()?).await?;
    assert!(begun.location.as_str().starts_with(&format!("{}/authorize?", bench.provider.issuer)));
    assert_eq!(begun.parameter("redirect_uri").unwrap(), format!("{}/oauth2/authorize", bench.world.origin));
    assert_eq!(begun.parameter("scope").unwrap(), "user:email");
    Ok(())
}

#[tokio::test]
async fn case_02_a_plain_provider_s_profile_signs_in() -> Result<()> {
    let bench = Scripted::start_plain("", "").await?;
    bench.profile(json!({ "id": 7, "email": "ada@example.com" }));
    assert_eq!(username(&bench, &json!({}), &json!({ "id_token": null })).await?, "ada@example.com");
    Ok(())
}

#[tokio::test]
async fn case_03_any_one_of_the_additional_claims_lets_in() -> Result<()> {
    let bench =
        Scripted::start_plain("", "additional_claims = { groups = [\"123\", \"456\"], wids = [\"789\"] }").await?;
    bench.profile(json!({ "id": 7, "email": "ada@example.com", "wids": ["789"] }));
    assert_eq!(username(&bench, &json!({}), &json!({})).await?, "ada@example.com");
    Ok(())
}

#[tokio::test]
async fn case_04_a_confidential_client_sends_its_secret_and_pkce() -> Result<()> {
    let bench =
        Scripted::start("", "challenge_method = \"S256\"\nresponse_type = \"code\"\nscope = \"openid email\"").await?;
    let browser = Browser::new()?;
    let begun = bench.begin(&browser).await?;
    assert_eq!(begun.parameter("code_challenge_method").unwrap(), "S256");
    assert_eq!(begun.parameter("response_type").unwrap(), "code");
    assert_eq!(begun.parameter("scope").unwrap(), "openid email");
    bench.give(&bench.id_token(Some(&begun), &json!({})), &json!({}));
    assert_eq!(bench.come_back(&browser, &begun).await?.status, 303);
    let request = &bench.provider.seen("/token")[0];
    assert!(request.authorization.as_ref().unwrap().starts_with("Basic "));
    assert!(request.body.contains("code_verifier=") && !request.body.contains("client-s3cret"), "{}", request.body);
    Ok(())
}

#[tokio::test]
async fn case_05_a_public_client_uses_pkce_and_no_authentication() -> Result<()> {
    let bench = Scripted::start_with("", |issuer| {
        format!("client_secret = \"\"\nchallenge_method = \"S256\"\nresponse_type = \"code\"\n{}", discovery(issuer))
    })
    .await?;
    username(&bench, &json!({}), &json!({})).await?;
    let request = &bench.provider.seen("/token")[0];
    assert_eq!(request.authorization, None);
    assert!(request.body.contains("client_id=howdah") && request.body.contains("code_verifier="), "{}", request.body);
    assert!(!request.body.contains("client_secret"), "{}", request.body);
    Ok(())
}

#[tokio::test]
async fn case_06_a_secret_without_pkce_keys_is_sent_by_basic_and_pkce_is_used_all_the_same() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    username(&bench, &json!({}), &json!({})).await?;
    let request = &bench.provider.seen("/token")[0];
    assert!(request.authorization.as_ref().unwrap().starts_with("Basic "));
    assert!(request.body.contains("code_verifier="), "{}", request.body);
    Ok(())
}

#[test]
fn case_07_no_secret_and_no_pkce_is_a_config_error_that_names_all_three_keys() -> Result<()> {
    let problems =
        check_config(&provider("server_metadata_url = \"https://id.example.com/.well-known/openid-configuration\""))?;
    for word in ["corp", "client_secret", "challenge_method", "response_type"] {
        assert!(problems.contains(word), "{word}: {problems}");
    }
    Ok(())
}

#[tokio::test]
async fn case_08_and_09_workload_identity_sends_the_trimmed_token_and_no_pkce() -> Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    writeln!(file, "platform-s3cret")?;
    let bench = Scripted::start_with("", |issuer| {
        format!(
            "client_auth_method = \"workload_identity\"\nworkload_identity_token_file = \"{}\"\n{}",
            file.path().display(),
            discovery(issuer)
        )
    })
    .await?;
    let begun = bench.begin(&Browser::new()?).await?;
    assert_eq!(begun.parameter("code_challenge"), None);
    assert_eq!(username(&bench, &json!({}), &json!({})).await?, "ada@example.com");
    let requests = bench.provider.seen("/token");
    assert_eq!(requests.len(), 1);
    let body = &requests[0].body;
    assert!(
        body.contains("client_assertion=platform-s3cret&") || body.ends_with("client_assertion=platform-s3cret"),
        "{body}"
    );
    assert!(
        body.contains("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"),
        "{body}"
    );
    assert!(!body.contains("code_verifier") && !body.contains("client_secret"), "{body}");

    // The platform renews the file; it is read at each exchange.
    std::fs::write(file.path(), "renewed-s3cret")?;
    username(&bench, &json!({}), &json!({})).await?;
    assert!(bench.provider.seen("/token")[1].body.contains("client_assertion=renewed-s3cret"));
    for content in ["", "  \n"] {
        std::fs::write(file.path(), content)?;
        let page = bench.sign_in(&Browser::new()?, &json!({}), &json!({})).await?;
        assert_refused(&page, 400, "token_exchange_failed");
    }
    std::fs::remove_file(file.path())?;
    let page = bench.sign_in(&Browser::new()?, &json!({}), &json!({})).await?;
    assert_refused(&page, 400, "token_exchange_failed");
    assert_eq!(bench.provider.seen("/token").len(), 2, "nothing is sent without a token");
    Ok(())
}

#[test]
fn case_10_a_missing_token_file_is_a_config_error() -> Result<()> {
    let problems = check_config(&provider(
        "client_auth_method = \"workload_identity\"\nworkload_identity_token_file = \"/nowhere/token\"\nserver_metadata_url = \"https://id.example.com/.well-known/openid-configuration\"",
    ))?;
    assert!(problems.contains("workload_identity_token_file") && problems.contains("/nowhere/token"), "{problems}");
    Ok(())
}

#[tokio::test]
async fn case_11_and_16_an_id_token_that_suffices_saves_the_profile() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    bench.profile(json!({}));
    assert_eq!(username(&bench, &json!({}), &json!({})).await?, "ada@example.com");
    assert!(bench.provider.seen("/userinfo").is_empty());
    Ok(())
}

#[tokio::test]
async fn case_12_and_17_an_id_token_of_sub_alone_is_named_by_the_profile() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    bench.profile(json!({ "sub": "ada", "email": "ada@profile.example" }));
    assert_eq!(username(&bench, &without_name(), &json!({})).await?, "ada@profile.example");
    let requests = bench.provider.seen("/userinfo");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].authorization.as_deref(), Some("Bearer access-s3cret"));
    Ok(())
}

#[tokio::test]
async fn case_13_the_username_claim_wins() -> Result<()> {
    let bench = Scripted::start("", "username_claim = \"preferred_username\"").await?;
    bench.profile(json!({ "sub": "ada", "email": "ada@profile.example" }));
    assert_eq!(username(&bench, &json!({ "preferred_username": "countess" }), &json!({})).await?, "countess");
    Ok(())
}

#[tokio::test]
async fn case_14_and_15_a_group_lets_in_and_another_does_not() -> Result<()> {
    let bench = Scripted::start("", "additional_claims = { groups = [\"group-a\"] }").await?;
    bench.profile(json!({ "sub": "ada" }));
    username(&bench, &json!({ "groups": ["group-a"] }), &json!({})).await?;
    let browser = Browser::new()?;
    let page = bench.sign_in(&browser, &json!({ "groups": ["group-b"] }), &json!({})).await?;
    assert_refused(&page, 403, "claims_not_authorized");
    assert!(page.body.contains("members of group-a") && page.body.contains("group-b"), "{}", page.body);
    assert_eq!(bench.me(&browser).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn case_18_the_browser_holds_nothing_of_the_sign_in_in_progress() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = Browser::new()?;
    let begun = bench.begin(&browser).await?;
    let cookies = browser.cookie_header(&bench.world.origin.parse()?).unwrap();
    for name in ["state", "nonce", "code_challenge"] {
        assert!(!cookies.contains(&begun.parameter(name).unwrap()), "{name} in {cookies}");
    }
    Ok(())
}

#[tokio::test]
async fn case_19_an_answer_that_nobody_waits_for_is_told_in_words() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    for query in ["", "code=a", "code=a&state=b", "state=b", "error=access_denied&state=b"] {
        let page = bench.answer(&Browser::new()?, query).await?;
        assert_refused(&page, 400, "state_mismatch");
    }
    Ok(())
}

#[test]
fn case_20_to_23_openid_needs_discovery() -> Result<()> {
    let manual = "client_secret = \"s\"\nauthorization_url = \"https://id.example.com/a\"\ntoken_url = \"https://id.example.com/t\"\nuserinfo_endpoint = \"https://id.example.com/u\"\n";
    for blank in ["", "server_metadata_url = \"\"\n"] {
        let problems = check_config(&provider(&format!("{manual}{blank}scope = \"openid email\"")))?;
        assert!(problems.contains("corp") && problems.contains("server_metadata_url"), "{problems}");
    }
    let discovered = "client_secret = \"s\"\nserver_metadata_url = \"https://id.example.com/.well-known/openid-configuration\"\nscope = \"openid email\"";
    assert_eq!(check_config(&provider(discovered))?, "");
    assert_eq!(check_config(&provider(&format!("{manual}scope = \"email\"")))?, "");
    Ok(())
}

#[test]
fn case_24_to_27_keys_of_a_provider_outside_its_table_are_found() -> Result<()> {
    let stray = "[auth]\nsources = [\"internal\"]\nclient_id = \"a\"\ntoken_url = \"https://id.example.com/t\"\n";
    let problems = check_config(stray)?;
    for key in ["client_id", "token_url"] {
        let line = problems.lines().find(|line| line.contains(&format!("auth.{key}"))).unwrap_or_default();
        assert!(line.contains("auth.oauth2"), "{problems}");
    }
    assert_eq!(check_config("[auth]\noauth2_auto_create_user = false\n")?, "");
    assert_eq!(check_config("")?, "");
    Ok(())
}

#[tokio::test]
async fn case_28_a_missing_username_claim_is_no_reason_to_take_another() -> Result<()> {
    let bench = Scripted::start("", "username_claim = \"upn\"").await?;
    bench.profile(json!({ "sub": "ada", "email": "ada@profile.example" }));
    let page = bench.sign_in(&Browser::new()?, &json!({}), &json!({})).await?;
    assert_refused(&page, 400, "no_username");
    assert!(page.body.contains("upn"), "{}", page.body);
    Ok(())
}

#[test]
fn case_29_additional_claims_that_let_nobody_in_are_a_config_error() -> Result<()> {
    let with = |claims: &str| {
        provider(&format!(
            "client_secret = \"s\"\nserver_metadata_url = \"https://id.example.com/.well-known/openid-configuration\"\nadditional_claims = {claims}"
        ))
    };
    for claims in ["{}", "\"openid profile\"", "[\"dba\"]", "{ groups = {} }", "{ groups = [] }"] {
        let problems = check_config(&with(claims))?;
        assert!(problems.contains("additional_claims"), "{claims}: {problems}");
    }
    assert_eq!(check_config(&with("{ groups = \"dba\", level = [1, 2] }"))?, "");
    Ok(())
}

#[tokio::test]
async fn case_30_without_auto_creation_only_known_people_come_in() -> Result<()> {
    let bench = Scripted::start("oauth2_auto_create_user = false", "").await?;
    let page = bench.sign_in(&Browser::new()?, &json!({}), &json!({})).await?;
    assert_refused(&page, 403, "no_account");
    assert!(page.body.contains("administrator"), "{}", page.body);
    Ok(())
}

#[test]
fn case_31_workload_identity_allows_neither_secret_nor_pkce_nor_a_missing_file() -> Result<()> {
    let file = tempfile::NamedTempFile::new()?;
    let discovered = "server_metadata_url = \"https://id.example.com/.well-known/openid-configuration\"";
    let with_file = format!(
        "client_auth_method = \"workload_identity\"\nworkload_identity_token_file = \"{}\"\n{discovered}",
        file.path().display()
    );
    assert_eq!(check_config(&provider(&with_file))?, "");
    let secret = check_config(&provider(&format!("{with_file}\nclient_secret = \"s\"")))?;
    assert!(secret.contains("client_secret"), "{secret}");
    let pkce = check_config(&provider(&format!("{with_file}\nchallenge_method = \"S256\"\nresponse_type = \"code\"")))?;
    assert!(pkce.contains("challenge_method"), "{pkce}");
    for file in ["", "workload_identity_token_file = \" \"\n"] {
        let blank =
            check_config(&provider(&format!("client_auth_method = \"workload_identity\"\n{file}{discovered}")))?;
        assert!(blank.contains("workload_identity_token_file"), "{blank}");
    }
    Ok(())
}

#[tokio::test]
async fn case_32_what_a_provider_does_wrong_is_told_on_the_login_page() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = Browser::new()?;
    let begun = bench.begin(&browser).await?;
    let state = begun.parameter("state").unwrap();
    let page = bench
        .answer(&browser, &format!("error=access_denied&error_description=%3Cb%3Eno%3C/b%3E&state={state}"))
        .await?;
    assert_refused(&page, 400, "provider_error");
    assert!(page.body.contains("access_denied") && page.body.contains("&#60;b&#62;no"), "{}", page.body);

    for keys in
        [Answer::Text(500, "text/plain", "broken".to_owned()), Answer::Text(200, "text/html", "<html>".to_owned())]
    {
        let fresh = Scripted::start("", "").await?;
        fresh.provider.script(|script| script.keys = keys);
        let page = fresh.sign_in(&Browser::new()?, &json!({}), &json!({})).await?;
        assert_refused(&page, 502, "provider_unavailable");
    }
    Ok(())
}

#[tokio::test]
async fn case_33_signing_out_goes_on_to_the_filled_template() -> Result<()> {
    let bench =
        Scripted::start("", "logout_url = \"https://id.example.com/out?to={redirect_uri}&hint={id_token}\"").await?;
    let browser = bench.signed_in(&json!({}), &json!({})).await?;
    let out = browser.request(Method::POST, &format!("{}/logout", bench.world.origin))?.send().await?;
    let location = out.headers()["location"].to_str()?;
    assert!(location.starts_with("https://id.example.com/out?to=http%3A%2F%2F127.0.0.1"), "{location}");
    assert!(location.contains("%2Foauth2%2Flogout%2Fcallback&hint=ey"), "{location}");
    assert_eq!(bench.me(&browser).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn case_34_an_answer_of_another_provider_is_refused() -> Result<()> {
    let other = howdah_testkit::hostile::Hostile::start(&howdah_testkit::hostile::SigningKey::es256()).await;
    let bench = Scripted::start_with("", |issuer| {
        format!(
            "client_secret = \"client-s3cret\"\n{}\n[[auth.oauth2]]\nname = \"other\"\nclient_id = \"howdah\"\nclient_secret = \"x\"\n{}",
            discovery(issuer),
            discovery(&other.issuer)
        )
    })
    .await?;
    let browser = Browser::new()?;
    let begun = bench.begin(&browser).await?;
    bench.give(&bench.id_token(Some(&begun), &json!({})), &json!({}));
    let state = begun.parameter("state").unwrap();
    let page = bench.answer(&browser, &format!("code=a&state={state}&iss={}", other.issuer)).await?;
    assert_refused(&page, 400, "issuer_mismatch");
    assert!(bench.provider.seen("/token").is_empty() && other.seen("/token").is_empty(), "the code went nowhere");
    Ok(())
}

#[tokio::test]
async fn case_35_of_a_list_of_addresses_the_primary_verified_one_counts() -> Result<()> {
    let bench = Scripted::start_plain("", "").await?;
    bench.provider.script(|script| {
        script.token = Answer::Text(
            200,
            "application/x-www-form-urlencoded",
            "access_token=t&token_type=bearer&scope=user%3Aemail".to_owned(),
        );
        script.userinfo = Answer::Json(json!([
            { "email": "old@example.com", "primary": false, "verified": true },
            { "email": "ada@example.com", "primary": true, "verified": true },
        ]));
    });
    let browser = Browser::new()?;
    let begun = bench.begin(&browser).await?;
    assert_eq!(bench.come_back(&browser, &begun).await?.status, 303);
    assert_eq!(bench.me(&browser).await?.json()?["username"], "ada@example.com");
    Ok(())
}

/// A config with one provider that has these keys.
fn provider(keys: &str) -> String {
    format!("[auth]\nsources = [\"oauth2\"]\n[[auth.oauth2]]\nname = \"corp\"\nclient_id = \"howdah\"\n{keys}\n")
}
