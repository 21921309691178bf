//! A double of AWS: STS over TLS, the metadata services of instances and containers, and RDS's check of tokens.
//!
//! Signatures are verified by an implementation of Signature Version 4 that shares no code with the one under test.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use url::form_urlencoded;

use crate::endpoint::{Call, DoubleClock, Endpoint, Reply, lock};

/// The token that opens the container's endpoint.
pub const CONTAINER_TOKEN: &str = "container-authorization-token";
const INSTANCE_SESSION: &str = "imds-session-token";
const METADATA_LIFE: Duration = Duration::from_secs(6 * 3600);

/// An AWS account with some access keys and roles.
pub struct Aws {
    /// The Security Token Service and IAM Identity Center.
    pub sts: Endpoint,
    /// IMDSv2 at its own paths, a container's endpoint at `/container`.
    pub metadata: Endpoint,
    account: Arc<Account>,
}

struct Account {
    clock: DoubleClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, Key>,
    /// Who may take on which role: access keys of users and roles, by name.
    trusts: Vec<(String, String)>,
    /// Which token of an identity provider may take on which role.
    web_identities: Vec<(String, String)>,
    instance_role: Option<String>,
    /// How often a sign-in at the identity center was renewed.
    sign_in_renewals: u32,
    issued: u32,
}

struct Key {
    secret: String,
    session_token: Option<String>,
    expires_at: Option<SystemTime>,
    owner: String,
}

/// What a database token that RDS accepts says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseLogin {
    /// The host and port that it is for.
    pub endpoint: String,
    /// The role that it is for.
    pub user: String,
    /// The region that it is for.
    pub region: String,
    /// Who signed it: a user's name, or a role's ARN and the session's name.
    pub owner: String,
}

impl Aws {
    /// Starts an account without anybody in it.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: DoubleClock) -> Result<Self> {
        let account = Arc::new(Account { clock, state: Mutex::default() });
        let (for_sts, for_metadata) = (Arc::clone(&account), Arc::clone(&account));
        Ok(Self {
            sts: Endpoint::tls(move |call| std::future::ready(for_sts.answer_sts(&call))).await?,
            metadata: Endpoint::plain(move |call| std::future::ready(for_metadata.answer_metadata(&call))).await?,
            account,
        })
    }

    /// A user with a key that has no end.
    pub fn add_user(&self, name: &str, access_key_id: &str, secret: &str) {
        let key = Key { secret: secret.to_owned(), session_token: None, expires_at: None, owner: name.to_owned() };
        lock(&self.account.state).keys.insert(access_key_id.to_owned(), key);
    }

    /// Lets a user, or whoever has taken on another role, take on this role.
    pub fn trust(&self, role_arn: &str, owner: &str) {
        lock(&self.account.state).trusts.push((role_arn.to_owned(), owner.to_owned()));
    }

    /// Lets whoever shows this token of an identity provider take on this role.
    pub fn trust_web_identity(&self, role_arn: &str, token: &str) {
        lock(&self.account.state).web_identities.push((role_arn.to_owned(), token.to_owned()));
    }

    /// Gives the instance a role.
    pub fn set_instance_role(&self, name: &str) {
        lock(&self.account.state).instance_role = Some(name.to_owned());
    }

    /// What RDS makes of a password: the login that it allows.
    ///
    /// # Errors
    /// Why RDS would refuse; it tells nobody.
    pub fn verify_database_token(&self, token: &str) -> Result<DatabaseLogin> {
        let (endpoint, query) = token.split_once("/?").context("no token")?;
        let mut parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let take = |parameters: &[(String, String)], name: &str| {
            let found = parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
            found.with_context(|| format!("no {name}"))
        };
        let signature = take(&parameters, "X-Amz-Signature")?;
        ensure!(take(&parameters, "Action")? == "connect" && take(&parameters, "X-Amz-SignedHeaders")? == "host");
        ensure!(take(&parameters, "X-Amz-Algorithm")? == "AWS4-HMAC-SHA256");
        ensure!(take(&parameters, "X-Amz-Expires")? == "900");
        let date = take(&parameters, "X-Amz-Date")?;
        let (user, credential) = (take(&parameters, "DBUser")?, take(&parameters, "X-Amz-Credential")?);
        let session_token = take(&parameters, "X-Amz-Security-Token").ok();
        parameters.retain(|(name, _)| name != "X-Amz-Signature");
        let mut encoded: Vec<_> = parameters.iter().map(|(name, value)| (encode(name), encode(value))).collect();
        encoded.sort();
        let query: Vec<_> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = format!("host:{endpoint}\n");
        let request = format!("GET\n/\n{}\n{headers}\nhost\n{}", query.join("&"), hex(b""));
        let scope = Scope::parse(&credential, "rds-db")?;
        let owner = self.account.verify(&scope, &date, &request, &signature, session_token.as_deref())?;
        let age = (self.account.clock)().duration_since(parse_date(&date)?).unwrap_or_default();
        ensure!(age <= Duration::from_secs(900), "the token has ended");
        Ok(DatabaseLogin { endpoint: endpoint.to_owned(), user, region: scope.region, owner })
    }
}

impl Account {
    fn answer_sts(&self, call: &Call) -> Reply {
        match call.path.as_str() {
            "/federation/credentials" => return self.answer_portal(call),
            "/token" => return self.answer_renewal(&call.json()),
            _ => {}
        }
        let parameter = |name: &str| call.parameter(name).unwrap_or_default();
        let (role, session) = (parameter("RoleArn"), parameter("RoleSessionName"));
        let owner = match parameter("Action").as_str() {
            _ if parameter("Version") != "2011-06-15" => return refuse(400, "InvalidAction", "no such version"),
            "AssumeRole" => match self.verify_post(call) {
                Ok(owner) => owner,
                Err(error) if error.to_string().contains("no such key") => {
                    return refuse(
                        403,
                        "InvalidClientTokenId",
                        "The security token included in the request is invalid.",
                    );
                }
                Err(error) => {
                    // AWS repeats the request here, with the session token in it.
                    let message = format!("The request signature does not match. {error}: {:?}", call.headers);
                    return refuse(403, "SignatureDoesNotMatch", &message);
                }
            },
            "AssumeRoleWithWebIdentity" => {
                let token = parameter("WebIdentityToken");
                let state = lock(&self.state);
                if token.contains("expired") {
                    return refuse(
                        400,
                        "ExpiredTokenException",
                        "Token expired: current date/time must be before the expiration date/time",
                    );
                }
                if !state.web_identities.iter().any(|(_, trusted)| *trusted == token) {
                    return refuse(
                        400,
                        "InvalidIdentityToken",
                        "No OpenIDConnect provider found in your account for https://id.example.com",
                    );
                }
                if !state.web_identities.contains(&(role.clone(), token)) {
                    return refuse(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
                }
                drop(state);
                return self.answer_role(&parameter("Action"), &role, &session, &parameter("DurationSeconds"));
            }
            _ => return refuse(400, "InvalidAction", "Could not find operation"),
        };
        let owner = owner.split(' ').next().unwrap_or_default().to_owned();
        if !lock(&self.state).trusts.contains(&(role.clone(), owner.clone())) {
            let message = format!("User: {owner} is not authorized to perform: sts:AssumeRole on resource: {role}");
            return refuse(403, "AccessDenied", &message);
        }
        self.answer_role("AssumeRole", &role, &session, &parameter("DurationSeconds"))
    }

    fn answer_role(&self, action: &str, role: &str, session: &str, seconds: &str) -> Reply {
        let seconds = match seconds.parse::<u64>() {
            Ok(seconds) if (900..=43200).contains(&seconds) => seconds,
            _ => return refuse(400, "ValidationError", "DurationSeconds"),
        };
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "=,.@-_+".contains(c);
        if !(2..=64).contains(&session.len()) || !session.chars().all(is_allowed) {
            return refuse(400, "ValidationError", "RoleSessionName");
        }
        let (id, secret, token, expiration) = self.issue(&format!("{role} {session}"), Duration::from_secs(seconds));
        let body = format!(
            "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
             <AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>\
             <Expiration>{expiration}</Expiration></Credentials></{action}Result></{action}Response>"
        );
        Reply::text(200, "text/xml", body)
    }

    /// The refresh token that is good now is `planted-sso-refresh-N`, after N renewals.
    fn answer_renewal(&self, body: &Value) -> Reply {
        let mut state = lock(&self.state);
        let number = state.sign_in_renewals;
        let is_known = body["grantType"] == "refresh_token" && body["clientSecret"] == "planted-client-secret";
        if !is_known || body["refreshToken"] != format!("planted-sso-refresh-{number}") {
            return Reply::json(400, &json!({ "error": "invalid_grant" }));
        }
        state.sign_in_renewals += 1;
        let number = state.sign_in_renewals;
        let token = json!({
            "accessToken": format!("planted-sso-token-{number}"), "refreshToken": format!("planted-sso-refresh-{number}"),
            "expiresIn": 3600, "tokenType": "Bearer",
        });
        Reply::json(200, &token)
    }

    fn answer_portal(&self, call: &Call) -> Reply {
        let good = format!("planted-sso-token-{}", lock(&self.state).sign_in_renewals);
        if call.header("x-amz-sso_bearer_token") != good {
            return Reply::json(401, &json!({ "message": "Session token not found or invalid" }));
        }
        let role = call.parameter("role_name").unwrap_or_default();
        let (id, secret, token, _) = self.issue(&format!("sso {role}"), Duration::from_secs(3600));
        let end = (self.clock)() + Duration::from_secs(3600);
        let end = end.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() * 1000;
        let keys = json!({ "accessKeyId": id, "secretAccessKey": secret, "sessionToken": token, "expiration": end });
        Reply::json(200, &json!({ "roleCredentials": keys }))
    }

    fn answer_metadata(&self, call: &Call) -> Reply {
        const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
        let role = lock(&self.state).instance_role.clone();
        match (call.method.as_str(), call.path.as_str()) {
            ("GET", "/container") if call.header("authorization") == CONTAINER_TOKEN => self.give("container"),
            ("GET", "/container") => Reply::text(401, "text/plain", ""),
            ("PUT", "/latest/api/token") => {
                let ttl = call.header("x-aws-ec2-metadata-token-ttl-seconds");
                match ttl.parse::<u32>() {
                    Ok(seconds) if (1..=21600).contains(&seconds) => Reply::text(200, "text/plain", INSTANCE_SESSION)
                        .with_header("x-aws-ec2-metadata-token-ttl-seconds", ttl),
                    _ => Reply::text(400, "text/plain", ""),
                }
            }
            _ if call.header("x-aws-ec2-metadata-token") != INSTANCE_SESSION => Reply::text(401, "text/plain", ""),
            ("GET", ROLES) => match role {
                Some(role) => Reply::text(200, "text/plain", role),
                None => Reply::text(404, "text/html", ""),
            },
            ("GET", path) if role.as_deref() == path.strip_prefix(ROLES) => self.give("instance"),
            _ => Reply::text(404, "text/html", ""),
        }
    }

    fn give(&self, owner: &str) -> Reply {
        let (id, secret, token, expiration) = self.issue(owner, METADATA_LIFE);
        let keys = json!({
            "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": id, "SecretAccessKey": secret, "Token": token,
            "Expiration": expiration,
        });
        Reply::json(200, &keys)
    }

    fn issue(&self, owner: &str, life: Duration) -> (String, String, String, String) {
        let mut state = lock(&self.state);
        state.issued += 1;
        let number = state.issued;
        let id = format!("ASIADOUBLE{number}");
        // With characters that must be encoded in addresses.
        let (secret, token) = (format!("planted/secret+{number}"), format!("planted//session+token/{number}=="));
        let expires_at = (self.clock)() + life;
        let key = Key {
            secret: secret.clone(),
            session_token: Some(token.clone()),
            expires_at: Some(expires_at),
            owner: owner.to_owned(),
        };
        state.keys.insert(id.clone(), key);
        let expiration = OffsetDateTime::from(expires_at).format(&Rfc3339).unwrap_or_default();
        (id, secret, token, expiration)
    }

    /// Who signed a POST with an `Authorization` header.
    fn verify_post(&self, call: &Call) -> Result<String> {
        let authorization = call.header("authorization").strip_prefix("AWS4-HMAC-SHA256 ").context("not signed")?;
        let part = |name: &str| {
            let found = authorization.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            found.with_context(|| format!("no {name}"))
        };
        let signed = part("SignedHeaders")?;
        let names: Vec<_> = signed.split(';').collect();
        ensure!(names.contains(&"host") && names.contains(&"x-amz-date"), "too little is signed");
        let mut headers = String::new();
        for name in &names {
            writeln!(headers, "{name}:{}", call.header(name).trim())?;
        }
        let session_token = Some(call.header("x-amz-security-token")).filter(|token| !token.is_empty());
        ensure!(session_token.is_none() || names.contains(&"x-amz-security-token"), "the session token is not signed");
        let request =
            format!("POST\n{}\n{}\n{headers}\n{signed}\n{}", call.path, call.query, hex(call.body.as_bytes()));
        let date = call.header("x-amz-date");
        let age = (self.clock)().duration_since(parse_date(date)?).unwrap_or_default();
        ensure!(age <= Duration::from_secs(900), "the signature has ended");
        let scope = Scope::parse(part("Credential")?, "sts")?;
        self.verify(&scope, date, &request, part("Signature")?, session_token)
    }

    /// Whose key made the signature.
    fn verify(
        &self,
        scope: &Scope,
        date: &str,
        canonical_request: &str,
        signature: &str,
        session_token: Option<&str>,
    ) -> Result<String> {
        let state = lock(&self.state);
        let key = state.keys.get(&scope.access_key_id).context("no such key")?;
        ensure!(key.session_token.as_deref() == session_token, "the session token is another");
        ensure!(key.expires_at.is_none_or(|end| (self.clock)() < end), "the key has ended");
        ensure!(signature == scope.signature(&key.secret, date, canonical_request), "the signature does not match");
        Ok(key.owner.clone())
    }
}

/// `KEY/DATE/REGION/SERVICE/aws4_request`.
struct Scope {
    access_key_id: String,
    day: String,
    region: String,
    service: String,
}

impl Scope {
    fn parse(credential: &str, service: &str) -> Result<Self> {
        let parts: Vec<_> = credential.split('/').collect();
        let [access_key_id, day, region, found, "aws4_request"] = parts[..] else { bail!("a strange credential") };
        ensure!(found == service, "signed for {found}");
        let [access_key_id, day, region, service] = [access_key_id, day, region, service].map(str::to_owned);
        Ok(Self { access_key_id, day, region, service })
    }

    /// AWS IAM User Guide, "Create a signed AWS API request", steps 3 to 5.
    fn signature(&self, secret: &str, date: &str, canonical_request: &str) -> String {
        let scope = format!("{}/{}/{}/aws4_request", self.day, self.region, self.service);
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(canonical_request.as_bytes()));
        let mut key = format!("AWS4{secret}").into_bytes();
        for part in [&self.day, &self.region, &self.service, "aws4_request", &to_sign] {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes());
            key = tag.as_ref().to_vec();
        }
        in_hex(&key)
    }
}

fn parse_date(text: &str) -> Result<SystemTime> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    Ok(time::PrimitiveDateTime::parse(text, format)?.assume_utc().into())
}

fn refuse(status: u16, code: &str, message: &str) -> Reply {
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    );
    Reply::text(status, "text/xml", body)
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// SHA-256, as Signature Version 4 writes it.
fn hex(bytes: &[u8]) -> String {
    in_hex(digest(&SHA256, bytes).as_ref())
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `get-vanilla` and `post-x-www-form-urlencoded` of AWS's Signature Version 4 test suite.
    #[test]
    fn the_verifier_agrees_with_the_published_test_suite() -> Result<()> {
        let scope = Scope::parse("AKIDEXAMPLE/20150830/us-east-1/service/aws4_request", "service")?;
        let check = |request: String, expected: &str| {
            let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
            assert_eq!(scope.signature(secret, "20150830T123600Z", &request), expected);
        };
        check(
            format!(
                "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n{}",
                hex(b"")
            ),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        );
        check(
            format!(
                "POST\n/\n\ncontent-type:application/x-www-form-urlencoded\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n{}",
                hex(b"Param1=value1")
            ),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        );
        Ok(())
    }
}
