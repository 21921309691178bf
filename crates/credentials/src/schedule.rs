//! When a secret is renewed, until when it is used, and when a failing source is asked again.

use std::time::{Duration, SystemTime};

use crate::credential::Credential;

/// Failures in a row that cost no waiting: a person who corrects a typing mistake is not made to wait.
const FREE_FAILURES: u32 = 2;
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// Whether a cached secret may still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Use it.
    Good,
    /// Use it, and fetch the next one meanwhile.
    RenewAhead,
    /// Do not use it.
    Over,
}

pub(crate) fn freshness(credential: &Credential, now: SystemTime) -> Freshness {
    let is_over = credential.expires_at.is_some_and(|expires_at| {
        expires_at.duration_since(now).unwrap_or_default() <= unused_end(life(credential, expires_at))
    });
    if is_over {
        Freshness::Over
    } else if renews_at(credential).is_some_and(|moment| moment <= now) {
        Freshness::RenewAhead
    } else {
        Freshness::Good
    }
}

/// When the next secret is fetched: a while ahead of the end, or sooner if the issuer wants it so.
pub(crate) fn renews_at(credential: &Credential) -> Option<SystemTime> {
    let ahead = credential.expires_at.map(|expires_at| {
        let margin = renewal_margin(life(credential, expires_at));
        // Secrets that were fetched together are not renewed together.
        expires_at.checked_sub(margin.mul_f64(1.0 + 0.1 * credential.fingerprint.jitter())).unwrap_or(expires_at)
    });
    [ahead, credential.renew_at].into_iter().flatten().min()
}

fn life(credential: &Credential, expires_at: SystemTime) -> Duration {
    expires_at.duration_since(credential.obtained_at).unwrap_or_default()
}

/// How long to leave a source alone after this many failures in a row.
pub(crate) fn back_off(failures: u32) -> Option<Duration> {
    let waits = failures.checked_sub(FREE_FAILURES + 1)?;
    Some(Duration::from_secs(1 << waits.min(6)).min(LONGEST_BACK_OFF))
}

/// The end of a life in which a secret is no longer used, so that it does not expire on its way to PostgreSQL.
fn unused_end(life: Duration) -> Duration {
    (life / 5).min(Duration::from_secs(30))
}

/// How long before its end a secret is renewed: a fifth of its life between 30 s and 5 min, but not in the first half.
fn renewal_margin(life: Duration) -> Duration {
    (life / 5).clamp(Duration::from_secs(30), Duration::from_secs(300)).min(life / 2)
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use super::*;
    use crate::credential::{Fingerprint, Presentation, SourceKind};

    fn check(life_secs: Option<u64>, age_secs: f64, expected: Freshness) {
        let obtained_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let credential = Credential {
            presentation: Presentation::None,
            username: None,
            source: SourceKind::Exec,
            issuer: None,
            renew_at: None,
            obtained_at,
            expires_at: life_secs.map(|life| obtained_at + Duration::from_secs(life)),
            fingerprint: Fingerprint::of("secret", &RandomState::new()),
        };
        let found = freshness(&credential, obtained_at + Duration::from_secs_f64(age_secs));
        assert_eq!(found, expected, "life {life_secs:?}, age {age_secs}");
    }

    #[test]
    fn a_secret_is_renewed_ahead_and_not_used_in_the_end_of_its_life() {
        check(None, 1e9, Freshness::Good);
        check(Some(3600), 3200.0, Freshness::Good);
        check(Some(3600), 3301.0, Freshness::RenewAhead);
        check(Some(3600), 3569.0, Freshness::RenewAhead);
        check(Some(3600), 3570.0, Freshness::Over);
        check(Some(60), 26.0, Freshness::Good);
        check(Some(60), 31.0, Freshness::RenewAhead);
        check(Some(60), 47.9, Freshness::RenewAhead);
        check(Some(60), 48.0, Freshness::Over);
        check(Some(5), 2.0, Freshness::Good);
        check(Some(5), 3.9, Freshness::RenewAhead);
        check(Some(5), 4.1, Freshness::Over);
        check(Some(0), 0.0, Freshness::Over);
    }

    #[test]
    fn a_failing_source_is_asked_ever_more_rarely() {
        let waits: Vec<_> = (0..12).map(|failures| back_off(failures).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits[..5], [None, None, None, Some(1), Some(2)]);
        assert_eq!(waits[11], Some(60));
    }
}
