//! The account after a fault: nothing lost, nothing twice that was not in doubt, no result of a superseded claim.

use std::{collections::HashSet, time::Duration};

use jobs::State;

use crate::{
    ledger::Run,
    scene::{Outcome, Scene, failed, in_time},
};

/// Which jobs may have run more than once.
#[derive(Debug, Clone)]
pub enum Twice {
    /// None: nothing was in doubt.
    Never,
    /// Those whose earlier runs were in these processes, which were killed or stopped.
    OfProcesses(HashSet<u32>),
    /// Any: leases could not be renewed, or a server crashed, which may forget the claims of its last half second.
    InDoubt,
}

/// The counts of one cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub promised: usize,
    pub refused: usize,
    pub finished: usize,
    pub waiting: usize,
    pub dead: usize,
    pub twice: usize,
}

/// Waits until all that was promised has ended, and checks the account.
pub async fn settle(scene: &Scene, twice: &Twice, limit: Duration) -> Outcome<Counts> {
    let drained = in_time(limit, "every promised job runs", async || {
        Ok(scene.ledger.read().to_run() == 0)
    });
    let drained = drained.await;
    let jobs = scene.connect().await?;
    if drained.is_err() {
        let account = scene.ledger.read();
        let mut still = Vec::new();
        for (n, id) in &account.promised {
            let ended = |runs: &Vec<Run>| runs.iter().any(|run| run.ended);
            if !account.runs.get(n).is_some_and(ended) {
                let record = jobs.get(*id).await.ok().flatten();
                let state = record.map_or("lost".into(), |record| record.state.to_string());
                still.push(format!("{n} is {state}"));
            }
        }
        let few: Vec<_> = still.iter().take(5).collect();
        return failed(format!(
            "not run within {limit:?}: {} jobs: {few:?}",
            still.len()
        ));
    }
    let account = scene.ledger.read();
    let mut counts = Counts {
        promised: account.promised.len(),
        refused: account.refused,
        ..Counts::default()
    };
    for (n, id) in &account.promised {
        let mut last = None;
        let settled = in_time(Duration::from_secs(20), "its end is written", async || {
            last = jobs.get(*id).await.map_err(crate::scene::broken)?;
            Ok(last.as_ref().is_none_or(|record| record.state.is_final()))
        });
        let settled = settled.await;
        let Some(record) = last else {
            return failed(format!("job {n} ({id}) was promised and is not there"));
        };
        let runs = account.runs.get(n).map(Vec::as_slice).unwrap_or_default();
        match record.state {
            State::Succeeded => counts.finished += 1,
            State::Dead => counts.dead += 1,
            _ => counts.waiting += 1,
        }
        if settled.is_err() {
            return failed(format!(
                "job {n} ran and is {} still: {runs:?}",
                record.state
            ));
        }
        if runs.len() > 1 {
            counts.twice += 1;
        }
        explained(*n, runs, twice)?;
        let output = record.output.as_ref().and_then(serde_json::Value::as_i64);
        let last = runs
            .iter()
            .filter(|run| run.ended)
            .map(|run| run.fence)
            .max();
        if record.state == State::Succeeded && output != last {
            return failed(format!(
                "job {n} has the result of fence {output:?}, its last run had {last:?}: {runs:?}"
            ));
        }
    }
    jobs.close().await;
    let sum = counts.finished + counts.waiting + counts.dead;
    if sum != counts.promised || counts.waiting > 0 {
        return failed(format!("the account does not balance: {counts:?}"));
    }
    Ok(counts)
}

/// Whether every run but the last one was in doubt.
fn explained(n: u64, runs: &[Run], twice: &Twice) -> Outcome {
    let mut sorted = runs.to_vec();
    sorted.sort_by_key(|run| run.fence);
    let earlier = sorted.iter().rev().skip(1);
    let unexplained: Vec<_> = earlier
        .filter(|run| match twice {
            Twice::Never => true,
            Twice::OfProcesses(pids) => !pids.contains(&run.pid),
            Twice::InDoubt => false,
        })
        .collect();
    if unexplained.is_empty() {
        return Ok(());
    }
    failed(format!("job {n} ran again without a reason: {runs:?}"))
}
