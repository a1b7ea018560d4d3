//! What all processes of one simulation share: chance, time, what was seen, and the first thing that was wrong.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    hash::{Hash as _, Hasher as _},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use jobs::{JobId, storage::Finish};
use jobs_tests::model::World;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::time::Instant;

use crate::{check::Check, work::Run};

/// How much goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Calls that do not happen, and answers that are lost, of a thousand.
    pub lost: f64,
    /// Calls that take seconds, of a thousand.
    pub slow: f64,
    /// Seconds between two blows to a process; none if it is calm.
    pub blows: Option<f64>,
    /// Each process judges by its own clock, as on SQLite; else by the database's.
    pub own_clocks: bool,
}

impl Weather {
    pub fn is_calm(self) -> bool {
        self.blows.is_none() && self.lost == 0.0
    }
}

pub struct Scene {
    pub weather: Weather,
    began: Instant,
    inner: Mutex<Inner>,
}

struct Inner {
    dice: StdRng,
    /// How far the database's clock was moved.
    moved: TimeDelta,
    healed: bool,
    check: Check,
    names: BTreeMap<uuid::Uuid, usize>,
    seen: DefaultHasher,
    steps: u64,
    printing: bool,
    failure: Option<String>,
    starts: BTreeMap<JobId, Vec<(i64, u32)>>,
    returned: BTreeSet<Run>,
    /// Ends that were sent, to be sent again.
    sent: Vec<Vec<Finish>>,
}

impl Scene {
    pub fn new(seed: u64, printing: bool) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let own_clocks = dice.random_bool(0.5);
        let weather = match seed % 5 {
            0 => Weather {
                lost: 0.0,
                slow: 0.0,
                blows: None,
                own_clocks: false,
            },
            1 => Weather {
                lost: 30.0,
                slow: 10.0,
                blows: None,
                own_clocks,
            },
            2 => Weather {
                lost: 100.0,
                slow: 20.0,
                blows: Some(10.0),
                own_clocks,
            },
            _ => Weather {
                lost: 10.0,
                slow: 5.0,
                blows: Some(4.0),
                own_clocks,
            },
        };
        let inner = Inner {
            dice,
            moved: TimeDelta::zero(),
            healed: false,
            check: Check::default(),
            names: BTreeMap::new(),
            seen: DefaultHasher::new(),
            steps: 0,
            printing,
            failure: None,
            starts: BTreeMap::new(),
            returned: BTreeSet::new(),
            sent: Vec::new(),
        };
        Self {
            weather,
            began: Instant::now(),
            inner: Mutex::new(inner),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From 0 to 1.
    pub fn chance(&self) -> f64 {
        self.inner().dice.random()
    }

    /// One of so many.
    pub fn pick(&self, of: usize) -> usize {
        self.inner().dice.random_range(0..of.max(1))
    }

    /// Up to so many seconds.
    pub fn seconds(&self, at_most: f64) -> Duration {
        Duration::from_secs_f64(self.chance() * at_most)
    }

    /// A jump of a clock: nearly always seconds, now and then up to an hour.
    pub fn jump(&self) -> TimeDelta {
        let most = if self.chance() < 0.2 {
            3_600_000.0
        } else {
            20_000.0
        };
        TimeDelta::milliseconds(((self.chance() - 0.5) * 2.0 * most) as i64)
    }

    /// How long a function takes, and how it ends.
    pub fn fate(&self) -> (Duration, f64) {
        let long = self.chance() < 0.05;
        let takes = self.seconds(if long { 60.0 } else { 3.0 });
        (takes, self.chance())
    }

    /// What every clock would show that is right.
    pub fn true_time(&self) -> DateTime<Utc> {
        let beginning = DateTime::from_timestamp(1_900_000_000, 0).expect("a time");
        let passed = TimeDelta::from_std(self.began.elapsed()).expect("not that long");
        beginning + passed
    }

    /// By the database's clock.
    pub fn database_time(&self) -> DateTime<Utc> {
        self.true_time() + self.inner().moved
    }

    pub fn move_clock(&self, by: TimeDelta) {
        self.inner().moved += by;
        self.note(&format!("the database's clock jumps by {by}"));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.inner().healed = true;
        self.note("all is well from now on");
    }

    pub fn is_healed(&self) -> bool {
        self.inner().healed
    }

    /// A line of the trace, with ids as numbers that are the same in every run.
    pub fn note(&self, what: &str) {
        let at = self.true_time().timestamp_millis() - 1_900_000_000_000;
        self.inner().note(at, what);
    }

    pub fn fail(&self, what: String) {
        self.note(&format!("WRONG: {what}"));
        self.inner().failure.get_or_insert(what);
    }

    pub fn failure(&self) -> Option<String> {
        self.inner().failure.clone()
    }

    /// Steps so far, and a number that says what they were.
    pub fn digest(&self) -> (u64, u64) {
        let inner = self.inner();
        (inner.steps, inner.seen.finish())
    }

    /// A verb has happened.
    pub fn happened(&self, process: &str, verb: &str, answer: &str, world: &World) {
        let now = self.database_time();
        self.note(&format!("{process} {verb}: {answer}"));
        if matches!(
            verb,
            "look" | "queues" | "announce" | "add_stats" | "kind_names" | "get"
        ) {
            return;
        }
        let wrong = {
            let inner = &mut *self.inner();
            let calm = self.weather.is_calm().then_some(&inner.starts);
            inner.check.step(verb, world, now, &inner.returned, calm)
        };
        if let Err(wrong) = wrong {
            self.fail(format!("after `{verb}` of {process}: {wrong}"));
        }
    }

    /// The call was promised to be stored.
    pub fn promised(&self, id: JobId) {
        self.inner().check.promised.insert(id);
    }

    pub fn promises(&self) -> BTreeSet<JobId> {
        self.inner().check.promised.clone()
    }

    /// A function is called.
    pub fn started(&self, (id, fence): Run, attempt: u32, process: &str) {
        self.note(&format!(
            "{process} starts {id} fence {fence} attempt {attempt}"
        ));
        let wrong = {
            let mut inner = self.inner();
            let starts = inner.starts.entry(id).or_default();
            let twice = starts.iter().any(|(of, _)| *of == fence);
            starts.push((fence, attempt));
            twice
        };
        if wrong {
            self.fail(format!("one claim of {id} was started twice"));
        }
    }

    /// It has come to its end.
    pub fn returned(&self, run: Run, well: bool) {
        self.note(&format!("{} returns, well: {well}", run.0));
        if well {
            self.inner().returned.insert(run);
        }
    }

    pub fn sending(&self, done: &[Finish]) {
        let mut inner = self.inner();
        if inner.sent.len() < 1_000 {
            inner.sent.push(done.to_vec());
        }
    }

    /// Ends that somebody sent some time ago.
    pub fn sent_before(&self) -> Option<Vec<Finish>> {
        let mut inner = self.inner();
        let of = inner.sent.len();
        (of > 0).then(|| {
            let at = inner.dice.random_range(0..of);
            inner.sent[at].clone()
        })
    }
}

impl Inner {
    fn note(&mut self, at: i64, what: &str) {
        self.steps += 1;
        let line = format!("{at:>9} {}", self.plain(what));
        line.hash(&mut self.seen);
        if self.printing {
            println!("{line}");
        }
    }

    /// Ids come from the host's clock: they are numbered in the order in which they are first met.
    fn plain(&mut self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('-') {
            let id = at.checked_sub(8).and_then(|from| {
                let id = rest.get(from..from + 36)?;
                Some((from, uuid::Uuid::try_parse(id).ok()?))
            });
            match id {
                Some((from, id)) => {
                    let next = self.names.len() + 1;
                    let number = *self.names.entry(id).or_insert(next);
                    plain.push_str(&rest[..from]);
                    plain.push_str(&format!("#{number}"));
                    rest = &rest[from + 36..];
                }
                None => {
                    plain.push_str(&rest[..=at]);
                    rest = &rest[at + 1..];
                }
            }
        }
        plain.push_str(rest);
        plain
    }
}
