//! Live pages: one look at the database every two seconds, however many look on, tells their browsers when to load
//! what they show anew.

use std::{
    collections::hash_map::DefaultHasher,
    convert::Infallible,
    hash::{Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    http::StatusCode,
    response::{
        IntoResponse as _,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use jobs::inspect::Inspector;
use tokio::{sync::watch, time::Instant};

use crate::{
    failure::{Answer, Failure},
    view::View,
};

const BEAT: Duration = Duration::from_secs(2);
/// A stream ends after so long, and the browser opens the next: a server that stops need not wait for it for longer.
const LIFE: Duration = Duration::from_secs(20);
/// So many browsers may look on at once.
const MOST: usize = 200;

/// The look that all share; it goes on while somebody looks on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live(Arc<Mutex<Option<watch::Sender<u64>>>>);

impl Live {
    fn subscribe(&self, inspector: &Inspector) -> Option<watch::Receiver<u64>> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*shared {
            return (sender.receiver_count() < MOST).then(|| sender.subscribe());
        }
        let (sender, receiver) = watch::channel(0);
        *shared = Some(sender.clone());
        tokio::spawn(look(self.clone(), sender, inspector.clone()));
        Some(receiver)
    }

    /// Whether nobody looks on any more; then the next one starts a look of its own.
    fn is_over(&self, sender: &watch::Sender<u64>) -> bool {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = sender.receiver_count() == 0;
        if over {
            *shared = None;
        }
        over
    }
}

async fn look(live: Live, sender: watch::Sender<u64>, inspector: Inspector) {
    while !live.is_over(&sender) {
        if let Ok(now) = digest(&inspector).await {
            sender.send_if_modified(|seen| std::mem::replace(seen, now) != now);
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// Differs when something that pages show has changed.
async fn digest(inspector: &Inspector) -> jobs::Result<u64> {
    let overview = inspector.overview().await?;
    let mut hasher = DefaultHasher::new();
    for (state, count) in &overview.states {
        (state, count.count).hash(&mut hasher);
    }
    for queue in &overview.queues {
        (
            &queue.name,
            queue.paused,
            queue.latency.as_secs(),
            queue.ready.count,
        )
            .hash(&mut hasher);
    }
    for minute in &overview.minutes {
        (minute.at, minute.succeeded, minute.failed, minute.dropped).hash(&mut hasher);
    }
    (overview.workers, overview.lost).hash(&mut hasher);
    Ok(hasher.finish())
}

pub(crate) async fn stream(view: View) -> Answer {
    let Some(receiver) = view.app.live.subscribe(&view.app.inspector) else {
        let detail = "too many pages look on at once; reload by hand";
        return Err(Failure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many",
            detail,
        ));
    };
    let events = stream::unfold(
        (receiver, Instant::now() + LIFE),
        |(mut receiver, end)| async move {
            tokio::time::timeout_at(end, receiver.changed())
                .await
                .ok()?
                .ok()?;
            let digest = *receiver.borrow_and_update();
            let event = Event::default().event("change").data(format!("{digest:x}"));
            Some((Ok::<_, Infallible>(event), (receiver, end)))
        },
    );
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}
