//! Rules on claims: whom one admits. `auth.administrators`, `additional_claims` and a server's `audience` mean the same by
//! it.

use serde_json::{Map, Value};

/// Claims of which at least one must have one of the wanted values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimsRule(Map<String, Value>);

/// Why a value is no rule.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsRuleError {
    /// It is something else.
    #[error("is {0}")]
    NoTable(&'static str),
    /// It names no claim.
    #[error("is empty, which would refuse everyone")]
    Empty,
    /// What is wanted of a claim is no text, whole number, truth or list of these.
    #[error("the value of `{claim}` is {found}")]
    Value {
        /// The claim.
        claim: String,
        /// What stands there.
        found: &'static str,
    },
}

impl ClaimsRule {
    /// Reads a rule such as `{ "groups": ["dba"] }`.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(value: Value) -> Result<Self, ClaimsRuleError> {
        let Value::Object(rule) = value else { return Err(ClaimsRuleError::NoTable(describe(&value))) };
        if rule.is_empty() {
            return Err(ClaimsRuleError::Empty);
        }
        for (claim, wanted) in &rule {
            let fits = match wanted {
                Value::Array(items) => !items.is_empty() && items.iter().all(is_scalar),
                other => is_scalar(other),
            };
            if !fits {
                return Err(ClaimsRuleError::Value { claim: claim.clone(), found: describe(wanted) });
            }
        }
        Ok(Self(rule))
    }

    /// Whether a claim has a wanted value: exactly, letters of either case apart; lists on either side.
    #[must_use]
    pub fn matches(&self, claims: &Map<String, Value>) -> bool {
        self.0.iter().any(|(claim, wanted)| {
            let wanted = each(wanted);
            claims.get(claim).is_some_and(|held| each(held).iter().any(|value| wanted.contains(value)))
        })
    }

    /// The rule as it was written.
    #[must_use]
    pub fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// A list's items, or the one value.
fn each(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn is_scalar(value: &Value) -> bool {
    match value {
        Value::String(_) | Value::Bool(_) => true,
        Value::Number(number) => !number.is_f64(),
        _ => false,
    }
}

/// What a value is, without showing it.
fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::String(_) => "a text",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "a whole number",
        Value::Bool(_) => "true or false",
        Value::Array(items) if items.is_empty() => "an empty list",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ClaimsRule;

    #[test]
    fn a_rule_admits_whoever_has_one_wanted_value_of_one_claim() {
        for (rule, claims, expected) in [
            (json!({ "groups": ["dba"] }), json!({ "groups": ["dba", "x"] }), true),
            (json!({ "groups": "dba" }), json!({ "groups": "dba" }), true),
            (json!({ "groups": "dba" }), json!({ "groups": ["x", "dba"] }), true),
            (json!({ "groups": ["a", "b"] }), json!({ "groups": "b" }), true),
            (json!({ "groups": ["a"], "level": [3] }), json!({ "level": 3 }), true),
            (json!({ "admin": true }), json!({ "admin": true }), true),
            (json!({ "admin": true }), json!({ "admin": "true" }), false),
            (json!({ "groups": ["dba"] }), json!({ "groups": ["DBA", "dba2", "db"] }), false),
            (json!({ "groups": ["dba"] }), json!({ "group": ["dba"] }), false),
            (json!({ "groups": ["dba"] }), json!({ "groups": [["dba"]] }), false),
            (json!({ "groups": ["dba"] }), json!({}), false),
        ] {
            let parsed = ClaimsRule::parse(rule.clone()).expect("a rule");
            let claims = claims.as_object().expect("claims");
            assert_eq!(parsed.matches(claims), expected, "{rule} {claims:?}");
            assert_eq!(&Value::Object(parsed.as_object().clone()), &rule);
        }
    }

    #[test]
    fn what_is_no_rule_is_refused_without_being_shown() {
        for (value, words) in [
            (json!("dba"), "is a text"),
            (json!(null), "is null"),
            (json!({}), "is empty, which would refuse everyone"),
            (json!({ "groups": [] }), "the value of `groups` is an empty list"),
            (json!({ "groups": [["s3cret"]] }), "the value of `groups` is a list"),
            (json!({ "groups": null }), "the value of `groups` is null"),
            (json!({ "groups": { "a": 1 } }), "the value of `groups` is a table"),
            (json!({ "level": 0.5 }), "the value of `level` is a number"),
        ] {
            let error = ClaimsRule::parse(value.clone()).expect_err("is none");
            assert_eq!(error.to_string(), words, "{value}");
        }
    }
}
