//! Benchmarks of the parts of `jobs` that do no I/O; see `benches/pure.rs`.
