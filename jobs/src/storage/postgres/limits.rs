//! Slots that come back, windows that open, and the sweep below both.

use std::collections::HashMap;

use sqlx::Row as _;

use super::{
    PostgresStorage,
    session::{Again, Session, Shape},
    uniques::Keyed,
};
use crate::{
    error::Result,
    storage::{
        Keys, Now,
        admit::{Window, given_back},
    },
};

/// So many keys are looked at in one step.
const KEYS: i64 = 1_000;

impl PostgresStorage {
    /// Claims of these jobs held slots and have ended: as many of those that wait go on.
    pub(super) async fn free_slots(
        &self,
        session: &mut Session<'_>,
        held: &[Keyed],
        now: Now,
    ) -> Result<()> {
        let (keys, counts): (Vec<_>, Vec<_>) = given_back(held.iter().map(|(_, keys)| keys))
            .into_iter()
            .unzip();
        if keys.is_empty() {
            return Ok(());
        }
        let query = session
            .statement(&self.sql.limits_free)
            .bind(&keys)
            .bind(&counts);
        session.run(query).await?;
        self.wake_blocked(session, keys, counts, now).await?;
        Ok(())
    }

    /// Makes ready those that wait longest for each key; how many of each.
    pub(super) async fn wake_blocked(
        &self,
        session: &mut Session<'_>,
        keys: Vec<String>,
        counts: Vec<i64>,
        now: Now,
    ) -> Result<HashMap<String, i64>> {
        let query = session
            .statement(&self.sql.limits_wake)
            .bind(keys)
            .bind(counts)
            .bind(now);
        let mut woken = HashMap::new();
        for row in session.all(query).await? {
            *woken.entry(row.try_get(0)?).or_insert(0) += 1;
        }
        Ok(woken)
    }

    /// Lets go on who fits into the windows that are open now. How many.
    pub(super) async fn open_windows(&self, now: Now) -> Result<u64> {
        self.again(Again::Safe, |_| self.open_windows_once(now))
            .await
    }

    async fn open_windows_once(&self, now: Now) -> Result<u64> {
        let mut session = self.open(Shape::Many).await?;
        let query = session
            .statement(&self.sql.limits_opening)
            .bind(now)
            .bind(KEYS);
        let mut open: Vec<(String, Window, i64)> = Vec::new();
        for row in session.all(query).await? {
            let recent: Option<&str> = row.try_get(1)?;
            open.push((row.try_get(0)?, Window::read(recent), row.try_get(2)?));
        }
        if open.is_empty() {
            return Ok(0);
        }
        open.sort_by(|one, other| one.0.cmp(&other.0));
        let keys: Vec<String> = open.iter().map(|(key, _, _)| key.clone()).collect();
        let heads = self.heads(&mut session, &keys).await?;
        let rate = |key: &str| heads.get(key)?.rate.as_ref();
        let counts: Vec<i64> = open
            .iter_mut()
            .map(|(key, window, at)| rate(key).map_or(0, |rate| i64::from(window.fits(*at, rate))))
            .collect();
        let woken = self
            .wake_blocked(&mut session, keys.clone(), counts, now)
            .await?;
        let left = self.heads(&mut session, &keys).await?;
        let opens: Vec<Option<i64>> = open
            .iter_mut()
            .map(|(key, window, at)| {
                let rate = left.get(key)?.rate.as_ref()?;
                // As if those that go on now were claimed at once.
                let more = woken.get(key).copied().unwrap_or(0);
                window.add(*at, u32::try_from(more).unwrap_or(u32::MAX));
                Some(window.opens(*at, rate).max(*at + 1_000))
            })
            .collect();
        let query = session
            .statement(&self.sql.limits_opens)
            .bind(keys)
            .bind(opens);
        session.run(query).await?;
        session.done().await?;
        Ok(woken.values().map(|count| count.unsigned_abs()).sum())
    }

    /// The keys of the first job that waits for each key.
    async fn heads(
        &self,
        session: &mut Session<'_>,
        keys: &[String],
    ) -> Result<HashMap<String, Keys>> {
        let query = session.statement(&self.sql.limits_heads).bind(keys);
        let mut heads = HashMap::new();
        for row in session.all(query).await? {
            let stored: Option<&str> = row.try_get(1)?;
            if let Some(keys) = Keys::read(stored) {
                heads.insert(row.try_get(0)?, keys);
            }
        }
        Ok(heads)
    }

    /// Wakes one of each key that has room and jobs that wait for it: nothing should ever be found.
    pub(super) async fn sweep_blocked(&self, now: Now) -> Result<u64> {
        self.again(Again::Safe, |_| async move {
            let mut session = self.open(Shape::Many).await?;
            let query = session.statement(&self.sql.limits_waiting).bind(KEYS);
            let mut keys = Vec::new();
            for row in session.all(query).await? {
                let key: String = row.try_get(0)?;
                let used: Option<i32> = row.try_get(1)?;
                let stored: Option<&str> = row.try_get(3)?;
                let room = Keys::read(stored).is_some_and(|of| {
                    of.has_room(
                        &key,
                        used.unwrap_or(0).into(),
                        row.try_get(2).unwrap_or(false),
                    )
                });
                if room {
                    keys.push(key);
                }
            }
            let counts = vec![1; keys.len()];
            let woken = if keys.is_empty() {
                HashMap::new()
            } else {
                self.wake_blocked(&mut session, keys, counts, now).await?
            };
            session.done().await?;
            Ok(woken.values().map(|count: &i64| count.unsigned_abs()).sum())
        })
        .await
    }
}
