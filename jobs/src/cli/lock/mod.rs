//! `jobs lock`: the form of every job's arguments, in a file that is kept with the code; `--check` compares the two.

mod compare;
mod file;
mod types;

use std::{fmt::Write as _, path::Path};

use serde_json::json;

use self::{
    compare::{Change, compare},
    file::Lock,
};
use super::{Ended, Trouble, args, output::Output, text::safe};
use crate::registry::Registry;

/// Writes the file, or compares it with this program.
pub(super) fn run(output: Output, options: &args::Lock) -> Ended {
    let current = Lock::of(Registry::collect(&[])?.jobs());
    let kept = file::read(&options.file)?;
    if options.check {
        let Some(kept) = kept else {
            return Err(Trouble::Failed(format!(
                "there is no file {} (run `lock` to write it, and keep it with the code)",
                options.file.display()
            )));
        };
        return check(output, &options.file, &compare(&kept, &current));
    }
    let changes = kept.map_or_else(Vec::new, |kept| compare(&kept, &current));
    file::write(&options.file, &current)?;
    let value = json!({ "file": options.file, "jobs": current.jobs.len(), "changes": changes });
    output.either(&value, || {
        let mut text = said(&changes);
        let (file, jobs) = (
            safe(&options.file.display().to_string()),
            current.jobs.len(),
        );
        let _ = writeln!(text, "{file} holds the arguments of {jobs} jobs.");
        text
    })
}

fn check(output: Output, file: &Path, changes: &[Change]) -> Ended {
    let breaking = changes.iter().filter(|change| change.breaks()).count();
    let value = json!({ "ok": breaking == 0, "file": file, "changes": changes });
    output.either(&value, || {
        let mut text = said(changes);
        let file = safe(&file.display().to_string());
        let _ = match (breaking, changes.len()) {
            (0, 0) => writeln!(text, "{file} is as the code."),
            (0, _) => writeln!(
                text,
                "Nothing breaks jobs that are stored; run `lock` to take this into {file}."
            ),
            (count, _) => writeln!(
                text,
                "{count} of these break jobs that are stored. If none are, or you accept it, run `lock`."
            ),
        };
        text
    })?;
    if breaking == 0 {
        Ok(())
    } else {
        Err(Trouble::Invalid)
    }
}

fn said(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let place = match &change.field {
            Some(field) => format!("{}.{field}", change.job),
            None => change.job.clone(),
        };
        let level = if change.breaks() { "breaks" } else { "fine" };
        let _ = writeln!(text, "{level:<7} {}: {}", safe(&place), safe(&change.what));
        if let Some(remedy) = &change.remedy {
            let _ = writeln!(text, "        {}", safe(remedy));
        }
    }
    text
}
