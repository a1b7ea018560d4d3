//! `Jobs::send_event`: what a flow waits for.

use serde::Serialize;

use crate::{
    error::{Error, Result},
    handle::Jobs,
    payload,
    record::JobId,
    storage::{Sent, Wake},
};

/// The longest name of an event, in bytes.
const LONGEST_NAME: usize = 120;

impl Jobs {
    /// Sends an event to a flow. One that comes before it is awaited is kept; several of one name are taken in the
    /// order in which they were sent.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs, id: jobs::JobId) -> jobs::Result<()> {
    /// jobs.send_event(id, "approved", &true).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such job, [`Error::Ended`] if it has ended, [`Error::InvalidEvent`] if name or
    /// value cannot be stored, or the database fails.
    pub async fn send_event<T: Serialize + ?Sized>(
        &self,
        id: JobId,
        name: &str,
        value: &T,
    ) -> Result<()> {
        let invalid = |reason: String| Error::InvalidEvent {
            name: name.to_owned(),
            reason,
        };
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains('\0') {
            return Err(invalid("a name has 1 to 120 bytes and no NUL".into()));
        }
        let value = payload::to_json(value).map_err(|error| invalid(error.to_string()))?;
        let limit = self.inner().limits.args;
        if value.len() > limit {
            let size = value.len();
            return Err(invalid(format!(
                "its value is {size} bytes, the limit is {limit}"
            )));
        }
        let (name, now) = (name.to_owned(), self.inner().clock.now());
        let sent = self
            .inner()
            .store
            .call(move |storage| async move { storage.send_event(id, name, value, now).await })
            .await?;
        match sent {
            Sent::Kept => Ok(()),
            Sent::Woke(queue) => {
                self.inner()
                    .wakes
                    .everywhere(vec![Wake::Ready(vec![queue])]);
                Ok(())
            }
            Sent::Ended => Err(Error::Ended { id }),
            Sent::NotFound => Err(Error::NotFound { id }),
        }
    }
}
