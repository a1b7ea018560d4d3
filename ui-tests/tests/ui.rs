//! Every case compiles, or fails with exactly the text beside it.

use std::{fs, path::Path};

/// Cases whose text is ours: the same under any compiler.
const OURS: &[&str] = &[
    "fail/options",
    "fail/values",
    "fail/function",
    "fail/names",
    "fail/queues",
    "fail/rules",
    "fail/params",
    "fail/limits",
    "fail/recurring",
    "fail/kit",
];

/// Cases in which the compiler speaks, too: they hold for the version that the README names.
const THE_COMPILERS: &[&str] = &["fail/types", "recover"];

#[test]
fn pass() {
    trybuild::TestCases::new().pass("pass/*.rs");
}

#[test]
fn fail() {
    let cases = trybuild::TestCases::new();
    for directory in OURS {
        cases.compile_fail(format!("{directory}/*.rs"));
    }
    let (here, named) = (rustc_version(), named_version());
    if here == named {
        for directory in THE_COMPILERS {
            cases.compile_fail(format!("{directory}/*.rs"));
        }
    } else {
        say(&format!(
            "SKIPPED {THE_COMPILERS:?}: this is rustc {here}, their texts hold for {named}"
        ));
    }
}

/// A second error that the first has caused would pass a blind blessing; here it is counted.
#[test]
fn one_mistake_is_one_error() {
    let mut cases = 0;
    for directory in OURS.iter().chain(THE_COMPILERS) {
        for entry in fs::read_dir(directory).expect("a directory of cases") {
            let case = entry.expect("an entry").path();
            if case.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let expected = read(&case).matches("//~ ERROR").count();
            let stderr = read(&case.with_extension("stderr"));
            let found = stderr
                .lines()
                .filter(|line| line.starts_with("error"))
                .count();
            assert_eq!(found, expected, "{}\n{stderr}", case.display());
            assert!(expected > 0, "{} expects no error", case.display());
            cases += 1;
        }
    }
    assert!(cases >= 90, "only {cases} cases");
}

/// Our messages: lower case, no full stop, and most with a way out.
#[test]
fn messages_keep_their_form() {
    for directory in OURS {
        for entry in fs::read_dir(directory).expect("a directory of cases") {
            let case = entry.expect("an entry").path();
            if case
                .extension()
                .is_none_or(|extension| extension != "stderr")
            {
                continue;
            }
            let stderr = read(&case);
            for message in stderr
                .lines()
                .filter_map(|line| line.strip_prefix("error: "))
            {
                let first = message.chars().next().expect("a message");
                assert!(!first.is_uppercase(), "{}: {message}", case.display());
                assert!(!message.ends_with('.'), "{}: {message}", case.display());
            }
            assert!(stderr.contains("help: "), "{} helps nobody", case.display());
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rustc_version() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("--version").output();
    let text = String::from_utf8(output.expect("rustc runs").stdout).expect("a version");
    let version = text.split_whitespace().nth(1).expect("`rustc 1.2.3 (…)`");
    version.to_owned()
}

/// The version in the README: `for rustc 1.2.3`.
fn named_version() -> String {
    let readme = read(Path::new("README.md"));
    let (_, after) = readme
        .split_once("rustc **")
        .expect("a version in the README");
    after.split("**").next().expect("a version").to_owned()
}

/// Past the capture of the test harness, so that a skip is seen.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}
