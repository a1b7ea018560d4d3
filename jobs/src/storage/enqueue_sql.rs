//! One enqueue as text: the parameters that both backends' `enqueue_one.sql` take.

use chrono::{DateTime, Utc};

use super::{EnqueueSql, NewJob, RunAt};

/// In the order of the statement; `id` and `time` as the backend reads them.
pub(crate) fn enqueue_sql(
    [plain, keyed]: [&str; 2],
    job: &NewJob,
    id: String,
    time: impl Fn(DateTime<Utc>) -> String,
) -> EnqueueSql {
    let (at, delay) = match job.run_at {
        RunAt::Now => (None, 0),
        RunAt::In(delay) => (
            None,
            i64::try_from(delay.as_micros()).unwrap_or(i64::MAX / 2),
        ),
        RunAt::At(at) => (Some(time(at)), 0),
    };
    let tags = serde_json::Value::from_iter(job.tags.iter().map(|tag| tag.to_string()));
    let mut params = vec![
        Some(id),
        Some(job.kind.0.to_string()),
        Some(job.version.to_string()),
        Some(job.queue.to_string()),
        Some(job.priority.to_string()),
        Some(job.args.clone()),
        Some(tags.to_string()),
        at,
        Some(delay.to_string()),
    ];
    if let Some(keys) = &job.keys {
        let unique = keys.unique.as_ref();
        let ttl = unique.and_then(|unique| unique.ttl);
        params.push(Some(keys.write()));
        params.push(unique.map(|unique| unique.key.clone()));
        params.push(ttl.map(|ttl| ttl.as_micros().min(u128::from(u32::MAX) << 20).to_string()));
    }
    EnqueueSql {
        sql: if job.keys.is_some() { keyed } else { plain }.to_owned(),
        params,
    }
}
