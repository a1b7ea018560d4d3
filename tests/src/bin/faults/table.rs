//! What was found, as lines and as a page of the docs.

use std::{fmt::Write as _, path::Path, time::Duration};

use crate::{
    cells::{Cell, Found},
    scene::Stop,
};

/// One cell's outcome.
pub struct Row {
    cell: &'static Cell,
    took: Duration,
    outcome: Result<Found, Stop>,
}

impl Row {
    pub fn new(cell: &'static Cell, took: Duration, outcome: Result<Found, Stop>) -> Self {
        Self {
            cell,
            took,
            outcome,
        }
    }

    pub fn failed(&self) -> bool {
        matches!(self.outcome, Err(Stop::Failed(_)))
    }

    /// For the terminal.
    pub fn line(&self) -> String {
        let title = self.cell.title();
        let took = self.took.as_secs_f64();
        match &self.outcome {
            Ok(Found { counts, note }) => format!(
                "ok      {title:<36} {took:5.1} s  promised {:5} = finished {:5} + waiting {} + dead {:5}; refused {:4}, twice {:3}  {note}",
                counts.promised,
                counts.finished,
                counts.waiting,
                counts.dead,
                counts.refused,
                counts.twice
            ),
            Err(Stop::Skipped(why)) => format!("skipped {title:<36} {took:5.1} s  {why}"),
            Err(Stop::Failed(why)) => format!("FAILED  {title:<36} {took:5.1} s  {why}"),
        }
    }
}

pub fn summary(rows: &[Row]) -> String {
    let skipped = rows
        .iter()
        .filter(|row| matches!(row.outcome, Err(Stop::Skipped(_))))
        .count();
    let failed = rows.iter().filter(|row| row.failed()).count();
    let took: Duration = rows.iter().map(|row| row.took).sum();
    format!(
        "{} cells in {} s: {} passed, {failed} failed, {skipped} skipped",
        rows.len(),
        took.as_secs(),
        rows.len() - failed - skipped
    )
}

const HEAD: &str = "# Faults\n
What is done to real processes and real databases, and what the account says afterwards.
The account is a file that no database has a part in: callers write down what an enqueue answered, jobs what ran.\n
```sh
cargo run -p jobs-tests --bin faults                         # every cell
cargo run -p jobs-tests --bin faults -- --only worker-killed # one of them, by any part of its name
cargo run -p jobs-tests --bin faults -- --write              # all, and this page anew
```\n
Of every cell it is asked that

- what was promised to a caller = finished + waiting + dead, and nothing waits in the end;
- no job runs again unless the run before it was in doubt: its process was killed or stopped, its worker could not renew its lease, or the server crashed and forgot the claim;
- the result that is stored is that of the claim with the highest fence, so that no superseded worker has written over its successor's;
- enqueues and jobs go on within seconds after the fault is over, in the same processes, none of which has ended by itself.

*Refused* are enqueues that answered with an error; their callers know that they must ask again.
*Twice* are jobs that ran more than once.
";

/// Writes the page.
pub fn write(rows: &[Row]) -> std::io::Result<()> {
    let mut page = String::from(HEAD);
    page.push_str("\n| cell | what is done | promised | finished | waiting | dead | refused | twice | seconds | |\n");
    page.push_str("|---|---|--:|--:|--:|--:|--:|--:|--:|---|\n");
    for row in rows {
        let (title, fault) = (row.cell.title(), row.cell.fault);
        let took = row.took.as_secs_f64();
        let line = match &row.outcome {
            Ok(Found { counts, note }) => format!(
                "| `{title}` | {fault} | {} | {} | {} | {} | {} | {} | {took:.0} | {note} |",
                counts.promised,
                counts.finished,
                counts.waiting,
                counts.dead,
                counts.refused,
                counts.twice
            ),
            Err(Stop::Skipped(why)) => {
                format!("| `{title}` | {fault} | | | | | | | | skipped: {why} |")
            }
            Err(Stop::Failed(why)) => {
                format!(
                    "| `{title}` | {fault} | | | | | | | {took:.0} | **failed**: {} |",
                    why.replace('|', "\\|")
                )
            }
        };
        let _ = writeln!(page, "{line}");
    }
    let _ = writeln!(page, "\n{}.", summary(rows));
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
    std::fs::write(docs, page)
}
