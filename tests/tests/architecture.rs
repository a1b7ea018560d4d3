//! What ARCHITECTURE.md says of the source text, held by reading it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The layers of `jobs/src`, the lowest first; a module may use its own layer and those below.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "words",
        &[
            "context",
            "definition",
            "error",
            "failure",
            "hooks",
            "job",
            "panics",
            "payload",
            "queue",
            "record",
            "states",
            "trace",
        ],
    ),
    ("storage", &["clock", "combine", "dice", "storage"]),
    ("rules", &["registry", "retry", "schedule", "transition"]),
    (
        "runtime",
        &[
            "config",
            "dead_letters",
            "enqueue",
            "execution",
            "flow",
            "handle",
            "inspect",
            "job_handle",
            "maintenance",
            "perform_now",
            "queue_control",
            "recurring",
            "telemetry",
            "testing",
            "worker",
            "workflow",
        ],
    ),
    ("front", &["cli", "lib", "private"]),
];

/// Uses that go upwards: from, to, why.
const UPWARDS: &[(&str, &str, &str)] = &[
    (
        "definition",
        "enqueue",
        "enqueue hooks have `EnqueueInfo` and `NextEnqueue` in their signatures",
    ),
    ("context", "enqueue", "`#[tx]` is lent by an `Invocation`"),
    (
        "context",
        "flow",
        "`JobContext` gives cursors, and has the journal of its run",
    ),
    (
        "context",
        "storage",
        "what a run waits for is told in the words of the storage",
    ),
    ("record", "storage", "`JobRecord` is made from a `Row`"),
    ("storage", "handle", "`connect.rs` takes an `AnyPool`"),
    (
        "storage",
        "transition",
        "what the counts of a group mean is decided in the transaction that changes them",
    ),
];

/// Where a database may be named above `storage/`: file, and what of its lines.
const NAMES_OF_DATABASES: &[(&str, &str)] = &[
    (
        "enqueue/transaction.rs",
        "the one operation that is generic over sqlx's databases",
    ),
    (
        "enqueue/held.rs",
        "`#[tx]`: the transaction of a job has sqlx's type",
    ),
    ("cli/args.rs", "the URLs that the command line takes"),
    ("cli/init.rs", "the URL of the project that it makes"),
    (
        "config/keys.rs",
        "what settings are for, in the texts of their keys",
    ),
    ("config/settings.rs", "the setting `pgbouncer`"),
    ("config/tests.rs", "URLs"),
    ("error.rs", "error texts and codes"),
    ("handle/builder.rs", "the setting `pgbouncer`"),
    ("handle/configured.rs", "the setting `pgbouncer`"),
    ("handle/mod.rs", "`AnyPool`"),
    ("lib.rs", "a page of the book whose examples are run"),
    (
        "testing/builder.rs",
        "a test says on which database it runs, as a URL does",
    ),
    (
        "testing/server.rs",
        "the databases of tests, and where a server is looked for",
    ),
    ("testing/start.rs", "the attribute's option `postgres`"),
];

/// Ends that are decided elsewhere: file and opening.
const DECIDED_ELSEWHERE: &[(&str, &str)] = &[
    // A cancelled job ends as `cancelled` whatever it returns; to be moved into `transition`.
    ("worker/execute.rs", "Next::End(End {"),
    // The jobs that are measured have no function whose outcome could be ruled on.
    ("cli/bench.rs", "Next::End(End {"),
];

/// How many lines a file may have.
const LONGEST: usize = 450;
/// But for this one: an enum cannot be split, and all that a call can fail with is one enum.
const ONE_ENUM: &str = "jobs/src/error.rs";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder, by its path from there.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let top = root().join(folder);
    let (mut found, mut folders) = (BTreeMap::new(), vec![top.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path
                    .strip_prefix(&top)
                    .expect("below")
                    .display()
                    .to_string();
                found.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    found
}

/// The text without comments; good enough for source without `//` in strings that matter.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn module_of(file: &str) -> &str {
    let top = file.split('/').next().unwrap_or(file);
    top.strip_suffix(".rs").unwrap_or(top)
}

fn layer_of(module: &str) -> usize {
    let at = LAYERS
        .iter()
        .position(|(_, modules)| modules.contains(&module));
    at.unwrap_or_else(|| {
        panic!("`{module}` is in no layer: add it to this test and ARCHITECTURE.md")
    })
}

/// The modules after `crate::`, alone or as the heads of a braced list.
fn used(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, rest) in code
        .match_indices("crate::")
        .map(|(at, found)| (at, &code[at + found.len()..]))
    {
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let (mut depth, mut head) = (0, String::new());
        for mark in list.chars() {
            match mark {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => found.extend([word(std::mem::take(&mut head).trim())]),
                _ if depth == 0 => head.push(mark),
                _ => {}
            }
        }
        found.insert(word(head.trim()));
    }
    found
}

fn word(text: &str) -> String {
    let end = |mark: char| !(mark.is_alphanumeric() || mark == '_');
    text.split(end).next().unwrap_or_default().to_owned()
}

#[test]
fn a_module_uses_only_what_is_below_it() {
    let modules: BTreeSet<_> = LAYERS.iter().flat_map(|(_, modules)| *modules).collect();
    let mut upwards = BTreeMap::new();
    for (file, text) in sources("jobs/src") {
        let from = module_of(&file).to_owned();
        for to in used(&code(&text)) {
            // Names at the crate's root, such as `crate::JobId`, are re-exports of a module below.
            if modules.contains(&to.as_str()) && layer_of(&from) < layer_of(&to) {
                upwards.insert((from.clone(), to), file.clone());
            }
        }
        layer_of(&from);
    }
    let allowed: BTreeSet<_> = UPWARDS
        .iter()
        .map(|(from, to, _)| (from.to_string(), to.to_string()))
        .collect();
    let found: BTreeSet<_> = upwards.keys().cloned().collect();
    let new: Vec<_> = upwards
        .iter()
        .filter(|(edge, _)| !allowed.contains(edge))
        .collect();
    assert!(new.is_empty(), "these uses go upwards: {new:?}");
    let gone: Vec<_> = allowed.difference(&found).collect();
    assert!(
        gone.is_empty(),
        "no longer so, take it from the list: {gone:?}"
    );
}

#[test]
fn above_storage_no_module_names_a_database() {
    let allowed: BTreeSet<_> = NAMES_OF_DATABASES.iter().map(|(file, _)| *file).collect();
    let mut found = BTreeSet::new();
    for (file, text) in sources("jobs/src") {
        let text = code(&text).to_lowercase();
        let named = ["sqlite", "postgres", "pgbouncer", "mysql"]
            .iter()
            .any(|name| text.contains(name));
        if named && !file.starts_with("storage/") {
            found.insert(file);
        }
    }
    let found: BTreeSet<_> = found.iter().map(String::as_str).collect();
    assert_eq!(found, allowed);
}

#[test]
fn pure_modules_read_no_clock_and_do_no_io() {
    for (file, text) in sources("jobs/src") {
        if !matches!(
            module_of(&file),
            "transition" | "retry" | "schedule" | "payload" | "record" | "queue"
        ) || file.contains("tests")
        {
            continue;
        }
        let code = code(&text);
        for word in [
            "now()", "tokio::", "sqlx::", "std::fs", "std::env", "rand::",
        ] {
            assert!(!code.contains(word), "{file} has `{word}`");
        }
    }
}

#[test]
fn only_transition_decides_the_next_state() {
    for (file, text) in sources("jobs/src") {
        if file.starts_with("storage/") || file.starts_with("transition") {
            continue;
        }
        let code = code(&text);
        // A pattern leaves fields out with `..`; a value cannot, for neither type has defaults.
        for opening in ["Next::End(End {", "Next::Retry {", "Next::Block {"] {
            if DECIDED_ELSEWHERE.contains(&(file.as_str(), opening)) {
                continue;
            }
            for (at, _) in code.match_indices(opening) {
                let inside = &code[at + opening.len()..];
                let inside = &inside[..inside.find('}').unwrap_or(inside.len())];
                assert!(inside.contains(".."), "{file} makes a `{opening} … }}`");
            }
        }
    }
}

#[test]
fn expansions_mention_only_what_private_exports() {
    let paths = fs::read_to_string(root().join("jobs-macros/src/paths.rs")).expect("the list");
    let listed: BTreeSet<_> = paths
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    let private =
        code(&fs::read_to_string(root().join("jobs/src/private.rs")).expect("the module"));
    let exported: BTreeSet<_> = private
        .split(|mark: char| !(mark.is_alphanumeric() || mark == '_'))
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = listed.difference(&exported).collect();
    assert!(
        missing.is_empty(),
        "listed in paths.rs and not exported: {missing:?}"
    );
}

#[test]
fn the_dashboard_has_one_door() {
    for (file, text) in sources("jobs-web/src") {
        let code = code(&text);
        for foreign in ["sqlx", "sqlite", "postgres", "storage::", "dead_letters()"] {
            assert!(
                !code.contains(foreign),
                "jobs-web/src/{file} names {foreign}"
            );
        }
    }
}

#[test]
fn files_stay_short() {
    for folder in [
        "jobs",
        "jobs-cli",
        "jobs-cron",
        "jobs-macros",
        "jobs-web",
        "tests",
        "ui-tests",
        "examples",
    ] {
        for (file, text) in sources(folder) {
            let file = format!("{folder}/{file}");
            if file == ONE_ENUM {
                continue;
            }
            let lines = text.lines().count();
            assert!(
                lines <= LONGEST,
                "{file} has {lines} lines, at most {LONGEST} are wanted"
            );
        }
    }
}

#[test]
fn the_index_of_errors_is_complete() {
    let index = fs::read_to_string(root().join("docs/errors.md")).expect("the index");
    let error = fs::read_to_string(root().join("jobs/src/error.rs")).expect("the enum");
    let body = error.split("pub enum Error {").nth(1).expect("the enum");
    let body = body.split("\n}\n").next().unwrap_or(body);
    for line in body.lines() {
        // Variants stand four blanks in; their fields and attributes do not begin with a capital there.
        let Some(line) = line.strip_prefix("    ") else {
            continue;
        };
        if line.starts_with(char::is_uppercase) {
            let row = format!("| `{}` |", word(line));
            assert!(index.contains(&row), "docs/errors.md has no row {row}");
        }
    }
}
