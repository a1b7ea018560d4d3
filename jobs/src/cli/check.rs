//! `check FILE`: a file of settings, without a database. All that is wrong is told at once.

use std::path::Path;

use serde_json::json;

use super::{Ended, Trouble, output::Output, text};
use crate::{config::Draft, error::Error, registry::Registry};

/// `own` is a program that knows its queues and jobs, so that what the file names is looked up too.
pub(super) fn file(output: Output, path: &Path, environment: Option<&str>, own: bool) -> Ended {
    let draft = Draft::load(path, environment.map(str::to_owned))?;
    let read = if own {
        draft.checked(&Registry::collect(&[])?)
    } else {
        draft.finished()
    };
    let wrong =
        match read {
            Ok(_) => {
                let value = json!({ "ok": true, "file": path, "problems": [] });
                return output.either(&value, || {
                let known = if own {
                    ", and the program has what it names"
                } else {
                    "; whether a program has its queues and jobs, only that program's binary knows"
                };
                format!("{} is in order{known}.\n", text::safe(&path.display().to_string()))
            });
            }
            Err(Error::Config(wrong)) => wrong,
            Err(error) => return Err(error.into()),
        };
    let problems: Vec<_> = wrong.problems().iter().map(problem).collect();
    let value = json!({ "ok": false, "file": path, "problems": problems });
    output.either(&value, || {
        let lines = wrong.to_string();
        lines.lines().map(|line| text::safe(line) + "\n").collect()
    })?;
    Err(Trouble::Invalid)
}

fn problem(problem: &crate::error::ConfigProblem) -> serde_json::Value {
    json!({
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "help": problem.help,
    })
}
