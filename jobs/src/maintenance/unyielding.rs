//! Jobs that do not yield: nothing can drop them, and what else their thread has to do waits. The log names them.
//!
//! This runs on the handle's own threads, as the signs of life do, so that no job can block it.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::worker::{lifecycle::Shared, running::Polled};

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// For how long one poll may go on before it is told of.
const LONG: Duration = Duration::from_secs(2);

/// A poll that was seen before.
struct Seen {
    number: u64,
    since: Instant,
    told: bool,
}

pub(super) async fn run(shared: Arc<Shared>) {
    let mut seen = HashMap::new();
    loop {
        tokio::time::sleep(LOOK).await;
        for (polled, since) in long(&mut seen, &shared.running.polled(), Instant::now()) {
            tracing::warn!(
                job = polled.job, id = %polled.claim.id,
                "the job has not yielded for {} s, so that other jobs of its thread wait and nothing can stop it: \
                 let it `.await` now and then, or make it a `blocking` function",
                since.as_secs()
            );
        }
    }
}

/// Which of these go on for too long and were not told of, and for how long they were seen to.
fn long(
    seen: &mut HashMap<(crate::JobId, i64), Seen>,
    polled: &[Polled],
    now: Instant,
) -> Vec<(Polled, Duration)> {
    let key = |polled: &Polled| (polled.claim.id, polled.claim.fence);
    seen.retain(|key_of, seen| {
        polled
            .iter()
            .any(|polled| key(polled) == *key_of && polled.number == seen.number)
    });
    let mut long = Vec::new();
    for polled in polled {
        let seen = seen.entry(key(polled)).or_insert(Seen {
            number: polled.number,
            since: now,
            told: false,
        });
        let since = now.saturating_duration_since(seen.since);
        if since >= LONG && !std::mem::replace(&mut seen.told, true) {
            long.push((*polled, since));
        }
    }
    long
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        JobId,
        storage::{ClaimRef, WorkerId},
    };

    #[test]
    fn one_long_poll_is_told_of_once_and_many_short_ones_never() {
        let claim = ClaimRef {
            id: JobId::new(),
            worker: WorkerId(Uuid::now_v7()),
            keyed: false,
            grouped: false,
            fence: 1,
        };
        let poll = |number| Polled {
            claim,
            job: "test",
            number,
        };
        let (mut seen, began) = (HashMap::new(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        for second in 0..10 {
            assert!(long(&mut seen, &[poll(second * 2 + 1)], at(second)).is_empty());
        }
        let mut told = Vec::new();
        for second in 10..20 {
            told.extend(long(&mut seen, &[poll(99)], at(second)));
        }
        assert_eq!(told, [(poll(99), LONG)]);
        assert!(long(&mut seen, &[], at(20)).is_empty() && seen.is_empty());
    }
}
