//! Products from a CSV file, page by page: an import that is interrupted goes on where it was.

use std::time::Duration;

use jobs::{JobContext, job, sqlx};

use crate::store::{Store, transaction};

/// So many lines are stored at once.
pub const PAGE: usize = 25;

/// How long the import rests after each page, so that its progress can be watched.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace(pub Duration);

/// A file that cannot be imported.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadFile {
    line: usize,
    reason: String,
}

fn parse(content: &str) -> Result<Vec<(String, i64)>, BadFile> {
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let rows = reader.deserialize::<(String, i64)>().enumerate();
    rows.map(|(at, row)| {
        row.map_err(|error| BadFile {
            line: at + 2,
            reason: error.to_string(),
        })
    })
    .collect()
}

/// Takes a file with the columns `name,cents` and lets it be imported: a batch of one job, and what follows its end.
///
/// # Errors
/// The file has a line that is not a name and a number ([`BadFile`]), or the database fails.
pub async fn upload(store: &Store, file: &str, content: &str) -> anyhow::Result<i64> {
    const ADD: &str =
        "INSERT INTO shop_imports (file, content, total) VALUES ($1, $2, $3) RETURNING id";
    let total = i64::try_from(parse(content)?.len())?;
    Ok(transaction!(store, |tx| {
        let (id,): (i64,) = sqlx::query_as(ADD)
            .bind(file)
            .bind(content)
            .bind(total)
            .fetch_one(&mut **tx)
            .await?;
        jobs::batch(format!("import {id}"))
            .add(ImportProducts { import_id: id })
            .on_success(EndImport {
                import_id: id,
                how: "done".to_owned(),
            })
            .on_death(EndImport {
                import_id: id,
                how: "failed".to_owned(),
            })
            .in_transaction(&mut tx)
            .enqueue()
            .await?;
        id
    }))
}

/// Stores the products. The cursor knows how many lines are done; a page that is stored twice leaves no row twice.
#[job(queue = "low", tags("import"), retry_on(any, attempts = 10))]
pub async fn import_products(
    import_id: i64,
    #[state] store: &Store,
    #[state] pace: &Pace,
    #[ctx] ctx: &JobContext,
) -> anyhow::Result<()> {
    const FIND: &str = "SELECT content FROM shop_imports WHERE id = $1";
    const ROW: &str = "INSERT INTO shop_products (import_id, line, name, cents) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    const DONE: &str = "UPDATE shop_imports SET done = $2 WHERE id = $1";
    let (content,): (String,) = transaction!(store, |tx| sqlx::query_as(FIND)
        .bind(import_id)
        .fetch_one(&mut **tx)
        .await?);
    let rows = parse(&content)?;
    let mut cursor = ctx.cursor::<usize>("lines").await;
    while let Some(from) = Some(cursor.get().unwrap_or(0)).filter(|from| *from < rows.len()) {
        let to = rows.len().min(from + PAGE);
        transaction!(store, |tx| {
            for (line, (name, cents)) in rows.iter().enumerate().take(to).skip(from) {
                let line = i64::try_from(line)?;
                sqlx::query(ROW)
                    .bind(import_id)
                    .bind(line)
                    .bind(name)
                    .bind(cents)
                    .execute(&mut **tx)
                    .await?;
            }
            sqlx::query(DONE)
                .bind(import_id)
                .bind(i64::try_from(to)?)
                .execute(&mut **tx)
                .await?;
        });
        ctx.progress(
            to as u64,
            rows.len() as u64,
            format!("{to} of {} lines", rows.len()),
        );
        tokio::time::sleep(pace.0).await;
        cursor.advance(to).await;
    }
    Ok(())
}

/// Notes how an import ended; what its batch enqueues.
#[job(queue = "default", tags("import"))]
pub async fn end_import(import_id: i64, how: String, #[state] store: &Store) -> anyhow::Result<()> {
    const END: &str = "UPDATE shop_imports SET ended = $2 WHERE id = $1";
    transaction!(store, |tx| {
        sqlx::query(END)
            .bind(import_id)
            .bind(&how)
            .execute(&mut **tx)
            .await?;
    });
    Ok(())
}
