//! Wake-ups between processes. Best effort: polling is the floor.

use std::{borrow::Cow, time::Duration};

use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    PostgresStorage,
    session::{Again, Shape},
};
use crate::{error::Result, storage::Wake};

/// Postgres takes less than 8,000 bytes.
const LONGEST: usize = 7_000;
/// So many wake-ups may wait for the worker; then it is told to look at everything.
const WAITING: usize = 256;

/// A connection that has been silent for this long is asked for a sign of life, and given up if none comes in time: one
/// behind which the network is gone would be silent for ever, and nobody would know.
const SILENCE: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(5);

/// A notification's text; `jobs_enqueue` writes the same.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Payload<'p> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Cow<'p, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ready: Option<Vec<Cow<'p, str>>>,
    /// In milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cancel: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    settings: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all: bool,
}

/// All wake-ups in one text; `None` if there are none.
pub(super) fn payload(wakes: &[Wake], from: Option<&str>) -> Option<String> {
    if wakes.is_empty() {
        return None;
    }
    let mut payload = Payload {
        from: from.map(Cow::Borrowed),
        ..Payload::default()
    };
    let mut any = false;
    for wake in wakes {
        match wake {
            Wake::Ready(queues) => {
                let ready = payload.ready.get_or_insert_default();
                any |= queues.is_empty();
                for queue in queues {
                    if !ready.contains(queue) {
                        ready.push(queue.clone());
                    }
                }
            }
            Wake::DueIn(wait) => {
                let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                payload.due = Some(payload.due.map_or(wait, |due| due.min(wait)));
            }
            Wake::Cancel => payload.cancel = true,
            Wake::Settings => payload.settings = true,
            Wake::All => payload.all = true,
        }
    }
    if any {
        payload.ready = Some(Vec::new());
    }
    let mut text = serde_json::to_string(&payload).ok()?;
    if text.len() > LONGEST {
        payload.ready = payload.ready.map(|_| Vec::new());
        text = serde_json::to_string(&payload).ok()?;
    }
    Some(text)
}

/// What a notification says; nothing if it is our own.
fn wakes(text: &str, own: &str) -> Vec<Wake> {
    let Ok(payload) = serde_json::from_str::<Payload<'_>>(text) else {
        return vec![Wake::All];
    };
    if payload.from.as_deref() == Some(own) {
        return Vec::new();
    }
    if payload.all {
        return vec![Wake::All];
    }
    let ready = payload.ready.map(|queues| {
        Wake::Ready(
            queues
                .into_iter()
                .map(|queue| Cow::Owned(queue.into_owned()))
                .collect(),
        )
    });
    let due = payload
        .due
        .map(|wait| Wake::DueIn(Duration::from_millis(wait)));
    let cancel = payload.cancel.then_some(Wake::Cancel);
    let settings = payload.settings.then_some(Wake::Settings);
    ready
        .into_iter()
        .chain(due)
        .chain(cancel)
        .chain(settings)
        .collect()
}

impl PostgresStorage {
    /// A NOTIFY makes commits wait for each other and for the disk, so that ready jobs are announced only if a worker
    /// of another process has said that it sleeps: the others look by themselves.
    pub(super) async fn notify_others(&self, payload: &str, only_sleepers: bool) -> Result<()> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.announce)
            .bind(payload.to_owned())
            .bind(only_sleepers)
            .bind(self.sleepers.own());
        session.run(query).await?;
        session.done().await
    }

    pub(super) async fn tell_others(&self, wakes: Vec<Wake>) -> Result<()> {
        let Some(payload) = payload(&wakes, Some(&self.instance)) else {
            return Ok(());
        };
        let only_sleepers = wakes.iter().all(|wake| matches!(wake, Wake::Ready(_)));
        self.again(Again::Safe, |_| self.notify_others(&payload, only_sleepers))
            .await
    }

    pub(super) fn listen_for_wakes(&self) -> BoxStream<'static, Wake> {
        let mut closed = self.closed.subscribe();
        let Some(options) = self.listen.clone() else {
            // Nothing to be heard; it still ends with the storage.
            let nothing = async move {
                closed.wait_for(|closed| *closed).await.ok();
                stream::empty()
            };
            return stream::once(nothing).flatten().boxed();
        };
        let (channel, own) = (self.names.channel.clone(), self.instance.clone());
        // The task is made where the stream is first asked, which is in a runtime.
        let hearing = async move {
            let (sender, receiver) = mpsc::channel(WAITING);
            let task = Task(tokio::spawn(listen(options, channel, own, sender, closed)));
            stream::unfold((receiver, task), |(mut receiver, task)| async move {
                let wake = receiver.recv().await?;
                Some((wake, (receiver, task)))
            })
        };
        stream::once(hearing).flatten().boxed()
    }
}

/// Ends with the stream that it feeds.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Reads the socket whatever the worker does: one that is not read holds back vacuum in the whole database.
async fn listen(
    options: PgConnectOptions,
    channel: String,
    own: String,
    sender: mpsc::Sender<Wake>,
    mut closed: watch::Receiver<bool>,
) {
    let forever = async {
        let mut failures = 0_u32;
        // What was missed before the first connection, the worker finds when it starts.
        let mut missed = false;
        loop {
            match connect(&options, &channel).await {
                Ok(mut listener) => {
                    failures = 0;
                    if let Err(error) = hear(&mut listener, &own, &sender, missed).await {
                        tracing::warn!(%error, "the connection for wake-ups was lost; connecting anew");
                    }
                }
                Err(error) => {
                    failures += 1;
                    if failures == 1 {
                        tracing::warn!(%error, "cannot listen for wake-ups; workers poll until it works");
                    }
                }
            }
            missed = true;
            let wait = 100 * 2_u64.pow(failures.min(7));
            sleep(Duration::from_millis(
                wait + rand::random_range(0..=wait / 2),
            ))
            .await;
        }
    };
    tokio::select! {
        () = forever => {}
        _ = closed.wait_for(|closed| *closed) => {}
        () = sender.closed() => {}
    }
}

async fn connect(options: &PgConnectOptions, channel: &str) -> Result<PgListener, sqlx::Error> {
    let connecting = async {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(channel).await?;
        Ok(listener)
    };
    timeout(Duration::from_secs(15), connecting)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Until the connection is lost.
async fn hear(
    listener: &mut PgListener,
    own: &str,
    sender: &mpsc::Sender<Wake>,
    mut missed: bool,
) -> Result<(), sqlx::Error> {
    loop {
        let notification = tokio::select! {
            notification = listener.try_recv() => notification?,
            permit = sender.reserve(), if missed => {
                if let Ok(permit) = permit {
                    permit.send(Wake::All);
                }
                missed = false;
                continue;
            }
            () = sleep(SILENCE) => {
                let asked = sqlx::raw_sql("SELECT 1").execute(&mut *listener);
                timeout(ANSWER, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
                continue;
            }
        };
        let Some(notification) = notification else {
            return Err(sqlx::Error::PoolClosed);
        };
        for wake in wakes(notification.payload(), own) {
            missed |= sender.try_send(wake).is_err();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wakes_survive_the_way_and_own_ones_are_not_heard() {
        let said = [
            Wake::Ready(vec!["a\"b".into(), "c".into()]),
            Wake::DueIn(Duration::from_millis(1500)),
            Wake::Ready(vec!["c".into()]),
            Wake::Cancel,
        ];
        let text = payload(&said, Some("me")).expect("something is said");
        assert_eq!(
            wakes(&text, "you"),
            [
                Wake::Ready(vec!["a\"b".into(), "c".into()]),
                Wake::DueIn(Duration::from_millis(1500)),
                Wake::Cancel
            ]
        );
        assert!(wakes(&text, "me").is_empty());
        assert_eq!(wakes("not ours", "me"), [Wake::All]);
        assert_eq!(payload(&[], Some("me")), None);
    }

    #[test]
    fn a_long_list_of_queues_becomes_any_queue() {
        let queues = (0..2_000).map(|n| format!("queue-{n}").into()).collect();
        let text = payload(&[Wake::Ready(queues)], None).expect("something is said");
        assert!(text.len() < LONGEST);
        assert_eq!(wakes(&text, "me"), [Wake::Ready(Vec::new())]);
    }
}
