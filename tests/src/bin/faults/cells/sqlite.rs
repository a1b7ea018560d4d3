//! What becomes of a SQLite file.

use std::{process::Command, time::Duration};

use jobs::sqlx::{self, Connection as _, SqliteConnection};

use super::{Backend, Company, Found, cells};
use crate::{
    check::Twice,
    scene::{Outcome, Scene, Spec, broken, failed, in_time, pause, within},
};

cells! {
    quick "locked" on Sqlite: locked, "the file locked by another process for three seconds, twice";
    quick "file-moved" on Sqlite: moved, "the file moved away for two seconds and put back";
    quick "file-removed" on Sqlite: removed, "the file deleted: nothing is promised any more";
    quick "wal-copied" on Sqlite: copied, "file and WAL copied while processes write; the copy opens and drains";
}

async fn locked(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    for _ in 0..2 {
        let _locker = scene.locker(3_000)?;
        pause(3_300).await;
    }
    company.finish(&scene, Twice::Never).await
}

async fn moved(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    let (file, away) = (scene.file(), scene.folder.path().join("away"));
    std::fs::rename(&file, &away).map_err(broken)?;
    within(Duration::from_secs(10), "enqueues are refused", || {
        scene.ledger.count("refused") > 10
    })
    .await?;
    pause(2_000).await;
    std::fs::rename(&away, &file).map_err(broken)?;
    company.finish(&scene, Twice::Never).await
}

async fn removed(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let mut company = Company::start(&scene, Spec::default()).await?;
    std::fs::remove_file(scene.file()).map_err(broken)?;
    // What was on its way when the file went is not judged: its callers may hear of it a moment later.
    pause(1_000).await;
    let (promised, ends) = (scene.ledger.count("promised"), scene.ledger.count("end"));
    pause(1_500).await;
    let more = scene.ledger.count("promised") - promised;
    if more > 0 {
        return failed(format!("{more} jobs were promised without a file"));
    }
    let refusals = scene.ledger.texts("refused");
    let named = |text: &&String| text.contains("deleted or replaced");
    let refused = refusals.iter().filter(named).count();
    if refused == 0 || scene.ledger.count("end") > ends + 16 {
        return failed(format!("{refused} refusals name the file; jobs still run"));
    }
    if scene.file().exists() {
        return failed("a new file was made in its place");
    }
    scene.stop_enqueuing(&mut company.enqueuers).await?;
    Ok(Found {
        counts: crate::check::Counts {
            promised,
            refused: refusals.len(),
            ..Default::default()
        },
        note: "all later enqueues are refused with the file's name".into(),
    })
}

async fn copied(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let company = Company::start(&scene, Spec::default()).await?;
    // A reader keeps the WAL from being begun anew between the two copies.
    let mut reader = SqliteConnection::connect(&scene.url)
        .await
        .map_err(broken)?;
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM jobs_jobs")
        .execute(&mut reader)
        .await
        .map_err(broken)?;
    let before = scene.ledger.read();
    let copy = Scene::with(None, None)?;
    for end in ["", "-wal"] {
        let name = |file: &std::path::Path| format!("{}{end}", file.display());
        // Another process: closing a file would drop the locks that this one has on it.
        let copied = Command::new("cp")
            .args([name(&scene.file()), name(&copy.file())])
            .status();
        if !copied.map_err(broken)?.success() {
            return failed("cp failed");
        }
    }
    reader.close().await.map_err(broken)?;
    let mut found = company.finish(&scene, Twice::Never).await?;

    let jobs = copy.connect().await?;
    for (n, id) in &before.promised {
        if jobs.get(*id).await.map_err(broken)?.is_none() {
            return failed(format!(
                "job {n} was promised before the copy and is not in it"
            ));
        }
    }
    // The workers of the original do not live in the copy: what they had claimed is taken over.
    let _worker = copy.worker(Spec::default())?;
    in_time(Duration::from_secs(30), "the copy drains", async || {
        for id in before.promised.values() {
            let record = jobs.get(*id).await.map_err(broken)?;
            if record.is_none_or(|record| !record.state.is_final()) {
                return Ok(false);
            }
        }
        Ok(true)
    })
    .await?;
    jobs.close().await;
    found.note = format!(
        "{} jobs of the copy have ended in it",
        before.promised.len()
    );
    Ok(found)
}
