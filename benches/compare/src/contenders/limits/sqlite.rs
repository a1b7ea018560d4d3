//! SQLite without a job library: prepared statements on one connection, WAL, `synchronous=FULL`.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use drive::{Peer, Result};
use rusqlite::{Connection, TransactionBehavior, params};

use super::no_such_thing;

fn open(url: &str) -> Result<Connection> {
    let path = url.trim_start_matches("sqlite://");
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
         CREATE TABLE IF NOT EXISTS job (
             id INTEGER PRIMARY KEY, state INTEGER NOT NULL DEFAULT 0, run_at INTEGER NOT NULL DEFAULT 0,
             payload TEXT NOT NULL
         ) STRICT;
         CREATE INDEX IF NOT EXISTS job_claim ON job (id) WHERE state = 0;",
    )?;
    Ok(connection)
}

/// One commit for each job; or 1,000 for each commit.
pub struct Insert(Mutex<Connection>);

impl Insert {
    fn connection(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Peer for Insert {
    type Working = ();
    async fn connect(url: &str) -> Result<Self> {
        Ok(Self(Mutex::new(open(url)?)))
    }
    async fn enqueue(&self, n: i64) -> Result {
        let connection = self.connection();
        let mut insert = connection.prepare_cached("INSERT INTO job (payload) VALUES (?1)")?;
        insert.execute([format!("{{\"n\":{n}}}")])?;
        Ok(())
    }
    async fn bulk(&self, jobs: Range<i64>, _: Duration) -> Result {
        let mut connection = self.connection();
        for first in jobs.clone().step_by(1_000) {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let sql = "INSERT INTO job (payload) VALUES (?1)";
                let mut insert = transaction.prepare_cached(sql)?;
                for n in first..jobs.end.min(first + 1_000) {
                    insert.execute([format!("{{\"n\":{n}}}")])?;
                }
            }
            transaction.commit()?;
        }
        Ok(())
    }
    async fn work(&self) -> Result {
        no_such_thing()
    }
    async fn stop((): ()) -> Result {
        Ok(())
    }
}

/// Claims and acknowledges so many at a time, a commit for each.
pub struct Claim<const BATCH: i64>(String);

fn claim_and_ack(url: &str, batch: i64, over: &AtomicBool) -> Result {
    let mut connection = open(url)?;
    while !over.load(Ordering::Relaxed) {
        let claiming = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let claimed: Vec<(i64, i64)> = {
            let sql = "UPDATE job SET state = 1 WHERE id IN
                           (SELECT id FROM job WHERE state = 0 ORDER BY id LIMIT ?1)
                       RETURNING id, payload ->> 'n'";
            let mut claim = claiming.prepare_cached(sql)?;
            let rows = claim.query_map([batch], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        claiming.commit()?;
        if claimed.is_empty() {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        }
        claimed.iter().for_each(|(_, n)| drive::ran(*n));
        let acking = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut ack = acking.prepare_cached("DELETE FROM job WHERE id = ?1")?;
            for (id, _) in claimed {
                ack.execute(params![id])?;
            }
        }
        acking.commit()?;
    }
    Ok(())
}

impl<const BATCH: i64> Peer for Claim<BATCH> {
    type Working = (Arc<AtomicBool>, std::thread::JoinHandle<Result>);
    async fn connect(url: &str) -> Result<Self> {
        open(url)?;
        Ok(Self(url.to_owned()))
    }
    async fn enqueue(&self, _: i64) -> Result {
        no_such_thing()
    }
    async fn bulk(&self, jobs: Range<i64>, delay: Duration) -> Result {
        Insert::connect(&self.0).await?.bulk(jobs, delay).await
    }
    async fn work(&self) -> Result<Self::Working> {
        let (over, url) = (Arc::new(AtomicBool::new(false)), self.0.clone());
        let ends = Arc::clone(&over);
        let thread = std::thread::spawn(move || claim_and_ack(&url, BATCH, &ends));
        Ok((over, thread))
    }
    async fn stop((over, thread): Self::Working) -> Result {
        over.store(true, Ordering::Relaxed);
        thread.join().map_err(|_| "the worker panicked")?
    }
}
