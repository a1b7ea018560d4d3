//! What operators see and do: the verbs of `Inspect`.

mod actions;
mod groups;
mod lists;
mod logs;

use jobs_tests::Case;

pub(crate) const CASES: &[&[Case]] = &[actions::CASES, groups::CASES, lists::CASES, logs::CASES];

/// Strings that want to be something else.
const NASTY: &[&str] = &[
    "'; DROP TABLE jobs; --",
    "\"double\" \\ back %s _ % {p}jobs ?1 $1",
    "emoji 🦀 e\u{301} \u{202e}rtl \u{1b}[31m",
    "<script>alert(1)</script>",
];
