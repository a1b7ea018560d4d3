//! The tables of `docs/bench/README.md`, between two marks; the rest of the page is written by hand.

use std::fmt::Write as _;

use super::text::{figures, number};
use crate::{place::Backend, samples::Samples, targets::TARGETS, workloads::Workload};

const BEGIN: &str = "<!-- written by benches/compare: begin -->";
const END: &str = "<!-- written by benches/compare: end -->";

/// A page with nothing but the marks.
pub const EMPTY: &str = "# Benchmarks\n\n<!-- written by benches/compare: begin -->\n<!-- written by benches/compare: end -->\n";

/// The page with new tables.
pub fn renew(old: &str, samples: &Samples) -> String {
    let (before, rest) = old.split_once(BEGIN).unwrap_or((old, END));
    let after = rest.split_once(END).map_or("\n", |(_, after)| after);
    format!("{before}{BEGIN}\n{}{END}{after}", tables(samples))
}

fn tables(samples: &Samples) -> String {
    let mut out = String::new();
    for line in &samples.about {
        let _ = writeln!(out, "- {line}");
    }
    if samples.quick {
        out.push_str("- **quick run**: sizes are a tenth, the figures say little\n");
    }
    out.push_str("\n## Against what is to be reached\n\n");
    out.push_str(
        "| | backend | figure | is | to reach | compared with | |\n|---|---|---|---|---|---|---|\n",
    );
    for target in TARGETS {
        let Some(verdict) = target.verdict(samples) else {
            continue;
        };
        let bound = format!(
            "{} {}",
            if target.least { "≥" } else { "≤" },
            number(target.bound)
        );
        let state = if verdict.met {
            "met".to_owned()
        } else if target.bound == 0.0 {
            "missed".to_owned()
        } else {
            format!("missed: {:.2} × of it", verdict.value / target.bound)
        };
        let unit = if verdict.against.is_empty() {
            ""
        } else {
            " ×"
        };
        let _ = writeln!(
            out,
            "| {:?} | {} | {}, `{}` | {}{unit} | {bound} | {} | {state} |",
            target.workload,
            target.backend.name(),
            target.contender,
            target.figure,
            number(verdict.value),
            verdict.against,
        );
    }
    for workload in Workload::ALL {
        for backend in Backend::ALL {
            table(&mut out, samples, *workload, backend);
        }
    }
    out
}

fn table(out: &mut String, samples: &Samples, workload: Workload, backend: Backend) {
    let entries: Vec<_> = samples
        .entries
        .iter()
        .filter(|entry| entry.workload == workload && entry.backend == backend)
        .collect();
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n## {workload:?} on {}: {}\n",
        backend.name(),
        workload.title()
    );
    out.push_str("| contender | medians | runs |\n|---|---|---|\n");
    for entry in entries {
        let medians = figures(entry.medians().into_iter());
        let failed = entry
            .failed
            .as_deref()
            .map(|why| format!("not run: {why}"))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {medians}{failed} | {} |",
            entry.contender,
            entry.samples.len()
        );
    }
}
