//! The Azure CLI: whoever is signed in there.

use std::ffi::OsString;
use std::time::Duration;

use crate::error::CredentialError;
use crate::exec::{read_printed, run_program};
use crate::request::Request;
use crate::settings::Present;
use crate::source::{Bearer, Fetched};

use super::EntraConfig;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Runs `az account get-access-token`, without a shell.
pub(super) async fn fetch(
    config: &EntraConfig,
    tenant: Option<&str>,
    request: &Request,
) -> Result<Fetched, CredentialError> {
    let mut arguments: Vec<OsString> =
        ["account", "get-access-token", "--resource", &config.resource, "--output", "json"].map(OsString::from).into();
    if let Some(tenant) = tenant {
        arguments.extend(["--tenant", tenant].map(OsString::from));
    }
    let environment = request.tools.variables.for_cloud_tool("AZURE_");
    let finished =
        run_program(&OsString::from("az"), &arguments, environment, TIMEOUT).await.map_err(|error| match error {
            CredentialError::Failed { reason, for_owner, .. } => CredentialError::failed(format!(
                "`az` cannot be asked: {reason}. Check that the Azure CLI is installed"
            ))
            .with_owner_text(for_owner),
            other => other,
        })?;
    if !finished.status.success() {
        let reason =
            format!("`az` gave no token ({}): run `az login` as the user that Howdah runs as", finished.status);
        return Err(CredentialError::failed(reason).with_owner_text(finished.stderr));
    }
    let printed = read_printed(&finished.stdout, request.now())
        .map_err(|reason| CredentialError::failed(reason).with_owner_text(finished.stderr))?;
    let bearer = Bearer { expires_at: printed.expires_at, ..Bearer::default() };
    Fetched::token(printed.secret, Present::Password, bearer)
}
