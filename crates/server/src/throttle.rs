//! Counts what failed from where, and says when it is too much.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time in which events are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// Sources that are remembered; beyond these, new ones are not counted until old ones have passed.
const MOST_SOURCES: usize = 10_000;

/// At most so many events a minute from each source.
pub struct Throttle<S> {
    limit: usize,
    seen: Mutex<HashMap<S, Vec<Instant>>>,
}

impl<S: Eq + Hash> Throttle<S> {
    /// At most `limit` a minute.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, seen: Mutex::default() }
    }

    /// Whether `source` has reached its limit.
    pub fn is_exhausted(&self, source: &S) -> bool {
        let mut seen = self.lock();
        let Some(times) = seen.get_mut(source) else { return false };
        times.retain(|time| time.elapsed() < WINDOW);
        times.len() >= self.limit
    }

    /// Counts an event.
    pub fn note(&self, source: S) {
        let mut seen = self.lock();
        if seen.len() >= MOST_SOURCES {
            seen.retain(|_, times| times.last().is_some_and(|time| time.elapsed() < WINDOW));
        }
        if seen.len() < MOST_SOURCES || seen.contains_key(&source) {
            let times = seen.entry(source).or_default();
            times.retain(|time| time.elapsed() < WINDOW);
            // More would not change the answer.
            if times.len() < self.limit {
                times.push(Instant::now());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<S, Vec<Instant>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The network that one client can be expected to have for itself: an IPv4 address, or an IPv6 network of 64 bits.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::{Throttle, network};

    #[test]
    fn each_source_has_its_own_limit() {
        let throttle = Throttle::new(2);
        for source in ["a", "a", "a", "b"] {
            throttle.note(source);
        }
        assert!(throttle.is_exhausted(&"a"));
        assert!(!throttle.is_exhausted(&"b"));
        assert!(!throttle.is_exhausted(&"c"));
    }

    #[test]
    fn a_client_cannot_count_as_many_by_its_ipv6_addresses() {
        let check = |address: &str, expected: &str| {
            let found = network(address.parse().expect("an address"));
            assert_eq!(found.to_string(), expected, "{address}");
        };
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
        check("192.0.2.7", "192.0.2.7");
        check("::ffff:192.0.2.7", "192.0.2.7");
    }
}
