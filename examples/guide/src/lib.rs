//! The patterns of the guide, one module for each of its chapters.

jobs::queues! { default, low }

pub mod welcome;
