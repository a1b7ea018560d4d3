//! The option table in the docs of `#[job]` is the table in `options`.

use crate::options::JOB;

#[test]
fn the_docs_list_every_option_in_order() {
    let docs = include_str!("../lib.rs").split("pub fn job(").next();
    let documented: Vec<&str> = docs
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.strip_prefix("/// | `"))
        .filter_map(|line| line.split_once("` |").map(|(example, _)| example))
        .collect();
    let known: Vec<&str> = JOB.options().map(|option| option.example).collect();
    assert_eq!(documented, known);
}

#[test]
fn every_example_begins_with_its_option() {
    for option in JOB.options() {
        assert!(option.example.starts_with(option.name), "{}", option.name);
    }
}
