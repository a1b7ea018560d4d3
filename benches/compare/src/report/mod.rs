//! What was measured, for people: a table on the terminal, a page and charts in `docs/bench`.

mod chart;
mod page;
pub mod text;

use std::path::Path;

use drive::Result;

use crate::samples::Samples;

/// Writes the page's tables and the charts.
pub fn write(samples: &Samples) -> Result {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bench");
    std::fs::create_dir_all(&docs)?;
    std::fs::write(
        docs.join("results.json"),
        serde_json::to_string_pretty(samples)? + "\n",
    )?;
    std::fs::write(docs.join("throughput.svg"), chart::throughput(samples))?;
    let page = docs.join("README.md");
    let old = std::fs::read_to_string(&page).unwrap_or_else(|_| page::EMPTY.to_owned());
    std::fs::write(page, page::renew(&old, samples))?;
    Ok(())
}
