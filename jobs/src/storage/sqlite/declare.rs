//! Names and queues, and what running jobs say of their progress.

use std::collections::HashMap;

use sqlx::{Row as _, sqlite::SqliteRow};

use super::{
    SqliteStorage,
    encode::{Hex, json},
    errors::database,
    statements::query,
};
use crate::{
    error::Result,
    record::Progress,
    storage::{ClaimRef, Declarations, KindId, row::damaged},
};

impl SqliteStorage {
    pub(super) async fn declare_all(&self, declarations: Declarations) -> Result<Vec<KindId>> {
        let kinds = declarations
            .kinds
            .iter()
            .map(|kind| {
                Ok((
                    &kind.name,
                    &kind.queue,
                    kind.priority,
                    kind.version,
                    json(&kind.tags)?,
                    json(&kind.redact)?,
                    json(&kind.args)?,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        let queues = declarations
            .queues
            .iter()
            .map(|queue| (&queue.name, queue.paused));
        let (kinds, queues) = (json(&kinds)?, json(&queues.collect::<Vec<_>>())?);
        let now = self.clock.micros(None);
        let statements = self.statements.clone();
        let stored = self
            .writer
            .write(move |connection| {
                let declare_kinds = query(&statements.kinds_declare).bind(kinds.clone());
                let declare_queues = query(&statements.queues_declare)
                    .bind(queues.clone())
                    .bind(now);
                let read = query(&statements.kinds);
                Box::pin(async move {
                    declare_kinds
                        .execute(&mut *connection)
                        .await
                        .map_err(database)?;
                    declare_queues
                        .execute(&mut *connection)
                        .await
                        .map_err(database)?;
                    let rows = read.fetch_all(connection).await.map_err(database)?;
                    rows.iter().map(kind).collect::<Result<Vec<_>>>()
                })
            })
            .await?;
        let ids: HashMap<_, _> = stored.into_iter().map(|(id, name)| (name, id)).collect();
        let id = |name: &str| {
            ids.get(name)
                .copied()
                .ok_or_else(|| damaged(format!("the kind {name:?} was not stored")))
        };
        declarations
            .kinds
            .iter()
            .map(|kind| id(&kind.name))
            .collect()
    }

    pub(super) async fn all_kinds(&self) -> Result<Vec<(KindId, String)>> {
        let rows = self.fetch(&self.statements.kinds, |query| query).await?;
        rows.iter().map(kind).collect()
    }

    pub(super) async fn note_progress(&self, said: Vec<(ClaimRef, Progress)>) -> Result<()> {
        // Of one job the last word counts; a statement would take any.
        let mut last = HashMap::with_capacity(said.len());
        for (claim, progress) in &said {
            last.insert(claim, progress);
        }
        if last.is_empty() {
            return Ok(());
        }
        let rows = last
            .into_iter()
            .map(|(claim, said)| {
                let id = Hex::from(claim.id);
                Ok((id, Hex(claim.worker.0), claim.fence, json(said)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let rows = json(&rows)?;
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let note = query(&statements.progress).bind(rows.clone());
                Box::pin(async move { note.execute(connection).await.map(drop).map_err(database) })
            })
            .await
    }
}

fn kind(row: &SqliteRow) -> Result<(KindId, String)> {
    let id = KindId(row.try_get(0).map_err(database)?);
    Ok((id, row.try_get(1).map_err(database)?))
}
