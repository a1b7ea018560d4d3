//! Backoff arithmetic. Pure: the random draw comes in as a number from 0 up to, not including, 1.

use std::time::Duration;

use crate::definition::{Backoff, RetryRule};

/// No wait is longer than this, whatever a formula says: 100 years of 365.25 days.
pub(crate) const LONGEST: Duration = Duration::from_secs(3_155_760_000);

/// How long to wait after the `n`th failure (from 1) of a rule.
///
/// A `given` wait, from a function or a binding, is taken without jitter. `max_wait` caps the sum.
pub(crate) fn wait(rule: &RetryRule, n: u32, given: Option<Duration>, draw: f64) -> Duration {
    let cap = rule.max_wait.unwrap_or(LONGEST).min(LONGEST);
    if let Some(given) = given {
        return given.min(cap);
    }
    let unit = rule.wait.as_secs_f64();
    let n = f64::from(n.max(1));
    let seconds = match rule.backoff {
        Backoff::Constant | Backoff::Given => unit,
        Backoff::Linear => unit * n,
        Backoff::Exponential => unit * rule.factor.powf(n - 1.0),
        Backoff::Polynomial => n.powi(4) + 2.0,
    };
    clamp(seconds + seconds * rule.jitter.clamp(0.0, 1.0) * draw, cap)
}

/// Sidekiq's series for errors without a rule: count⁴ + 15 s plus up to 10 · (count + 1) s, count from 0.
pub(crate) fn sidekiq(n: u32, draw: f64) -> Duration {
    let count = f64::from(n.saturating_sub(1));
    clamp(count.powi(4) + 15.0 + draw * 10.0 * (count + 1.0), LONGEST)
}

/// Formulas may overflow to infinity, or be spoilt by a factor that is no number; a wait is neither.
fn clamp(seconds: f64, cap: Duration) -> Duration {
    if seconds.is_nan() || seconds <= 0.0 {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(seconds).unwrap_or(cap).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: RetryRule = RetryRule {
        jitter: 0.0,
        ..RetryRule::DEFAULT
    };

    fn series(rule: &RetryRule) -> Vec<u64> {
        (1..=5)
            .map(|n| wait(rule, n, None, 0.5).as_secs())
            .collect()
    }

    #[test]
    fn each_backoff_has_its_series() {
        assert_eq!(series(&PLAIN), [3, 3, 3, 3, 3]);
        assert_eq!(
            series(&RetryRule {
                backoff: Backoff::Linear,
                ..PLAIN
            }),
            [3, 6, 9, 12, 15]
        );
        assert_eq!(
            series(&RetryRule {
                backoff: Backoff::Exponential,
                ..PLAIN
            }),
            [3, 6, 12, 24, 48]
        );
        assert_eq!(
            series(&RetryRule {
                backoff: Backoff::Exponential,
                factor: 10.0,
                ..PLAIN
            }),
            [3, 30, 300, 3_000, 30_000]
        );
        assert_eq!(
            series(&RetryRule {
                backoff: Backoff::Polynomial,
                ..PLAIN
            }),
            [3, 18, 83, 258, 627]
        );
        let sidekiq: Vec<u64> = (1..=4).map(|n| sidekiq(n, 0.0).as_secs()).collect();
        assert_eq!(sidekiq, [15, 16, 31, 96]);
    }

    #[test]
    fn jitter_only_adds_and_stays_within_its_share() {
        let rule = RetryRule {
            backoff: Backoff::Polynomial,
            jitter: 0.15,
            ..PLAIN
        };
        assert_eq!(wait(&rule, 3, None, 0.0), Duration::from_secs(83));
        let most = wait(&rule, 3, None, 0.999_999).as_secs_f64();
        assert!((83.0..=83.0 * 1.15).contains(&most), "{most}");
        assert_eq!(
            wait(&rule, 3, Some(Duration::from_secs(7)), 0.9),
            Duration::from_secs(7),
            "given waits have none"
        );
    }

    #[test]
    fn max_wait_caps_the_sum() {
        let cap = Duration::from_secs(100);
        let rule = RetryRule {
            backoff: Backoff::Exponential,
            jitter: 1.0,
            max_wait: Some(cap),
            ..PLAIN
        };
        assert_eq!(wait(&rule, 6, None, 0.9), cap);
        assert_eq!(wait(&rule, 1, Some(cap * 2), 0.9), cap);
    }

    #[test]
    fn no_formula_overflows() {
        let rule = RetryRule {
            backoff: Backoff::Exponential,
            factor: 1e300,
            ..RetryRule::DEFAULT
        };
        assert_eq!(wait(&rule, u32::MAX, None, 0.9), LONGEST);
        assert_eq!(
            wait(
                &RetryRule {
                    factor: f64::NAN,
                    ..rule
                },
                3,
                None,
                0.9
            ),
            Duration::ZERO
        );
        assert_eq!(wait(&PLAIN, 1, Some(Duration::MAX), 0.0), LONGEST);
        assert!(sidekiq(u32::MAX, 0.9) <= LONGEST);
    }
}
