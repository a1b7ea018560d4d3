//! An account of what really ran, that no database under test has a part in: lines appended to a file.
//! Shared by the worker process and the test that starts it; other tests' workers must not know its job.

#![allow(dead_code, reason = "one side writes, the other reads")]

use std::{
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use jobs::job;

/// Where runs are written down, one line each; short appends are whole whichever process makes them.
#[derive(Debug, Clone)]
pub struct Ledger(PathBuf);

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `start`, `end` or `dropped`.
    pub what: String,
    /// The job's number.
    pub n: u64,
    /// The process.
    pub pid: u32,
}

impl Ledger {
    /// The file at `path`; made at the first entry.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn note(&self, what: &str, n: u64) {
        self.note_of(what, n, std::process::id());
    }

    /// What a test knows of a process: that it was `killed`.
    pub fn note_of(&self, what: &str, n: u64, pid: u32) {
        let line = format!("{what} {n} {pid}\n");
        let file = OpenOptions::new().create(true).append(true).open(&self.0);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the ledger can be written");
    }

    /// All entries so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let entry = |line: &str| {
            let mut words = line.split(' ');
            Some(Entry {
                what: words.next()?.to_owned(),
                n: words.next()?.parse().ok()?,
                pid: words.next()?.parse().ok()?,
            })
        };
        text.lines().filter_map(entry).collect()
    }

    /// How many entries of one sort there are.
    #[must_use]
    pub fn count(&self, what: &str) -> usize {
        self.entries()
            .iter()
            .filter(|entry| entry.what == what)
            .count()
    }
}

/// Writes down that a run was dropped, unless it came to its end.
struct Guard<'l>(&'l Ledger, u64, bool);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if !self.2 {
            self.0.note("dropped", self.1);
        }
    }
}

/// Takes so many milliseconds, in small steps, and gives its process's id.
#[job(queue = jobs::queues::default)]
pub async fn account(n: u64, millis: u64, #[state] ledger: &Ledger) -> u32 {
    ledger.note("start", n);
    let mut guard = Guard(ledger, n, false);
    let until = std::time::Instant::now() + Duration::from_millis(millis);
    while std::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(5).min(until - std::time::Instant::now())).await;
    }
    ledger.note("end", n);
    guard.2 = true;
    std::process::id()
}

/// Two of one key at once, the key being the number's last digit in base 3.
#[job(queue = jobs::queues::default, concurrency(limit = 2, key = n % 3))]
pub async fn two_at_once(n: u64, #[state] ledger: &Ledger) {
    ledger.note("start", n);
    tokio::time::sleep(Duration::from_millis(25)).await;
    ledger.note("end", n);
}

/// One of a number at a time.
#[job(queue = jobs::queues::default, unique(by = [n]))]
pub async fn one_of_each(n: u64, #[state] ledger: &Ledger) {
    ledger.note("start", n);
    tokio::time::sleep(Duration::from_millis(25)).await;
    ledger.note("end", n);
}
