//! Who somebody with a Google account is in PostgreSQL.

/// How the e-mail address of every service account ends.
pub(super) const SERVICE_ACCOUNT: &str = ".gserviceaccount.com";

/// The role that Cloud SQL and AlloyDB made for an account: its e-mail address in lower case, a service account's
/// without `.gserviceaccount.com`. A name without `@` is left alone.
pub(super) fn role_of(account: &str) -> String {
    if !account.contains('@') {
        return account.to_owned();
    }
    let account = account.to_lowercase();
    account.strip_suffix(SERVICE_ACCOUNT).unwrap_or(&account).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_role() {
        let check = |account, expected| assert_eq!(role_of(account), expected, "{account}");
        check("Ada@Example.com", "ada@example.com");
        check("console@shop.iam.gserviceaccount.com", "console@shop.iam");
        check("12-compute@developer.gserviceaccount.com", "12-compute@developer");
        check("console@shop.iam", "console@shop.iam");
        check("Postgres", "Postgres");
        check("", "");
    }
}
