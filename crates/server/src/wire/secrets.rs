//! What a person saves, and the master password that seals it.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

/// How it stands with what the person saves.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretsState {
    /// Whether passwords of databases can be saved.
    pub can_save_password: bool,
    /// Whether passwords of SSH tunnels can be.
    pub can_save_tunnel_password: bool,
    /// Why passwords of databases cannot be saved.
    pub reason: Option<SaveRefusal>,
    /// The same in words for the person.
    pub reason_text: Option<String>,
    /// The master password.
    pub master_password: MasterPasswordState,
    /// How many passwords are saved.
    pub saved_passwords: usize,
}

/// Why a password cannot be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaveRefusal {
    /// The operator does not let passwords be saved.
    NotAllowed,
    /// There is no key to seal them with.
    NoKey,
}

/// How it stands with a person's master password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MasterPasswordState {
    /// What the person saves is sealed without one.
    NotNeeded,
    /// It has to be set before the first password is saved.
    Unset,
    /// It has to be typed before a saved password can be used in this session.
    Locked,
    /// It was typed in this session.
    Unlocked,
}

/// A master password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterPassword {
    /// The password.
    #[schema(value_type = String, write_only)]
    pub password: SecretString,
}

/// A new master password in the place of the present one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterPasswordChange {
    /// The present one.
    #[schema(value_type = String, write_only)]
    pub current_password: SecretString,
    /// The one to use from now on.
    #[schema(value_type = String, write_only)]
    pub new_password: SecretString,
}

/// The passwords that a person saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedPasswordList {
    /// All of them; the passwords themselves are never shown.
    pub saved_passwords: Vec<SavedPassword>,
}

/// A password that the person saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedPassword {
    /// The server.
    pub server_id: String,
    /// What of it.
    pub kind: SavedPasswordKind,
    /// Whom it logs in, and where: `ada@db.example.com:5432`. It is sent nowhere else.
    pub target: String,
    /// When it was saved.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub saved_at: OffsetDateTime,
    /// Since when PostgreSQL does not take it; it is asked for then.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub refused_at: Option<OffsetDateTime>,
}

/// What a saved password logs in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SavedPasswordKind {
    /// The database.
    Database,
    /// The SSH server of the tunnel.
    Tunnel,
}

/// Which of a server's saved passwords.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SavedPasswordQuery {
    /// Only this kind; both when absent.
    pub kind: Option<SavedPasswordKind>,
}

/// How many saved passwords were forgotten.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForgottenPasswords {
    /// The number.
    pub forgotten: u64,
}
