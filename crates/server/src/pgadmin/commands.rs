//! Well-known commands that print a database token, and the source that takes their place.

use serde_json::{Value, json};

/// The source that does what a command did, and what to say of it.
pub(super) fn source_instead_of(command: &str) -> Option<(Value, &'static str)> {
    let words = command.to_lowercase();
    let has = |parts: &[&str]| parts.iter().all(|part| words.contains(part));
    if has(&["az", "account", "get-access-token"]) || has(&["get-azaccesstoken"]) {
        return Some((
            json!({ "type": "entra" }),
            "its command asked Entra ID for a token; Howdah does that itself, by the person's own sign-in",
        ));
    }
    if has(&["aws", "rds", "generate-db-auth-token"]) {
        return Some((
            json!({ "type": "aws_rds" }),
            "its command asked AWS for a token; Howdah makes it itself, by its own identity in AWS",
        ));
    }
    if has(&["gcloud", "sql", "generate-login-token"]) {
        return Some((
            json!({ "type": "gcp" }),
            "its command asked Google Cloud for a token; Howdah does that itself, by its own identity there",
        ));
    }
    None
}
