//! The parser by itself: texts of errors, environments, variables.

mod pages;

use std::{path::Path, time::Duration};

use proptest::prelude::*;

use super::{Config, Draft, read, settings::Parts, source::Source, tree::Queues};
use crate::error::Error;

const EXAMPLE: &str = include_str!("../../../docs/jobs.example.toml");

fn parts(text: &str, environment: Option<&str>) -> Result<Parts, String> {
    let source = Source {
        name: "jobs.toml".into(),
        text: text.into(),
    };
    let variable = |name: &str| match name {
        "CONCURRENCY" => Some("7".to_owned()),
        "WORD" => Some("seven".to_owned()),
        "YES" => Some("true".to_owned()),
        _ => None,
    };
    let (table, mut problems) = read::read(&source, environment, &variable);
    let parts = Parts::new(&table, &mut problems);
    if problems.is_empty() {
        return Ok(parts);
    }
    Err(source.error(problems).to_string())
}

/// The errors of a text.
fn told(text: &str) -> String {
    parts(text, None).expect_err("it has errors")
}

#[test]
fn every_error_is_told_at_once_with_its_line() {
    let text = r#"
[database]
url = "redis://:secret@localhost"
shema = "jobs"

[worker]
shutdown_timeout = 25
lease = "500ms"
concurrency = 10

[pools.main]
queues = ["critical", "*"]
concurrency = "ten"

[recurring.cleanup]
class = "Cleanup"
cron = "0 25 * * *"
every = "5m"
timezone = "Europe/Berlim"
catch_up = "al"

[retention]
finished = "7 days"
"#;
    let expected = r#"jobs.toml has 12 errors

jobs.toml:3:7: `url` names no database that is known
  = help: write `sqlite://path`, `sqlite::memory:` or `postgres://user:password@host/database`

jobs.toml:4:1: unknown key `shema` in `database`
  |
4 | shema = "jobs"
  | ^^^^^
  = help: did you mean `schema`?

jobs.toml:7:20: `shutdown_timeout` is a duration, and 25 has no unit
  |
7 | shutdown_timeout = 25
  |                    ^^
  = help: write "25s" for seconds

jobs.toml:8:9: `lease` is shorter than 1s
  |
8 | lease = "500ms"
  |         ^^^^^^^
  = help: write "1s" or more

jobs.toml:9:1: unknown key `concurrency` in `worker`
  |
9 | concurrency = 10
  | ^^^^^^^^^^^
  = help: it belongs to a pool: `[pools.main]`

jobs.toml:12:23: `*` stands alone
   |
12 | queues = ["critical", "*"]
   |                       ^^^
   = help: write `queues = "*"`, or name the queues

jobs.toml:13:15: `concurrency` is a whole number, and this is a string
   |
13 | concurrency = "ten"
   |               ^^^^^
   = help: as in `concurrency = 5`

jobs.toml:16:1: unknown key `class` in `recurring.cleanup`
   |
16 | class = "Cleanup"
   | ^^^^^
   = help: the job's name is `job`

jobs.toml:17:8: hour `25` is out of range 0–23
   |
17 | cron = "0 25 * * *"
   |        ^^^^^^^^^^^^
   = help: write an hour from 0 to 23

jobs.toml:19:12: unknown time zone `Europe/Berlim`
   |
19 | timezone = "Europe/Berlim"
   |            ^^^^^^^^^^^^^^^
   = help: did you mean `Europe/Berlin`?

jobs.toml:20:12: `catch_up` cannot be `al`
   |
20 | catch_up = "al"
   |            ^^^^
   = help: did you mean `all`?

jobs.toml:23:12: unknown unit `days` in the duration `7 days`
   |
23 | finished = "7 days"
   |            ^^^^^^^^
   = help: units are `ms`, `s`, `m`, `h`, `d`, as in "90s" or "1h30m""#;
    assert_eq!(told(text), expected);
}

#[test]
fn no_password_is_shown() {
    for text in [
        "[database]\nurl = \"mysql://root:hunter2@localhost\"",
        "[database]\nurl = \"postgres://root:hunter2@localhost/${\"",
        "[database]\nurl = \"postgres://root:hunter2@localhost/${NAME}\"",
    ] {
        let told = told(text);
        assert!(!told.contains("hunter2"), "{told}");
    }
    let config = Config::parse("[database]\nurl = \"postgres://root:hunter2@h/d\"").expect("right");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn errors_of_syntax_hide_only_what_follows_from_them() {
    let told = told(
        "[pools.main]\nconcurrency = = 5\n\n[worker]\nlese = \"1s\"\nlease = \"1s\"\nlease = \"2s\"\n",
    );
    assert!(told.contains("jobs.toml:2:15: this is not TOML"), "{told}");
    assert!(told.contains("jobs.toml:5:1: unknown key `lese`"), "{told}");
    assert!(
        told.contains("jobs.toml:7:1: this is not TOML: duplicate key"),
        "{told}"
    );
}

#[test]
fn of_a_file_that_is_no_settings_at_all_the_first_problems_are_told() {
    let told = told(&"one two\n".repeat(20_000));
    assert!(told.contains("jobs.toml:1:"), "{told}");
    assert!(told.contains("jobs.toml:90:"), "{told}");
    assert!(told.contains("more problems are not shown"), "{told}");
    assert!(told.len() < 50_000, "{}", told.len());
}

#[test]
fn variables_stand_for_values_of_every_kind() {
    let text = r#"
[database]
url = "sqlite://${DIR:-/tmp}/jobs.db"
migrate = "${YES}"
[pools.main]
concurrency = "${CONCURRENCY}"
queues = ["${QUEUE:-low}"]
[retention]
finished = "${KEEP:-2d}"
[recurring.t]
cron = "0 ${HOUR:-3} * * *"
args = { price = "$$5", list = ["${CONCURRENCY}"] }
"#;
    let parts = parts(text, None).expect("right");
    assert_eq!(parts.database.url.as_deref(), Some("sqlite:///tmp/jobs.db"));
    assert_eq!(parts.database.migrate, Some(true));
    assert_eq!(parts.pools[0].concurrency, 7);
    assert_eq!(
        parts.retention.finished,
        Some(Duration::from_secs(2 * 86_400))
    );
    let task = &parts.tasks["t"];
    assert_eq!(task.schedule.as_deref(), Some("0 3 * * *"));
    assert_eq!(
        task.args().as_deref(),
        Some(r#"{"list":["7"],"price":"$5"}"#)
    );

    let told = told(
        "[pools.main]\nconcurrency = \"${WORD}\"\n[worker]\nlease = \"a ${NONE} b\"\n[limits]\nmax_args_bytes = \"${5}\"",
    );
    let expected = r#"jobs.toml has 3 errors

jobs.toml:2:15: `concurrency` is a whole number from 1 to 100000, not `seven`
  |
2 | concurrency = "${WORD}"
  |               ^^^^^^^^^
  = help: as in `concurrency = 5`

jobs.toml:4:12: the variable `NONE` is not set
  |
4 | lease = "a ${NONE} b"
  |            ^^^^^^^
  = help: set it, or give it a default: `${NONE:-…}`

jobs.toml:6:19: `${5}` is no variable
  |
6 | max_args_bytes = "${5}"
  |                   ^^^^
  = help: write `${NAME}`, `${NAME:-default}`, or `$$` for a dollar sign"#;
    assert_eq!(told, expected);
}

#[test]
fn an_environment_is_laid_over_the_file() {
    let text = r#"
[database]
url = "${NOT_SET_HERE}"
[pools.main]
concurrency = 2
queues = ["a", "b"]
[env.test.database]
url = "sqlite::memory:"
[env.production.pools.main]
concurrency = 20
[env.production.pools.mailers]
queues = { low = 3 }
[env.production.worker]
lease = "${ONLY_THERE}"
[env.staging]
"#;
    let test = parts(text, Some("test")).expect("what is replaced need not be set");
    assert_eq!(test.database.url.as_deref(), Some("sqlite::memory:"));
    assert_eq!(test.pools.len(), 1);
    let told = parts(text, Some("production")).expect_err("variables");
    assert!(
        told.contains("`NOT_SET_HERE` is not set") && told.contains("`ONLY_THERE` is not set"),
        "{told}"
    );
    let set = text
        .replace("${NOT_SET_HERE}", "sqlite::memory:")
        .replace("${ONLY_THERE}", "9s");
    let production = parts(&set, Some("production")).expect("right");
    let pools: Vec<_> = production
        .pools
        .iter()
        .map(|pool| (pool.name.as_str(), pool.concurrency))
        .collect();
    assert_eq!(pools, [("mailers", 10), ("main", 20)]);
    assert!(matches!(&production.pools[1].queues, Queues::InOrder(names) if names.len() == 2));
    assert!(
        parts(&set, Some("qa")).is_ok(),
        "one that nothing is said of has the file's values"
    );
    let told = parts(&set, Some("prodution")).expect_err("misspelt");
    assert!(told.contains("did you mean `production`?"), "{told}");
    let told = parts("[env.x.env.y]\n[env.z]\npools = 3\n", None).expect_err("wrong");
    assert!(told.contains("unknown key `env` in `env.x`"), "{told}");
    assert!(
        told.contains("`env.z.pools` is a table, and this is a whole number"),
        "{told}"
    );
}

#[test]
fn what_is_no_text_is_refused_like_any_other_error() {
    let error = Draft::load(Path::new("no/such/file.toml"), None).expect_err("not there");
    assert!(
        matches!(&error, Error::Io { what, .. } if what.contains("no/such/file.toml")),
        "{error}"
    );
    let told = told("\u{FFFD}\u{0} = 1");
    assert!(told.contains("jobs.toml:1:1: this is not TOML"), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, "[\\[\\]{}=\"'.,#$\\\\a-z0-9\n\t ☃-]{0,6}"), 0..8),
        environment in prop::option::of("[a-z]{1,10}"),
    ) {
        let mut text: Vec<char> = EXAMPLE.chars().collect();
        for (at, cut, put) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(told) = parts(&text, environment.as_deref()) {
            prop_assert!(told.contains("jobs.toml:"));
        }
    }

    #[test]
    fn no_text_at_all_does(text in "\\PC{0,200}") {
        let _ = parts(&text, None);
    }
}
