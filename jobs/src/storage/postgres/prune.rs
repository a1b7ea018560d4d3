//! Retention: records are filed by the day they expire, and dropped with that day's partition.

use std::{collections::BTreeSet, time::Duration};

use chrono::{Days, NaiveDate};
use sqlx::{AssertSqlSafe, Row as _};

use super::{
    PostgresStorage,
    rows::micros,
    session::{Again, Shape},
};
use crate::{
    error::{Error, Result},
    storage::Now,
};

/// What records are usually kept for: a day, and ninety if dead.
const USUAL: [Duration; 2] = [
    Duration::from_secs(86_400),
    Duration::from_secs(90 * 86_400),
];
/// Groups go a week after their end, those with a death as late as letters: a retry needs them.
const GROUPS: Duration = Duration::from_secs(7 * 86_400);
/// Days that have a partition before their first record comes.
const AHEAD: u64 = 2;
/// Rows per statement.
const STEP: i64 = 5_000;
/// A partition that nobody may wait behind is made or dropped at once, or at the next call.
const DDL: &str = "SET LOCAL lock_timeout = '250ms'; SET LOCAL client_min_messages = warning";

impl PostgresStorage {
    pub(super) async fn prune_all(
        &self,
        retains: &[Duration],
        limit: u32,
        now: Now,
    ) -> Result<u64> {
        self.keep_partitions(retains, now).await?;
        let mut gone = self.drop_partitions(now).await?;
        let limit = u64::from(limit);
        while gone < limit {
            let step = i64::try_from(limit - gone).unwrap_or(STEP).min(STEP);
            let went = self
                .again(Again::Safe, |_| self.prune_other(step, now))
                .await?;
            gone += went;
            if went < step.unsigned_abs() {
                break;
            }
        }
        self.again(Again::Safe, |_| self.prune_rest(now)).await?;
        self.prune_uniques(u32::try_from(limit).unwrap_or(u32::MAX), now)
            .await?;
        Ok(gone)
    }

    async fn prune_other(&self, step: i64, now: Now) -> Result<u64> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.prune_other)
            .bind(now)
            .bind(step);
        let went: i64 = session.one(query).await?.try_get(0)?;
        session.done().await?;
        Ok(went.unsigned_abs())
    }

    async fn prune_rest(&self, now: Now) -> Result<()> {
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.prune_workers).bind(now);
        session.run(query).await?;
        let query = session.statement(&self.sql.prune_cancels);
        session.run(query).await?;
        let query = session
            .statement(&self.sql.groups_prune)
            .bind(now)
            .bind(micros(GROUPS))
            .bind(micros(USUAL[1]))
            .bind(STEP);
        session.run(query).await?;
        session.done().await
    }

    async fn partitions(&self, now: Now) -> Result<(NaiveDate, BTreeSet<NaiveDate>)> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.partitions)
            .bind(now)
            .bind(format!("{}.history", self.names.schema));
        let row = session.one(query).await?;
        session.done().await?;
        let days: Vec<NaiveDate> = row.try_get(1)?;
        Ok((row.try_get(0)?, days.into_iter().collect()))
    }

    /// Makes the partitions into which records go today and in the next days.
    pub(super) async fn keep_partitions(&self, retains: &[Duration], now: Now) -> Result<()> {
        let (today, there) = self.again(Again::Safe, |_| self.partitions(now)).await?;
        let mut wanted = BTreeSet::new();
        for retain in USUAL.iter().chain(retains) {
            // A rest of a day may reach into the next one.
            let days = retain.as_secs() / 86_400;
            for ahead in 0..=AHEAD {
                wanted.extend(today.checked_add_days(Days::new(days.saturating_add(ahead))));
            }
        }
        for day in wanted.difference(&there) {
            if let Err(error) = self.make_partition(*day).await {
                postponed("make", *day, error)?;
            }
        }
        Ok(())
    }

    async fn make_partition(&self, day: NaiveDate) -> Result<()> {
        let schema = &self.names.schema;
        let Some(next) = day.succ_opt() else {
            return Ok(());
        };
        let table = self.partition(day);
        let mut session = self.open(Shape::Many).await?;
        // Filled in apart and attached: the parent is never locked against reading or writing. The check spares the
        // attachment from reading the new table.
        sqlx::raw_sql(AssertSqlSafe(format!(
            "{DDL};
            CREATE TABLE {table} (LIKE {schema}.history INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
                CONSTRAINT day CHECK (expires_on >= DATE '{day}' AND expires_on < DATE '{next}'));
            CREATE INDEX ON {table} (id);
            ALTER TABLE {schema}.history ATTACH PARTITION {table} FOR VALUES FROM ('{day}') TO ('{next}');
            ALTER TABLE {table} DROP CONSTRAINT day"
        )))
        .execute(session.connection())
        .await?;
        session.done().await
    }

    async fn drop_partitions(&self, now: Now) -> Result<u64> {
        let (today, there) = self.again(Again::Safe, |_| self.partitions(now)).await?;
        let mut gone = 0;
        for day in there.range(..today) {
            match self.drop_partition(*day).await {
                Ok(rows) => gone += rows,
                Err(error) => postponed("drop", *day, error)?,
            }
        }
        Ok(gone)
    }

    /// What belongs to its records goes first, in small steps.
    async fn drop_partition(&self, day: NaiveDate) -> Result<u64> {
        let table = self.partition(day);
        let steps = [
            &self.sql.partition_attempts,
            &self.sql.partition_checkpoints,
            &self.sql.partition_events,
            &self.sql.partition_letters,
        ];
        for sql in steps {
            let sql = sql.replace("{p}", &table).into();
            loop {
                let mut session = self.open(Shape::One).await?;
                let query = session.statement(&sql).persistent(false).bind(STEP);
                let went = session.run(query).await?.rows_affected();
                session.done().await?;
                if went < STEP.unsigned_abs() {
                    break;
                }
            }
        }
        let mut session = self.open(Shape::Many).await?;
        let count = session
            .statement(&format!("SELECT count(*) FROM {table}").into())
            .persistent(false);
        let rows: i64 = session.one(count).await?.try_get(0)?;
        sqlx::raw_sql(AssertSqlSafe(format!("{DDL}; DROP TABLE {table}")))
            .execute(session.connection())
            .await?;
        session.done().await?;
        Ok(rows.unsigned_abs())
    }

    fn partition(&self, day: NaiveDate) -> String {
        format!("{}.history_{}", self.names.schema, day.format("%Y%m%d"))
    }
}

/// Somebody else does it or holds a lock, or the default partition has rows of that day: next time.
fn postponed(what: &str, day: NaiveDate, error: Error) -> Result<()> {
    let code = match &error {
        Error::Database(sqlx::Error::Database(error)) => error.code().map(|code| code.into_owned()),
        _ => None,
    };
    match code.as_deref() {
        // lock timeout, deadlock, exists, exists in the catalogue, is gone, rows in the way, attached already
        Some(
            "55P03" | "40P01" | "42P07" | "42710" | "23505" | "42P01" | "23514" | "42809" | "55006",
        ) => {
            tracing::debug!(%error, "could not {what} the partition of {day}, will try again");
            Ok(())
        }
        _ => Err(error),
    }
}
