//! What `jobs` is to reach, as ratios within one run.

use crate::{
    contenders::Kind,
    place::Backend::{self, Postgres, Sqlite},
    samples::Samples,
    workloads::Workload::{self, *},
};

/// What a figure is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Against {
    /// A limit's, by name.
    Limit(&'static str),
    /// A peer's, by name.
    Peer(&'static str),
    /// The best peer's.
    BestPeer,
    /// A number.
    Number,
    /// A figure of `jobs` in another workload.
    Own(Workload, &'static str),
}

/// One thing to reach.
pub struct Target {
    pub workload: Workload,
    pub backend: Backend,
    pub contender: &'static str,
    pub figure: &'static str,
    pub against: Against,
    /// The least ratio; or, for times and costs, the greatest.
    pub bound: f64,
    pub least: bool,
}

const fn least(
    workload: Workload,
    backend: Backend,
    contender: &'static str,
    figure: &'static str,
    bound: f64,
    against: Against,
) -> Target {
    Target {
        workload,
        backend,
        contender,
        figure,
        against,
        bound,
        least: true,
    }
}

const fn most(workload: Workload, backend: Backend, figure: &'static str, bound: f64) -> Target {
    Target {
        workload,
        backend,
        contender: "jobs",
        figure,
        against: Against::Number,
        bound,
        least: false,
    }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    least(
        W1,
        Postgres,
        "jobs",
        "per_s",
        1.5,
        Against::Limit("INSERT, 16 clients"),
    ),
    least(W1, Postgres, "jobs", "per_s", 10.0, Against::BestPeer),
    least(W1, Sqlite, "jobs", "per_s", 4.0, Against::Limit("INSERT")),
    least(
        W1,
        Sqlite,
        "jobs",
        "per_s",
        2.5,
        Against::Peer("effectum 0.7"),
    ),
    least(W2, Postgres, "jobs", "per_s", 0.7, Against::Limit("COPY")),
    least(W2, Postgres, "jobs", "per_s", 2.0, Against::BestPeer),
    least(
        W2,
        Sqlite,
        "jobs",
        "per_s",
        1.2,
        Against::Peer("effectum 0.7"),
    ),
    least(
        W3,
        Postgres,
        "jobs",
        "per_s",
        0.8,
        Against::Limit("claim + ack, 4 clients"),
    ),
    least(
        W3,
        Postgres,
        "jobs, retain = false",
        "per_s",
        0.9,
        Against::Limit("claim + ack, 4 clients"),
    ),
    least(W3, Postgres, "jobs", "per_s", 1.5, Against::BestPeer),
    least(
        W3,
        Sqlite,
        "jobs",
        "per_s",
        0.5,
        Against::Limit("claim + ack by 100"),
    ),
    least(
        W3,
        Sqlite,
        "jobs",
        "per_s",
        4.0,
        Against::Peer("effectum 0.7"),
    ),
    most(W4, Postgres, "p50_ms", 0.5),
    most(W4, Postgres, "p99_ms", 1.5),
    most(W4, Postgres, "in_process_p50_ms", 0.2),
    most(W4, Sqlite, "in_process_p50_ms", 0.3),
    most(W4, Sqlite, "p50_ms", 5.0),
    most(W5, Postgres, "transactions_per_s", 0.5),
    most(W5, Postgres, "cpu_percent", 0.1),
    most(W5, Sqlite, "bytes_written_per_s", 0.0),
    most(W5, Sqlite, "cpu_percent", 0.1),
    least(
        W6,
        Postgres,
        "jobs",
        "per_s",
        0.95,
        Against::Own(W3, "per_s"),
    ),
    least(W6, Sqlite, "jobs", "per_s", 0.95, Against::Own(W3, "per_s")),
    least(
        W7,
        Postgres,
        "jobs",
        "8p_per_s",
        0.9,
        Against::Own(W7, "4p_per_s"),
    ),
    least(
        W7,
        Postgres,
        "jobs",
        "8p_per_s",
        0.9,
        Against::Own(W7, "1p_per_s"),
    ),
    most(W7, Postgres, "8p_wal_bytes_per_job", 1_536.0),
    most(W7, Postgres, "8p_commits_per_job", 0.05),
    least(
        W7,
        Sqlite,
        "jobs",
        "4p_per_s",
        0.7,
        Against::Own(W7, "1p_per_s"),
    ),
    least(
        W8,
        Postgres,
        "jobs",
        "4p_per_s",
        0.9,
        Against::Own(W7, "4p_per_s"),
    ),
];

/// What became of a target.
pub struct Verdict {
    /// What it was compared with, in words.
    pub against: String,
    /// The ratio, or the figure itself.
    pub value: f64,
    pub met: bool,
}

impl Target {
    /// `None` if it was not measured.
    pub fn verdict(&self, samples: &Samples) -> Option<Verdict> {
        let of = |workload, contender: &str, figure: &str| {
            samples
                .find(workload, self.backend, contender)?
                .medians()
                .get(figure)
                .copied()
        };
        let own = of(self.workload, self.contender, self.figure)?;
        let (against, base) = match self.against {
            Against::Number => (String::new(), 1.0),
            Against::Limit(name) | Against::Peer(name) => {
                (name.to_owned(), of(self.workload, name, self.figure)?)
            }
            Against::Own(workload, figure) => (
                format!("its own {workload:?} {figure}"),
                of(workload, self.contender, figure)?,
            ),
            Against::BestPeer => {
                let (name, best) = best_peer(samples, self.workload, self.backend, self.figure)?;
                (format!("the best peer, {name}"), best)
            }
        };
        let value = own / base;
        let met = if self.least {
            value >= self.bound
        } else {
            value <= self.bound
        };
        Some(Verdict {
            against,
            value,
            met,
        })
    }
}

/// The peer with the greatest figure.
pub fn best_peer(
    samples: &Samples,
    workload: Workload,
    backend: Backend,
    figure: &str,
) -> Option<(String, f64)> {
    let peers = crate::contenders::all();
    let peers = peers
        .iter()
        .filter(|peer| peer.kind == Kind::Peer && peer.backend == backend);
    let figures = peers.filter_map(|peer| {
        let figure = samples
            .find(workload, backend, peer.name)?
            .medians()
            .get(figure)
            .copied()?;
        Some((peer.name.to_owned(), figure))
    });
    figures.max_by(|(_, one), (_, other)| one.total_cmp(other))
}
