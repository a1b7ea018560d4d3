//! Helpers for tests against real databases, and the runner of the conformance suite.

pub mod make;
pub mod model;
pub mod notes;
pub mod place;
pub mod postgres;
pub mod simulated;

use std::{future::Future, pin::Pin, sync::Arc};

use futures_core::future::BoxFuture;
use jobs::storage::Storage;
use libtest_mimic::Trial;

/// One empty, migrated database; it goes when this is dropped.
pub trait Database: Send + Sync {
    /// Another handle on it, as another process would have.
    fn open(&self) -> BoxFuture<'_, Arc<dyn Storage>>;
}

/// Makes a database.
pub type Factory = fn() -> BoxFuture<'static, Arc<dyn Database>>;

/// One case: a name and what it does with a database of its own.
pub type Case = (&'static str, fn(Arc<dyn Database>) -> CaseFuture);

/// What a case does.
pub type CaseFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The cases of one file, from async functions that take an `Arc<dyn Database>`.
#[macro_export]
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        /// The cases of this file.
        pub(crate) const CASES: &[$crate::Case] = &[
            $((concat!(module_path!(), "::", stringify!($name)), |database| Box::pin($name(database))),)*
        ];
    };
}

/// All cases against one backend; without a factory (its server was not found) they are reported as ignored.
pub fn exercise(backend: &str, factory: Option<Factory>, cases: &[&'static [Case]]) -> Vec<Trial> {
    let cases = cases.iter().flat_map(|cases| cases.iter());
    cases
        .map(|(name, case)| {
            let name = name.split_once("::").map_or(*name, |(_, name)| name);
            let trial = Trial::test(format!("{backend}::{name}"), move || {
                let Some(factory) = factory else {
                    return Err("there is no server to run this on".into());
                };
                run(async move { case(factory().await).await });
                Ok(())
            });
            trial.with_ignored_flag(factory.is_none())
        })
        .collect()
}

/// Runs a test's future on a runtime of its own.
pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be started")
        .block_on(test);
}
