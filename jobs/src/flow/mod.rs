//! Durable steps: a job that is replayed from its top, and whose settled steps give what they stored.

mod children;
mod cursor;
mod events;
mod journal;

use std::{fmt, future::Future, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

pub use children::ChildFailed;
pub use cursor::Cursor;
pub(crate) use journal::Journal;

use crate::{
    clock::LONGEST_WAIT,
    context::{JobContext, Stop},
    failure::FlowError,
    storage::{Awaited, CheckpointKind},
};

/// The durable steps of a job, for a parameter marked `#[flow]`.
///
/// The function runs from its top each time that the job is claimed: after a failure, a crash, a deploy, or a wait. A
/// step that has succeeded is not run again; it gives what it stored. So what has an effect belongs into steps, and what
/// is between them must be safe to repeat. A step that was running when its worker died runs again.
///
/// A wait ends the run and takes no slot, no connection and no lock until it is over; it counts neither as an attempt
/// nor against `timeout`. Each name is used once in a run, by `step`, `run_all` and `sleep` together; the order is free, also
/// between two deploys. Storage trouble ends the run from inside, as a failure of type [`FlowError`](crate::FlowError).
///
/// ```
/// use std::time::Duration;
/// use jobs::{Flow, job};
/// # jobs::queues! { default }
/// # async fn charge(user_id: i64) -> Result<u64, String> { Ok(7) }
///
/// #[job]
/// async fn onboard(user_id: i64, #[flow] flow: &mut Flow) -> Result<(), String> {
///     let receipt = flow.step("charge", || charge(user_id)).await?;
///     flow.sleep("cool-off", Duration::from_secs(3 * 86_400)).await;
///     let approved: Option<bool> = flow.event_within("approved", Duration::from_secs(86_400)).await;
///     println!("receipt {receipt}, approved: {approved:?}");
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub struct Flow {
    ctx: JobContext,
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Flow").field(&self.ctx).finish()
    }
}

impl Flow {
    pub(crate) fn new(ctx: &JobContext) -> Self {
        Self { ctx: ctx.share() }
    }

    /// Runs `work` and stores what it returned; in later runs of the job gives that back instead. Only an `Ok` is
    /// stored: after an error the step runs again when the job does.
    ///
    /// The value is stored as JSON, of at most `max_output_bytes` (1 MiB by default).
    ///
    /// # Errors
    /// What `work` returned.
    pub async fn step<T, E, F>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> F + Send,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned + Send,
        F: Future<Output = Result<T, E>> + Send,
    {
        let journal = self.ctx.journal();
        journal.claim_name(&self.ctx, name).await;
        if let Some(stored) = journal
            .value(&self.ctx, CheckpointKind::Step, name, 0)
            .await
        {
            match serde_json::from_str(&stored) {
                Ok(value) => return Ok(value),
                Err(error) => self.unreadable::<T>(name, &error).await,
            }
        }
        let value = work().await?;
        journal
            .keep(&self.ctx, CheckpointKind::Step, name, &value)
            .await;
        Ok(value)
    }

    /// Waits so long from its first run on, without a slot: the job goes on at about that time, on any worker.
    ///
    /// ```
    /// # async fn doc(flow: &mut jobs::Flow) {
    /// flow.sleep("cool-off", std::time::Duration::from_secs(3 * 86_400)).await;
    /// # }
    /// ```
    pub async fn sleep(&mut self, name: &str, time: Duration) {
        let journal = self.ctx.journal();
        journal.claim_name(&self.ctx, name).await;
        let time = time.min(LONGEST_WAIT);
        let Some((until, over)) = journal.sleep(&self.ctx, name, time).await else {
            // Called in place: there is no row that could wait.
            return tokio::time::sleep(time).await;
        };
        if !over {
            let until = Some(until);
            self.ctx.stop(Stop::Park { until, on: None }).await;
        }
    }

    /// Waits for an event of this name, which [`Jobs::send_event`](crate::Jobs::send_event) brings; for ever, if none
    /// comes. The first await takes the first one that was sent, also one that came before it was awaited.
    ///
    /// ```
    /// # async fn doc(flow: &mut jobs::Flow) {
    /// let address: String = flow.event("address").await;
    /// # drop(address); }
    /// ```
    pub async fn event<T: DeserializeOwned + Send>(&mut self, name: &str) -> T {
        match self.next_event(name, None).await {
            Some(value) => value,
            // Without a limit no time is ever over, unless an older deploy had one under this name.
            None => self.ctx.stop(Stop::Failed(FlowError::new(
                name,
                format!("the time for the event `{name}` was over under an older deploy: await it under another name"),
            )))
            .await,
        }
    }

    /// The same, but gives `None` if none has come so long after the first run that awaited it.
    pub async fn event_within<T: DeserializeOwned + Send>(
        &mut self,
        name: &str,
        time: Duration,
    ) -> Option<T> {
        self.next_event(name, Some(time.min(LONGEST_WAIT))).await
    }

    async fn next_event<T: DeserializeOwned + Send>(
        &mut self,
        name: &str,
        within: Option<Duration>,
    ) -> Option<T> {
        let journal = self.ctx.journal();
        let (value, until) = journal.event(&self.ctx, name, within).await;
        let Some(value) = value else {
            let on = Some(Awaited::Event(name.to_owned()));
            self.ctx.stop(Stop::Park { until, on }).await
        };
        match serde_json::from_str::<Vec<T>>(&value) {
            Ok(mut values) => values.pop(),
            Err(error) => self.unreadable::<T>(name, &error).await,
        }
    }

    async fn unreadable<T>(&self, name: &str, error: &serde_json::Error) -> ! {
        let wanted = std::any::type_name::<T>();
        let error = FlowError::unreadable(name, wanted, error);
        self.ctx.stop(Stop::Failed(error)).await
    }
}
