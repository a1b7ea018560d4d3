//! The workloads. Each measures one contender in a new database and gives figures by name.

mod crowded;
mod drain;
mod enqueue;
mod features;
mod idle;
mod latency;
mod steady;

use std::{collections::BTreeMap, time::Duration};

use drive::{Result, Task};
use serde::{Deserialize, Serialize};

use crate::{child::Driver, contenders::Contender, place::Place, server::Server};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Workload {
    W1,
    W2,
    W3,
    W4,
    W5,
    W6,
    W7,
    W8,
    W9,
    W10,
}

impl Workload {
    pub const ALL: &[Self] = &[
        Self::W1,
        Self::W2,
        Self::W3,
        Self::W4,
        Self::W5,
        Self::W6,
        Self::W7,
        Self::W8,
        Self::W9,
        Self::W10,
    ];

    /// `W3` or `w3`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|workload| format!("{workload:?}").eq_ignore_ascii_case(text))
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::W1 => "single enqueues, 16 callers in one process",
            Self::W2 => "bulk enqueue",
            Self::W3 => "drain with one worker process",
            Self::W4 => "latency: enqueue returned → job begins, idle worker",
            Self::W5 => "idle worker",
            Self::W6 => "drain beside jobs that are scheduled for tomorrow",
            Self::W7 => "steady state: each process enqueues and works",
            Self::W8 => "the same with 4 processes while a transaction holds the oldest snapshot",
            Self::W9 => "beside a million finished and a million waiting jobs",
            Self::W10 => "what features cost: enqueue and run, for each job",
        }
    }
}

/// How large the workloads are.
#[derive(Debug, Clone)]
pub struct Scale {
    pub quick: bool,
    /// W6: how many jobs are scheduled for tomorrow.
    pub scheduled: i64,
    /// W7 and W8: how long.
    pub seconds: u64,
    /// W7: in how many processes.
    pub processes: Vec<usize>,
    /// How long any one step may take.
    pub limit: Duration,
}

impl Scale {
    /// A count of jobs, or a tenth of it.
    fn jobs(&self, full: i64) -> i64 {
        if self.quick { full / 10 } else { full }
    }
}

/// Figures by name; the end of the name is the unit.
pub type Figures = BTreeMap<String, f64>;

/// One measurement: a contender in a place of its own.
pub struct Trial<'a> {
    pub contender: &'a Contender,
    pub command: Vec<String>,
    pub place: Place<'a>,
    server: Option<&'a Server>,
    pub scale: Scale,
}

impl<'a> Trial<'a> {
    /// A new database with the contender's tables in it.
    pub fn new(contender: &'a Contender, server: Option<&'a Server>, scale: Scale) -> Result<Self> {
        let trial = Self {
            command: contender.command()?,
            place: Place::new(contender.backend, server)?,
            contender,
            server,
            scale,
        };
        trial.start(Task::Setup)?.end()?;
        Ok(trial)
    }

    /// Measures.
    pub fn run(&mut self, workload: Workload) -> Result<Figures> {
        match workload {
            Workload::W1 => enqueue::single(self),
            Workload::W2 => enqueue::bulk(self),
            Workload::W3 => drain::plain(self),
            Workload::W4 => latency::both(self),
            Workload::W5 => idle::run(self),
            Workload::W6 => drain::beside_scheduled(self),
            Workload::W7 => steady::run(self),
            Workload::W8 => steady::beside_snapshot(self),
            Workload::W9 => crowded::run(self),
            Workload::W10 => features::run(self),
        }
    }

    /// The same in another new place.
    fn again(&self) -> Result<Self> {
        Self::new(self.contender, self.server, self.scale.clone())
    }

    /// Starts one process of the contender.
    fn start(&self, task: Task) -> Result<Driver> {
        Driver::start(&self.command, &self.place.url(), &task, self.scale.limit)
    }

    /// Enqueues jobs that are not measured.
    fn fill(&self, n: i64, delay_s: u64) -> Result {
        let mut filling = self.start(Task::Bulk { n, delay_s })?;
        filling.done()?;
        filling.end()
    }

    /// How many jobs could run and have not ended.
    fn unfinished(&self) -> Result<f64> {
        self.place.figure(self.contender.unfinished)
    }

    /// As many jobs as the workload wants, or as the contender can do.
    fn jobs(&self, full: i64) -> i64 {
        let jobs = self.scale.jobs(full);
        self.contender.most.map_or(jobs, |most| jobs.min(most))
    }
}

/// One figure alone.
fn figure(name: &str, value: f64) -> Figures {
    Figures::from([(name.to_owned(), value)])
}
