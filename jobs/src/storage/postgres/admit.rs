//! What claims of jobs with keys take. Plain jobs never come here.

use std::{collections::HashMap, time::Duration};

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    PostgresStorage,
    claim::WithKeys,
    session::{Session, Shape},
    uniques::Keyed,
};
use crate::{
    error::Result,
    storage::{
        Claimed, Keys, Now, Wake, WorkerId,
        admit::{
            ASIDE, Standing, Verdict, Window, admit, in_turn, passed_over, step_aside, wanted,
        },
    },
};

/// What an admission did.
#[derive(Default)]
pub(super) struct Admission {
    pub(super) jobs: Vec<Claimed>,
    /// So many were claimed and are blocked now, or were woken in their stead.
    pub(super) blocked: usize,
}

impl PostgresStorage {
    /// Those of the claimed jobs that may start, in a transaction of their own: the claim is committed, and a job that
    /// is not admitted does not run.
    pub(super) async fn admit(&self, claimed: Vec<WithKeys>, now: Now) -> Result<Admission> {
        let started: Vec<Keyed> = claimed
            .iter()
            .filter_map(|(job, keys)| {
                let keys = keys.as_ref().filter(|keys| keys.frees_at_start())?;
                Some((job.claim.id.as_uuid(), keys.clone()))
            })
            .collect();
        let limited = claimed
            .iter()
            .any(|(_, keys)| keys.as_ref().is_some_and(Keys::limits_claims));
        if started.is_empty() && !limited {
            return Ok(Admission {
                jobs: claimed.into_iter().map(|(job, _)| job).collect(),
                blocked: 0,
            });
        }
        let mut session = self.urgent(Shape::Many).await?;
        let mut admission = Admission::default();
        if limited {
            let (verdicts, woken) = self.judge(&mut session, &claimed, now).await?;
            admission.blocked = woken;
            for ((mut job, _), verdict) in claimed.into_iter().zip(verdicts) {
                match verdict {
                    None | Some(Verdict::Admitted) => admission.jobs.push(job),
                    Some(Verdict::Refused) => {
                        job.refused = true;
                        admission.jobs.push(job);
                    }
                    Some(Verdict::Blocked(..)) => admission.blocked += 1,
                }
            }
        } else {
            admission.jobs = claimed.into_iter().map(|(job, _)| job).collect();
        }
        let started: Vec<Keyed> = started
            .into_iter()
            .filter(|(id, _)| {
                let mut starting = admission.jobs.iter();
                starting.any(|job| job.claim.id.as_uuid() == *id && !job.refused)
            })
            .collect();
        self.free_uniques(&mut session, &started, now).await?;
        session.done().await?;
        Ok(admission)
    }

    /// A verdict for each claimed job that has limits, and all that follows from them; how many went on in their stead.
    async fn judge(
        &self,
        session: &mut Session<'_>,
        claimed: &[WithKeys],
        now: Now,
    ) -> Result<(Vec<Option<Verdict>>, usize)> {
        let limited: Vec<(&Claimed, &Keys)> = claimed
            .iter()
            .filter_map(|(job, keys)| {
                let keys = keys.as_ref().filter(|keys| keys.limits_claims())?;
                Some((job, keys))
            })
            .collect();
        let Some(worker) = limited.first().map(|(job, _)| job.claim.worker) else {
            return Ok((vec![None; claimed.len()], 0));
        };
        let (mut standing, at) = self.lock_keys(session, worker, &limited, now).await?;
        let mut verdicts = admit(limited.iter().map(|(_, keys)| *keys), &mut standing, at);
        self.write_verdicts(session, worker, &limited, &verdicts, &standing)
            .await?;
        let judged = || limited.iter().map(|(_, keys)| *keys).zip(&verdicts);
        let turns = in_turn(judged(), &standing);
        self.set_aside(session, &limited, &verdicts, &turns).await?;
        let going: Vec<(String, i64)> = passed_over(judged(), &standing)
            .into_iter()
            .chain(turns)
            .collect();
        let mut woken = 0;
        if !going.is_empty() {
            let (keys, counts) = going.into_iter().unzip();
            let each = self.wake_blocked(session, keys, counts, now).await?;
            woken = each.len();
            // Nobody listens while no worker runs here.
            let _ = self.nudges.send(Wake::Ready(Vec::new()));
        }
        if let Some(opens) = standing.values().filter_map(|key| key.opens).min() {
            let wait = u64::try_from(opens.saturating_sub(at)).unwrap_or(0);
            // Nobody listens while no worker runs here.
            let _ = self.nudges.send(Wake::DueIn(Duration::from_micros(wait)));
        }
        let mut verdicts = verdicts.drain(..);
        let verdicts = claimed.iter().map(|(_, keys)| {
            let limited = keys.as_ref().is_some_and(Keys::limits_claims);
            limited.then(|| verdicts.next()).flatten()
        });
        Ok((verdicts.collect(), woken))
    }

    /// Blocks those behind the claimed ones that would find their key full, or whose key takes turns.
    async fn set_aside(
        &self,
        session: &mut Session<'_>,
        limited: &[(&Claimed, &Keys)],
        verdicts: &[Verdict],
        turns: &[(String, i64)],
    ) -> Result<()> {
        let full = step_aside(verdicts, turns);
        if full.is_empty() {
            return Ok(());
        }
        let mut queues: Vec<String> = limited.iter().map(|(job, _)| job.queue.clone()).collect();
        queues.sort();
        queues.dedup();
        let (keys, why): (Vec<_>, Vec<_>) = full
            .into_iter()
            .map(|(key, why)| (key, i16::try_from(why).unwrap_or(4)))
            .unzip();
        let query = session
            .statement(&self.sql.limits_aside)
            .bind(queues)
            .bind(keys)
            .bind(why)
            .bind(ASIDE);
        session.run(query).await?;
        Ok(())
    }

    async fn lock_keys(
        &self,
        session: &mut Session<'_>,
        worker: WorkerId,
        limited: &[(&Claimed, &Keys)],
        now: Now,
    ) -> Result<(HashMap<String, Standing>, i64)> {
        let ids: Vec<Uuid> = limited
            .iter()
            .map(|(job, _)| job.claim.id.as_uuid())
            .collect();
        let fences: Vec<i64> = limited.iter().map(|(job, _)| job.claim.fence).collect();
        let query = session
            .statement(&self.sql.limits_lock)
            .bind(now)
            .bind(ids)
            .bind(worker.0)
            .bind(fences)
            .bind(wanted(limited.iter().map(|(_, keys)| *keys)));
        let mut standing = HashMap::new();
        let mut at = 0;
        for row in session.all(query).await? {
            let used: i32 = row.try_get(1)?;
            let recent: Option<&str> = row.try_get(2)?;
            at = row.try_get(3)?;
            standing.insert(
                row.try_get(0)?,
                Standing {
                    used: u32::try_from(used).unwrap_or(0),
                    window: Window::read(recent),
                    opens: None,
                },
            );
        }
        Ok((standing, at))
    }

    async fn write_verdicts(
        &self,
        session: &mut Session<'_>,
        worker: WorkerId,
        limited: &[(&Claimed, &Keys)],
        verdicts: &[Verdict],
        standing: &HashMap<String, Standing>,
    ) -> Result<()> {
        let (mut ids, mut fences) = (Vec::new(), Vec::new());
        let (mut slot_ids, mut slots) = (Vec::new(), Vec::new());
        let (mut blocked, mut blocked_fences) = (Vec::new(), Vec::new());
        let (mut keys, mut why) = (Vec::new(), Vec::new());
        for ((job, of), verdict) in limited.iter().zip(verdicts) {
            let id = job.claim.id.as_uuid();
            match verdict {
                Verdict::Admitted if !of.slots.is_empty() => {
                    ids.push(id);
                    fences.push(job.claim.fence);
                    for slot in &of.slots {
                        slot_ids.push(id);
                        slots.push(slot.key.clone());
                    }
                }
                Verdict::Admitted | Verdict::Refused => {}
                Verdict::Blocked(key, reason) => {
                    blocked.push(id);
                    blocked_fences.push(job.claim.fence);
                    keys.push(key.clone());
                    why.push(i16::try_from(*reason).unwrap_or(4));
                }
            }
        }
        let mut rates: Vec<&String> = limited
            .iter()
            .filter_map(|(_, keys)| keys.rate.as_ref().map(|rate| &rate.key))
            .collect();
        rates.sort();
        rates.dedup();
        let of = |key: &&String| standing.get(*key).cloned().unwrap_or_default();
        let recents: Vec<String> = rates.iter().map(|key| of(key).window.write()).collect();
        let opens: Vec<Option<i64>> = rates.iter().map(|key| of(key).opens).collect();
        let query = session
            .statement(&self.sql.limits_admit)
            .bind(worker.0)
            .bind(ids)
            .bind(fences)
            .bind(slot_ids)
            .bind(slots)
            .bind(rates.iter().map(|key| (*key).clone()).collect::<Vec<_>>())
            .bind(recents)
            .bind(opens)
            .bind(blocked)
            .bind(blocked_fences)
            .bind(keys)
            .bind(why);
        session.run(query).await?;
        Ok(())
    }
}
