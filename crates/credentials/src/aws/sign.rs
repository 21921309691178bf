//! Signature Version 4: database tokens and signed requests to STS.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningError, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use secrecy::{ExposeSecret, SecretString};
use tracing::Dispatch;
use tracing::dispatcher::with_default;

use super::keys::Keys;

/// The life of a database token: RDS takes none that says more.
pub(super) const TOKEN_LIFE: Duration = Duration::from_secs(900);

/// The signature could not be made: a host name or a header that no request can carry.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed")]
pub(super) struct CannotSign(#[source] SigningError);

/// The token that RDS takes as the password of `user`: the URL of a request that was never sent, without its scheme.
///
/// Host, port and user are part of the signature, so a token is good for them only.
pub(super) fn database_token(
    keys: &Keys,
    region: &str,
    host: &str,
    port: u16,
    user: &str,
    now: SystemTime,
) -> Result<SecretString, CannotSign> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(TOKEN_LIFE);
    let url = format!("https://{host}:{port}/?Action=connect&DBUser={}", percent_encoded(user));
    let request = SignableRequest::new("GET", url.as_str(), std::iter::empty(), SignableBody::Bytes(&[]));
    let mut parameters = signed(keys, region, "rds-db", now, settings, request.map_err(CannotSign)?)?.1;
    // Any order is good; the signature goes last, as in the tokens of AWS's own tools.
    parameters.sort_by_key(|(name, _)| name == "X-Amz-Signature");
    let mut token = url.clone();
    for (name, value) in parameters {
        token.push('&');
        token.push_str(&name);
        token.push('=');
        token.push_str(&percent_encoded(&value));
    }
    Ok(token.split_off("https://".len()).into())
}

/// The headers that sign a POST of `body` to `url`.
pub(super) fn post_headers(
    keys: &Keys,
    region: &str,
    service: &str,
    now: SystemTime,
    url: &str,
    content_type: &str,
    body: &str,
) -> Result<Vec<(String, String)>, CannotSign> {
    let headers = [("content-type", content_type)].into_iter();
    let request = SignableRequest::new("POST", url, headers, SignableBody::Bytes(body.as_bytes()));
    Ok(signed(keys, region, service, now, SigningSettings::default(), request.map_err(CannotSign)?)?.0)
}

type Pairs = Vec<(String, String)>;

/// What to add to the request: headers and parameters.
fn signed(
    keys: &Keys,
    region: &str,
    service: &str,
    now: SystemTime,
    settings: SigningSettings,
    request: SignableRequest<'_>,
) -> Result<(Pairs, Pairs), CannotSign> {
    let identity = Credentials::new(
        &keys.access_key_id,
        keys.secret_access_key.expose_secret(),
        keys.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
        keys.expires_at,
        "howdah",
    )
    .into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(settings)
        .build()
        .expect("every parameter is set just above");
    // On its lowest level it logs what it signs, session token and all.
    let output = with_default(&Dispatch::none(), || sign(request, &params.into())).map_err(CannotSign)?;
    let (instructions, _signature) = output.into_parts();
    let (headers, parameters) = instructions.into_parts();
    let headers = headers.into_iter().map(|header| (header.name().to_owned(), header.value().to_owned()));
    let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned()));
    Ok((headers.collect(), parameters.collect()))
}

/// All but RFC 3986's unreserved characters, as Signature Version 4 has it.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use time::macros::datetime;

    use super::*;

    fn keys(session_token: Option<&str>) -> Keys {
        let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let session_token = session_token.map(SecretString::from);
        Keys::new("the environment".to_owned(), "AKIDEXAMPLE".to_owned(), secret, session_token, None).unwrap()
    }

    fn check(host: &str, port: u16, user: &str, region: &str, session_token: Option<&str>, expected: &str) {
        let now = datetime!(2026-11-22 12:00 UTC).into();
        let token = database_token(&keys(session_token), region, host, port, user, now).unwrap();
        assert_eq!(token.expose_secret(), expected);
    }

    /// The expected tokens are those of botocore's `generate_db_auth_token` at the same moment.
    #[test]
    fn a_database_token_is_what_the_aws_cli_makes() {
        check(
            "db.abc123.eu-central-1.rds.amazonaws.com",
            5432,
            "app",
            "eu-central-1",
            None,
            "db.abc123.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=app&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=823ebb6d13f441ec5d58f05c23e75f54756a8171a6f248abceb412ce027524ed",
        );
        check(
            "db.abc123.eu-central-1.rds.amazonaws.com",
            5432,
            "o+u@x y",
            "eu-central-1",
            None,
            "db.abc123.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=o%2Bu%40x%20y&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-central-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=8a565892739a837e33c727da2f94e633ccbd80154ea2b4bdeaaee7f02fb92ac0",
        );
        check(
            "db.abc123.cn-north-1.rds.amazonaws.com.cn",
            6432,
            "ada.o'hara@example.com",
            "cn-north-1",
            Some("FwoGZXIvYXdzEA//session+token/with=padding=="),
            "db.abc123.cn-north-1.rds.amazonaws.com.cn:6432/?Action=connect&DBUser=ada.o%27hara%40example.com&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Fcn-north-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=FwoGZXIvYXdzEA%2F%2Fsession%2Btoken%2Fwith%3Dpadding%3D%3D&X-Amz-Signature=7e2b882efbd583737b934efaa5c3b3bb41302020f6309b303025dc024f8a8850",
        );
        check(
            "proxy.proxy-abc.us-gov-west-1.rds.amazonaws.com",
            5432,
            "Straße",
            "us-gov-west-1",
            None,
            "proxy.proxy-abc.us-gov-west-1.rds.amazonaws.com:5432/?Action=connect&DBUser=Stra%C3%9Fe&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Fus-gov-west-1%2Frds-db%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=12aca72d441f9935c3ccbdcfda4d7a54138e082a153e6281afc0998dd7c87972",
        );
    }

    fn check_post(
        url: &str,
        scope: (&str, &str),
        now: SystemTime,
        session_token: Option<&str>,
        body: &str,
        expected: &str,
    ) {
        let content_type = "application/x-www-form-urlencoded";
        let headers = post_headers(&keys(session_token), scope.0, scope.1, now, url, content_type, body).unwrap();
        let value = |name: &str| headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        assert_eq!(value("x-amz-security-token"), session_token);
        assert_eq!(value("authorization"), Some(expected));
    }

    /// The first is `post-x-www-form-urlencoded` of AWS's Signature Version 4 test suite, the second is botocore's.
    #[test]
    fn a_signed_post_is_what_aws_makes() {
        check_post(
            "https://example.amazonaws.com/",
            ("us-east-1", "service"),
            datetime!(2015-08-30 12:36 UTC).into(),
            None,
            "Param1=value1",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        );
        check_post(
            "https://sts.eu-central-1.amazonaws.com/",
            ("eu-central-1", "sts"),
            datetime!(2026-11-22 12:00 UTC).into(),
            Some("FwoGZXIvYXdzEA//session+token/with=padding=="),
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fdb",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/eu-central-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=56a77d33aba1a89d24c9aef15cc240270c250530b9ded71bc112bbbfd1a52312",
        );
    }

    #[test]
    fn keys_print_no_secret() {
        let printed = format!("{:?}", keys(Some("session-token")));
        assert!(printed.contains("AKIDEXAMPLE"), "{printed}");
        assert!(!printed.contains("wJalr") && !printed.contains("session-token"), "{printed}");
    }
}
