//! Recurring tasks, by name.

use super::{Inspector, NewByName, redact::Redactions};
use crate::{
    error::{Error, Result},
    record::JobId,
    recurring::Recurring,
};

impl Inspector {
    /// All recurring tasks by name, redacted arguments hidden.
    ///
    /// # Errors
    /// The database fails.
    pub async fn tasks(&self) -> Result<Vec<Recurring>> {
        let redactions: Redactions = self.redactions().await?;
        let mut tasks = self.jobs.recurring().list().await?;
        for task in &mut tasks {
            redactions.hide_args(&task.job, &mut task.args);
        }
        Ok(tasks)
    }

    async fn task(&self, name: &str) -> Result<Recurring> {
        let task = self.jobs.recurring().get(name).await?;
        task.ok_or_else(|| Error::NoTask {
            name: name.to_owned(),
        })
    }

    /// No tick until it is resumed.
    ///
    /// # Errors
    /// [`Error::NoTask`]: there is none of this name. Or the database fails.
    pub async fn pause_task(&self, name: &str) -> Result<()> {
        self.task(name).await?.pause().await?;
        self.note("pause task", name, "").await;
        Ok(())
    }

    /// It ticks again, from now.
    ///
    /// # Errors
    /// As [`pause_task`](Self::pause_task).
    pub async fn resume_task(&self, name: &str) -> Result<()> {
        self.task(name).await?.resume().await?;
        self.note("resume task", name, "").await;
        Ok(())
    }

    /// Enqueues its job now, beside its ticks. A program that does not know the job enqueues it by name, as
    /// [`enqueue`](Self::enqueue) does.
    ///
    /// # Errors
    /// As [`pause_task`](Self::pause_task), and those of [`enqueue`](Self::enqueue).
    pub async fn run_task(&self, name: &str) -> Result<JobId> {
        let task = self.task(name).await?;
        let id = match task.run_now().await {
            Err(Error::UnknownJob { .. }) => {
                let new = NewByName {
                    args: task.args.clone(),
                    ..NewByName::new(task.job.clone())
                };
                self.enqueue_quietly(new).await?
            }
            other => other?,
        };
        self.note("run task", name, format!("as {id}")).await;
        Ok(id)
    }
}
