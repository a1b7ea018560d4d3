//! Queues: what `queues!` declares and jobs name.

use std::fmt;

use crate::definition::Location;

/// A declared queue: one `const` per name, made by [`queues!`](crate::queues!).
///
/// ```
/// # mod app {
/// jobs::queues! { critical(weight = 4), low, night(priority = 5, paused) }
/// # pub fn check() {
/// assert_eq!(queues::critical.name(), "critical");
/// assert_eq!(queues::critical.weight(), 4);
/// assert_eq!(queues::low.to_string(), "low");
/// assert_eq!((queues::night.priority(), queues::night.paused()), (5, true));
/// # } }
/// # app::check();
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Queue {
    name: &'static str,
    weight: u32,
    priority: i16,
    paused: bool,
}

impl Queue {
    /// What `queues!` expands to; not public interface.
    #[doc(hidden)]
    #[must_use]
    pub const fn __new(name: &'static str, weight: u32, priority: i16, paused: bool) -> Self {
        Self {
            name,
            weight,
            priority,
            paused,
        }
    }

    /// The name under which the queue is stored.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// How many turns this queue gets among weighted queues, relative to the others; 1 if not declared.
    #[must_use]
    pub const fn weight(&self) -> u32 {
        self.weight
    }

    /// The same with another weight.
    #[cfg(feature = "config")]
    pub(crate) const fn weighing(self, weight: u32) -> Self {
        Self { weight, ..self }
    }

    /// The priority of its jobs that name none; lower runs first, 0 if not declared.
    #[must_use]
    pub const fn priority(&self) -> i16 {
        self.priority
    }

    /// Whether the queue starts paused when a database sees it for the first time.
    #[must_use]
    pub const fn paused(&self) -> bool {
        self.paused
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({})", self.name)
    }
}

/// The queue of jobs that name none. It needs no declaration; a `queues!` that declares `default` refines it.
pub mod builtin {
    #![allow(
        non_upper_case_globals,
        reason = "queue constants carry the name they are stored under"
    )]
    use super::Queue;

    /// The queue `default`.
    pub const default: Queue = Queue::__new("default", 1, 0, false);
}

/// One declaration as `queues!` registers it, with the place it was written at.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct DeclaredQueue {
    /// The queue.
    pub queue: Queue,
    /// Where it was declared.
    pub location: Location,
}

inventory::collect!(DeclaredQueue);
