//! From columns to data: what both backends do with a stored row after the driver has read it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    failure::JobError,
    record::{Attempt, State},
};

/// The states of finished jobs as they are stored.
pub(crate) fn state_number(state: State) -> Option<i64> {
    match state {
        State::Succeeded => Some(1),
        State::Discarded => Some(2),
        State::Dead => Some(3),
        State::Cancelled => Some(4),
        _ => None,
    }
}

/// The reverse of [`state_number`].
pub(crate) fn finished_state(number: i64) -> Result<State> {
    match number {
        1 => Ok(State::Succeeded),
        2 => Ok(State::Discarded),
        3 => Ok(State::Dead),
        4 => Ok(State::Cancelled),
        _ => Err(damaged(format!("state {number} of a finished job"))),
    }
}

/// The state of a row of the hot table.
pub(crate) fn waiting_state(stage: i64, running: bool) -> Result<State> {
    match (stage, running) {
        (0, false) => Ok(State::Ready),
        (0, true) => Ok(State::Running),
        (1, _) => Ok(State::Scheduled),
        (2, _) => Ok(State::Blocked),
        (3, _) => Ok(State::Parked),
        _ => Err(damaged(format!("stage {stage}"))),
    }
}

/// `blocked_on` as it is stored: a worker that knows the name is awaited.
pub(crate) const UNKNOWN_KIND: i64 = 1;
/// `blocked_on` as it is stored: a worker that reads the payload is awaited.
pub(crate) const UNREADABLE: i64 = 2;

/// `blocked_on` as it is stored: its unique key is awaited.
pub(crate) const UNIQUE_HELD: i64 = 3;
/// `blocked_on` as it is stored: a slot is awaited.
pub(crate) const OVER_LIMIT: i64 = 4;
/// `blocked_on` as it is stored: a rate's window is awaited.
pub(crate) const OVER_RATE: i64 = 5;
/// `blocked_on` as it is stored: what comes before it in its chain is awaited.
pub(crate) const EARLIER_LINK: i64 = 6;

/// `blocked_on` for people.
pub(crate) fn blocked_reason(on: i64) -> String {
    match on {
        UNKNOWN_KIND => "unknown kind".to_owned(),
        UNREADABLE => "unreadable payload".to_owned(),
        UNIQUE_HELD => "its unique key is held by another job".to_owned(),
        OVER_LIMIT => "concurrency limit".to_owned(),
        OVER_RATE => "rate limit".to_owned(),
        EARLIER_LINK => "an earlier job of its chain".to_owned(),
        other => format!("reason {other}"),
    }
}

/// A stored time.
pub(crate) fn time(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| damaged(format!("time {micros}")))
}

/// A count or version.
pub(crate) fn count(value: i64) -> Result<u32> {
    u32::try_from(value).map_err(|_| damaged(format!("count {value}")))
}

/// A priority.
pub(crate) fn priority(value: i64) -> Result<i16> {
    i16::try_from(value).map_err(|_| damaged(format!("priority {value}")))
}

/// A JSON column of a known type.
pub(crate) fn json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| damaged(format!("{what}: {error}")))
}

/// A list of tags; nearly always empty.
pub(crate) fn tags(text: &str) -> Result<Vec<String>> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    json("tags", text)
}

/// An error that says that a stored row makes no sense.
pub(crate) fn damaged(what: String) -> Error {
    Error::Damaged { what }
}

/// The failure of a letter whose job was declared dead without one.
pub(crate) fn no_error(reason: Option<&str>) -> Result<JobError> {
    let message = reason.unwrap_or("declared dead");
    serde_json::from_value(serde_json::json!({ "type": "jobs::Dead", "message": message }))
        .map_err(|error| damaged(format!("error: {error}")))
}

/// What the search of dead letters looks through.
pub(crate) fn search_text(error: &JobError) -> String {
    let mut text = error.message().to_lowercase();
    for cause in error.chain() {
        text.push('\n');
        text.push_str(&cause.to_lowercase());
    }
    text.replace('\0', "\u{FFFD}")
}

/// The execution that has no row of its own: the running one, or the last one if it did not fail.
pub(crate) struct LastRun {
    /// Which execution it is.
    pub(crate) number: u32,
    /// When it began.
    pub(crate) started_at: DateTime<Utc>,
    /// When it ended.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// Who runs or ran it.
    pub(crate) worker: Uuid,
}

/// Stored attempts and the last run as one list, oldest first.
pub(crate) fn with_last_run(mut stored: Vec<Attempt>, last: Option<LastRun>) -> Vec<Attempt> {
    if let Some(last) = last
        && stored
            .last()
            .is_none_or(|attempt| attempt.number < last.number)
    {
        stored.push(Attempt {
            number: last.number,
            started_at: last.started_at,
            ended_at: last.ended_at,
            error: None,
            logs: None,
            worker: last.worker.to_string(),
        });
    }
    stored
}
