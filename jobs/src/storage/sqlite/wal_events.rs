//! What the operating system tells of the WAL file: that somebody wrote to it.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// Listens for one write at a time: a busy file would be told of tens of thousands of times a second.
pub(super) struct WalEvents {
    watcher: RecommendedWatcher,
    folder: PathBuf,
    heard: Arc<Heard>,
    listening: bool,
}

#[derive(Default)]
struct Heard {
    already: AtomicBool,
    told: Notify,
}

impl WalEvents {
    /// `None` where the operating system tells nothing.
    pub(super) fn new(database: &Path) -> Option<Self> {
        let heard = Arc::<Heard>::default();
        let (name, tell) = (wal_of(database.file_name()?), heard.clone());
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let written = event.is_ok_and(|event| {
                !matches!(event.kind, EventKind::Access(_))
                    && event
                        .paths
                        .iter()
                        .any(|path| path.file_name() == Some(&name))
            });
            if written && !tell.already.swap(true, Ordering::AcqRel) {
                tell.told.notify_one();
            }
        });
        match watcher {
            Ok(watcher) => Some(Self {
                watcher,
                // The file itself comes and goes.
                folder: database.parent()?.to_owned(),
                heard,
                listening: false,
            }),
            Err(error) => {
                tracing::debug!(target: "jobs", %error, "the operating system does not tell of writes; jobs of other processes are found by asking");
                None
            }
        }
    }

    /// From now on a write is told of.
    pub(super) fn listen(&mut self) {
        if self.listening {
            return;
        }
        self.heard.already.store(false, Ordering::Release);
        match self
            .watcher
            .watch(&self.folder, RecursiveMode::NonRecursive)
        {
            Ok(()) => self.listening = true,
            Err(error) => tracing::debug!(target: "jobs", %error, "cannot listen for writes"),
        }
    }

    /// Resolves at a write, and stops listening.
    pub(super) async fn written(&mut self) {
        self.heard.told.notified().await;
        if std::mem::take(&mut self.listening)
            && let Err(error) = self.watcher.unwatch(&self.folder)
        {
            tracing::debug!(target: "jobs", %error, "cannot stop listening for writes");
        }
    }
}

fn wal_of(database: &OsStr) -> OsString {
    let mut name = database.to_owned();
    name.push("-wal");
    name
}
