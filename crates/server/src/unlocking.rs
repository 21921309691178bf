//! Servers that are read only by default: the reason without which nothing is written there.

use crate::error::{ApiError, ApiResult};

/// Characters of a reason.
const MAX_REASON: usize = 500;
/// What a session is told when it may write.
pub const WRITE: &str = "SET default_transaction_read_only = off";
/// What a session is told when it may not any more.
pub const READ: &str = "SET default_transaction_read_only = on";

/// A reason as it goes into the audit trail.
///
/// # Errors
///
/// 422 for one that says nothing, or too much.
pub fn checked(reason: &str) -> ApiResult<&str> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        let words = format!("Say in at most {MAX_REASON} characters why this session must write.");
        return Err(ApiError::invalid("reason", words));
    }
    Ok(reason)
}
