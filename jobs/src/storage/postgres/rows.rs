//! Rows ⇄ plain data.

use std::time::Duration;

use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    failure::JobError,
    record::{JobId, State},
    storage::{ClaimRef, Claimed, Keys, KindId, WorkerId},
};

/// A thousand years: longer waits and retentions are cut to it, so that dates stay in Postgres's range.
const LONGEST: u64 = 1_000 * 365 * 86_400 * 1_000_000;

/// Whole microseconds.
pub(super) fn micros(duration: Duration) -> i64 {
    let micros = u64::try_from(duration.as_micros()).map_or(LONGEST, |micros| micros.min(LONGEST));
    i64::try_from(micros).unwrap_or(i64::MAX)
}

pub(super) fn state_code(state: State) -> Result<i16> {
    match state {
        State::Succeeded => Ok(0),
        State::Discarded => Ok(1),
        State::Dead => Ok(2),
        State::Cancelled => Ok(3),
        other => Err(Error::Damaged {
            what: format!("a job cannot end as `{other}`"),
        }),
    }
}

/// The state of a row: of the hot table if it has a stage, else of the history.
pub(super) fn state(stage: Option<i16>, running: bool, ended: Option<i16>) -> Result<State> {
    Ok(match (stage, ended) {
        (Some(0), _) if running => State::Running,
        (Some(0), _) => State::Ready,
        (Some(1), _) => State::Scheduled,
        (Some(2), _) => State::Blocked,
        (Some(3), _) => State::Parked,
        (None, Some(0)) => State::Succeeded,
        (None, Some(1)) => State::Discarded,
        (None, Some(2)) => State::Dead,
        (None, Some(3)) => State::Cancelled,
        other => {
            return Err(Error::Damaged {
                what: format!("no state is written as {other:?}"),
            });
        }
    })
}

pub(super) fn blocked_reason(blocked_on: i16) -> String {
    match blocked_on {
        1 => "unknown kind".into(),
        3 => "its unique key is held by another job".into(),
        4 => "concurrency limit".into(),
        5 => "rate limit".into(),
        _ => "unreadable".into(),
    }
}

/// JSON that this crate wrote.
pub(super) fn read<T: serde::de::DeserializeOwned>(what: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| Error::Damaged {
        what: format!("{what}: {error}"),
    })
}

/// JSON as text; it holds no NUL, for JSON escapes it.
pub(super) fn write<T: serde::Serialize + ?Sized>(what: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Damaged {
        what: format!("{what}: {error}"),
    })
}

/// Postgres's text cannot hold NUL; where a NUL means nothing, it becomes U+FFFD.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The failure of a job that died without one; a dead letter always has one.
pub(super) fn no_error(reason: Option<&str>) -> Result<JobError> {
    let message = reason.unwrap_or("no failure was recorded");
    let json = serde_json::json!({ "type": "", "message": message });
    serde_json::from_value(json).map_err(|error| Error::Damaged {
        what: error.to_string(),
    })
}

pub(super) fn count(row: &PgRow, column: &str) -> Result<u32> {
    let count: i32 = row.try_get(column)?;
    u32::try_from(count).map_err(|_| Error::Damaged {
        what: format!("`{column}` is {count}"),
    })
}

/// The columns of `claim.sql` and `lost.sql`, after `seq`.
pub(super) fn claimed(row: &PgRow) -> Result<(Claimed, Option<Keys>)> {
    let keys = Keys::read(row.try_get("keys")?);
    let claimed = Claimed {
        claim: ClaimRef {
            id: JobId::from(row.try_get::<Uuid, _>("id")?),
            worker: WorkerId(row.try_get("worker")?),
            fence: row.try_get("fence")?,
            keyed: keys.as_ref().is_some_and(Keys::matter_to_claims),
        },
        kind: KindId(row.try_get("kind")?),
        version: count(row, "version")?,
        queue: row.try_get("queue")?,
        priority: row.try_get("priority")?,
        run_at: row.try_get("run_at")?,
        enqueued_at: row.try_get("enqueued_at")?,
        claimed_at: row.try_get("claimed_at")?,
        attempt: count(row, "attempt")?,
        runs: count(row, "runs")?,
        crashes: count(row, "crashes")?,
        counters: row.try_get("counters")?,
        args: row.try_get("args")?,
        // One damaged row must not stop the others of its claim.
        tags: tags(&row.try_get::<String, _>("tags")?).unwrap_or_default(),
        refused: false,
    };
    Ok((claimed, keys))
}

/// Most jobs have none.
pub(super) fn tags(json: &str) -> Result<Vec<String>> {
    if json == "[]" {
        return Ok(Vec::new());
    }
    read("tags", json)
}
