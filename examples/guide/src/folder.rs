//! Where a program keeps its files; each program has it as a module, for the library's jobs are not theirs.

use std::{env, fs, io, path::PathBuf};

/// An empty folder of this name in `out`; or the one that `GUIDE_OUT` names, as it is: a program that was killed there
/// goes on.
///
/// # Errors
/// The folder cannot be made.
pub fn folder(name: &str) -> io::Result<PathBuf> {
    let named = env::var_os("GUIDE_OUT").map(PathBuf::from);
    let folder = named
        .clone()
        .unwrap_or_else(|| PathBuf::from("out").join(name));
    if named.is_none() && folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
