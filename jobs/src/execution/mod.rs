//! One execution of a job's function inside its hooks, in a worker or by `perform_now`; what comes of it is decided
//! by those two.

mod call;
mod guard;
mod nest;

pub(crate) use call::{Called, Failed, encode, end_in, end_of, kept, look};
pub(crate) use guard::{calmly, guarded};
pub(crate) use nest::{Core, Nest};
