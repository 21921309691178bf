//! Who is at the other end: the peer's address, or what a trusted proxy says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

use crate::app::App;

/// The address that a request came from.
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(resolve(peer(&parts.extensions), &parts.headers, &app.config().server.trusted_proxies)))
    }
}

/// The address that `request` came from.
#[must_use]
pub fn of(app: &App, request: &Request) -> IpAddr {
    resolve(peer(request.extensions()), request.headers(), &app.config().server.trusted_proxies)
}

/// Whether a proxy that is believed relays `request`.
#[must_use]
pub fn is_from_trusted_proxy(app: &App, request: &Request) -> bool {
    let peer = peer(request.extensions());
    app.config().server.trusted_proxies.iter().any(|network| network.contains(&peer))
}

fn peer(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip())
}

/// The last address in `X-Forwarded-For` that is not a trusted proxy's own. What stands before it anyone could write.
fn resolve(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .collect();
    // From the end: each proxy adds the address that it was called from behind what it was told.
    hops.into_iter().rev().map_while(address_of).find(|hop| !is_trusted(hop)).unwrap_or(peer)
}

/// The address of a hop. Some proxies add the port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    hop.parse().or_else(|_| hop.parse().map(|address: SocketAddr| address.ip())).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::resolve;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        let check = |peer: &str, forwarded: &'static str, expected: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
            let found = resolve(peer.parse().expect("an address"), &headers, &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded}");
        };
        check("203.0.113.9", "198.51.100.1", "203.0.113.9");
        check("10.0.0.1", "198.51.100.1", "198.51.100.1");
        check("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1");
        check("10.0.0.1", "nonsense", "10.0.0.1");
        check("10.0.0.1", "nonsense, 198.51.100.1", "198.51.100.1");
        check("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1");
        check("10.0.0.1", "198.51.100.1:4711", "198.51.100.1");
        check("10.0.0.1", "[2001:db8::1]:4711, 10.0.0.2:80", "2001:db8::1");
        check("10.0.0.1", "10.0.0.3", "10.0.0.1");
    }
}
