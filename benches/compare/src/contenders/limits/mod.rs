//! What the databases can do by hand: the limits that everything is measured against.

pub mod postgres;
pub mod sqlite;

use drive::Result;

/// The answer of a limit that says nothing about a task.
fn no_such_thing<T>() -> Result<T> {
    Err("this limit is not for this workload".into())
}
