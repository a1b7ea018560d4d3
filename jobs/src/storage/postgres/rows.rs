//! Rows ⇄ plain data.

use std::{fmt::Display, time::Duration};

use chrono::{DateTime, Utc};
use sqlx::{
    Postgres, Row as _,
    error::BoxDynError,
    postgres::{PgRow, PgTypeInfo, PgValueFormat, PgValueRef},
};
use uuid::Uuid;

use crate::{
    clock::{LONGEST_WAIT, storable},
    error::{Error, Result},
    failure::JobError,
    record::{JobId, State},
    storage::{
        ClaimRef, Claimed, GroupId, Keys, KindId, WorkerId,
        damage::{sound, unreadable_failure},
    },
    trace::TraceContext,
};

/// Whole microseconds; longer waits and retentions are cut, so that dates stay in Postgres's range.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.min(LONGEST_WAIT).as_micros()).unwrap_or(i64::MAX)
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
        6 => "an earlier job of its chain".into(),
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

/// A time as it is read: the driver panics on those that its type cannot hold, such as `infinity`.
pub(super) struct Time(pub(super) DateTime<Utc>);

impl sqlx::Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as sqlx::Type<Postgres>>::type_info()
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for Time {
    fn decode(value: PgValueRef<'r>) -> std::result::Result<Self, BoxDynError> {
        /// From 1970 to 2000, where Postgres begins to count.
        const EPOCH: i64 = 946_684_800_000_000;
        let micros = match value.format() {
            PgValueFormat::Binary => <i64 as sqlx::Decode<Postgres>>::decode(value)?,
            PgValueFormat::Text => return Ok(Self(sqlx::Decode::<Postgres>::decode(value)?)),
        };
        let furthest = if micros < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        };
        let time = micros
            .checked_add(EPOCH)
            .and_then(DateTime::from_timestamp_micros);
        Ok(Self(storable(time.unwrap_or(furthest))))
    }
}

/// A time of a row.
pub(super) fn time(row: &PgRow, column: &str) -> Result<DateTime<Utc>> {
    Ok(row.try_get::<Time, _>(column)?.0)
}

/// A time of a row that may have none.
pub(super) fn maybe_time(row: &PgRow, column: &str) -> Result<Option<DateTime<Utc>>> {
    Ok(row.try_get::<Option<Time>, _>(column)?.map(|time| time.0))
}

/// The columns of `claim.sql` and `lost.sql`, after `seq`. A damaged row must not stop its neighbours.
pub(super) fn claimed(row: &PgRow) -> Result<(Claimed, Option<Keys>)> {
    let id: Uuid = row.try_get("id")?;
    let keys = Keys::read(row.try_get("keys")?);
    let group: Option<Uuid> = row.try_get("member_of")?;
    let listed = row.try_get::<Option<i32>, _>("member_pos")?.is_some();
    let claimed = Claimed {
        claim: ClaimRef {
            id: JobId::from(id),
            worker: WorkerId(row.try_get("worker")?),
            fence: row.try_get("fence")?,
            keyed: keys.as_ref().is_some_and(Keys::matter_to_claims),
            grouped: group.is_some() || keys.as_ref().is_some_and(Keys::outlives_claims),
        },
        kind: KindId(row.try_get("kind")?),
        // Newer than any code: the job waits.
        version: sound(id, count(row, "version"), u32::MAX),
        queue: row.try_get("queue")?,
        priority: row.try_get("priority")?,
        run_at: time(row, "run_at")?,
        enqueued_at: time(row, "enqueued_at")?,
        claimed_at: time(row, "claimed_at")?,
        attempt: sound(id, count(row, "attempt"), 0),
        runs: sound(id, count(row, "runs"), 0),
        crashes: sound(id, count(row, "crashes"), 0),
        counters: row.try_get("counters")?,
        args: row.try_get("args")?,
        tags: sound(id, tags(row.try_get("tags")?), Vec::new()),
        refused: false,
        batch: group.filter(|_| !listed).map(GroupId),
        trace: row
            .try_get::<Option<&str>, _>("trace")?
            .and_then(TraceContext::read),
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

/// A failure as it was written.
pub(super) fn failure(id: impl Display, json: Option<&str>) -> Option<JobError> {
    json.map(|json| sound(id, read("error", json), unreadable_failure()))
}
