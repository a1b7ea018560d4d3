//! The only place that decides what becomes of a job. Pure: facts and an event in, a [`Ruling`] out.

mod counters;
pub(crate) mod group;

use std::{error::Error as StdError, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use counters::Counters;

use crate::{
    context::EndNow,
    definition::{
        Action, Attempts, FailureFn, JobDef, Level, Named, OnCrash, Retain, Retry, RetryRule, Rule,
        Verdict,
    },
    failure::{DeserializationError, JobError, WorkerLost},
    panics::catch,
    record::State,
    retry,
    storage::{Awaited, BlockedOn, Claimed, End, Next},
};

/// No job is executed more often than this between two manual retries, whatever its rules say.
pub(crate) const MOST_EXECUTIONS: u32 = 1_000;
/// Retries of an error that neither the job nor its bases have a word for.
const DEFAULT_RETRIES: u32 = 25;
/// Where the count of `retry = n` is kept; no rule's key begins with `#`.
const RETRY_KEY: &str = "#retry";

/// What is known of a job when its execution ends.
#[derive(Debug, Clone)]
pub(crate) struct Facts<'a> {
    pub(crate) claimed: &'a Claimed,
    pub(crate) counters: Counters,
    pub(crate) now: DateTime<Utc>,
    /// A random number from 0 up to, not including, 1.
    pub(crate) draw: f64,
    pub(crate) keep: Keep,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(claimed: &'a Claimed, now: DateTime<Utc>, draw: f64, keep: Keep) -> Self {
        Self {
            claimed,
            counters: Counters::read(claimed.counters.as_deref()),
            now,
            draw,
            keep,
        }
    }
}

/// The handle's retentions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    pub(crate) finished: Duration,
    pub(crate) dead: Duration,
}

impl Keep {
    /// How long the record of a job that ended as `state` stays.
    pub(crate) fn retain(self, job: Option<&'static JobDef>, state: State) -> Option<Duration> {
        if state == State::Dead {
            return Some(self.dead);
        }
        match job.and_then(|job| job.first(|level| level.retain)) {
            Some(Retain::For(time)) => Some(time),
            Some(Retain::No) => None,
            None => Some(self.finished),
        }
    }
}

/// What becomes of a job, and whom to tell.
#[derive(Debug)]
pub(crate) struct Ruling {
    pub(crate) next: Next,
    /// `report` of a discard rule, or the `on_exhausted` hooks, innermost first.
    pub(crate) tell: Vec<&'static [Named<FailureFn>]>,
    /// Whether `after_discard` hooks are called: the job ended without success.
    pub(crate) given_up: bool,
}

impl Ruling {
    fn quiet(next: Next) -> Self {
        Self {
            next,
            tell: Vec::new(),
            given_up: false,
        }
    }

    /// Whom to tell, in order.
    pub(crate) fn hooks(&self) -> Vec<&'static Named<FailureFn>> {
        self.tell.iter().copied().flatten().collect()
    }

    /// Whether the job ends well.
    pub(crate) fn succeeded(&self) -> bool {
        matches!(
            &self.next,
            Next::End(End {
                state: State::Succeeded,
                ..
            })
        )
    }

    /// The failure that goes with it.
    pub(crate) fn error(&self) -> Option<&JobError> {
        match &self.next {
            Next::Retry { error, .. } | Next::End(End { error, .. }) => error.as_ref(),
            Next::Crashed { error } => Some(error),
            Next::PutBack | Next::Block { .. } | Next::Park { .. } => None,
        }
    }
}

/// The function returned an output. `note` is kept with the record.
pub(crate) fn succeeded(
    job: &'static JobDef,
    facts: &Facts<'_>,
    output: Option<String>,
    note: Option<String>,
) -> Ruling {
    Ruling::quiet(end(Some(job), facts, State::Succeeded, None, output, note))
}

/// The job chose its end itself.
pub(crate) fn chosen(job: &'static JobDef, facts: &Facts<'_>, choice: EndNow) -> Ruling {
    match choice {
        EndNow::RetryIn(wait) if facts.claimed.attempt + 1 < MOST_EXECUTIONS => {
            Ruling::quiet(Next::Retry {
                after: wait.0.min(retry::LONGEST),
                queue: None,
                priority: None,
                counters: facts.counters.write(),
                error: None,
            })
        }
        EndNow::RetryIn(wait) => exhausted(job, facts, &[], JobError::of(&wait)),
        EndNow::Discard(discard) => {
            discarded(job, facts, &[], JobError::of(&discard), Some(discard.why))
        }
        EndNow::Dead(dead) => {
            let error = JobError::of(&dead);
            let mut ruling = Ruling::quiet(end(
                Some(job),
                facts,
                State::Dead,
                Some(error),
                None,
                Some(dead.why),
            ));
            ruling.given_up = true;
            ruling
        }
    }
}

/// It waits for a time or for something to come, and goes on then as if it had never stopped.
pub(crate) fn parked(
    facts: &Facts<'_>,
    until: Option<DateTime<Utc>>,
    on: Option<Awaited>,
) -> Ruling {
    let counters = Counters {
        begun: true,
        ..facts.counters.clone()
    };
    Ruling::quiet(Next::Park {
        until,
        on,
        counters: counters.write(),
    })
}

/// It came to a place where it can stop, while its worker does: the rest runs elsewhere.
pub(crate) fn yielded() -> Ruling {
    Ruling::quiet(Next::PutBack)
}

/// The execution failed with `error`; `kept` is how it is recorded.
pub(crate) fn failed(
    job: &'static JobDef,
    facts: &Facts<'_>,
    error: &(dyn StdError + 'static),
    mut kept: JobError,
) -> Ruling {
    let own_rules_only = error.is::<DeserializationError>() || error.is::<WorkerLost>();
    for level in job.levels() {
        if let Some((rule, verdict)) = first_rule(job, level, facts, error) {
            if let Some(name) = verdict.error_type {
                kept.name_head(name);
            }
            return match &rule.action {
                Action::Discard(action) => discarded(job, facts, action.report, kept, None),
                Action::Retry(action) => by_rule(job, facts, rule.key, action, verdict, kept),
            };
        }
        match level.retry {
            Some(retry) if !own_rules_only => return by_retry(job, facts, retry, kept),
            _ => {}
        }
    }
    if own_rules_only {
        exhausted(job, facts, &[], kept)
    } else {
        by_retry(job, facts, Retry::Times(DEFAULT_RETRIES), kept)
    }
}

/// The stored arguments cannot be read: newer code may be on its way, so the job waits `grace` for it first.
pub(crate) fn unreadable(
    job: &'static JobDef,
    facts: &Facts<'_>,
    error: &DeserializationError,
    grace: Duration,
) -> Ruling {
    let first = facts
        .counters
        .unreadable
        .and_then(DateTime::from_timestamp_micros)
        .unwrap_or(facts.now);
    let waited = (facts.now - first).to_std().unwrap_or_default();
    if !error.is_missing() || waited >= grace {
        return failed(job, facts, error, JobError::of(error));
    }
    let counters = Counters {
        unreadable: Some(first.timestamp_micros()),
        ..facts.counters.clone()
    };
    Ruling::quiet(Next::Block {
        on: BlockedOn::Unreadable(grace - waited),
        counters: counters.write(),
    })
}

/// Nobody here knows the job's name.
pub(crate) fn unknown(facts: &Facts<'_>) -> Ruling {
    Ruling::quiet(Next::Block {
        on: BlockedOn::UnknownKind,
        counters: facts.counters.write(),
    })
}

/// `expires_in`: it was not started for the first time in time.
pub(crate) fn expired(job: &'static JobDef, facts: &Facts<'_>) -> Option<Ruling> {
    let limit = job.first(|level| level.expires_in)?;
    let late = (facts.claimed.claimed_at - facts.claimed.run_at)
        .to_std()
        .unwrap_or_default();
    if facts.claimed.runs > 0 || facts.counters.begun || late <= limit {
        return None;
    }
    let why = format!("expired: not started within {limit:?} of being due");
    Some(discarded(
        job,
        facts,
        &[],
        JobError::plain("jobs::Expired", &why),
        Some(why),
    ))
}

/// `concurrency(…, on_conflict = "discard")`: it was claimed when its key had no slot left.
pub(crate) fn over_limit(job: &'static JobDef, facts: &Facts<'_>) -> Ruling {
    let limit = job.level.limits.concurrency.map_or(1, |slots| slots.limit);
    let why = format!("over the limit: {limit} of its key were running");
    discarded(
        job,
        facts,
        &[],
        JobError::plain("jobs::OverLimit", &why),
        Some(why),
    )
}

/// The worker died while it ran the job. `job` is `None` where the code that found it does not know its name.
pub(crate) fn lost(job: Option<&'static JobDef>, facts: &Facts<'_>, max_crashes: u32) -> Ruling {
    let error = WorkerLost {
        crashes: facts.claimed.crashes + 1,
    };
    let kept = JobError::of(&error);
    if let Some(job) = job {
        let ruled = job
            .levels()
            .any(|level| first_rule(job, level, facts, &error).is_some());
        let dies = job.first(|level| level.on_crash) == Some(OnCrash::Dead)
            || error.crashes >= max_crashes;
        if ruled || dies {
            return failed(job, facts, &error, kept);
        }
    } else if error.crashes >= max_crashes {
        return Ruling::quiet(end(None, facts, State::Dead, Some(kept), None, None));
    }
    Ruling::quiet(Next::Crashed { error: kept })
}

fn first_rule(
    job: &'static JobDef,
    level: &'static Level,
    facts: &Facts<'_>,
    error: &(dyn StdError + 'static),
) -> Option<(&'static Rule, Verdict)> {
    let after = |key: &str| facts.counters.of(key).saturating_add(1);
    let counts = crate::definition::Counts::new(&after);
    // `when` and wait functions are the user's code; one that panics meets nothing.
    let verdict = catch(|| (level.classify)(error, &counts)).unwrap_or_else(|_| {
        tracing::error!(
            job = job.name,
            level = level.owner,
            "a rule's `when` or `wait` panicked; the rules of this level are skipped"
        );
        None
    })?;
    level.rules.get(verdict.rule).map(|rule| (rule, verdict))
}

fn by_rule(
    job: &'static JobDef,
    facts: &Facts<'_>,
    key: &str,
    rule: &'static RetryRule,
    verdict: Verdict,
    kept: JobError,
) -> Ruling {
    let (counters, n, first) = facts.counters.with(key, facts.now);
    let used_up = matches!(rule.attempts, Attempts::Limited(limit) if n >= limit);
    let after = retry::wait(rule, n, verdict.wait, facts.draw);
    let too_late = rule
        .within
        .is_some_and(|within| later(facts.now, after) > later(first, within));
    if used_up || too_late || capped(facts) {
        return exhausted(job, facts, rule.on_exhausted, kept);
    }
    Ruling::quiet(Next::Retry {
        after,
        queue: rule.queue.map(|queue| queue.name().to_owned()),
        priority: rule.priority,
        counters: counters.write(),
        error: Some(kept),
    })
}

fn by_retry(job: &'static JobDef, facts: &Facts<'_>, retry: Retry, kept: JobError) -> Ruling {
    let Retry::Times(retries) = retry else {
        let mut ruling = discarded(job, facts, &[], kept, None);
        ruling
            .tell
            .extend(job.levels().map(|level| level.on_exhausted));
        return ruling;
    };
    let (counters, n, _) = facts.counters.with(RETRY_KEY, facts.now);
    if n > retries || capped(facts) {
        return exhausted(job, facts, &[], kept);
    }
    let after = retry::sidekiq(n, facts.draw);
    Ruling::quiet(Next::Retry {
        after,
        queue: None,
        priority: None,
        counters: counters.write(),
        error: Some(kept),
    })
}

fn capped(facts: &Facts<'_>) -> bool {
    facts.claimed.attempt.saturating_add(1) >= MOST_EXECUTIONS
}

fn later(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(by)
        .ok()
        .and_then(|by| time.checked_add_signed(by))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// No attempt is left: a dead letter, or with `dead = false` the end without one.
fn exhausted(
    job: &'static JobDef,
    facts: &Facts<'_>,
    hooks: &'static [Named<FailureFn>],
    kept: JobError,
) -> Ruling {
    let state = if job.first(|level| level.dead).unwrap_or(true) {
        State::Dead
    } else {
        State::Discarded
    };
    let reason = (state == State::Discarded).then(|| kept.message().to_owned());
    let mut tell = vec![hooks];
    tell.extend(job.levels().map(|level| level.on_exhausted));
    Ruling {
        next: end(Some(job), facts, state, Some(kept), None, reason),
        tell,
        given_up: true,
    }
}

fn discarded(
    job: &'static JobDef,
    facts: &Facts<'_>,
    report: &'static [Named<FailureFn>],
    kept: JobError,
    why: Option<String>,
) -> Ruling {
    let reason = why.unwrap_or_else(|| kept.message().to_owned());
    let next = end(
        Some(job),
        facts,
        State::Discarded,
        Some(kept),
        None,
        Some(reason),
    );
    Ruling {
        next,
        tell: vec![report],
        given_up: true,
    }
}

fn end(
    job: Option<&'static JobDef>,
    facts: &Facts<'_>,
    state: State,
    error: Option<JobError>,
    output: Option<String>,
    reason: Option<String>,
) -> Next {
    Next::End(End {
        state,
        output,
        reason,
        error,
        retain: facts.keep.retain(job, state),
    })
}

#[cfg(test)]
mod tests;
