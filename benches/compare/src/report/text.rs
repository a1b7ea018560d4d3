//! Results as text.

use crate::{place::Backend, samples::Samples, workloads::Workload};

/// Figures in one line.
pub fn figures<'a>(figures: impl Iterator<Item = (&'a str, f64)>) -> String {
    let texts: Vec<String> = figures
        .filter(|(name, _)| !name.contains("from_call"))
        .map(|(name, value)| format!("{name} {}", number(value)))
        .collect();
    texts.join(", ")
}

/// Three figures that count.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 10_000.0 => format!("{:.1}k", value / 1_000.0),
        size if size >= 1_000.0 => format!("{:.2}k", value / 1_000.0),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Medians.
pub fn print(samples: &Samples, workloads: &[Workload], backends: &[Backend]) {
    for workload in workloads {
        println!("\n{workload:?}: {}", workload.title());
        for entry in &samples.entries {
            if entry.workload == *workload && backends.contains(&entry.backend) {
                let medians = figures(entry.medians().into_iter());
                let failed = entry
                    .failed
                    .as_deref()
                    .map(|why| format!("  failed: {why}"))
                    .unwrap_or_default();
                println!(
                    "  {:9} {:30} {medians}{failed}",
                    entry.backend.name(),
                    entry.contender
                );
            }
        }
    }
}
