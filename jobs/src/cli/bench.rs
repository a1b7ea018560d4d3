//! A simple measure of the database: jobs without a function go in, are claimed and end.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Context, Ended, act};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        Claim, Declarations, End, Finish, KindDecl, NewJob, Next, RunAt, Storage, Take, WorkerId,
        WorkerInfo,
    },
};

const NAME: &str = "jobs.bench";
const CHUNK: u32 = 500;

pub(super) async fn run(context: &Context, jobs: u32) -> Ended {
    let bar = context.output.bar(u64::from(jobs) * 2);
    let moved = bar.clone();
    let (enqueued, drained) = context
        .inspector
        .handle()
        .inner()
        .store
        .call(move |storage| async move {
            measure(&*storage, jobs, &|step| moved.inc(u64::from(step))).await
        })
        .await?;
    bar.finish_and_clear();
    let per_second = |took: Duration| (f64::from(jobs) / took.as_secs_f64().max(1e-6)).round();
    let value = json!({
        "jobs": jobs, "enqueued_per_second": per_second(enqueued), "drained_per_second": per_second(drained),
    });
    let words = format!(
        "{jobs} jobs, {CHUNK} in each statement: {} enqueued a second, {} claimed and ended a second",
        per_second(enqueued),
        per_second(drained)
    );
    act::said(context, &value, &words)
}

async fn measure(
    storage: &dyn Storage,
    jobs: u32,
    told: &(dyn Fn(u32) + Sync),
) -> Result<(Duration, Duration)> {
    // A queue that no worker takes from, and that nobody else measures in.
    let queue: Cow<'static, str> = Cow::Owned(format!("jobs.bench.{}", JobId::new()));
    let kind = KindDecl {
        name: NAME.to_owned(),
        queue: queue.to_string(),
        priority: 0,
        version: 1,
        tags: Vec::new(),
        unique_by: None,
        redact: Vec::new(),
        args: Vec::new(),
    };
    let kinds = storage
        .declare(Declarations {
            kinds: vec![kind],
            queues: Vec::new(),
        })
        .await?;
    let started = Instant::now();
    for chunk in chunks(jobs) {
        let new = kinds
            .iter()
            .cycle()
            .take(chunk as usize)
            .map(|kind| NewJob {
                id: JobId::new(),
                kind: *kind,
                version: 1,
                queue: queue.clone(),
                priority: 0,
                run_at: RunAt::Now,
                args: r#"{"n":1}"#.to_owned(),
                tags: Vec::new(),
                may_exist: false,
                keys: None,
                member: None,
                trace: None,
            });
        storage.insert(new.collect(), None).await?;
        told(chunk);
    }
    let enqueued = started.elapsed();
    let worker = WorkerId(JobId::new().as_uuid());
    let info = WorkerInfo {
        id: worker,
        host: crate::maintenance::host(),
        pid: std::process::id(),
        lease: Duration::from_secs(300),
        kinds: Vec::new(),
        pools: Vec::new(),
    };
    storage.register(info, None).await?;
    let started = Instant::now();
    loop {
        let take = Take {
            queue: queue.clone(),
            at_most: CHUNK,
        };
        let claim = Claim {
            worker,
            takes: vec![take],
        };
        let claimed = storage.claim(claim, None).await?;
        if claimed.is_empty() {
            break;
        }
        told(u32::try_from(claimed.len()).unwrap_or(CHUNK));
        let done = claimed.iter().map(|job| Finish {
            claim: job.claim,
            ran: Some(Duration::ZERO),
            logs: None,
            to: Next::End(End {
                state: State::Succeeded,
                output: None,
                reason: None,
                error: None,
                retain: None,
            }),
        });
        storage.finish(done.collect(), None).await?;
    }
    let drained = started.elapsed();
    storage.deregister(worker, None).await?;
    Ok((enqueued, drained))
}

fn chunks(all: u32) -> impl Iterator<Item = u32> {
    let full = std::iter::repeat_n(CHUNK, (all / CHUNK) as usize);
    full.chain(std::iter::once(all % CHUNK).filter(|rest| *rest > 0))
}
