//! Every file of `config/` is one that this program can work with, and the program does.

#[path = "../src/bin/from_config/tasks.rs"]
mod tasks;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use jobs::Config;

jobs::queues! {
    critical(weight = 4),
    high(weight = 3),
    default(weight = 2),
    low(weight = 1),
    high_priority,
}

#[test]
fn each_file_is_right_in_each_environment() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        for environment in ["production", "development", "test"] {
            let config = Config::load_for(&path, environment);
            let checked = config.and_then(|config| config.check());
            checked.unwrap_or_else(|error| panic!("{error}"));
        }
        names.insert(
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
        );
    }
    let counterparts = [
        "cron.toml",
        "recurring.toml",
        "sidekiq.toml",
        "sidekiq_schedule.toml",
        "solid_queue.toml",
    ];
    for name in counterparts {
        assert!(names.contains(name), "{name} is not there");
    }
    let _ = tasks::Beats::default();
}

#[test]
fn the_program_checks_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = Command::new(env!("CARGO_BIN_EXE_from_config"))
        .env("GUIDE_OUT", folder.path())
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && said.contains("all is as the files say"),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}
