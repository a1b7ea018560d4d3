//! Nothing: the tests are in `tests/`, the cases in `fail/`, `recover/` and `pass/`.
