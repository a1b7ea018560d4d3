//! Names of jobs, and queues.

use std::collections::{HashMap, HashSet};

use sqlx::Row as _;

use super::{PostgresStorage, rows::write, session::Shape};
use crate::{
    error::{Error, Result},
    storage::{Declarations, KindId},
};

impl PostgresStorage {
    pub(super) async fn declare_all(&self, declarations: &Declarations) -> Result<Vec<KindId>> {
        let mut session = self.open(Shape::Many).await?;
        let mut seen = HashSet::new();
        let kinds: Vec<_> = declarations
            .kinds
            .iter()
            .filter(|kind| seen.insert(kind.name.as_str()))
            .collect();
        if !kinds.is_empty() {
            let tags = kinds
                .iter()
                .map(|kind| write("tags", &kind.tags))
                .collect::<Result<Vec<_>>>()?;
            let redact = kinds
                .iter()
                .map(|kind| write("redact", &kind.redact))
                .collect::<Result<Vec<_>>>()?;
            let args = kinds
                .iter()
                .map(|kind| write("args", &kind.args))
                .collect::<Result<Vec<_>>>()?;
            let versions: Vec<_> = kinds
                .iter()
                .map(|kind| i32::try_from(kind.version).unwrap_or(i32::MAX))
                .collect();
            let query = session
                .statement(&self.sql.declare_kinds)
                .bind(kinds.iter().map(|kind| &*kind.name).collect::<Vec<_>>())
                .bind(kinds.iter().map(|kind| &*kind.queue).collect::<Vec<_>>())
                .bind(kinds.iter().map(|kind| kind.priority).collect::<Vec<_>>())
                .bind(versions)
                .bind(tags)
                .bind(
                    kinds
                        .iter()
                        .map(|kind| kind.unique_by.clone())
                        .collect::<Vec<_>>(),
                )
                .bind(redact)
                .bind(args);
            session.run(query).await?;
        }
        let mut seen = HashSet::new();
        let queues: Vec<_> = declarations
            .queues
            .iter()
            .filter(|queue| seen.insert(queue.name.as_str()))
            .collect();
        if !queues.is_empty() {
            let query = session
                .statement(&self.sql.declare_queues)
                .bind(queues.iter().map(|queue| &*queue.name).collect::<Vec<_>>())
                .bind(queues.iter().map(|queue| queue.paused).collect::<Vec<_>>());
            session.run(query).await?;
        }
        let query = session.statement(&self.sql.kind_names);
        let ids: HashMap<String, i32> = session
            .all(query)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(1)?, row.try_get(0)?)))
            .collect::<Result<_>>()?;
        session.done().await?;
        declarations
            .kinds
            .iter()
            .map(|kind| {
                ids.get(&kind.name)
                    .map(|id| KindId(*id))
                    .ok_or_else(|| Error::Damaged {
                        what: format!("the kind `{}` was declared and is not there", kind.name),
                    })
            })
            .collect()
    }

    pub(super) async fn all_kind_names(&self) -> Result<Vec<(KindId, String)>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.kind_names);
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| Ok((KindId(row.try_get(0)?), row.try_get(1)?)))
            .collect()
    }
}
