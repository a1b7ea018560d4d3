//! Where results go: tables for people, JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use super::{Ended, Trouble, text};

#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(super) fn is_json(self) -> bool {
        self.json
    }

    /// The JSON of a value, or what is said in its place.
    pub(super) fn either(self, value: &impl Serialize, people: impl FnOnce() -> String) -> Ended {
        let shown = if self.json {
            let json = serde_json::to_string_pretty(value)
                .map_err(|error| Trouble::Failed(error.to_string()))?;
            let mut json = text::safe_json(&json);
            json.push('\n');
            json
        } else {
            people()
        };
        write(&shown)
    }

    /// A table in the width of the terminal.
    pub(super) fn table(self, head: &[&str], rows: &[Vec<String>]) -> String {
        text::table(head, rows, columns())
    }

    /// Whether somebody can be asked.
    pub(super) fn asks(self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks; everything but a yes is a no.
    pub(super) fn confirm(self, question: &str) -> io::Result<bool> {
        let mut error = io::stderr().lock();
        write!(error, "{} [y/N] ", text::safe(question))?;
        error.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        ))
    }

    /// A progress bar, where somebody sees it.
    pub(super) fn bar(self, of: u64) -> indicatif::ProgressBar {
        if self.json || !io::stderr().is_terminal() {
            return indicatif::ProgressBar::hidden();
        }
        indicatif::ProgressBar::new(of)
    }
}

fn write(shown: &str) -> Ended {
    let mut out = io::stdout().lock();
    out.write_all(shown.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// The width of the terminal; none where the output goes elsewhere.
fn columns() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (columns, _) = ratatui::crossterm::terminal::size().ok()?;
    Some(usize::from(columns).max(40))
}

/// Says what went wrong.
pub(super) fn complain(what: &str, code: u8, json: bool) {
    let shown = if json {
        text::safe_json(&serde_json::json!({ "error": what, "code": code }).to_string())
    } else {
        format!("jobs: {}", text::safe(what))
    };
    // Nobody is left to be told if that fails.
    let _ = writeln!(io::stderr(), "{shown}");
}
