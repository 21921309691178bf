//! Our own URLs, and where a browser may be sent.

use url::Url;

/// The address that browsers see.
#[derive(Debug, Clone)]
pub struct Urls {
    public: Url,
}

impl Urls {
    /// From `server.public_url`; a path, query or fragment is dropped.
    #[must_use]
    pub fn new(mut public: Url) -> Self {
        public.set_path("/");
        public.set_query(None);
        public.set_fragment(None);
        Self { public }
    }

    /// Scheme, host and port, as in an `Origin` header.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public.origin().ascii_serialization()
    }

    /// The host and port, for people.
    #[must_use]
    pub fn host(&self) -> String {
        match (self.public.host_str(), self.public.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => String::new(),
        }
    }

    /// Whether browsers come by https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public.scheme() == "https"
    }

    /// The redirect URI, the same path as pgAdmin's.
    #[must_use]
    pub fn redirect_uri(&self) -> Url {
        self.absolute("/oauth2/authorize")
    }

    /// Where a provider sends the browser after RP-initiated logout.
    #[must_use]
    pub fn post_logout_redirect_uri(&self) -> Url {
        self.absolute("/oauth2/logout/callback")
    }

    /// The path of `url` if it is on this origin, else `/`.
    #[must_use]
    pub fn path_of(&self, url: &str) -> String {
        let path = Url::parse(url).ok().filter(|url| url.origin() == self.public.origin());
        safe_next(path.as_ref().map(|url| &url[url::Position::BeforePath..]))
    }

    /// The URL of a path of ours.
    #[must_use]
    pub fn absolute(&self, path: &str) -> Url {
        let mut url = self.public.clone();
        url.set_path(path);
        url
    }
}

/// `next` if it is a path on this origin, else `/`.
///
/// The text is resolved as a browser would, since `//host`, `/\host` and control characters all leave the origin
/// (RFC 9700 section 4.11).
#[must_use]
pub fn safe_next(next: Option<&str>) -> String {
    const HOME: &str = "/";
    let Some(next) = next.filter(|next| next.starts_with('/') && !next.contains(['\\', '\t', '\n', '\r'])) else {
        return HOME.to_owned();
    };
    let Ok(base) = Url::parse("https://howdah.invalid/") else { return HOME.to_owned() };
    match base.join(next) {
        Ok(url) if url.origin() == base.origin() && !url.path().starts_with("//") => {
            url[url::Position::BeforePath..].to_owned()
        }
        _ => HOME.to_owned(),
    }
}

/// `text` as one segment of a path or one value of a query.
#[must_use]
pub fn encode(text: &str) -> String {
    // In a path a plus is a plus, and no blank.
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::{Urls, encode, safe_next};

    #[test]
    fn any_text_is_a_segment_of_a_path() {
        assert_eq!(encode("Azure AD/1+1"), "Azure%20AD%2F1%2B1");
    }

    #[test]
    fn only_an_address_of_ours_gives_a_path() {
        let urls = Urls::new("https://pg.example.com".parse().expect("a URL"));
        let check = |url: &str, expected: &str| assert_eq!(urls.path_of(url), expected, "{url}");
        check("https://pg.example.com/servers/1?a=b#c", "/servers/1?a=b#c");
        check("https://pg.example.com", "/");
        check("https://pg.example.com//evil.example", "/");
        check("https://evil.example/servers", "/");
        check("http://pg.example.com/servers", "/");
        check("https://pg.example.com@evil.example/", "/");
        check("/servers", "/");
        check("", "/");
    }

    #[test]
    fn next_stays_on_this_origin() {
        let check = |next: &str, expected: &str| assert_eq!(safe_next(Some(next)), expected, "{next}");
        check("/", "/");
        check("/servers/1?tab=2#x", "/servers/1?tab=2#x");
        check("//evil.example", "/");
        check("/\\evil.example", "/");
        check("/\t/evil.example", "/");
        check("https://evil.example", "/");
        check("javascript:alert(1)", "/");
        check("/a/../../b", "/b");
        check("/a/..//evil.example", "/");
        check("", "/");
        assert_eq!(safe_next(None), "/");
    }
}
