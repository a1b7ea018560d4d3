//! What a registry is given of each crate, as cargo itself tells it, and the table of features.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;

use super::book::root;

/// The crates that a registry has.
const PUBLISHED: &[&str] = &["jobs-cli", "jobs-cron", "jobs-macros", "jobs-web", "jobs"];

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(arguments)
        .arg("--offline")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

/// The crates that are not kept from a registry, by their names.
fn published() -> BTreeMap<String, Value> {
    let told = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let packages = told["packages"].as_array().expect("a list");
    let open = packages
        .iter()
        .filter(|package| package["publish"].is_null());
    open.map(|package| {
        let name = package["name"].as_str().expect("a name").to_owned();
        (name, package.clone())
    })
    .collect()
}

#[test]
fn these_crates_are_published_and_no_others() {
    let known: BTreeSet<_> = PUBLISHED.iter().map(|name| (*name).to_owned()).collect();
    let published: BTreeSet<_> = published().into_keys().collect();
    assert_eq!(published, known, "the others say `publish = false`");
}

#[test]
fn a_registry_is_told_what_each_crate_is() {
    for (name, package) in published() {
        let list = |key: &str| package[key].as_array().map_or(0, Vec::len);
        let description = package["description"].as_str().unwrap_or_default();
        assert!(
            (20..200).contains(&description.len()),
            "{name}: {description}"
        );
        assert!((1..=5).contains(&list("keywords")), "{name}: keywords");
        assert!((1..=5).contains(&list("categories")), "{name}: categories");
        assert_eq!(package["license"], "MIT OR Apache-2.0", "{name}");
        assert!(package["rust_version"].is_string(), "{name}: rust-version");
        let all = &package["metadata"]["docs"]["rs"]["all-features"];
        assert_eq!(all, true, "{name}: docs.rs shows what needs features");
        // A registry takes no dependency that has only a path; tests may, since they are left out.
        for dependency in package["dependencies"].as_array().expect("a list") {
            let open = dependency["req"] == "*" && dependency["kind"] != "dev";
            assert!(!open, "{name} needs any version of {}", dependency["name"]);
        }
    }
}

#[test]
fn each_crate_carries_its_licences_and_a_readme() {
    for name in PUBLISHED {
        let told = cargo(&["package", "--list", "--allow-dirty", "-p", name]);
        let files: BTreeSet<_> = told.lines().collect();
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.toml"] {
            assert!(files.contains(file), "{name} has no {file}");
        }
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let text = |path: &Path| fs::read_to_string(path).expect("text");
            let (own, root) = (root().join(name).join(licence), root().join(licence));
            assert_eq!(text(&own), text(&root), "{}", own.display());
        }
    }
}

/// The rows of the table in the documentation of `jobs`: feature, and whether it is on by default.
fn documented() -> BTreeMap<String, bool> {
    let lib = fs::read_to_string(root().join("jobs/src/lib.rs")).expect("lib.rs");
    let (_, table) = lib.split_once("//! # Features").expect("the heading");
    let rows = table
        .lines()
        .skip(1)
        .map_while(|line| line.strip_prefix("//!"));
    rows.filter_map(|row| {
        let mut cells = row.trim().split('|').map(str::trim).skip(1);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((name.to_owned(), cells.next()? == "yes"))
    })
    .collect()
}

#[test]
fn the_table_of_features_is_that_of_the_crate() {
    let package = &published()["jobs"];
    let features = package["features"].as_object().expect("features");
    let default = features["default"].as_array().expect("a list");
    let known: BTreeMap<_, _> = features
        .keys()
        .filter(|name| *name != "default")
        .map(|name| (name.clone(), default.contains(&Value::from(name.as_str()))))
        .collect();
    assert_eq!(documented(), known, "docs of jobs/src/lib.rs, # Features");
}
