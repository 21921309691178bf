//! Who the person is, and whether the claims let them in.

use serde_json::{Map, Value};

use crate::config::ProviderConfig;
use crate::error::{SignInError, is_formatting, presentable};
use crate::token::Tokens;

/// OpenID Connect Core 2: `sub` is no longer.
pub(crate) const LONGEST_SUBJECT: usize = 255;

/// Claims of one source.
pub(crate) type Claims = Map<String, Value>;

/// A person who signed in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// With `subject`: who the person is, whatever their name. The provider's name where it sends no ID tokens.
    pub issuer: String,
    /// The person at that issuer.
    pub subject: String,
    /// What to call the account.
    pub username: String,
    /// The person's e-mail address, verified or not.
    pub email: Option<String>,
    /// The person's full name.
    pub display_name: Option<String>,
    /// The ID token's claims, and those of the profile that the ID token does not have.
    pub claims: Map<String, Value>,
    /// What the provider gave for its APIs.
    pub tokens: Tokens,
}

/// What the provider told: the ID token's claims if there is one, and the profile's if it was read.
pub(crate) struct Known {
    pub(crate) id_token: Option<Claims>,
    pub(crate) userinfo: Option<Claims>,
}

impl Known {
    /// Whether the profile must be read: without ID token, or where that leaves the name or the permission open.
    pub(crate) fn needs_userinfo(&self, config: &ProviderConfig) -> bool {
        let Some(id_token) = &self.id_token else { return true };
        let names_person = match &config.username_claim {
            Some(claim) => name(id_token, claim).is_some(),
            None => email(config, id_token).is_some() || name(id_token, "preferred_username").is_some(),
        };
        !names_person || !allows(config, id_token)
    }

    /// # Errors
    ///
    /// [`SignInError::ClaimsNotAuthorized`] or [`SignInError::NoUsername`].
    pub(crate) fn into_sign_in(
        self,
        config: &ProviderConfig,
        issuer: &str,
        tokens: Tokens,
    ) -> Result<SignIn, SignInError> {
        let no_username =
            |missing: String| SignInError::NoUsername { provider: config.display_name().to_owned(), missing };
        let has_id_token = self.id_token.is_some();
        let (id_token, userinfo) = (self.id_token.unwrap_or_default(), self.userinfo.unwrap_or_default());

        let username = match &config.username_claim {
            // Never falls back: another claim could be somebody else's name.
            Some(claim) => name(&id_token, claim)
                .or_else(|| name(&userinfo, claim))
                .ok_or_else(|| no_username(format!("the claim `{claim}` is missing, or cannot be a user name")))?,
            None => email(config, &id_token)
                .or_else(|| email(config, &userinfo))
                .or_else(|| if has_id_token { name(&id_token, "preferred_username") } else { None })
                .or_else(|| if has_id_token { name(&userinfo, "preferred_username") } else { None })
                .or_else(|| if has_id_token { name(&id_token, "sub") } else { None })
                .ok_or_else(|| no_username("there is no e-mail address that can be used".to_owned()))?,
        };
        if !allows(config, &id_token) && !allows(config, &userinfo) {
            tracing::warn!(
                provider = config.name,
                username,
                wanted = ?config.additional_claims.keys().collect::<Vec<_>>(),
                id_token = ?id_token.keys().collect::<Vec<_>>(),
                userinfo = ?userinfo.keys().collect::<Vec<_>>(),
                "{username} signed in at {} and no configured claim lets them in", config.name
            );
            return Err(not_authorized(config, &username, &id_token, &userinfo));
        }
        let (issuer, subject) = if has_id_token {
            (issuer.to_owned(), identifier(&id_token, "sub"))
        } else {
            (config.name.clone(), identifier(&userinfo, "id").or_else(|| identifier(&userinfo, "sub")))
        };
        let display_name = name(&id_token, "name").or_else(|| name(&userinfo, "name"));
        let address = |claims| name(claims, "mail").or_else(|| name(claims, "email"));
        let email = name(&id_token, "email").or_else(|| address(&userinfo));
        let mut claims = userinfo;
        claims.extend(id_token);
        Ok(SignIn {
            issuer,
            subject: subject.unwrap_or_else(|| username.clone()),
            username,
            email,
            display_name,
            claims,
            tokens,
        })
    }
}

/// Any-of over claims and values; text compared exactly.
pub(crate) fn allows(config: &ProviderConfig, claims: &Claims) -> bool {
    config.additional_claims.is_empty()
        || config.additional_claims.iter().any(|(claim, wanted)| match claims.get(claim) {
            Some(Value::Array(found)) => found.iter().any(|value| wanted.contains(value)),
            Some(found) => wanted.contains(found),
            None => false,
        })
}

/// What was wanted and what was found, for the person to see.
pub(crate) fn not_authorized(
    config: &ProviderConfig,
    username: &str,
    id_token: &Claims,
    userinfo: &Claims,
) -> SignInError {
    const MOST: usize = 20;
    let shown = |value: &Value| match value {
        Value::String(text) => presentable(text, &[]),
        other => presentable(&other.to_string(), &[]),
    };
    let wanted = config.additional_claims.iter();
    let wanted = wanted.map(|(claim, values)| (claim.clone(), values.iter().take(MOST).map(shown).collect())).collect();
    let mut names: Vec<&String> = config.additional_claims.keys().collect();
    if !config.additional_claims.contains_key(&config.group_claim) {
        names.push(&config.group_claim);
    }
    let found = names.into_iter().map(|name| {
        let mut values = Vec::new();
        for claim in [id_token, userinfo].into_iter().filter_map(|claims| claims.get(name)) {
            let list = claim.as_array().map_or(std::slice::from_ref(claim), Vec::as_slice);
            for value in list.iter().take(MOST).map(shown) {
                if values.len() < MOST && !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        (name.clone(), values)
    });
    SignInError::ClaimsNotAuthorized {
        provider: config.display_name().to_owned(),
        username: presentable(username, &[]),
        wanted,
        found: found.filter(|(_, values)| !values.is_empty()).collect(),
        overage: [id_token, userinfo].into_iter().any(|claims| is_over(config, claims)),
    }
}

/// Whether a wanted claim was replaced by a pointer to elsewhere (OpenID Connect Core 5.6.2).
fn is_over(config: &ProviderConfig, claims: &Claims) -> bool {
    let elsewhere = claims.get("_claim_names").and_then(Value::as_object);
    elsewhere.is_some_and(|names| config.additional_claims.keys().any(|claim| names.contains_key(claim)))
}

/// The e-mail address, if it may be a user name.
fn email(config: &ProviderConfig, claims: &Claims) -> Option<String> {
    let is_verified = matches!(claims.get("email_verified"), Some(Value::Bool(true)))
        || claims.get("email_verified").and_then(Value::as_str) == Some("true");
    if !config.trust_email && !is_verified {
        return None;
    }
    // `mail` is Microsoft Graph's; an ID token has none.
    name(claims, "mail").or_else(|| name(claims, "email"))
}

/// What can be the name of somebody: text of one line that is no longer than a `sub` may be.
fn name(claims: &Claims, claim: &str) -> Option<String> {
    let text = claims.get(claim).and_then(Value::as_str).map(str::trim)?;
    let is_name = !text.is_empty() && text.chars().count() <= LONGEST_SUBJECT && !text.chars().any(is_formatting);
    is_name.then(|| text.to_owned())
}

/// To the letter: whoever differs by a blank is somebody else. GitHub's ids are numbers.
fn identifier(claims: &Claims, claim: &str) -> Option<String> {
    match claims.get(claim) {
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
