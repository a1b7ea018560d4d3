//! The dashboard in a real browser, over a live worker: with JavaScript and without, light and dark, on a phone.
//!
//! Needs Chromium and its driver; without them the tests are reported as ignored. Pictures are kept under
//! `target/dashboard`.

mod chrome;
mod scan;
mod site;
mod steered;

use std::{path::PathBuf, sync::Arc};

use libtest_mimic::{Arguments, Trial};

use chrome::{Driver, Look};
use site::Site;

/// Where pictures go.
fn pictures() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target =
        target.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let folder = target.join("dashboard");
    std::fs::create_dir_all(&folder).expect("a folder for pictures");
    folder
}

fn main() {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(site::CHILD) {
        let url = words.next().expect("a database");
        return jobs_tests::run(site::work_until_killed(url));
    }
    let arguments = Arguments::from_args();
    let there = chrome::find().is_some();
    let mut trials = Vec::new();
    for look in Look::ALL {
        trials.push(trial(look.name(), there, move |site, driver| {
            jobs_tests::run(steered::every_page(site, driver, look));
        }));
    }
    trials.push(trial("without_javascript", there, |site, driver| {
        jobs_tests::run(steered::without_javascript(site, driver))
    }));
    trials.push(trial("live_and_by_keys", there, |site, driver| {
        jobs_tests::run(steered::live_and_by_keys(site, driver))
    }));
    let axe = scan::find();
    trials.push(trial(
        "accessible",
        there && axe.is_some(),
        move |site, driver| {
            jobs_tests::run(scan::accessible(
                site,
                driver,
                axe.clone().unwrap_or_default(),
            ));
        },
    ));
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test with a site of its own.
fn trial(name: &str, there: bool, test: impl Fn(Arc<Site>, Arc<Driver>) + Send + 'static) -> Trial {
    let trial = Trial::test(format!("browser::{name}"), move || {
        let site = Arc::new(Site::start());
        let driver = Arc::new(Driver::start());
        test(Arc::clone(&site), Arc::clone(&driver));
        // Their runtime must not end inside another one.
        drop((site, driver));
        Ok(())
    });
    trial.with_ignored_flag(!there)
}
