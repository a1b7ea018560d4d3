//! The handle's own runtime: its I/O goes on while the program's executor is blocked, and several
//! runtimes (tests) may share one handle.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::task::AbortHandle;

use crate::{
    error::{Error, Result},
    storage::Storage,
};

/// Owns the runtime; dropping it never blocks.
pub(crate) struct Io {
    runtime: Option<tokio::runtime::Runtime>,
    /// Instead of an own runtime: that of all tests of this process.
    shared: Option<tokio::runtime::Handle>,
    /// What runs for as long as the handle lives.
    tasks: Vec<AbortHandle>,
    /// What is to be closed before the runtime ends.
    storage: Option<Arc<dyn Storage>>,
}

/// For how long a runtime whose handle has gone may bring to an end what is under way.
const LAST_CALLS: Duration = Duration::from_secs(2);

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Io")
    }
}

impl Io {
    pub(crate) fn start() -> Result<Self> {
        Ok(Self {
            runtime: Some(runtime()?),
            shared: None,
            tasks: Vec::new(),
            storage: None,
        })
    }

    /// On threads that are started once: hundreds of handles of tests then cost no threads.
    #[cfg(feature = "testing")]
    pub(crate) fn shared() -> Result<Self> {
        static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
        let handle = match RUNTIME.get() {
            Some(runtime) => runtime.handle(),
            // Two that start at once make two runtimes, of which one goes again.
            None => {
                let new = runtime()?;
                if let Err(spare) = RUNTIME.set(new) {
                    spare.shutdown_background();
                }
                RUNTIME.get().ok_or(Error::Closed)?.handle()
            }
        };
        Ok(Self {
            runtime: None,
            shared: Some(handle.clone()),
            tasks: Vec::new(),
            storage: None,
        })
    }

    /// On the caller's own runtime.
    #[cfg(feature = "testing")]
    pub(crate) fn here() -> Self {
        Self {
            runtime: None,
            shared: Some(tokio::runtime::Handle::current()),
            tasks: Vec::new(),
            storage: None,
        }
    }

    /// Starts what ends with the handle.
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(handle) = self.handle() {
            let task = handle.spawn(task);
            // An own runtime ends its tasks itself, and first lets them say what they still have to.
            if self.shared.is_some() {
                self.tasks.push(task.abort_handle());
            }
        }
    }

    /// Closes this when the handle goes.
    pub(crate) fn ends(mut self, storage: &Arc<dyn Storage>) -> Self {
        self.storage = Some(Arc::clone(storage));
        self
    }

    pub(crate) fn handle(&self) -> Option<&tokio::runtime::Handle> {
        let own = self.runtime.as_ref().map(tokio::runtime::Runtime::handle);
        own.or(self.shared.as_ref())
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("jobs-io")
        .enable_all()
        .build()
        .map_err(|source| Error::Io {
            what: "starting the threads of a `Jobs` handle".into(),
            source,
        })
}

impl Drop for Io {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        let storage = self.storage.take();
        if let (Some(shared), Some(storage)) = (&self.shared, &storage) {
            let storage = Arc::clone(storage);
            shared.spawn(async move { storage.close().await });
        }
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        // The last handle may go inside a runtime, where waiting for another one would panic.
        let ending = std::thread::Builder::new().name("jobs-end".into());
        // Without a thread the closure goes, and the runtime with it, which must not block here.
        let runtime = Background(Some(runtime));
        let _ = ending.spawn(move || runtime.end(storage));
    }
}

/// A runtime that ends without blocking whoever drops it.
struct Background(Option<tokio::runtime::Runtime>);

impl Background {
    /// A call that is cut off takes its connection with it; in an application's own pool that may be a database in
    /// memory. So what is under way comes to its end first, as long as that takes no longer than it may.
    fn end(self, storage: Option<Arc<dyn Storage>>) {
        if let (Some(runtime), Some(storage)) = (&self.0, storage) {
            let tasks = runtime.metrics();
            let last = async move {
                storage.close().await;
                while tasks.num_alive_tasks() > 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            // Whether in time or not: it ends now.
            let _ = runtime.block_on(async { tokio::time::timeout(LAST_CALLS, last).await });
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The storage, and where its calls run. A call goes on when its caller is dropped.
#[derive(Clone)]
pub(crate) struct Store {
    storage: Arc<dyn Storage>,
    io: tokio::runtime::Handle,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.storage.fmt(f)
    }
}

impl Store {
    pub(crate) fn new(storage: Arc<dyn Storage>, io: tokio::runtime::Handle) -> Self {
        Self { storage, io }
    }

    /// The storage itself, for what runs on a caller's connection, or on the handle's runtime and is never cut off.
    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    pub(crate) fn io(&self) -> &tokio::runtime::Handle {
        &self.io
    }

    /// Runs one call on the handle's runtime.
    pub(crate) async fn call<T, F, Fut>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Arc<dyn Storage>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send,
    {
        let ended = self.start(call).await;
        ended.unwrap_or_else(|ended| Err(not_returned(ended)))
    }

    /// Begins one call there.
    pub(crate) fn start<T, F, Fut>(&self, call: F) -> tokio::task::JoinHandle<Result<T>>
    where
        T: Send + 'static,
        F: FnOnce(Arc<dyn Storage>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T>> + Send,
    {
        let storage = Arc::clone(&self.storage);
        self.io.spawn(async move { call(storage).await })
    }
}

/// Why a task of ours gave no result: it panicked, or its runtime has ended.
pub(super) fn not_returned(ended: tokio::task::JoinError) -> Error {
    match ended.try_into_panic() {
        Ok(panic) => Error::panicked(&*panic),
        Err(_) => Error::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_told_from_a_closed_handle() {
        let error = not_returned(
            tokio::spawn(async { panic!("row 7") })
                .await
                .expect_err("it did not end"),
        );
        assert!(
            matches!(&error, Error::StoragePanicked { message } if message == "row 7"),
            "{error}"
        );
        let task = tokio::spawn(std::future::pending::<()>());
        task.abort();
        assert!(matches!(
            not_returned(task.await.expect_err("it did not end")),
            Error::Closed
        ));
    }
}
