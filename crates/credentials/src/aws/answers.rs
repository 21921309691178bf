//! What STS answers: XML, of which a few elements matter.

use super::keys::Keys;

/// The keys in the answer to `AssumeRole` and `AssumeRoleWithWebIdentity`.
pub(super) fn read_keys(body: &str, origin: String) -> Result<Keys, &'static str> {
    let part = |name| element(body, name).ok_or("the answer holds no keys");
    Keys::new(
        origin,
        part("AccessKeyId")?,
        part("SecretAccessKey")?.into(),
        Some(part("SessionToken")?.into()),
        Some(&part("Expiration")?),
    )
}

/// The code and the message of a refusal.
pub(super) fn read_refusal(body: &str) -> Option<(String, String)> {
    let code = element(body, "Code").filter(|code| code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'))?;
    Some((code, element(body, "Message").unwrap_or_default()))
}

/// The text of the first element with this name. STS puts no attributes on the ones that matter.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    let text = entities.iter().fold(text.to_owned(), |text, (entity, sign)| text.replace(entity, sign));
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn keys_and_refusals_are_read() {
        let keys = read_keys(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>
             <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/+=</SecretAccessKey><SessionToken>
             t//&amp;lt;</SessionToken><Expiration>2026-11-22T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
            String::new(),
        )
        .unwrap();
        assert_eq!(keys.access_key_id, "ASIA1");
        assert_eq!(keys.session_token.unwrap().expose_secret(), "t//&lt;");
        assert!(keys.expires_at.is_some());

        assert_eq!(
            read_refusal(
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: &quot;x&quot; is not authorized</Message></Error></ErrorResponse>"
            ),
            Some(("AccessDenied".to_owned(), "User: \"x\" is not authorized".to_owned()))
        );
        for nonsense in ["", "<html><body>hello</body></html>", "<Code>a b</Code>", "<AccessKeyId>x", "{}"] {
            read_keys(nonsense, String::new()).unwrap_err();
            assert_eq!(read_refusal(nonsense), None, "{nonsense}");
        }
    }
}
