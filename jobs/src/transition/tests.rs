//! Every way in which a job can go on, by rule and by property.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    definition::{Backoff, DiscardRule, Location, Run, find},
    failure::{Discard, RetryIn},
    record::JobId,
    storage::{ClaimRef, KindId, WorkerId},
};

#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

#[derive(Debug, thiserror::Error)]
#[error("gone")]
struct Gone;

const KEEP: Keep = Keep {
    finished: Duration::from_secs(86_400),
    dead: Duration::from_secs(90 * 86_400),
};

/// Rule 0 meets `Busy`, rule 1 meets `Gone`.
fn by_type(error: &(dyn StdError + 'static), _: &crate::definition::Counts<'_>) -> Option<Verdict> {
    let busy = find::<Busy>(error, 0, |_| Some(None));
    busy.or_else(|| find::<Gone>(error, 1, |_| Some(None)))
}

fn job(level: Level) -> &'static JobDef {
    Box::leak(Box::new(JobDef {
        name: "Tested",
        aliases: &[],
        location: Location {
            file: "tests.rs",
            line: 1,
        },
        version: 1,
        upcast: None,
        args: &[],
        states: &[],
        tx: None,
        run: Run::Blocking(|_| Ok(Ok(Box::new(())))),
        level,
        base: None,
        recurring: None,
    }))
}

fn ruled(rule: RetryRule) -> &'static JobDef {
    let discard = Action::Discard(DiscardRule { report: &[] });
    let rules = vec![
        Rule {
            key: "Busy",
            action: Action::Retry(rule),
        },
        Rule {
            key: "Gone",
            action: discard,
        },
    ];
    job(Level {
        rules: Vec::leak(rules),
        classify: by_type,
        ..Level::NONE
    })
}

fn claimed() -> Claimed {
    let now = Utc::now();
    Claimed {
        claim: ClaimRef {
            id: JobId::new(),
            worker: WorkerId(Uuid::now_v7()),
            keyed: false,
            grouped: false,
            fence: 1,
        },
        kind: KindId(1),
        version: 1,
        queue: "default".into(),
        priority: 0,
        run_at: now,
        enqueued_at: now,
        claimed_at: now,
        attempt: 0,
        runs: 0,
        crashes: 0,
        counters: None,
        args: "{}".into(),
        tags: Vec::new(),
        refused: false,
        batch: None,
        trace: None,
    }
}

/// Lets one error happen again and again; gives the waits until the job ends, and its end.
fn fail_until_end(
    job: &'static JobDef,
    error: &(dyn StdError + 'static),
    draw: f64,
) -> (Vec<Duration>, End) {
    let mut claimed = claimed();
    let mut now = claimed.run_at;
    let mut waits = Vec::new();
    loop {
        let facts = Facts::new(&claimed, now, draw, KEEP);
        let kept = JobError::plain("E", "e");
        match failed(job, &facts, error, kept).next {
            Next::Retry {
                after, counters, ..
            } => {
                waits.push(after);
                now = later(now, after);
                claimed.counters = counters;
                claimed.attempt += 1;
                claimed.runs += 1;
            }
            Next::End(end) => return (waits, end),
            other => panic!("a failure neither retries nor ends: {other:?}"),
        }
    }
}

#[test]
fn attempts_count_executions_and_the_series_is_the_backoff_s() {
    let rule = RetryRule {
        backoff: Backoff::Polynomial,
        jitter: 0.0,
        ..RetryRule::DEFAULT
    };
    let (waits, end) = fail_until_end(ruled(rule), &Busy, 0.5);
    let seconds: Vec<u64> = waits.iter().map(Duration::as_secs).collect();
    assert_eq!(
        seconds,
        [3, 18, 83, 258],
        "five executions have four waits between them"
    );
    assert_eq!(end.state, State::Dead);
    assert_eq!(end.retain, Some(KEEP.dead));
}

#[test]
fn a_rule_for_another_error_counts_apart_and_a_discard_leaves_no_letter() {
    let job = ruled(RetryRule {
        attempts: Attempts::Limited(2),
        ..RetryRule::DEFAULT
    });
    let (waits, end) = fail_until_end(job, &Gone, 0.0);
    assert_eq!((waits.len(), end.state), (0, State::Discarded));
    assert_eq!(end.reason.as_deref(), Some("e"));
}

#[test]
fn errors_without_a_rule_follow_the_handle_s_default() {
    let (waits, end) = fail_until_end(job(Level::NONE), &Busy, 0.0);
    assert_eq!(waits.len(), DEFAULT_RETRIES as usize);
    assert_eq!(waits[0], Duration::from_secs(15));
    assert_eq!(end.state, State::Dead);
}

#[test]
fn retry_never_ends_discarded_and_retry_zero_dead() {
    let never = job(Level {
        retry: Some(Retry::Never),
        ..Level::NONE
    });
    assert_eq!(fail_until_end(never, &Busy, 0.0).1.state, State::Discarded);
    let zero = job(Level {
        retry: Some(Retry::Times(0)),
        ..Level::NONE
    });
    assert_eq!(fail_until_end(zero, &Busy, 0.0).1.state, State::Dead);
    let three = job(Level {
        retry: Some(Retry::Times(3)),
        dead: Some(false),
        ..Level::NONE
    });
    let (waits, end) = fail_until_end(three, &Busy, 0.0);
    assert_eq!((waits.len(), end.state), (3, State::Discarded));
}

#[test]
fn no_retry_is_planned_past_the_window() {
    let rule = RetryRule {
        attempts: Attempts::Unlimited,
        within: Some(Duration::from_secs(10)),
        jitter: 0.0,
        ..RetryRule::DEFAULT
    };
    let (waits, end) = fail_until_end(ruled(rule), &Busy, 0.0);
    assert_eq!(
        waits.len(),
        3,
        "at 3, 6 and 9 seconds; 12 is past the window"
    );
    assert_eq!(end.state, State::Dead);
}

#[test]
fn unlimited_attempts_meet_the_cap() {
    let rule = RetryRule {
        attempts: Attempts::Unlimited,
        ..RetryRule::DEFAULT
    };
    let (waits, end) = fail_until_end(ruled(rule), &Busy, 0.0);
    assert_eq!(waits.len() + 1, MOST_EXECUTIONS as usize);
    assert_eq!(end.state, State::Dead);
}

#[test]
fn a_chosen_end_comes_before_all_rules() {
    let (job, claimed) = (ruled(RetryRule::DEFAULT), claimed());
    let facts = Facts::new(&claimed, claimed.run_at, 0.0, KEEP);
    let retry = chosen(
        job,
        &facts,
        EndNow::RetryIn(RetryIn(Duration::from_secs(7))),
    );
    assert!(matches!(retry.next, Next::Retry { after, error: None, .. } if after.as_secs() == 7));
    let discard = chosen(job, &facts, EndNow::Discard(Discard("gone")));
    assert!(
        matches!(&discard.next, Next::End(end) if end.state == State::Discarded && end.reason.as_deref() == Some("gone"))
    );
    assert!(discard.given_up);
}

#[test]
fn a_lost_worker_costs_no_attempt_until_the_job_has_killed_too_many() {
    let job = ruled(RetryRule::DEFAULT);
    let mut claimed = claimed();
    let facts = Facts::new(&claimed, claimed.run_at, 0.0, KEEP);
    assert!(matches!(
        lost(Some(job), &facts, 3).next,
        Next::Crashed { .. }
    ));
    assert!(matches!(lost(None, &facts, 3).next, Next::Crashed { .. }));
    claimed.crashes = 2;
    let facts = Facts::new(&claimed, claimed.run_at, 0.0, KEEP);
    assert!(matches!(
        lost(Some(job), &facts, 3).next,
        Next::End(End {
            state: State::Dead,
            ..
        })
    ));
    assert!(matches!(
        lost(None, &facts, 3).next,
        Next::End(End {
            state: State::Dead,
            ..
        })
    ));
    let fragile = self::job(Level {
        on_crash: Some(OnCrash::Dead),
        ..Level::NONE
    });
    claimed.crashes = 0;
    let facts = Facts::new(&claimed, claimed.run_at, 0.0, KEEP);
    assert!(matches!(
        lost(Some(fragile), &facts, 3).next,
        Next::End(End {
            state: State::Dead,
            ..
        })
    ));
}

#[test]
fn what_newer_code_may_read_waits_and_then_dies() {
    let (job, mut claimed) = (ruled(RetryRule::DEFAULT), claimed());
    let hour = Duration::from_secs(3600);
    let missing = DeserializationError::missing("user_id");
    let facts = Facts::new(&claimed, claimed.run_at, 0.0, KEEP);
    let Next::Block {
        on: BlockedOn::Unreadable(wait),
        counters,
    } = unreadable(job, &facts, &missing, hour).next
    else {
        panic!("it should wait for newer code");
    };
    assert_eq!(wait, hour);
    claimed.counters = counters;
    let facts = Facts::new(&claimed, later(claimed.run_at, hour), 0.0, KEEP);
    assert!(matches!(
        unreadable(job, &facts, &missing, hour).next,
        Next::End(End {
            state: State::Dead,
            ..
        })
    ));
}

#[test]
fn an_unstarted_job_expires_and_a_retried_one_does_not() {
    let job = job(Level {
        expires_in: Some(Duration::from_secs(60)),
        ..Level::NONE
    });
    let mut claimed = claimed();
    claimed.claimed_at = later(claimed.run_at, Duration::from_secs(61));
    let facts = Facts::new(&claimed, claimed.claimed_at, 0.0, KEEP);
    assert!(expired(job, &facts).is_some());
    claimed.runs = 1;
    let facts = Facts::new(&claimed, claimed.claimed_at, 0.0, KEEP);
    assert!(expired(job, &facts).is_none());
}

fn backoff() -> impl Strategy<Value = Backoff> {
    prop_oneof![
        Just(Backoff::Constant),
        Just(Backoff::Linear),
        Just(Backoff::Exponential),
        Just(Backoff::Polynomial),
    ]
}

proptest! {
    #[test]
    fn a_rule_gives_exactly_its_attempts_and_waits_within_its_bounds(
        attempts in 1_u32..40,
        backoff in backoff(),
        wait_ms in 0_u64..100_000,
        factor in 1.0_f64..4.0,
        jitter in 0.0_f64..1.0,
        max_wait_ms in 1_u64..10_000_000,
        draw in 0.0_f64..1.0,
    ) {
        let cap = Duration::from_millis(max_wait_ms);
        let rule = RetryRule {
            attempts: Attempts::Limited(attempts),
            backoff,
            wait: Duration::from_millis(wait_ms),
            factor,
            jitter,
            max_wait: Some(cap),
            ..RetryRule::DEFAULT
        };
        let plain = RetryRule { jitter: 0.0, max_wait: None, ..rule_of(&rule) };
        let (waits, end) = fail_until_end(ruled(rule), &Busy, draw);
        prop_assert_eq!(waits.len() as u32, attempts - 1);
        prop_assert_eq!(end.state, State::Dead);
        for (n, wait) in (1..).zip(&waits) {
            let least = retry::wait(&plain, n, None, 0.0).min(cap);
            let most = least.mul_f64(1.0 + jitter).min(cap);
            prop_assert!(*wait >= least && *wait <= most + Duration::from_micros(1), "{least:?} {wait:?} {most:?}");
        }
    }

    #[test]
    fn stored_counts_survive_any_key(keys in proptest::collection::vec(".*", 1..5)) {
        let now = Utc::now();
        let mut counters = Counters::default();
        for key in &keys {
            counters = counters.with(key, now).0;
        }
        let stored = counters.write();
        let read = Counters::read(stored.as_deref());
        for key in &keys {
            prop_assert_eq!(read.of(key), counters.of(key));
            prop_assert!(read.of(key) >= 1);
        }
    }

    #[test]
    fn damaged_counts_count_as_none(text in ".*") {
        let _ = Counters::read(Some(&text));
    }
}

fn rule_of(rule: &RetryRule) -> RetryRule {
    RetryRule {
        backoff: rule.backoff,
        wait: rule.wait,
        factor: rule.factor,
        ..RetryRule::DEFAULT
    }
}
