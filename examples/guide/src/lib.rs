//! The patterns of the guide, one module for each of its chapters.

jobs::queues! { default, low }

pub mod welcome;

/// Chapters of the book, those that follow the guide among them: their blocks compile, and those that can, run.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../../docs/guide/setup.md")]
    mod setup {}
    #[doc = include_str!("../../../docs/guide/sidekiq.md")]
    mod sidekiq {}
    #[doc = include_str!("../../../docs/guide/design.md")]
    mod design {}
    #[doc = include_str!("../../../docs/guide/errors.md")]
    mod errors {}
    #[doc = include_str!("../../../docs/guide/scheduling.md")]
    mod scheduling {}
    #[doc = include_str!("../../../docs/guide/monitoring.md")]
    mod monitoring {}
    #[doc = include_str!("../../../docs/guide/testing.md")]
    mod testing {}
    #[doc = include_str!("../../../docs/deployment.md")]
    mod deployment {}
    #[doc = include_str!("../../../docs/from-sidekiq.md")]
    mod from_sidekiq {}
    #[doc = include_str!("../../../docs/from-solid-queue.md")]
    mod from_solid_queue {}
    #[doc = include_str!("../../../docs/from-apalis.md")]
    mod from_apalis {}
}
