//! How the tenant and the identity services of Azure's machines answer.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use super::{
    APP_SERVICE_HEADER, Application, DEVICE_INTERVAL, DEVICE_LIFE, Device, DeviceOutcome, ENTRA_RESOURCE, ENTRA_TENANT,
    EntraToken, Grant, LONG_LIFE, Refused, State, Tenant,
};
use crate::endpoint::{Call, Reply, lock};

impl Tenant {
    pub(super) fn answer(&self, call: &Call) -> Reply {
        let mut parts = call.path.trim_start_matches('/').splitn(2, '/');
        let (tenant, endpoint) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let result = match (tenant, endpoint) {
            (ENTRA_TENANT | "organizations" | "common", "oauth2/v2.0/token") => self.token(call),
            (ENTRA_TENANT | "organizations" | "common", "oauth2/v2.0/devicecode") => self.device_code(call),
            (ENTRA_TENANT | "organizations" | "common", _) => return Reply::text(404, "text/plain", ""),
            _ => Err(Refused("invalid_request", format!("AADSTS90002: Tenant '{tenant}' not found."), None)),
        };
        result.unwrap_or_else(|Refused(error, description, claims)| {
            let status = if error == "invalid_client" { 401 } else { 400 };
            let mut body = json!({
                "error": error,
                "error_description": format!("{description} Trace ID: 3f0c0000 Correlation ID: 9b1a0000 Timestamp: 2027-01-15 08:00:00Z"),
                "timestamp": "2027-01-15 08:00:00Z", "trace_id": "3f0c0000", "correlation_id": "9b1a0000",
            });
            if let Some(claims) = claims {
                body["claims"] = claims.into();
            }
            Reply::json(status, &body)
        })
    }

    fn token(&self, call: &Call) -> Result<Reply, Refused> {
        let now = (self.clock)();
        let mut state = lock(&self.state);
        if call.method != "POST" || !call.header("content-type").starts_with("application/x-www-form-urlencoded") {
            return Err(refused("invalid_request", "AADSTS900561: The endpoint only accepts POST requests."));
        }
        if let Some(refusal) = state.refusals.pop() {
            let error: &'static str = match refusal.error.as_str() {
                "interaction_required" => "interaction_required",
                "invalid_client" => "invalid_client",
                _ => "invalid_grant",
            };
            return Err(Refused(error, refusal.description, refusal.claims));
        }
        let client_id = required(call, "client_id")?;
        if !state.applications.contains_key(&client_id) {
            return Err(refused("unauthorized_client", "AADSTS700016: Application was not found in the directory."));
        }
        match required(call, "grant_type")?.as_str() {
            "client_credentials" => {
                self.prove(&mut state, call, &client_id, now)?;
                if !is_confidential(&state, &client_id) {
                    return Err(refused("invalid_client", "AADSTS7000216: 'client_secret' is required."));
                }
                let resource = scope_resource(&state, &required(call, "scope")?)?;
                Ok(state.issue(&Grant { principal: client_id.clone(), client_id }, &resource, now, Renewal::None))
            }
            "refresh_token" => {
                self.prove(&mut state, call, &client_id, now)?;
                let expired =
                    || refused("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.");
                let token = required(call, "refresh_token")?;
                let grant = state.refresh_tokens.get(&token).cloned().ok_or_else(expired)?;
                if grant.client_id != client_id {
                    return Err(refused("invalid_grant", "AADSTS70000: The refresh token is another application's."));
                }
                let resource = scope_resource(&state, &required(call, "scope")?)?;
                Ok(state.issue(&grant, &resource, now, Renewal::New))
            }
            "authorization_code" => {
                self.prove(&mut state, call, &client_id, now)?;
                let spent = || {
                    refused("invalid_grant", "AADSTS70008: The provided authorization code has expired or was used.")
                };
                let (grant, wanted, until) = state.codes.remove(&required(call, "code")?).ok_or_else(spent)?;
                if until <= now || grant.client_id != client_id {
                    return Err(spent());
                }
                let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, required(call, "code_verifier")?.as_bytes()));
                if challenge != wanted.challenge {
                    return Err(refused("invalid_grant", "AADSTS501481: The Code_Verifier does not match."));
                }
                if required(call, "redirect_uri")? != wanted.redirect_uri {
                    return Err(refused("invalid_grant", "AADSTS500112: The reply address does not match."));
                }
                Ok(state.issue(&grant, ENTRA_RESOURCE, now, Renewal::New))
            }
            "urn:ietf:params:oauth:grant-type:device_code" => {
                self.prove(&mut state, call, &client_id, now)?;
                poll(&mut state, &required(call, "device_code")?, &client_id, now)
            }
            other => Err(refused("unsupported_grant_type", &format!("AADSTS70003: '{other}' is not supported."))),
        }
    }

    /// Checks what proves the client, if it must prove itself or tries to.
    fn prove(&self, state: &mut State, call: &Call, client_id: &str, now: SystemTime) -> Result<(), Refused> {
        let wrong = |description: &str| refused("invalid_client", description);
        if let Some(assertion) = call.parameter("client_assertion") {
            if call.parameter("client_assertion_type").as_deref()
                != Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            {
                return Err(wrong("AADSTS50027: The assertion's type is unknown."));
            }
            let application = state.applications.get(client_id).ok_or_else(|| wrong("AADSTS700016"))?;
            if application.federated_token.as_ref() == Some(&assertion) {
                return Ok(());
            }
            if application.federated_token.is_some() {
                return Err(wrong(
                    "AADSTS700213: No matching federated identity record found for presented assertion.",
                ));
            }
            let endpoint = format!("{}{}", lock(&self.authority), call.path);
            let id = check_assertion(application, &assertion, client_id, &endpoint, now)
                .map_err(|reason| wrong(&format!("AADSTS700027: The certificate is not registered: {reason}.")))?;
            if state.assertions_seen.contains(&id) {
                return Err(wrong("AADSTS700027: The assertion was used before."));
            }
            state.assertions_seen.push(id);
            return Ok(());
        }
        let application = state.applications.get(client_id).ok_or_else(|| wrong("AADSTS700016"))?;
        match (&application.secret, call.parameter("client_secret")) {
            (Some(secret), Some(given)) if *secret == given => Ok(()),
            (_, Some(_)) => Err(wrong("AADSTS7000215: Invalid client secret provided.")),
            (Some(_), None) => {
                Err(wrong("AADSTS7000218: The request body must contain 'client_assertion' or 'client_secret'."))
            }
            (None, None) => Ok(()),
        }
    }

    fn device_code(&self, call: &Call) -> Result<Reply, Refused> {
        let now = (self.clock)();
        let mut state = lock(&self.state);
        let client_id = required(call, "client_id")?;
        if !state.applications.contains_key(&client_id) {
            return Err(refused("unauthorized_client", "AADSTS700016: Application was not found in the directory."));
        }
        scope_resource(&state, &required(call, "scope")?)?;
        let code = state.next("device-code");
        let user_code = format!("PLANTED{:04}", state.issued);
        let device = Device {
            user_code: user_code.clone(),
            client_id,
            expires_at: now + DEVICE_LIFE,
            asked_at: now,
            interval: DEVICE_INTERVAL,
            outcome: DeviceOutcome::Pending,
        };
        state.devices.insert(code.clone(), device);
        Ok(Reply::json(
            200,
            &json!({
                "user_code": user_code, "device_code": code, "verification_uri": "https://microsoft.com/devicelogin",
                "expires_in": DEVICE_LIFE.as_secs(), "interval": DEVICE_INTERVAL.as_secs(),
                "message": "To sign in, use a web browser",
            }),
        ))
    }

    pub(super) fn answer_metadata(&self, call: &Call) -> Reply {
        let now = (self.clock)();
        let mut state = lock(&self.state);
        if let Some(status) = state.failing_metadata.pop() {
            return Reply::json(status, &json!({"error": "not_ready", "error_description": "try again"}));
        }
        let is_app_service = call.path == "/msi/token";
        let (version, is_allowed) = if is_app_service {
            ("2019-08-01", call.header("x-identity-header") == APP_SERVICE_HEADER)
        } else {
            ("2018-02-01", call.header("metadata") == "true" && call.header("x-forwarded-for").is_empty())
        };
        let bad = |description: &str| {
            Reply::json(400, &json!({"error": "invalid_request", "error_description": description}))
        };
        if call.path != "/metadata/identity/oauth2/token" && !is_app_service {
            return Reply::text(404, "text/plain", "");
        }
        if call.method != "GET" || !is_allowed || call.parameter("api-version").as_deref() != Some(version) {
            return bad("Required metadata header not specified");
        }
        let Some((name, client_id)) = state.machine.clone() else {
            return bad("Identity not found");
        };
        if call.parameter("client_id") != client_id {
            return bad("Identity not found");
        }
        let resource = call.parameter("resource").unwrap_or_default();
        if !state.resources.contains(&resource) {
            return bad("AADSTS500011: The resource principal was not found");
        }
        let life = state.life;
        let token = state.access_token(&name, &resource, now);
        let expires_on = seconds(now + life);
        if is_app_service {
            return Reply::json(
                200,
                &json!({
                    "access_token": token, "expires_on": expires_on.to_string(), "resource": resource,
                    "token_type": "Bearer", "client_id": client_id,
                }),
            );
        }
        Reply::json(
            200,
            &json!({
                "access_token": token, "refresh_token": "", "expires_in": life.as_secs().to_string(),
                "expires_on": expires_on.to_string(), "not_before": seconds(now).to_string(), "resource": resource,
                "token_type": "Bearer",
            }),
        )
    }
}

/// Whether a refresh token comes along.
#[derive(Clone, Copy, PartialEq)]
enum Renewal {
    None,
    New,
}

impl State {
    pub(super) fn next(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("planted-{kind}-{:08}", self.issued)
    }

    fn issue(&mut self, grant: &Grant, resource: &str, now: SystemTime, renewal: Renewal) -> Reply {
        let mut body = json!({
            "token_type": "Bearer", "scope": format!("{resource}/user_impersonation"),
            "expires_in": self.life.as_secs(), "ext_expires_in": self.life.as_secs(),
            "access_token": self.access_token(&grant.principal, resource, now),
        });
        if self.life >= LONG_LIFE {
            body["refresh_in"] = (self.life.as_secs() / 2).into();
        }
        if renewal == Renewal::New {
            let refresh = self.next("refresh-token");
            self.refresh_tokens.insert(refresh.clone(), grant.clone());
            body["refresh_token"] = refresh.into();
        }
        Reply::json(200, &body)
    }

    /// In the form of a JSON Web Token, as databases get it.
    fn access_token(&mut self, principal: &str, resource: &str, now: SystemTime) -> String {
        let expires_at = now + self.life;
        let id = self.next("access-token");
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.{}",
            encode(&json!({"alg": "RS256", "typ": "JWT"})),
            encode(&json!({"aud": resource, "exp": seconds(expires_at), "upn": principal, "uti": id})),
            URL_SAFE_NO_PAD.encode("signature")
        );
        let (principal, resource) = (principal.to_owned(), resource.to_owned());
        self.tokens.insert(token.clone(), EntraToken { principal, resource, expires_at });
        token
    }
}

fn poll(state: &mut State, code: &str, client_id: &str, now: SystemTime) -> Result<Reply, Refused> {
    let device = state.devices.get_mut(code).filter(|device| device.client_id == client_id);
    let device = device.ok_or_else(|| refused("invalid_grant", "AADSTS70019: CodeExpired"))?;
    if device.expires_at <= now {
        return Err(refused("expired_token", "AADSTS70020: The code has expired."));
    }
    let waited = now.duration_since(device.asked_at).unwrap_or_default();
    device.asked_at = now;
    if waited < device.interval {
        return Err(refused("slow_down", "AADSTS70016: Polling too often."));
    }
    match &device.outcome {
        DeviceOutcome::Pending => Err(refused("authorization_pending", "AADSTS70016: Authorization is pending.")),
        DeviceOutcome::Declined => Err(refused("authorization_declined", "AADSTS70012: The end user has denied.")),
        DeviceOutcome::Confirmed(principal) => {
            let grant = Grant { principal: principal.clone(), client_id: client_id.to_owned() };
            state.devices.remove(code);
            Ok(state.issue(&grant, ENTRA_RESOURCE, now, Renewal::New))
        }
    }
}

fn is_confidential(state: &State, client_id: &str) -> bool {
    state.applications.get(client_id).is_some_and(|application| {
        application.secret.is_some() || !application.certificates.is_empty() || application.federated_token.is_some()
    })
}

/// The rules for a signed assertion, on their own: what it is signed by, and what it says.
fn check_assertion(
    application: &Application,
    assertion: &str,
    client_id: &str,
    endpoint: &str,
    now: SystemTime,
) -> Result<String> {
    let (text, signature) = assertion.rsplit_once('.').context("no compact token")?;
    let (header, payload) = text.split_once('.').context("no compact token")?;
    let decode = |part: &str| -> Result<Value> { Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?) };
    let (header, payload) = (decode(header)?, decode(payload)?);
    ensure!(header["alg"] == "PS256" && header["typ"] == "JWT", "wrong header {header}");
    let thumbprint = header["x5t#S256"].as_str().context("no thumbprint")?;
    let key = application.certificates.get(thumbprint).context("no such certificate")?;
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key)
        .verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signature)?)
        .map_err(|_| anyhow::anyhow!("wrong signature"))?;
    ensure!(payload["aud"] == endpoint, "wrong audience {}", payload["aud"]);
    ensure!(payload["iss"] == client_id && payload["sub"] == client_id, "wrong issuer or subject");
    let time = |name: &str| payload[name].as_u64().with_context(|| format!("no {name}"));
    let now = seconds(now);
    ensure!(time("nbf")? <= now && now < time("exp")? && time("exp")? <= now + 600, "wrong times");
    Ok(payload["jti"].as_str().context("no jti")?.to_owned())
}

/// `RESOURCE/.default`, with other words beside it that say how.
pub(super) fn scope_resource(state: &State, scope: &str) -> Result<String, Refused> {
    let mut wanted = scope.split(' ').filter(|word| !matches!(*word, "offline_access" | "openid" | "profile"));
    let resource = wanted.next().and_then(|word| word.strip_suffix("/.default"));
    let resource = resource.filter(|_| wanted.next().is_none());
    let resource = resource
        .ok_or_else(|| refused("invalid_scope", "AADSTS70011: The provided request must include a 'scope'."))?;
    if state.resources.iter().any(|known| known == resource) {
        return Ok(resource.to_owned());
    }
    Err(refused("invalid_resource", "AADSTS500011: The resource principal was not found in the tenant."))
}

fn required(call: &Call, name: &str) -> Result<String, Refused> {
    let missing = || refused("invalid_request", &format!("AADSTS900144: The request body must contain '{name}'."));
    call.parameter(name).filter(|value| !value.is_empty()).ok_or_else(missing)
}

fn refused(error: &'static str, description: &str) -> Refused {
    Refused(error, description.to_owned(), None)
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
