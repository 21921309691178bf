//! The role to log in to PostgreSQL as: a server's `username` is a template over the person's claims.

use serde_json::{Map, Value};

/// Why a template gives no name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// The template cannot be read.
    #[error(
        "the username `{0}` is not a template: write {{email}}, {{email:local}}, {{preferred_username}}, {{upn}}, {{sub}} or {{claim:NAME}}"
    )]
    Malformed(String),
    /// The sign-in brought no such claim.
    #[error(
        "the username needs the claim `{claim}`, which your sign-in did not bring: choose another template, or ask for the claim's scope in the provider's `scope`"
    )]
    MissingClaim {
        /// The claim's name.
        claim: String,
    },
}

/// The name that `template` gives for a person with `claims`.
///
/// # Errors
///
/// When the template names a claim that is missing, empty or no text.
pub fn resolve(template: &str, claims: &Map<String, Value>) -> Result<String, UsernameError> {
    let malformed = || UsernameError::Malformed(template.to_owned());
    let mut name = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        let (before, from_brace) = rest.split_at(open);
        name.push_str(before);
        let inner = from_brace.strip_prefix('{').ok_or_else(malformed)?;
        let (field, after) = inner.split_once('}').ok_or_else(malformed)?;
        name.push_str(&substitute(field, claims).ok_or_else(malformed)??);
        rest = after;
    }
    name.push_str(rest);
    Ok(name)
}

/// Whether `template` can be read, whoever uses it.
///
/// # Errors
///
/// When it cannot.
pub fn check(template: &str) -> Result<(), UsernameError> {
    match resolve(template, &Map::new()) {
        Ok(_) | Err(UsernameError::MissingClaim { .. }) => Ok(()),
        Err(error @ UsernameError::Malformed(_)) => Err(error),
    }
}

/// What stands for `{field}`; `None` when there is no such field.
fn substitute(field: &str, claims: &Map<String, Value>) -> Option<Result<String, UsernameError>> {
    let (claim, local) = match field {
        "email" | "preferred_username" | "sub" | "upn" => (field, false),
        "email:local" => ("email", true),
        _ => (field.strip_prefix("claim:").filter(|name| !name.is_empty())?, false),
    };
    let value = claims.get(claim).and_then(Value::as_str).filter(|value| !value.is_empty());
    let Some(value) = value else {
        return Some(Err(UsernameError::MissingClaim { claim: claim.to_owned() }));
    };
    let value = if local { value.split_once('@').map_or(value, |(local, _)| local) } else { value };
    Some(Ok(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{UsernameError, check, resolve};

    fn claims() -> Map<String, Value> {
        let value = json!({ "email": "ada@example.com", "sub": "s-1", "department": "ops", "empty": "", "level": 3 });
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn templates_are_filled_from_claims() {
        let check = |template: &str, expected: &str| assert_eq!(resolve(template, &claims()).as_deref(), Ok(expected));
        check("postgres", "postgres");
        check("{email}", "ada@example.com");
        check("{email:local}", "ada");
        check("{email:local}_{claim:department}", "ada_ops");
        check("app-{sub}", "app-s-1");
    }

    #[test]
    fn a_claim_that_is_missing_is_named() {
        for claim in ["upn", "claim:empty", "claim:level", "claim:none"] {
            let name = claim.strip_prefix("claim:").unwrap_or(claim);
            assert_eq!(
                resolve(&format!("{{{claim}}}"), &claims()),
                Err(UsernameError::MissingClaim { claim: name.to_owned() })
            );
        }
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for template in ["{", "}", "{mail}", "{claim:}", "a{b", "{{email}}"] {
            assert!(matches!(check(template), Err(UsernameError::Malformed(_))), "{template}");
        }
        assert_eq!(check("{upn}"), Ok(()));
    }
}
