//! The attribute and macros of the `jobs` crate.
