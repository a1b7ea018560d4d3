//! Gauges of queues, which are looked at now and then: only while a recorder is installed, and rarely.

use std::{sync::Arc, time::Duration};

use super::{
    counted::recorded,
    names::{DEPTH, QUEUE_LATENCY, describe},
};
use crate::{error::Result, handle::Jobs, worker::lifecycle::Shared};

/// Half of what Prometheus usually waits between two scrapes would be seen twice; this is what it waits.
const EVERY: Duration = Duration::from_secs(15);

/// Looks at the queues again and again.
pub(crate) async fn run(shared: Arc<Shared>) {
    if recorded() {
        describe();
    }
    loop {
        if recorded()
            && let Err(error) = sample(&shared.jobs).await
        {
            tracing::warn!(%error, "the queues could not be measured; trying again soon");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn sample(jobs: &Jobs) -> Result<()> {
    for queue in jobs.inspect().queues().await? {
        let labels = [("queue", queue.name)];
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        metrics::gauge!(DEPTH, &labels).set(queue.ready.count as f64);
        metrics::gauge!(QUEUE_LATENCY, &labels).set(queue.latency.as_secs_f64());
    }
    Ok(())
}
