//! The AWS region that a database is in.

/// The region in the name of an RDS host: `…eu-central-1.rds.amazonaws.com`, in China with `.cn` at the end.
pub(super) fn of_host(host: &str) -> Option<&str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let region = host.strip_suffix(".rds.amazonaws.com")?.rsplit('.').next()?;
    is_region(region).then_some(region)
}

/// Whether the text can be the name of a region. It becomes part of host names.
pub(super) fn is_region(text: &str) -> bool {
    let is_word = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    (1..=40).contains(&text.len()) && text.contains('-') && text.chars().all(is_word)
}

/// Where STS answers in a region.
pub(super) fn sts_endpoint(region: &str) -> String {
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://sts.{region}.amazonaws.com{suffix}/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_database_holds_its_region() {
        let check = |host, expected| assert_eq!(of_host(host), expected, "{host}");
        check("db.abc.eu-central-1.rds.amazonaws.com", Some("eu-central-1"));
        check("db.abc.eu-central-1.rds.amazonaws.com.", Some("eu-central-1"));
        check("db.cluster-ro-abc.us-gov-west-1.rds.amazonaws.com", Some("us-gov-west-1"));
        check("db.abc.cn-north-1.rds.amazonaws.com.cn", Some("cn-north-1"));
        check("rds.amazonaws.com", None);
        check("x.rds.amazonaws.com", None);
        check("db.abc.eu-central-1.rds.amazonaws.com.example.com", None);
        check("db.example.com", None);
        check("", None);
    }

    #[test]
    fn a_region_brings_its_sts() {
        assert_eq!(sts_endpoint("eu-central-1"), "https://sts.eu-central-1.amazonaws.com/");
        assert_eq!(sts_endpoint("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn/");
        assert!(!is_region("a-b.evil.com/") && !is_region(""));
    }
}
