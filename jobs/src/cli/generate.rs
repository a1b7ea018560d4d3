//! Completions and manual pages.

use std::{io::Write as _, path::Path};

use super::Ended;

/// Prints completions.
pub(super) fn completions(mut command: clap::Command, shell: clap_complete::Shell) -> Ended {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "jobs", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(())
}

/// Prints the manual page, or writes one for each command.
pub(super) fn manual(command: clap::Command, directory: Option<&Path>) -> Ended {
    match directory {
        Some(directory) => {
            std::fs::create_dir_all(directory)?;
            clap_mangen::generate_to(command, directory)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            std::io::stdout().write_all(&page)?;
        }
    }
    Ok(())
}
