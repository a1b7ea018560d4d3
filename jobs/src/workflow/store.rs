//! From prepared jobs and groups to one insert, with the hooks of every job.

use std::time::Duration;

use futures_core::future::BoxFuture;

use crate::{
    enqueue::{
        EnqueueInfo, Gather, Prepared, Target, after_hooks, insert_work, keyed, outcome,
        through_hooks,
    },
    error::{Error, Result},
    handle::Jobs,
    record::JobId,
    storage::{
        Callbacks, Counts, Group, GroupId, GroupKind, Inserted, NewJob, NewWork, Passed, wakes,
    },
};

/// How long an insert waits for somebody's open transaction that holds a unique key.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// Where work is stored.
pub(crate) trait Place: Send {
    fn store(&mut self, work: NewWork) -> BoxFuture<'_, Result<Vec<Inserted>>>;

    /// Whether it is stored for good then; false where somebody's transaction decides that later.
    fn is_certain(&self) -> bool {
        true
    }
}

/// In a transaction of its own.
pub(super) struct Own(pub(super) Jobs);

impl Place for Own {
    fn store(&mut self, work: NewWork) -> BoxFuture<'_, Result<Vec<Inserted>>> {
        Box::pin(async move {
            let inner = self.0.inner();
            let (now, told) = (inner.clock.now(), told(&self.0, &work));
            let work = std::sync::Arc::new(work);
            let began = tokio::time::Instant::now();
            loop {
                let again = NewWork::clone(&work);
                let stored = inner
                    .store
                    .call(move |storage| async move { storage.insert_work(again, now).await })
                    .await;
                match stored {
                    Err(error) if error.is_lock_timeout() && began.elapsed() < PATIENCE => {
                        tokio::time::sleep(PAUSE).await;
                    }
                    Ok(stored) => {
                        inner.wakes.everywhere(told);
                        return Ok(stored);
                    }
                    Err(error) => return Err(error),
                }
            }
        })
    }
}

/// In a caller's transaction.
pub(super) struct Theirs<'t, X> {
    pub(super) jobs: Jobs,
    pub(super) target: &'t mut X,
}

impl<X: Target> Place for Theirs<'_, X> {
    fn is_certain(&self) -> bool {
        false
    }

    fn store(&mut self, work: NewWork) -> BoxFuture<'_, Result<Vec<Inserted>>> {
        Box::pin(async move {
            let told = told(&self.jobs, &work);
            insert_work(&self.jobs, self.target, work, told).await
        })
    }
}

/// Whom to wake: for what does not wait for something else.
pub(crate) fn told(jobs: &Jobs, work: &NewWork) -> Vec<crate::storage::Wake> {
    let waits = |job: &&NewJob| job.member.as_ref().is_some_and(|member| member.waits);
    wakes(work.jobs.iter().filter(|job| !waits(job)), jobs.utc())
}

/// A group that is to be inserted.
pub(crate) fn group(id: GroupId, kind: GroupKind, parent: Option<GroupId>) -> Group {
    Group {
        id,
        kind,
        parent: parent.map(|parent| parent.0),
        place: 0,
        name: None,
        listed: false,
        counts: Counts::default(),
        counted: None,
        passed: Passed::default(),
        callbacks: Callbacks::default(),
    }
}

/// Runs the hooks of one job and adds it to those that will be stored.
pub(crate) async fn prepare(
    jobs: &Jobs,
    prepared: Prepared,
    to: &mut Vec<NewJob>,
) -> Result<EnqueueInfo> {
    let mut gathered = Gather(Vec::with_capacity(1));
    let (info, _) = through_hooks(jobs, prepared, &mut gathered).await?;
    to.append(&mut gathered.0);
    Ok(info)
}

/// Stores all of it, and does what follows for each job. Gives their ids, and which were there before.
pub(crate) async fn store(
    jobs: &Jobs,
    infos: Vec<EnqueueInfo>,
    work: NewWork,
    place: &mut dyn Place,
) -> Result<Vec<(JobId, bool)>> {
    let inserted = place
        .store(work)
        .await
        .map_err(|error| named(error, &infos))?;
    let mut stored = Vec::with_capacity(infos.len());
    for (info, inserted) in infos.iter().zip(inserted) {
        jobs.enqueued(info.definition, &info.job, inserted, place.is_certain());
        after_hooks(jobs, info).await;
        let inserted = keyed::held(jobs.inner(), &info.job, inserted)?;
        stored.push(outcome(jobs, &info.job, inserted).await?);
    }
    if place.is_certain() {
        jobs.after_enqueue().await;
    }
    Ok(stored)
}

/// The database knows a refused job by its id alone.
fn named(error: Error, infos: &[EnqueueInfo]) -> Error {
    match error {
        Error::Duplicate { job, holder } => {
            let of = infos.iter().find(|info| info.id().to_string() == job);
            let job = of.map_or(job, |info| info.job_name().to_owned());
            Error::Duplicate { job, holder }
        }
        other => other,
    }
}
