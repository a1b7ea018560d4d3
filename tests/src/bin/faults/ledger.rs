//! What callers were promised and what really ran: lines appended to a file that no database has a part in.

use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
};

use jobs::JobId;

/// The file; short appends are whole whichever process makes them, and outlive it.
#[derive(Debug, Clone)]
pub struct Ledger(PathBuf);

/// One execution of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub pid: u32,
    /// The claim's; it grows with each claim of the job.
    pub fence: i64,
    pub ended: bool,
    /// Its future was dropped before it came to its end.
    pub dropped: bool,
}

/// All of it, by the jobs' numbers.
#[derive(Debug, Default)]
pub struct Account {
    /// The enqueue answered `Ok` with this id.
    pub promised: HashMap<u64, JobId>,
    /// How many enqueues answered with an error.
    pub refused: usize,
    pub runs: HashMap<u64, Vec<Run>>,
    /// Planned times of a recurring task, in milliseconds since the epoch, one for each run.
    pub ticks: Vec<u64>,
}

impl Ledger {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Appends one line of words.
    pub fn note(&self, line: std::fmt::Arguments<'_>) {
        let line = format!("{line}\n");
        let file = OpenOptions::new().create(true).append(true).open(&self.0);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the ledger can be written");
    }

    /// How many lines begin with this word.
    pub fn count(&self, word: &str) -> usize {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let begins = |line: &&str| line.split(' ').next() == Some(word);
        text.lines().filter(begins).count()
    }

    /// The texts of all lines that begin with this word.
    pub fn texts(&self, word: &str) -> Vec<String> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let text_of = |line: &str| Some(line.strip_prefix(word)?.strip_prefix(' ')?.to_owned());
        text.lines().filter_map(text_of).collect()
    }

    pub fn read(&self) -> Account {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let mut account = Account::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            account
                .take(&words)
                .unwrap_or_else(|| panic!("a line of the ledger cannot be read: {line}"));
        }
        account
    }
}

impl Account {
    fn take(&mut self, words: &[&str]) -> Option<()> {
        match words {
            ["promised", n, id] => {
                self.promised.insert(n.parse().ok()?, id.parse().ok()?);
            }
            ["refused", ..] => self.refused += 1,
            ["tick", time] => self.ticks.push(time.parse().ok()?),
            ["start", n, pid, fence] => {
                let run = Run {
                    pid: pid.parse().ok()?,
                    fence: fence.parse().ok()?,
                    ended: false,
                    dropped: false,
                };
                self.runs.entry(n.parse().ok()?).or_default().push(run);
            }
            [how @ ("end" | "dropped"), n, pid, fence] => {
                let (pid, fence) = (pid.parse::<u32>().ok()?, fence.parse::<i64>().ok()?);
                let runs = self.runs.get_mut(&n.parse().ok()?)?;
                let run = runs
                    .iter_mut()
                    .find(|run| (run.pid, run.fence) == (pid, fence))?;
                run.ended |= *how == "end";
                run.dropped |= *how == "dropped";
            }
            _ => return None,
        }
        Some(())
    }

    /// Promised jobs of which no run has come to its end.
    pub fn to_run(&self) -> usize {
        let ran = |n| {
            self.runs
                .get(n)
                .is_some_and(|runs| runs.iter().any(|run| run.ended))
        };
        self.promised.keys().filter(|n| !ran(n)).count()
    }
}
