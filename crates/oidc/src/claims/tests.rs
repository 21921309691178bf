//! Names, permissions and when the profile is read.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::check_providers;

/// What comes out: the user name, or the code of the error.
type Expected = Result<&'static str, &'static str>;

#[expect(clippy::needless_pass_by_value, reason = "the lines of a table read better")]
fn config(changes: Value) -> ProviderConfig {
    let mut settings = json!({
        "name": "corp", "client_id": "howdah", "client_secret": "s3cret",
        "server_metadata_url": "https://id.example.com/.well-known/openid-configuration",
    });
    settings.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    check_providers(vec![serde_json::from_value(settings).unwrap()], &|_| None).unwrap().remove(0)
}

fn sign_in(config: &ProviderConfig, id_token: &Value, userinfo: &Value) -> Result<SignIn, SignInError> {
    let known = Known { id_token: id_token.as_object().cloned(), userinfo: userinfo.as_object().cloned() };
    let tokens = Tokens { access: "a".into(), refresh: None, id: None, expires_at: None };
    known.into_sign_in(config, "https://id.example.com", tokens)
}

/// `asks`: whether the profile is read.
#[expect(clippy::needless_pass_by_value, reason = "the lines of a table read better")]
fn check(changes: Value, id_token: Value, userinfo: Value, asks: bool, expected: Expected) {
    let config = config(changes.clone());
    let known = Known { id_token: id_token.as_object().cloned(), userinfo: None };
    assert_eq!(known.needs_userinfo(&config), asks, "{changes} {id_token}: reads the profile");
    let found = sign_in(&config, &id_token, if asks { &userinfo } else { &Value::Null });
    let found = found.as_ref().map(|sign_in| sign_in.username.as_str()).map_err(SignInError::code);
    assert_eq!(found, expected, "{changes} {id_token} {userinfo}");
}

#[test]
fn the_username_is_found_in_the_order_of_the_contract() {
    let none = || Value::Null;
    check(json!({}), json!({"sub": "1", "email": "a@x", "preferred_username": "ada"}), none(), false, Ok("a@x"));
    check(json!({}), json!({"sub": "1", "preferred_username": "ada"}), none(), false, Ok("ada"));
    check(json!({}), json!({"sub": "1"}), json!({"sub": "1", "email": "a@x"}), true, Ok("a@x"));
    check(json!({}), json!({"sub": "1"}), json!({"sub": "1", "mail": "m@x", "email": "a@x"}), true, Ok("m@x"));
    check(json!({}), json!({"sub": "1"}), json!({"sub": "1", "preferred_username": "ada"}), true, Ok("ada"));
    check(json!({}), json!({"sub": "1"}), none(), true, Ok("1"));
    check(json!({}), json!({"sub": "1", "email": " "}), none(), true, Ok("1"));
    check(json!({}), none(), json!({"id": 7, "email": "a@x"}), true, Ok("a@x"));
    check(json!({}), none(), json!({"id": 7, "login": "ada"}), true, Err("no_username"));
    check(json!({}), none(), json!({"sub": "1", "preferred_username": "ada"}), true, Err("no_username"));
}

#[test]
fn a_configured_claim_is_the_only_name() {
    let by = |claim: &str| json!({"username_claim": claim});
    check(by("oid"), json!({"sub": "1", "oid": "o", "email": "a@x"}), Value::Null, false, Ok("o"));
    check(by("oid"), json!({"sub": "1", "email": "a@x"}), json!({"sub": "1", "oid": "o"}), true, Ok("o"));
    check(
        by("oid"),
        json!({"sub": "1", "email": "a@x"}),
        json!({"sub": "1", "email": "a@x"}),
        true,
        Err("no_username"),
    );
    check(by("oid"), json!({"sub": "1", "oid": ["o"]}), Value::Null, true, Err("no_username"));
    check(by("login"), Value::Null, json!({"id": 7, "login": "ada"}), true, Ok("ada"));
}

#[test]
fn an_unverified_address_is_a_name_only_where_it_is_trusted() {
    let strict = || json!({"trust_email": false});
    let token =
        |verified: Value| json!({"sub": "1", "email": "a@x", "email_verified": verified, "preferred_username": "ada"});
    check(json!({}), token(json!(false)), Value::Null, false, Ok("a@x"));
    check(strict(), token(json!(true)), Value::Null, false, Ok("a@x"));
    check(strict(), token(json!("true")), Value::Null, false, Ok("a@x"));
    check(strict(), token(json!(false)), Value::Null, false, Ok("ada"));
    check(strict(), json!({"sub": "1", "email": "a@x"}), json!({"sub": "1", "email": "a@x"}), true, Ok("1"));
    check(strict(), Value::Null, json!({"id": 7, "email": "a@x"}), true, Err("no_username"));
}

#[test]
fn one_matching_claim_lets_a_person_in() {
    let rule = || json!({"additional_claims": {"groups": ["123", "456"], "wids": "789", "level": 3}});
    let token = |claims: Value| {
        let mut token = json!({"sub": "1", "email": "a@x"});
        token.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        token
    };
    let none = || Value::Null;
    check(rule(), token(json!({"groups": ["1", "456"]})), none(), false, Ok("a@x"));
    check(rule(), token(json!({"groups": "123"})), none(), false, Ok("a@x"));
    check(rule(), token(json!({"wids": ["789"]})), none(), false, Ok("a@x"));
    check(rule(), token(json!({"level": 3})), none(), false, Ok("a@x"));
    check(rule(), token(json!({"level": "3"})), none(), true, Err("claims_not_authorized"));
    check(rule(), token(json!({"groups": ["Group"]})), none(), true, Err("claims_not_authorized"));
    check(rule(), token(json!({})), json!({"sub": "1", "groups": ["123"]}), true, Ok("a@x"));
    check(rule(), token(json!({"groups": ["9"]})), json!({"sub": "1", "groups": ["123"]}), true, Ok("a@x"));
    check(rule(), token(json!({})), json!({"sub": "1", "groups": [["123"]]}), true, Err("claims_not_authorized"));
    check(rule(), none(), json!({"id": 1, "email": "a@x", "wids": "789"}), true, Ok("a@x"));
    check(
        json!({"additional_claims": {"Groups": ["a"]}}),
        token(json!({"groups": ["a"]})),
        none(),
        true,
        Err("claims_not_authorized"),
    );
}

#[test]
fn groups_that_entra_left_out_are_put_into_words() {
    let config = config(json!({"additional_claims": {"groups": ["a"]}}));
    let token = json!({"sub": "1", "email": "a@x", "_claim_names": {"groups": "src1"}});
    let error = sign_in(&config, &token, &Value::Null).unwrap_err();
    assert!(error.to_string().contains("in so many groups"), "{error}");
}

#[test]
fn a_person_is_issuer_and_subject_or_provider_and_account() {
    let config = config(json!({}));
    let who = |id_token: Value, userinfo: Value| {
        let sign_in = sign_in(&config, &id_token, &userinfo).unwrap();
        (sign_in.issuer, sign_in.subject)
    };
    let expect = |issuer: &str, subject: &str| (issuer.to_owned(), subject.to_owned());
    assert_eq!(who(json!({"sub": "1"}), json!({"sub": "1", "id": "9"})), expect("https://id.example.com", "1"));
    assert_eq!(who(Value::Null, json!({"id": 583231, "sub": "s", "email": "a@x"})), expect("corp", "583231"));
    assert_eq!(who(Value::Null, json!({"sub": "s", "email": "a@x"})), expect("corp", "s"));
    assert_eq!(who(Value::Null, json!({"email": "a@x"})), expect("corp", "a@x"));
}

#[test]
fn whoever_differs_by_a_blank_is_somebody_else() {
    let config = config(json!({}));
    let subject = |id_token: Value| sign_in(&config, &id_token, &Value::Null).unwrap().subject;
    assert_eq!(subject(json!({"sub": "ada", "email": "a@x"})), "ada");
    assert_eq!(subject(json!({"sub": "ada ", "email": "a@x"})), "ada ");
}

#[test]
fn a_name_is_one_line_of_bounded_length() {
    for unusable in ["a\nb", "a\u{0}", "ad\u{202e}a", &"a".repeat(256), " \t"] {
        check(json!({}), json!({"sub": "1", "email": unusable}), Value::Null, true, Ok("1"));
        let by = json!({"username_claim": "upn"});
        check(by, json!({"sub": "1", "upn": unusable}), Value::Null, true, Err("no_username"));
    }
    check(json!({}), json!({"sub": "1", "email": " a@x "}), Value::Null, false, Ok("a@x"));
}

#[test]
fn claims_of_the_id_token_win_over_the_profile() {
    let id_token = json!({"sub": "1", "name": "Ada", "groups": ["a"]});
    let userinfo = json!({"sub": "1", "name": "Other", "email": "a@x", "groups": ["b"], "team": "t"});
    let found = sign_in(&config(json!({})), &id_token, &userinfo).unwrap();
    assert_eq!(found.display_name.as_deref(), Some("Ada"));
    assert_eq!(found.email.as_deref(), Some("a@x"));
    assert_eq!(found.claims["groups"], json!(["a"]));
    assert_eq!(found.claims["team"], "t");
}

#[test]
fn who_is_not_let_in_is_told_what_was_wanted_and_found() {
    let many: Vec<String> = (0..100).map(|index| format!("group {index}")).collect();
    let config = config(json!({"additional_claims": {"roles": ["dba", 7], "level": 3}}));
    let id_token = json!({"sub": "1", "email": "a@x", "roles": ["x\r\ny"], "groups": many, "other": "not shown"});
    let others: Vec<String> = (0..100).map(|index| format!("other {index}")).collect();
    let userinfo = json!({"sub": "1", "roles": "z", "level": 2, "groups": others});
    let error = sign_in(&config, &id_token, &userinfo).unwrap_err();
    let SignInError::ClaimsNotAuthorized { username, wanted, found, overage, .. } = error else { panic!("{error}") };
    assert_eq!((username.as_str(), overage), ("a@x", false));
    let list = |name: &str, values: &[&str]| (name.to_owned(), values.iter().map(ToString::to_string).collect());
    assert_eq!(wanted, [list("level", &["3"]), list("roles", &["dba", "7"])]);
    assert_eq!(found[..2], [list("level", &["2"]), list("roles", &["x  y", "z"])]);
    assert_eq!((found[2].0.as_str(), found[2].1.len(), found.len()), ("groups", 20, 3));
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ab@ ]{0,3}|.*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-c]", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Claims of names that the code looks at.
fn claims() -> impl Strategy<Value = Claims> {
    let name = "sub|iss|email|mail|email_verified|preferred_username|id|name|groups|roles|_claim_names";
    prop::collection::hash_map(name, json_value(), 0..8).prop_map(|map| map.into_iter().collect())
}

fn rule() -> impl Strategy<Value = Value> {
    prop::collection::vec(prop_oneof!["[ab]{1,2}".prop_map(Value::from), (0..3).prop_map(Value::from)], 1..4)
        .prop_map(Value::from)
}

proptest! {
    #[test]
    fn nothing_in_claims_makes_us_panic(id_token in claims(), userinfo in claims(), plain in any::<bool>()) {
        let config = config(json!({"additional_claims": {"groups": ["a"]}, "group_claim": "roles", "trust_email": false}));
        let id_token = if plain { Value::Null } else { Value::Object(id_token) };
        let _ = sign_in(&config, &id_token, &Value::Object(userinfo)).map_err(|error| error.to_string());
    }

    #[test]
    fn a_rule_of_two_claims_is_either_of_them(claims in claims(), groups in rule(), roles in rule()) {
        let allows = |rule: Value| allows(&config(json!({"additional_claims": rule})), &claims);
        let both = allows(json!({"groups": groups, "roles": roles}));
        prop_assert_eq!(both, allows(json!({"groups": groups})) || allows(json!({"roles": roles})));
    }

    #[test]
    fn a_rule_of_two_values_is_either_of_them(claims in claims(), one in rule(), two in rule()) {
        let allows = |rule: &[&Value]| {
            let values: Vec<_> = rule.iter().flat_map(|rule| rule.as_array().unwrap().clone()).collect();
            allows(&config(json!({"additional_claims": {"groups": values}})), &claims)
        };
        prop_assert_eq!(allows(&[&one, &two]), allows(&[&one]) || allows(&[&two]));
    }

    #[test]
    fn one_more_group_never_shuts_out(groups in prop::collection::vec(json_value(), 0..4), more in json_value(), wanted in rule()) {
        let config = config(json!({"additional_claims": {"groups": wanted}}));
        let with = |groups: &[Value]| allows(&config, json!({"groups": groups}).as_object().unwrap());
        let before = with(&groups);
        let mut all = groups;
        all.push(more);
        prop_assert!(!before || with(&all));
    }

    #[test]
    fn only_a_wanted_value_lets_in(claims in claims(), wanted in rule()) {
        let config = config(json!({"additional_claims": {"groups": wanted}}));
        let found = match claims.get("groups") {
            Some(Value::Array(found)) => found.clone(),
            Some(found) => vec![found.clone()],
            None => Vec::new(),
        };
        let is_in = found.iter().any(|value| wanted.as_array().unwrap().contains(value));
        prop_assert_eq!(allows(&config, &claims), is_in);
    }
}
