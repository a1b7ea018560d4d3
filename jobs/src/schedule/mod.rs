//! When a recurring job runs next. Pure: the time comes in, the next one goes out.

mod place;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, fmt, str::FromStr, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use jobs_cron::{Cron, Problem, duration};

use crate::error::{Error, Result};

/// Between alternatives of one stored schedule.
const OR: &str = " | ";

/// When something happens again and again: a cron expression in a time zone, or a period.
///
/// ```
/// # fn main() -> jobs::Result<()> {
/// use jobs::Schedule;
///
/// // At the end of March Berlin has no 02:30: it runs once, when the clocks have changed.
/// let nightly = Schedule::cron("30 2 * * *", "Europe/Berlin")?;
/// let before = "2027-03-27T12:00:00Z".parse().expect("a time");
/// assert_eq!(nightly.next_after(before).to_string(), "2027-03-28 01:00:00 UTC");
///
/// assert_eq!(nightly.zone(), "Europe/Berlin");
///
/// let often = Schedule::every(std::time::Duration::from_secs(300));
/// assert_eq!(often.next_after(before).to_string(), "2027-03-27 12:05:00 UTC");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    when: When,
    zone: Tz,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum When {
    /// Any of these.
    Cron(Vec<Cron>),
    /// In microseconds.
    Every(i64),
}

/// A time zone, by name or as [`chrono_tz::Tz`].
///
/// ```
/// fn weekly(zone: impl jobs::Zone) -> jobs::Result<jobs::Schedule> {
///     jobs::Schedule::cron("0 9 * * 1", zone)
/// }
/// assert!(weekly("Europe/Berlim").unwrap_err().to_string().contains("did you mean `Europe/Berlin`?"));
/// ```
pub trait Zone {
    #[doc(hidden)]
    fn zone(self) -> Result<Tz>;
}

impl Zone for Tz {
    fn zone(self) -> Result<Tz> {
        Ok(self)
    }
}

impl Zone for &str {
    fn zone(self) -> Result<Tz> {
        let known = jobs_cron::zone(self).map_err(|problem| invalid(self, problem))?;
        Tz::from_str(known).map_err(|_| Error::InvalidSchedule {
            text: known.to_owned(),
            reason: "this build has no such time zone; update `chrono-tz`".to_owned(),
        })
    }
}

impl Zone for &String {
    fn zone(self) -> Result<Tz> {
        self.as_str().zone()
    }
}

impl Zone for String {
    fn zone(self) -> Result<Tz> {
        self.as_str().zone()
    }
}

fn invalid(text: &str, problem: Problem) -> Error {
    Error::InvalidSchedule {
        text: text.to_owned(),
        reason: format!("{}; {}", problem.message, problem.help),
    }
}

impl Schedule {
    /// A cron expression in a time zone: five fields (minute, hour, day of month, month, day of week), six with
    /// seconds first, or `@daily` and its kin.
    ///
    /// # Errors
    /// [`Error::InvalidSchedule`]: the expression or the zone cannot be read, or the expression never fires.
    pub fn cron(expression: &str, zone: impl Zone) -> Result<Self> {
        let cron = Cron::parse(expression).map_err(|problem| invalid(expression, problem))?;
        Ok(Self {
            when: When::Cron(vec![cron]),
            zone: zone.zone()?,
            text: expression.trim().to_owned(),
        })
    }

    /// At the multiples of a period, counted from the beginning of 1970 in UTC: `every(5 minutes)` is at 00:00, 00:05
    /// and so on, whenever the program started. A period of less than a second counts as a second.
    #[must_use]
    pub fn every(period: Duration) -> Self {
        let period = period.max(Duration::from_secs(1));
        let micros = i64::try_from(period.as_micros()).unwrap_or(i64::MAX);
        Self {
            when: When::Every(micros),
            zone: Tz::UTC,
            text: format!("every {}", written(period)),
        }
    }

    /// As it is stored and shown: `0 9 * * 1`, several of them with ` | ` between, or `every 5m`.
    ///
    /// # Errors
    /// [`Error::InvalidSchedule`]: it is none of these, or the zone is unknown.
    pub fn parse(text: &str, zone: impl Zone) -> Result<Self> {
        let text = text.trim();
        if let Some(period) = text.strip_prefix("every ") {
            let millis = duration::parse(period).map_err(|problem| invalid(text, problem))?;
            if millis < 1_000 {
                return Err(Error::InvalidSchedule {
                    text: text.to_owned(),
                    reason:
                        "the period is shorter than a second; write `every 1s`, or let a job run on"
                            .to_owned(),
                });
            }
            zone.zone()?;
            return Ok(Self::every(Duration::from_millis(millis)));
        }
        let crons = text
            .split(OR)
            .map(|part| Cron::parse(part).map_err(|problem| invalid(text, problem)));
        Ok(Self {
            when: When::Cron(crons.collect::<Result<_>>()?),
            zone: zone.zone()?,
            text: text.to_owned(),
        })
    }

    /// The first time after this one.
    #[must_use]
    pub fn next_after(&self, time: DateTime<Utc>) -> DateTime<Utc> {
        let next = match &self.when {
            When::Every(period) => {
                let micros = time.timestamp_micros();
                let next = micros
                    .div_euclid(*period)
                    .checked_add(1)
                    .and_then(|count| count.checked_mul(*period));
                next.and_then(DateTime::from_timestamp_micros)
            }
            When::Cron(crons) => crons
                .iter()
                .filter_map(|cron| place::next(cron, self.zone, time))
                .min(),
        };
        // Only the end of what can be counted has none.
        next.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The last `most` times after `after` up to and with `until`, in order. What lies before them costs nothing.
    pub(crate) fn latest(
        &self,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
        most: usize,
    ) -> VecDeque<DateTime<Utc>> {
        let mut back = TimeDelta::minutes(1);
        loop {
            let from = until
                .checked_sub_signed(back)
                .map_or(after, |from| from.max(after));
            let mut times = VecDeque::new();
            let mut next = self.next_after(from);
            while next <= until {
                if times.len() == most {
                    times.pop_front();
                }
                times.push_back(next);
                next = self.next_after(next);
            }
            if times.len() >= most || from == after {
                return times;
            }
            back = back * 2;
        }
    }

    /// Its time zone's name; a period has `UTC`.
    #[must_use]
    pub fn zone(&self) -> &'static str {
        self.zone.name()
    }
}

/// The text that [`Schedule::parse`] reads.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `1h30m`; what is smaller than a millisecond is not written.
fn written(period: Duration) -> String {
    let mut rest = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, millis) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ] {
        if rest / millis > 0 {
            text.push_str(&format!("{}{unit}", rest / millis));
        }
        rest %= millis;
    }
    text
}
