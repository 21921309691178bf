//! Keys that a program prints: `credential_process` of a profile.
//!
//! AWS SDKs and Tools Reference Guide, "Process credential provider". The file that names the program is the operator's,
//! so the program may run; it sees what AWS's tools need and nothing else of the process's environment.

use std::time::Duration;

use super::keys::{GivenKeys, Keys};
use super::machine::Machine;
use crate::error::CredentialError;
use crate::exec;

const TIMEOUT: Duration = Duration::from_secs(60);

/// The keys that the program of the profile `name` prints.
pub(super) async fn keys(machine: Machine<'_>, command: &str, name: &str) -> Result<Keys, CredentialError> {
    let fail = |problem: &str| {
        CredentialError::failed(format!("credential_process of the AWS profile `{name}` gave no keys: {problem}"))
    };
    let words = shell_words::split(command).map_err(|_| fail("a quote is not closed"))?;
    let (program, arguments) = words.split_first().ok_or_else(|| fail("it is empty"))?;
    let arguments: Vec<_> = arguments.iter().map(Into::into).collect();
    let environment = machine.tools.variables.for_cloud_tool("AWS_");
    let finished = exec::run_program(&program.into(), &arguments, environment, TIMEOUT).await?;
    if !finished.status.success() {
        return Err(fail(&finished.status.to_string()).with_owner_text(finished.stderr));
    }
    let given: GivenKeys = serde_json::from_slice(&finished.stdout)
        .map_err(|_| fail("its output is not the JSON that AWS describes").with_owner_text(finished.stderr))?;
    given.into_keys(format!("the profile `{name}`")).map_err(fail)
}
