//! Cron expressions: parsed with errors that say what to write, and matched against the calendar.
//!
//! Neither clock nor time zone is known here: a [`Cron`] turns one reading of a wall clock into the next one that it
//! names. `jobs` puts readings on the time line; `#[job(cron = "…")]` uses the same code to refuse at compile time what
//! could not run.
//!
//! ```
//! use jobs_cron::{Civil, Cron};
//!
//! let cron = Cron::parse("30 9 * * MON-FRI").unwrap();
//! let friday_noon = Civil { year: 2026, month: 11, day: 27, hour: 12, minute: 0, second: 0 };
//! let monday = cron.at_or_after(friday_noon).unwrap();
//! assert_eq!((monday.day, monday.hour, monday.minute), (30, 9, 30));
//! ```

mod calendar;
pub mod duration;
mod field;
mod parse;
mod suggest;
mod zones;

pub use calendar::Civil;
pub use suggest::nearest;
pub use zones::{ZONES, zone};

/// What is wrong with an expression, and how to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Problem {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

/// A parsed expression. There is always a next reading that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// `L` in the day of month.
    last_day: bool,
    /// `5#2` and `5L`: a bit for each weekday and place in the month, the sixth place being the last.
    nth: u64,
    any_day: bool,
    any_weekday: bool,
    any_hour: bool,
}

impl Cron {
    /// Whether the hour's field begins with `*`: it then means every such hour of the day, however many the day has,
    /// and not certain readings of the clock.
    #[must_use]
    pub fn is_hour_wild(&self) -> bool {
        self.any_hour
    }
}
