//! What is done to one job by hand.

use serde_json::Value;

use super::Inspector;
use crate::{
    dead_letters::DeadLetter,
    error::Result,
    record::{JobId, State},
    storage::{Cancelled, Look, Wake},
};

/// What became of an action.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector, id: jobs::JobId) -> jobs::Result<()> {
/// use jobs::inspect::Answer;
/// match inspector.cancel(id).await? {
///     Answer::Done => println!("it has ended"),
///     Answer::Asked => println!("it runs, and was asked to end"),
///     Answer::NotFound => println!("there is no such job"),
///     Answer::Refused(why) => println!("{why}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// A running job was asked; it ends soon.
    Asked,
    /// There is no record of such a job.
    NotFound,
    /// Nothing was changed, and why.
    Refused(String),
}

impl Answer {
    pub(super) fn refused(what: &str, state: State) -> Self {
        Self::Refused(format!("a job that is {state} cannot be {what}"))
    }
}

impl Inspector {
    pub(super) async fn state(&self, id: JobId) -> Result<Option<State>> {
        let look = self
            .call(move |storage, _| async move { storage.look(id).await })
            .await?;
        Ok(look.map(|look| look.state))
    }

    /// Runs a job soon: a scheduled one is due now, a dead one starts anew, its history kept.
    ///
    /// # Errors
    /// The database fails, or the job's unique key is held by another one ([`Error::Duplicate`](crate::Error::Duplicate)).
    pub async fn retry(&self, id: JobId) -> Result<Answer> {
        let answer = self.retry_quietly(id).await?;
        self.note_answer("retry", id, &answer, "").await;
        Ok(answer)
    }

    pub(super) async fn retry_quietly(&self, id: JobId) -> Result<Answer> {
        match self.state(id).await? {
            None => Ok(Answer::NotFound),
            Some(State::Scheduled) => {
                let ready = self
                    .call(move |storage, now| async move { storage.run_now(vec![id], now).await })
                    .await?;
                self.jobs
                    .inner()
                    .wakes
                    .everywhere(vec![Wake::Ready(Vec::new())]);
                // It was due meanwhile if it was not moved.
                let _ = ready;
                Ok(Answer::Done)
            }
            Some(State::Dead) => match DeadLetter::of_job(&self.jobs, id).await? {
                Some(letter) if letter.retry().await? => Ok(Answer::Done),
                Some(_) => Ok(Answer::Refused(
                    "its dead letter was resolved before".into(),
                )),
                None => Ok(Answer::NotFound),
            },
            Some(state) if state.is_final() => Ok(Answer::Refused(format!(
                "a job that is {state} is not retried: run it again instead"
            ))),
            Some(state) => Ok(Answer::refused("retried", state)),
        }
    }

    /// Ends a job that waits as cancelled, or asks a running one to end.
    ///
    /// # Errors
    /// The database fails.
    pub async fn cancel(&self, id: JobId) -> Result<Answer> {
        let answer = self.cancel_quietly(id).await?;
        self.note_answer("cancel", id, &answer, "").await;
        Ok(answer)
    }

    pub(super) async fn cancel_quietly(&self, id: JobId) -> Result<Answer> {
        let inner = self.jobs.inner();
        let Some(record) = self.jobs.get(id).await? else {
            return Ok(Answer::NotFound);
        };
        let definition = inner.registry.named(&record.name);
        let retain = inner.keep().retain(definition, State::Cancelled);
        let cancelled = self
            .call(move |storage, now| async move { storage.cancel(id, retain, now).await })
            .await?;
        Ok(match cancelled {
            Cancelled::Ended => {
                self.tell_end(id, State::Cancelled, None);
                Answer::Done
            }
            Cancelled::Asked => {
                inner.wakes.everywhere(vec![Wake::Cancel]);
                Answer::Asked
            }
            Cancelled::TooLate => Answer::refused("cancelled", record.state),
            Cancelled::NotFound => Answer::NotFound,
        })
    }

    /// Ends a job that waits, or is dead, as discarded.
    ///
    /// # Errors
    /// The database fails.
    pub async fn discard(&self, id: JobId) -> Result<Answer> {
        let answer = self.discard_quietly(id).await?;
        self.note_answer("discard", id, &answer, "").await;
        Ok(answer)
    }

    pub(super) async fn discard_quietly(&self, id: JobId) -> Result<Answer> {
        let Some(state) = self.state(id).await? else {
            return Ok(Answer::NotFound);
        };
        match state {
            State::Dead => match DeadLetter::of_job(&self.jobs, id).await? {
                Some(letter) if letter.discard().await? => Ok(Answer::Done),
                Some(_) => Ok(Answer::Refused(
                    "its dead letter was resolved before".into(),
                )),
                None => Ok(Answer::NotFound),
            },
            State::Running => Ok(Answer::Refused(
                "a job that is running cannot be discarded: cancel it instead".into(),
            )),
            state if state.is_final() => Ok(Answer::refused("discarded", state)),
            _ => {
                let reason = format!("discarded by {}", self.actor);
                let retain = self.jobs.inner().keep().finished;
                let told = reason.clone();
                let ended = self
                    .call(move |storage, now| async move {
                        storage
                            .end_waiting(vec![id], State::Discarded, told, retain, now)
                            .await
                    })
                    .await?;
                if ended.is_empty() {
                    return Ok(Answer::Refused("it has just been started".into()));
                }
                self.tell_end(id, State::Discarded, Some(reason));
                Ok(Answer::Done)
            }
        }
    }

    /// Gives a job that waits or is dead other arguments, one JSON object, and with `retry` runs it soon. What stands
    /// as `[redacted]` stays as it is stored. Its unique key and limits stay those of its first arguments.
    ///
    /// # Errors
    /// The database fails.
    pub async fn edit(&self, id: JobId, mut args: Value, retry: bool) -> Result<Answer> {
        if !args.is_object() {
            return Ok(Answer::Refused("arguments are one JSON object".into()));
        }
        let Some(record) = self.jobs.get(id).await? else {
            return Ok(Answer::NotFound);
        };
        let redactions = self.redactions().await?;
        redactions.keep(&record.name, &record.args, &mut args);
        let text = args.to_string();
        let limit = self.jobs.inner().limits.args;
        if text.len() > limit {
            return Ok(Answer::Refused(format!(
                "the arguments have {} bytes, at most {limit} are allowed",
                text.len()
            )));
        }
        let changed = self
            .call(move |storage, _| async move { storage.edit_args(id, text).await })
            .await?;
        let answer = match (changed, self.state(id).await?) {
            (false, Some(state)) => Answer::refused("edited", state),
            (false, None) => Answer::NotFound,
            (true, Some(State::Dead | State::Scheduled)) if retry => self.retry_quietly(id).await?,
            (true, _) => Answer::Done,
        };
        if changed {
            self.jobs
                .inner()
                .wakes
                .everywhere(vec![Wake::Ready(Vec::new())]);
        }
        self.note_answer("edit", id, &answer, if retry { "and retry" } else { "" })
            .await;
        Ok(answer)
    }

    /// Removes the record of a job that has ended, with its attempts and dead letters.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete(&self, id: JobId) -> Result<Answer> {
        let answer = self.delete_quietly(id).await?;
        self.note_answer("delete", id, &answer, "").await;
        Ok(answer)
    }

    pub(super) async fn delete_quietly(&self, id: JobId) -> Result<Answer> {
        let gone = self
            .call(move |storage, _| async move { storage.forget(vec![id]).await })
            .await?;
        if !gone.is_empty() {
            return Ok(Answer::Done);
        }
        Ok(match self.state(id).await? {
            None => Answer::NotFound,
            Some(state) => Answer::Refused(format!(
                "a job that is {state} cannot be deleted: cancel it before"
            )),
        })
    }

    fn tell_end(&self, id: JobId, state: State, reason: Option<String>) {
        self.jobs.inner().wakes.ended(id, || Look {
            state,
            output: None,
            reason,
            error: None,
        });
    }

    pub(super) async fn note_answer(&self, action: &str, id: JobId, answer: &Answer, detail: &str) {
        match answer {
            Answer::Done => self.note(action, id, detail).await,
            Answer::Asked => self.note(action, id, "asked").await,
            Answer::NotFound | Answer::Refused(_) => {}
        }
    }
}
