//! SQL that puts a refused connection right, for whoever administers the database to copy.

use howdah_credentials::SourceConfig;
use howdah_pg::ServerError;
use howdah_pg::quote::{identifier, literal};

use crate::wire::Remedy;

/// SQLSTATE `insufficient_privilege`.
const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// The function of PostgreSQL that finds that there is no such role, or that it may not log in. Stock PostgreSQL says so
/// where no password is asked for.
const FINDS_ROLE: &str = "InitializeSessionUserId";

/// For a login of `user` that PostgreSQL refused.
#[must_use]
pub fn of_refusal(refusal: &ServerError, source: &SourceConfig, user: &str) -> Option<Remedy> {
    let role = identifier(user);
    let is_missing = refusal.routine.as_deref() == Some(FINDS_ROLE);
    let (words, sql) = match source {
        SourceConfig::Entra(_) => (
            "Most often there is no role for you yet. An Entra administrator of this server makes it, in database postgres:",
            format!("select * from pgaadauth_create_principal(\n  {}, false, false);", literal(user)),
        ),
        SourceConfig::AwsRds(_) => (
            "Most often there is no role for you yet, or it may not log in by IAM. Whoever administers the database makes it:",
            format!("create role {role} login;\ngrant rds_iam to {role};"),
        ),
        // Their roles are not made by SQL.
        SourceConfig::Gcp(_) | SourceConfig::Vault(_) => return None,
        SourceConfig::SignedInUser(_) | SourceConfig::OAuth(_) | SourceConfig::Exec(_) => (
            "If there is no such role yet, whoever administers the database makes it:",
            format!("create role {role} login;"),
        ),
        SourceConfig::Password | SourceConfig::None if is_missing => (
            "There is no such role, or it may not log in. Whoever administers the database makes it:",
            format!("create role {role} login;"),
        ),
        SourceConfig::Password | SourceConfig::None => return None,
    };
    Some(remedy(words, sql))
}

/// For a database that does not exist.
#[must_use]
pub fn of_database(database: &str) -> Remedy {
    let sql = format!("create database {};", identifier(database));
    remedy("If it is meant to be there, whoever may create databases makes it:", sql)
}

/// For a database that the role may not connect to.
#[must_use]
pub fn of_privilege(database: &str, user: &str) -> Remedy {
    let sql = format!("grant connect on database {} to {};", identifier(database), identifier(user));
    remedy("The database's owner lets you in:", sql)
}

/// For a role that cannot be taken on.
#[must_use]
pub fn of_role(refusal: &ServerError, role: &str, user: &str) -> Remedy {
    let grant = format!("grant {} to {};", identifier(role), identifier(user));
    if refusal.code == INSUFFICIENT_PRIVILEGE {
        return remedy("Whoever administers the role makes you a member:", grant);
    }
    let sql = format!("create role {};\n{grant}", identifier(role));
    remedy("There is no such role. Whoever administers the database makes it, and you a member:", sql)
}

fn remedy(words: &str, sql: String) -> Remedy {
    Remedy { words: words.to_owned(), sql }
}

#[cfg(test)]
mod tests {
    use howdah_credentials::{AwsRdsConfig, AwsRdsSettings, EntraConfig, EntraSettings};

    use super::*;

    #[test]
    fn sql_is_quoted_for_the_role_that_was_refused() -> Result<(), howdah_credentials::SettingError> {
        let entra = SourceConfig::Entra(EntraConfig::new(EntraSettings::default())?);
        let aws = SourceConfig::AwsRds(AwsRdsConfig::new(AwsRdsSettings::default())?);
        let missing = ServerError { routine: Some(FINDS_ROLE.to_owned()), ..ServerError::default() };
        let wrong = ServerError { routine: Some("auth_failed".to_owned()), ..ServerError::default() };
        for (refusal, source, user, expected) in [
            (
                &wrong,
                &entra,
                "o'neill@example.com",
                Some("select * from pgaadauth_create_principal(\n  'o''neill@example.com', false, false);"),
            ),
            (&wrong, &aws, "Ada", Some("create role \"Ada\" login;\ngrant rds_iam to \"Ada\";")),
            (&missing, &SourceConfig::None, "a\"b", Some("create role \"a\"\"b\" login;")),
            (&missing, &SourceConfig::Password, "ada", Some("create role ada login;")),
            (&wrong, &SourceConfig::Password, "ada", None),
        ] {
            let sql = of_refusal(refusal, source, user).map(|remedy| remedy.sql);
            assert_eq!(sql.as_deref(), expected, "{user}");
        }
        let denied = ServerError { code: INSUFFICIENT_PRIVILEGE.to_owned(), ..ServerError::default() };
        assert_eq!(of_role(&denied, "Owner", "ada").sql, "grant \"Owner\" to ada;");
        assert_eq!(of_role(&missing, "owner", "ada").sql, "create role owner;\ngrant owner to ada;");
        Ok(())
    }
}
