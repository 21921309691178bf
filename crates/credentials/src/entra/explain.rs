//! What Entra ID's refusals mean, in words that say what to do.
//!
//! Every refusal carries a number: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.

use crate::error::CredentialError;
use crate::oauth::{NoToken, Refused};

pub(super) const NAME: &str = "Microsoft Entra ID";

/// What a refusal means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    /// For people, with what to do.
    pub(crate) words: String,
    /// Whether the person can set it right by signing in again.
    pub(crate) sign_in_helps: bool,
}

enum Remedy {
    SignIn,
    Other,
}

/// Codes that somebody who sets up a database meets, with what they mean and what to do.
const KNOWN: [(&[u32], Remedy, &str); 29] = [
    (
        &[65001, 65004, 90094, 90095],
        Remedy::Other,
        "the application has no consent to ask for database tokens: an administrator must grant it the delegated permission `user_impersonation` of \"Azure OSSRDBMS Database\"",
    ),
    (
        &[650_052, 650_057],
        Remedy::Other,
        "the application's registration does not list \"Azure OSSRDBMS Database\": add its delegated permission `user_impersonation` there and grant consent",
    ),
    (&[50057], Remedy::Other, "your account is disabled: ask your administrator"),
    (&[50053], Remedy::Other, "your account is locked for a while because of wrong passwords: try again later"),
    (&[50055], Remedy::SignIn, "your password has expired: sign in again and set a new one"),
    (&[50034], Remedy::Other, "there is no such account in this tenant: check `tenant`"),
    (&[50020], Remedy::Other, "your account is of another tenant: check `tenant`, or ask to be invited as a guest"),
    (
        &[50105],
        Remedy::Other,
        "you are not assigned to the application: an administrator must add you or your group to it",
    ),
    (
        &[50072, 50074, 50076, 50078, 50079],
        Remedy::SignIn,
        "more than a password is asked of you here: sign in again with your second factor",
    ),
    (
        &[53000, 53001, 53002],
        Remedy::Other,
        "a conditional access rule wants a managed device: sign in from one, or ask your administrator",
    ),
    (&[53003, 53004], Remedy::Other, "a conditional access rule blocks this: ask your administrator which one"),
    (&[530_032, 50158], Remedy::SignIn, "a rule of your organization asks for another step: sign in again"),
    (
        &[50173, 50132, 50133, 70008, 70043, 700_081, 700_082, 700_084],
        Remedy::SignIn,
        "your sign-in is too old, or was ended by a new password or an administrator: sign in again",
    ),
    (&[50058, 50140, 16000, 16001], Remedy::SignIn, "you are no longer signed in: sign in again"),
    (&[7_000_215], Remedy::Other, "the client secret is wrong: use its value, not its id"),
    (&[7_000_222], Remedy::Other, "the client secret has expired: make a new one"),
    (
        &[700_027, 50012, 700_023],
        Remedy::Other,
        "the certificate is not accepted: upload exactly this one to the application's registration, and check the clock",
    ),
    (
        &[7_000_218],
        Remedy::Other,
        "the application must prove itself: give its `client_secret`, or turn on \"Allow public client flows\" in its registration",
    ),
    (&[700_016], Remedy::Other, "there is no such application in this tenant: check `client_id` and `tenant`"),
    (
        &[90002, 900_023, 900_021],
        Remedy::Other,
        "there is no such tenant in this cloud: check `tenant` and `authority`",
    ),
    (
        &[500_011],
        Remedy::Other,
        "this tenant does not know the resource: check `resource`; in a sovereign cloud it is another one",
    ),
    (
        &[50011],
        Remedy::Other,
        "the redirect URI is not registered: add Howdah's as a *web* redirect URI of the application",
    ),
    (
        &[70021, 700_211, 700_212, 700_213],
        Remedy::Other,
        "no federated credential fits the workload's token: compare issuer, subject and audience",
    ),
    (
        &[50013, 500_131, 50027],
        Remedy::SignIn,
        "the token of your sign-in is not for this application: its sign-in must ask for a scope of its own API",
    ),
    (
        &[9_002_327],
        Remedy::Other,
        "the redirect URI is registered for a single-page application: register it as a *web* redirect URI",
    ),
    (&[50194, 50059], Remedy::Other, "the application is of one tenant alone: set `tenant` to its id"),
    (&[7_000_112], Remedy::Other, "the application is disabled in this tenant: an administrator can enable it"),
    (&[70011, 1_002_012], Remedy::Other, "the scope is not valid here: check `resource`"),
    (&[700_025], Remedy::Other, "the application is a public one: take its secret out of these settings"),
];

pub(crate) fn diagnose(refused: &Refused) -> Diagnosis {
    let code = refused.description.as_deref().and_then(code);
    let known = code.and_then(|code| KNOWN.iter().find(|(codes, ..)| codes.contains(&code)));
    // Numbers come and go; these words of the standards stay.
    let wants_person = matches!(refused.error.as_str(), "interaction_required" | "invalid_grant" | "login_required");
    match (known, code) {
        (Some((_, remedy, words)), Some(code)) => Diagnosis {
            words: format!("{NAME} refused: {words} (AADSTS{code})"),
            sign_in_helps: matches!(remedy, Remedy::SignIn) || refused.claims.is_some(),
        },
        _ => Diagnosis { words: refused.words(NAME), sign_in_helps: wants_person || refused.claims.is_some() },
    }
}

/// As an error for people.
pub(super) fn explain(error: NoToken, _: &str) -> CredentialError {
    match error {
        NoToken::Refused(refused) => CredentialError::failed(diagnose(&refused).words).not_before(refused.retry_at),
        NoToken::Failed(error) => error,
    }
}

/// The number after the first `AADSTS`.
fn code(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("AADSTS")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: &str, description: Option<&str>, claims: Option<&str>, part: &str, sign_in_helps: bool) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let refused =
            Refused { error: error.to_owned(), description: owned(description), claims: owned(claims), retry_at: None };
        let found = diagnose(&refused);
        assert!(found.words.contains(part), "{description:?}: {}", found.words);
        assert_eq!(found.sign_in_helps, sign_in_helps, "{description:?}");
    }

    #[test]
    fn refusals_say_what_to_do() {
        let consent = "AADSTS65001: The user or administrator has not consented to use the application with ID 'x'.";
        check("invalid_grant", Some(consent), None, "user_impersonation", false);
        check("invalid_grant", Some("AADSTS50057: The user account is disabled."), None, "account is disabled", false);
        check("invalid_grant", Some("AADSTS700082: The refresh token has expired"), None, "sign in again", true);
        check("interaction_required", Some("AADSTS50076: Due to a change"), Some("{}"), "second factor", true);
        check("interaction_required", Some("AADSTS53003: Access has been blocked"), None, "conditional access", false);
        check("interaction_required", Some("AADSTS53003: Access has been blocked"), Some("{}"), "conditional", true);
        check("invalid_client", Some("AADSTS7000215: Invalid client secret provided."), None, "use its value", false);
        check("invalid_resource", Some("AADSTS500011: The resource principal"), None, "sovereign", false);
        check("invalid_request", Some("AADSTS50011: The redirect URI"), None, "redirect URI is not registered", false);
    }

    #[test]
    fn unknown_refusals_are_shown_as_they_are() {
        check("invalid_grant", Some("AADSTS99999999: What?"), None, "AADSTS99999999: What? (invalid_grant)", true);
        check("invalid_client", Some("AADSTS99999999: What?"), None, "AADSTS99999999: What? (invalid_client)", false);
        check("interaction_required", None, None, "refused: interaction_required", true);
        check("invalid_scope", Some("AADSTS: none"), None, "AADSTS: none", false);
        check("invalid_scope", Some("AADSTS650010"), None, "AADSTS650010", false);
    }
}
