//! Whether workers live: each holds an OS lock on a file of its own, which ends with its process and not before.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, PoisonError},
};

use uuid::Uuid;

use crate::{
    error::{Error, Result},
    storage::WorkerId,
};

/// Workers of databases in memory, over all handles of this process: no other can see them.
static IN_PROCESS: LazyLock<Mutex<HashSet<Uuid>>> = LazyLock::new(Mutex::default);

#[derive(Debug)]
pub(super) struct Liveness {
    /// The folder of the lock files; `None` for memory.
    folder: Option<PathBuf>,
    /// The workers of this handle.
    held: Mutex<HashMap<Uuid, Option<File>>>,
}

impl Liveness {
    /// In the folder `<file>-workers`.
    pub(super) fn beside(database: &Path) -> Self {
        let mut folder = database.as_os_str().to_owned();
        folder.push("-workers");
        Self {
            folder: Some(folder.into()),
            held: Mutex::default(),
        }
    }

    pub(super) fn in_process() -> Self {
        Self {
            folder: None,
            held: Mutex::default(),
        }
    }

    /// From now on the worker lives, until it is released or the process ends.
    pub(super) fn hold(&self, worker: WorkerId) -> Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.contains_key(&worker.0) {
            return Ok(());
        }
        let file = match &self.folder {
            None => {
                in_process(|all| all.insert(worker.0));
                None
            }
            Some(folder) => {
                let path = path(folder, worker.0);
                let locked = fs::create_dir_all(folder)
                    .and_then(|()| File::create(&path))
                    .and_then(|file| file.try_lock().map_err(std::io::Error::from).map(|()| file));
                Some(locked.map_err(|source| Error::Io {
                    what: format!("lock {} (a worker's sign of life)", path.display()),
                    source,
                })?)
            }
        };
        held.insert(worker.0, file);
        Ok(())
    }

    /// The worker has ended, or is known to be dead.
    pub(super) fn release(&self, worker: Uuid) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.remove(&worker).is_some() && self.folder.is_none() {
            in_process(|all| all.remove(&worker));
        }
        if let Some(folder) = &self.folder {
            // It only takes room, and the row says that the worker has ended.
            let _ = fs::remove_file(path(folder, worker));
        }
    }

    /// All workers of this handle have ended. Their files stay, unlocked, as those of a killed process do.
    pub(super) fn release_all(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for (worker, file) in held.drain() {
            if file.is_none() {
                in_process(|all| all.remove(&worker));
            }
        }
    }

    /// Whether the worker is dead. In doubt it lives.
    pub(super) fn is_dead(&self, worker: Uuid) -> bool {
        if self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&worker)
        {
            return false;
        }
        let Some(folder) = &self.folder else {
            return !in_process(|all| all.contains(&worker));
        };
        match File::open(path(folder, worker)) {
            Ok(file) => match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
            },
            // The lock was taken before the row was written, so the file has been removed since.
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }
}

impl Drop for Liveness {
    fn drop(&mut self) {
        self.release_all();
    }
}

fn path(folder: &Path, worker: Uuid) -> PathBuf {
    folder.join(format!("{worker}.lock"))
}

fn in_process<T>(with: impl FnOnce(&mut HashSet<Uuid>) -> T) -> T {
    with(&mut IN_PROCESS.lock().unwrap_or_else(PoisonError::into_inner))
}
