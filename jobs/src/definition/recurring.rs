//! Jobs that run by themselves.

use serde::{Deserialize, Serialize};

use crate::payload::ArgsWriter;

/// What becomes of ticks that were missed while no worker ran.
///
/// ```
/// assert_eq!(jobs::CatchUp::default(), jobs::CatchUp::One);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// One run for all of them, planned for the last.
    #[default]
    One,
    /// Each of them, at most the last 1,000.
    All,
    /// None; what is late by less than ten seconds still runs.
    None,
}

/// `cron = …` or `every = …` and what goes with them.
#[derive(Debug, Clone, Copy)]
pub struct RecurringDef {
    /// As `Schedule::parse` reads it.
    pub schedule: &'static str,
    /// The time zone's name.
    pub zone: &'static str,
    /// For people.
    pub description: Option<&'static str>,
    /// What becomes of missed ticks.
    pub catch_up: CatchUp,
    /// Asked when a handle connects and when a worker starts.
    pub enabled: Option<fn() -> bool>,
    /// Writes the arguments of its runs.
    pub args: fn(&mut ArgsWriter),
}
