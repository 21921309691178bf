//! What holds whatever comes: where a browser may be sent, who is let in, who has tried too often, and any config.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use howdah::config::{self, ClaimsRule};
use howdah::throttle::{Throttle, network};
use howdah::urls::{Urls, safe_next};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;
use serde_json::{Map, Value, json};
use url::Url;

/// Pieces of addresses that have led browsers astray.
const ASTRAY: [&str; 34] = [
    "/",
    "//",
    "\\",
    "/\\",
    ".",
    "..",
    "/..//",
    "/.//",
    "%2f",
    "%5c",
    "%2e%2e",
    "%09",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u{b}",
    " ",
    "\u{a0}",
    "\u{2028}",
    "\u{ff0f}",
    "\u{3002}",
    "@",
    ":",
    ":443",
    "?",
    "#",
    ";",
    "https:",
    "javascript:",
    "data:text/html,",
    "evil.example",
    "servers",
    "\u{7f}",
];

/// Any text, or one made to lead astray; some begin as a path does.
fn address() -> impl Strategy<Value = String> {
    let astray = vec(select(ASTRAY.as_slice()), 0..8).prop_map(|pieces| pieces.concat());
    prop_oneof![any::<String>(), ".*", astray.clone(), astray.prop_map(|rest| format!("/{rest}"))]
}

fn origin() -> impl Strategy<Value = Url> {
    ("[a-z]{1,12}(\\.[a-z]{2,8}){0,2}", proptest::option::of(1_u16..)).prop_map(|(host, port)| {
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        format!("https://{host}{port}").parse().expect("an origin")
    })
}

/// Holds if a browser that is sent to `path` by a page of `origin` stays there.
fn stays(path: &str, origin: &Url) -> TestCaseResult {
    prop_assert!(path.starts_with('/'), "{path:?}");
    prop_assert!(!path[1..].starts_with(['/', '\\']), "{path:?}");
    prop_assert!(!path.chars().any(char::is_control), "{path:?}");
    for page in ["/", "/login", "/oauth2/authorize?code=a&state=b"] {
        let followed = origin.join(page).and_then(|page| page.join(path));
        let followed = followed.map_err(|error| TestCaseError::fail(format!("{path:?}: {error}")))?;
        prop_assert_eq!(followed.origin(), origin.origin(), "{:?}", path);
        prop_assert!(!followed.path().starts_with("//"), "{path:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn next_never_leaves_this_origin(next in address(), origin in origin()) {
        let path = safe_next(Some(&next));
        stays(&path, &origin)?;
        prop_assert_eq!(safe_next(Some(&path)), path, "what is safe stays as it is");
    }

    #[test]
    fn an_ordinary_path_is_followed(path in "(/[a-z0-9_~-]{1,8}){1,4}/?(\\?[a-z0-9=&%+]{1,12})?(#[a-z0-9/-]{1,8})?") {
        prop_assert_eq!(safe_next(Some(&path)), path);
    }

    #[test]
    fn an_address_of_another_origin_is_not_followed(address in address(), rest in address(), ours in origin()) {
        let urls = Urls::new(ours.clone());
        for text in [address.clone(), format!("{ours}{rest}"), format!("https://{address}{rest}")] {
            let path = urls.path_of(&text);
            stays(&path, &ours)?;
            let is_ours = Url::parse(&text).is_ok_and(|url| url.origin() == ours.origin());
            prop_assert!(is_ours || path == "/", "{text:?} leads to {path:?}");
        }
    }

    #[test]
    fn redirect_uris_are_of_the_configured_origin(ours in origin(), rest in "[a-z/?#=]{0,12}") {
        let configured = ours.join(&format!("/{}", rest.trim_start_matches('/'))).expect("an address");
        let urls = Urls::new(configured);
        prop_assert_eq!(urls.redirect_uri(), ours.join("/oauth2/authorize").expect("an address"));
        prop_assert_eq!(urls.post_logout_redirect_uri(), ours.join("/oauth2/logout/callback").expect("an address"));
        prop_assert_eq!(urls.origin(), ours.origin().ascii_serialization());
    }
}

/// A value that a rule may want: few of them, so that they meet.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec!["a", "A", "b", "1", "true", ""]).prop_map(Value::from),
        (-1_i64..3).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
}

/// A value that a claim may have.
fn held() -> impl Strategy<Value = Value> {
    let odd = select(vec![json!(null), json!({ "a": "a" }), json!([["a"]]), json!(1.5), json!([null, {}])]);
    prop_oneof![4 => scalar(), 4 => vec(scalar(), 0..4).prop_map(Value::from), 1 => odd]
}

/// What rules want of claims.
type Wanted = BTreeMap<String, Vec<Value>>;

fn rule_of(wanted: &Wanted) -> ClaimsRule {
    ClaimsRule::parse(json!(wanted)).expect("a rule")
}

fn wanted() -> impl Strategy<Value = Wanted> {
    btree_map("[x-z]", vec(scalar(), 1..3), 1..3)
}

fn rule() -> impl Strategy<Value = ClaimsRule> {
    wanted().prop_map(|wanted| rule_of(&wanted))
}

fn claims() -> impl Strategy<Value = Map<String, Value>> {
    btree_map("[x-z]", held(), 0..3).prop_map(|claims| claims.into_iter().collect())
}

/// Who wants anything of either.
fn either(one: &Wanted, other: &Wanted) -> ClaimsRule {
    let mut both = one.clone();
    for (claim, wanted) in other {
        both.entry(claim.clone()).or_default().extend(wanted.iter().cloned());
    }
    rule_of(&both)
}

fn alone(claim: &str, value: &Value) -> Map<String, Value> {
    Map::from_iter([(claim.to_owned(), value.clone())])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_of_two_lets_in_whom_either_lets_in(one in wanted(), other in wanted(), claims in claims()) {
        let alone = rule_of(&one).matches(&claims) || rule_of(&other).matches(&claims);
        prop_assert_eq!(either(&one, &other).matches(&claims), alone);
    }

    #[test]
    fn a_person_is_let_in_by_one_claim_or_not_at_all(rule in rule(), claims in claims()) {
        let by_one = claims.iter().any(|(claim, value)| rule.matches(&alone(claim, value)));
        prop_assert_eq!(rule.matches(&claims), by_one);
    }

    #[test]
    fn a_list_is_as_good_as_its_best_value(rule in rule(), values in vec(scalar(), 0..5)) {
        let list = rule.matches(&alone("x", &Value::from(values.clone())));
        prop_assert_eq!(list, values.iter().any(|value| rule.matches(&alone("x", value))));
    }

    #[test]
    fn a_value_is_itself_and_nothing_like_it(wanted in scalar(), held in scalar()) {
        let rule = rule_of(&BTreeMap::from([("x".to_owned(), vec![wanted.clone()])]));
        prop_assert_eq!(rule.matches(&alone("x", &held)), wanted == held);
        prop_assert!(!rule.matches(&alone("y", &wanted)) && !rule.matches(&alone("X", &wanted)));
    }

    #[test]
    fn what_wants_nothing_is_no_rule(names in vec("[x-z]", 0..3)) {
        let nothing: Map<String, Value> = names.into_iter().map(|name| (name, json!([]))).collect();
        prop_assert!(ClaimsRule::parse(nothing.into()).is_err());
    }
}

proptest! {
    #[test]
    fn each_source_is_counted_for_itself(limit in 1_usize..5, sources in vec(0_u8..6, 0..40)) {
        let throttle = Throttle::new(limit);
        for (count, source) in sources.iter().enumerate() {
            let before = sources[..count].iter().filter(|other| *other == source).count();
            prop_assert_eq!(throttle.is_exhausted(source), before >= limit);
            throttle.note(*source);
        }
        for source in 0..6 {
            let times = sources.iter().filter(|other| **other == source).count();
            prop_assert_eq!(throttle.is_exhausted(&source), times >= limit);
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client(network_bits: u64, one: u64, two: u64, other: u64) {
        let address = |high: u64, low: u64| {
            IpAddr::V6(Ipv6Addr::from_bits((u128::from(high) << 64) | u128::from(low)))
        };
        // ::ffff:0:0/96 is IPv4 by another name.
        prop_assume!(network_bits != 0);
        let found = network(address(network_bits, one));
        prop_assert_eq!(found, network(address(network_bits, two)));
        prop_assert_eq!(found == network(address(other, one)), other == network_bits);
        prop_assert_eq!(network(found), found);
    }

    #[test]
    fn each_ipv4_address_is_a_client_by_either_of_its_names(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        prop_assert_eq!(network(IpAddr::V4(address)), IpAddr::V4(address));
        prop_assert_eq!(network(IpAddr::V6(address.to_ipv6_mapped())), IpAddr::V4(address));
    }
}

#[test]
fn many_sources_make_no_room_for_more_tries() {
    let throttle = Throttle::new(2);
    throttle.note(0);
    for source in 1..10_050 {
        throttle.note(source);
    }
    throttle.note(0);
    assert!(throttle.is_exhausted(&0), "one that is known goes on being counted");
}

/// Keys and values of configs, put together in ways that nobody means.
fn config_text() -> impl Strategy<Value = String> {
    let key = select(vec![
        "listen",
        "public_url",
        "url",
        "sources",
        "name",
        "client_id",
        "client_secret",
        "additional_claims",
        "scope",
        "server_metadata_url",
        "clock_skew",
        "idle_timeout",
        "trusted_proxies",
        "argv",
        "administrators",
        "icon",
        "password_min_length",
        "private_key_file",
        "id_token_signing_alg",
        "nosuch",
        "\"\"",
        "a.b.c",
    ]);
    let value = prop_oneof![
        select(vec![
            "\"\"",
            "\"x\"",
            "\"oauth2\"",
            "[\"oauth2\", \"internal\"]",
            "\"https://a.example/\"",
            "\"8h\"",
            "[[1]]",
            "{ groups = [\"dba\"] }",
            "{}",
            "[]",
            "[{}]",
            "-9223372036854775808",
            "9223372036854775807",
            "1e308",
            "nan",
            "true",
            "1979-05-27",
            "\"$HOME\"",
            "\"~\"",
            "\"[::1]:0\"",
            "\"99999999999999999999y\"",
        ])
        .prop_map(str::to_owned),
        "\"[^\"\\\\\\x00-\\x1f\\x7f]{0,12}\"",
    ];
    let table = select(vec![
        "[server]",
        "[auth]",
        "[store]",
        "[session]",
        "[log]",
        "[credentials]",
        "[[auth.oauth2]]",
        "[auth.oauth2]",
        "[[credentials.command]]",
        "[nosuch]",
        "[[server]]",
    ])
    .prop_map(str::to_owned);
    let line = prop_oneof![3 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")), 1 => table];
    vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn any_config_is_read_or_explained(text in prop_oneof![config_text(), ".*"], variables in vec(
        ("HOWDAH_(AUTH|SERVER|STORE|LOG)(__(OAUTH2|[0-9]{1,20}|LISTEN|SOURCES|CLIENT_ID|[A-Z_]{0,6})){0,4}", ".{0,12}"), 0..4,
    )) {
        let environment = variables.into_iter().collect();
        if let Err(error) = config::parse(Path::new("howdah.toml"), &text, &environment) {
            prop_assert!(!error.to_string().is_empty(), "{text}");
        }
    }
}
