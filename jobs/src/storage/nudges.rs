//! What a storage has to tell the workers of its own process, merged into the stream of wake-ups.

use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use tokio::sync::{broadcast, watch};

use super::Wake;

/// More than anybody leaves unread; who falls behind is told to look at everything.
const UNREAD: usize = 64;

pub(crate) fn channel() -> broadcast::Sender<Wake> {
    broadcast::Sender::new(UNREAD)
}

/// Both streams; ends with the first, or when the storage is closed.
pub(crate) fn with(
    others: BoxStream<'static, Wake>,
    nudges: &broadcast::Sender<Wake>,
    closed: &watch::Sender<bool>,
) -> BoxStream<'static, Wake> {
    let own = stream::unfold(
        (nudges.subscribe(), closed.subscribe()),
        |(mut nudges, mut closed)| async move {
            let told = tokio::select! {
                told = nudges.recv() => told,
                _ = closed.wait_for(|closed| *closed) => return None,
            };
            match told {
                Ok(wake) => Some((wake, (nudges, closed))),
                Err(broadcast::error::RecvError::Lagged(_)) => Some((Wake::All, (nudges, closed))),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        },
    );
    stream::select(others, own).boxed()
}
