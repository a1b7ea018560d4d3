//! `jobs::chain`: jobs one after the other, each fed by the one before.

use std::{fmt, marker::PhantomData};

use super::{
    Gathered,
    stage::{Nothing, Stage, Then},
    store,
};
use crate::{
    enqueue::Target,
    error::Result,
    handle::{Jobs, current},
    job_handle::JobHandle,
    record::JobId,
    storage::{GroupId, GroupKind, Member, NewWork},
};

/// Begins a chain: what is added with [`then`](Chain::then) runs when what is before it has succeeded, with its output.
///
/// The whole chain is stored at once. A link that has not begun is `Blocked`; it becomes ready in the transaction that
/// ends the one before. A dead link stops the chain, and the retry of its letter resumes it; a discarded or cancelled one
/// ends it.
///
/// ```
/// use jobs::{Jobs, job};
/// # jobs::queues! { default }
///
/// #[job]
/// async fn export(report_id: i64) -> Vec<String> {
///     vec![format!("report {report_id}")]
/// }
///
/// #[job]
/// async fn upload(#[input] lines: Vec<String>, bucket: String) -> String {
///     format!("{bucket}/{}.csv", lines.len())
/// }
///
/// #[job]
/// async fn notify(report_id: i64) {}
///
/// # #[tokio::main]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = Jobs::connect("sqlite::memory:").await?;
/// let worker = jobs.worker().start().await?;
/// let done = jobs::chain(Export { report_id: 7 })
///     .then(Upload::after("reports")) // its #[input] is what Export returned; another type would not compile
///     .then(Notify { report_id: 7 }) // needs no input
///     .on(&jobs)
///     .enqueue()
///     .await?;
/// done.result().await?;
/// # worker.stop().await
/// # }
/// ```
pub fn chain<S: Then<Nothing>>(first: S) -> Chain<S::Output> {
    Chain {
        stages: vec![first.__stage()],
        on: None,
        output: PhantomData,
    }
}

/// A chain about to be enqueued; `T` is the output of its last stage. Nothing is stored before [`enqueue`](Self::enqueue).
#[must_use = "a chain is enqueued only by `.enqueue().await`"]
pub struct Chain<T> {
    stages: Vec<Stage>,
    on: Option<Jobs>,
    output: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Chain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain of {}", self.stages.len())
    }
}

impl<T: 'static> Chain<T> {
    /// Adds a stage: a job that needs no input, `J::after(…)` whose `#[input]` is of type `T`, or `jobs::all` of these.
    pub fn then<S: Then<T>>(mut self, next: S) -> Chain<S::Output> {
        self.stages.push(next.__stage());
        Chain {
            stages: self.stages,
            on: self.on,
            output: PhantomData,
        }
    }

    /// Uses this handle instead of the current one.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.on = Some(jobs.clone());
        self
    }

    /// Inserts it on a sqlx transaction or connection: it is there if that commits.
    ///
    /// ```
    /// # use jobs::job;
    /// # jobs::queues! { default }
    /// # #[job] async fn export() {}
    /// # #[cfg(feature = "sqlite")]
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let mut tx = jobs.begin::<jobs::sqlx::Sqlite>().await?;
    /// let chain: jobs::ChainIn<'_, (), _> = jobs::chain(Export).then(Export).in_transaction(&mut tx);
    /// chain.enqueue().await?;
    /// tx.commit().await?;
    /// # Ok(()) }
    /// # fn main() {}
    /// ```
    pub fn in_transaction<X: Target>(self, target: &mut X) -> ChainIn<'_, T, X> {
        ChainIn {
            chain: self,
            target,
        }
    }

    /// Stores the chain. The handle is that of its last stage.
    ///
    /// # Errors
    /// There is no handle, a hook halted one of the jobs (then nothing is stored), or the database fails.
    pub async fn enqueue(self) -> Result<JobHandle<T>> {
        let jobs = self.on.clone().map_or_else(current, Ok)?;
        self.store(jobs.clone(), &mut store::Own(jobs)).await
    }

    async fn store(self, jobs: Jobs, place: &mut dyn store::Place) -> Result<JobHandle<T>> {
        let chain = GroupId::new();
        let mut work = NewWork::default();
        work.groups
            .push(store::group(chain, GroupKind::Chain, None));
        let mut infos = Vec::new();
        let (mut last, mut listed) = (chain, false);
        for (at, stage) in self.stages.into_iter().enumerate() {
            let id = GroupId::new();
            let mut group = store::group(id, GroupKind::Stage, Some(chain));
            group.place = i32::try_from(at).unwrap_or(i32::MAX);
            group.listed = stage.listed;
            work.groups.push(group);
            (last, listed) = (id, stage.listed);
            for (place, link) in stage.links.into_iter().enumerate() {
                let mut prepared = link.prepared;
                prepared.member = Some(Box::new(Member {
                    group: id,
                    place: Some(i32::try_from(place).unwrap_or(i32::MAX)),
                    input: link.input,
                    waits: at > 0,
                }));
                infos.push(store::prepare(&jobs, prepared, &mut work.jobs).await?);
            }
        }
        let stored = store::store(&jobs, infos, work, place).await?;
        if listed {
            return Ok(JobHandle::gathering(
                jobs,
                JobId::from(last.0),
                Gathered(last),
            ));
        }
        let (id, duplicate) = stored
            .last()
            .copied()
            .unwrap_or((JobId::from(chain.0), false));
        Ok(JobHandle::new(jobs, id, duplicate))
    }
}

/// A chain about to be enqueued on a caller's transaction.
#[must_use = "a chain is enqueued only by `.enqueue().await`"]
pub struct ChainIn<'t, T, X> {
    chain: Chain<T>,
    target: &'t mut X,
}

impl<T, X> fmt::Debug for ChainIn<'_, T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chain.fmt(f)
    }
}

impl<T: 'static, X: Target> ChainIn<'_, T, X> {
    /// Uses this handle instead of the one that the transaction came from, or of the current one.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.chain.on = Some(jobs.clone());
        self
    }

    /// Stores the chain in the transaction. The handle is that of its last stage.
    ///
    /// # Errors
    /// As [`Chain::enqueue`]; the transaction is then to be rolled back.
    pub async fn enqueue(self) -> Result<JobHandle<T>> {
        let named = self.chain.on.as_ref().or(self.target.jobs());
        let jobs = named.cloned().map_or_else(current, Ok)?;
        let mut place = store::Theirs {
            jobs: jobs.clone(),
            target: self.target,
        };
        self.chain.store(jobs, &mut place).await
    }
}
