//! Looks for trouble, and says what to do about it.

use serde::Serialize;

use super::{
    Context, Ended, Trouble,
    text::{safe, span},
};
use crate::{
    error::Result,
    inspect::{Filter, Health, Inspector, WorkerState},
    record::State,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Note,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    level: Level,
    check: &'static str,
    found: String,
    /// What to do about it.
    advice: Option<&'static str>,
}

pub(super) async fn run(context: &Context) -> Ended {
    let findings = look(&context.inspector).await?;
    context.output.either(&findings, || {
        let mut text = String::new();
        for finding in &findings {
            let mark = match finding.level {
                Level::Ok => "ok  ",
                Level::Note => "note",
                Level::Bad => "BAD ",
            };
            text.push_str(&format!(
                "{mark} {}: {}\n",
                finding.check,
                safe(&finding.found)
            ));
            if let Some(advice) = finding.advice {
                text.push_str(&format!("     → {advice}\n"));
            }
        }
        text
    })?;
    if findings.iter().any(|finding| finding.level == Level::Bad) {
        return Err(Trouble::Unhealthy);
    }
    Ok(())
}

async fn look(inspector: &Inspector) -> Result<Vec<Finding>> {
    let here = chrono::Utc::now();
    let health = inspector.health().await?;
    let skew = (health.now - here).abs().to_std().unwrap_or_default();
    let mut found = vec![
        finding(
            "schema",
            health.schema == health.schema_known,
            format!(
                "version {}, this program knows {}",
                health.schema, health.schema_known
            ),
            "run `jobs migrate`, or use a newer program",
        ),
        finding(
            "clocks",
            skew.as_secs() < 5,
            format!("the database's and this host's are {} apart", span(skew)),
            "set both by NTP: due times are judged by the database's clock, `within` by the workers'",
        ),
        finding(
            "indexes",
            health.missing_indexes.is_empty(),
            match health.missing_indexes.len() {
                0 => "all are there".to_owned(),
                _ => format!(
                    "missing or not valid: {}",
                    health.missing_indexes.join(", ")
                ),
            },
            "create them as sql/schema of this release does; without them pages and claims are slow",
        ),
    ];
    settings(&health, &mut found);
    workers(inspector, &mut found).await?;
    names(inspector, &mut found).await?;
    Ok(found)
}

fn finding(check: &'static str, good: bool, found: String, advice: &'static str) -> Finding {
    Finding {
        level: if good { Level::Ok } else { Level::Bad },
        check,
        found,
        advice: (!good).then_some(advice),
    }
}

fn note(mut finding: Finding) -> Finding {
    if finding.level == Level::Bad {
        finding.level = Level::Note;
    }
    finding
}

fn settings(health: &Health, found: &mut Vec<Finding>) {
    let fact = |name: &str| {
        let facts = health.facts.iter().find(|(known, _)| known == name);
        facts.map(|(_, value)| value.as_str())
    };
    let number = |name| fact(name).and_then(|value| value.parse::<u64>().ok());
    for (name, good, advice) in [
        (
            "fsync",
            &["on"][..],
            "turn it on: a crash of the host can destroy the database",
        ),
        (
            "full_page_writes",
            &["on"],
            "turn it on: a crash of the host can destroy the database",
        ),
        (
            "autovacuum",
            &["on"],
            "turn it on: ended jobs stay in the way of claims without it",
        ),
        (
            "synchronous_commit",
            &["on", "local", "remote_write", "remote_apply"],
            "a crash of the server loses jobs whose enqueue has returned; turn it on unless that is meant",
        ),
        (
            "journal_mode",
            &["wal"],
            "readers and the writer wait for each other in any other mode than WAL",
        ),
        (
            "synchronous",
            &["full", "extra"],
            "a power failure loses jobs whose enqueue has returned",
        ),
    ] {
        // A database in memory has no journal.
        if let Some(value) = fact(name).filter(|value| *value != "memory") {
            let one = finding(name, good.contains(&value), value.to_owned(), advice);
            found.push(if name.starts_with("sync") && name != "fsync" {
                note(one)
            } else {
                one
            });
        }
    }
    if let (Some(dead), Some(live)) = (number("dead_rows"), number("live_rows")) {
        let good = dead < 100_000 || dead < live.saturating_mul(2);
        found.push(finding(
            "bloat",
            good,
            format!("{dead} dead rows beside {live} live ones in the table of jobs"),
            "look for an old transaction below, then run VACUUM on the table",
        ));
    }
    if let Some(oldest) = fact("oldest_transaction") {
        let oldest: serde_json::Value = serde_json::from_str(oldest).unwrap_or_default();
        let seconds = oldest["seconds"].as_u64().unwrap_or(0);
        let pid = oldest["pid"].as_u64().unwrap_or(0);
        let state = oldest["state"].as_str().unwrap_or("?");
        let query = oldest["query"].as_str().unwrap_or("?");
        found.push(finding(
            "oldest transaction",
            seconds < 300,
            format!("process {pid}, {state}, for {seconds} s: {query}"),
            "end it with SELECT pg_terminate_backend(pid): no vacuum can remove what ended since it began",
        ));
    }
    for (name, advice) in [
        (
            "prepared_transactions",
            "COMMIT PREPARED or ROLLBACK PREPARED them: they hold vacuum back",
        ),
        (
            "inactive_replication_slots",
            "drop the slots that nobody uses: they hold back WAL, and some of them vacuum",
        ),
    ] {
        if let Some(count) = number(name) {
            found.push(note(finding(name, count == 0, count.to_string(), advice)));
        }
    }
}

async fn workers(inspector: &Inspector, found: &mut Vec<Finding>) -> Result<()> {
    let workers = inspector.workers().await?;
    let count = |state| {
        workers
            .iter()
            .filter(|worker| worker.state == state)
            .count()
    };
    let (live, lost) = (count(WorkerState::Running), count(WorkerState::Lost));
    found.push(note(finding(
        "workers",
        live > 0,
        format!("{live} live"),
        "no job runs until a worker is started",
    )));
    found.push(note(finding(
        "lost workers",
        lost == 0,
        format!("{lost} within a day"),
        "see `jobs workers`: were they killed, out of memory, or cut off from the database?",
    )));
    let paused: Vec<_> = inspector
        .queues()
        .await?
        .into_iter()
        .filter(|queue| queue.paused)
        .map(|queue| match queue.paused_by {
            Some(by) => format!("{} (by {by})", queue.name),
            None => queue.name,
        })
        .collect();
    found.push(note(finding(
        "paused queues",
        paused.is_empty(),
        match paused.len() {
            0 => "none".to_owned(),
            _ => paused.join(", "),
        },
        "`jobs resume QUEUE` lets workers take from them again",
    )));
    Ok(())
}

/// Jobs whose names no live worker knows.
async fn names(inspector: &Inspector, found: &mut Vec<Finding>) -> Result<()> {
    let blocked = Filter {
        states: vec![State::Blocked],
        ..Filter::default()
    };
    let page = inspector.jobs(&blocked, None, 1_000).await?;
    let mut unknown: Vec<String> = page
        .items
        .into_iter()
        .filter(|job| {
            let reason = job.reason.as_deref().unwrap_or_default();
            reason.starts_with("unknown") || reason.starts_with("unreadable")
        })
        .map(|job| job.name)
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    found.push(finding(
        "unknown jobs",
        unknown.is_empty(),
        match unknown.len() {
            0 => "none waits".to_owned(),
            _ => format!("jobs wait for code that knows them: {}", unknown.join(", ")),
        },
        "deploy a worker that has these jobs, or add their old names as `aliases(…)`",
    ));
    Ok(())
}
