//! What a program says of a file: queues, jobs and arguments that it does not have.

use std::sync::Arc;

use jobs::{Config, Jobs};
use jobs_tests::{place::Place, tests};

tests!(
    what_the_program_does_not_have_is_told_at_once,
    a_file_and_the_program_tell_together,
);

async fn what_the_program_does_not_have_is_told_at_once(_: Arc<Place>) {
    let text = r#"
[pools.main]
queues = { critcal = 4, default = 1 }
[pools.other]
queues = ["mails"]

[recurring.weekly]
job = "mail.digets"
cron = "0 9 * * *"
queue = "lw"

[recurring.Quik]
every = "5m"

[recurring.silent]
job = "mail.digest"
args = { list = 7, line = 3, lines = 1000 }

[recurring.empty]
job = "mail.digest"
cron = "@daily"

[recurring.gone]
enabled = false
"#;
    let expected = r#"jobs.toml has 10 errors

jobs.toml:3:12: no `queues!` of this program declares a queue `critcal`
  |
3 | queues = { critcal = 4, default = 1 }
  |            ^^^^^^^
  = help: did you mean `critical`?

jobs.toml:5:11: no `queues!` of this program declares a queue `mails`
  |
5 | queues = ["mails"]
  |           ^^^^^^^
  = help: there are `critical`, `default`, `low`

jobs.toml:8:7: this program has no job `mail.digets`
  |
8 | job = "mail.digets"
  |       ^^^^^^^^^^^^^
  = help: did you mean `mail.digest`?

jobs.toml:10:9: no `queues!` of this program declares a queue `lw`
   |
10 | queue = "lw"
   |         ^^^^
   = help: did you mean `low`?

jobs.toml:12:12: this program has no job `Quik`
   |
12 | [recurring.Quik]
   |            ^^^^
   = help: name it with `job = "…"`; did you mean `Quick`?

jobs.toml:15:12: the task `silent` does not say when
   |
15 | [recurring.silent]
   |            ^^^^^^
   = help: write `cron = "0 9 * * 1"` or `every = "5m"`

jobs.toml:17:17: this does not fit the argument `list` of `mail.digest`
   |
17 | args = { list = 7, line = 3, lines = 1000 }
   |                 ^
   = help: invalid type: integer `7`, expected a string

jobs.toml:17:20: `mail.digest` has no argument `line`
   |
17 | args = { list = 7, line = 3, lines = 1000 }
   |                    ^^^^
   = help: did you mean `lines`?

jobs.toml:17:38: this does not fit the argument `lines` of `mail.digest`
   |
17 | args = { list = 7, line = 3, lines = 1000 }
   |                                      ^^^^
   = help: invalid value: integer `1000`, expected u8

jobs.toml:19:12: the task `empty` gives `mail.digest` no `list`
   |
19 | [recurring.empty]
   |            ^^^^^
   = help: write `args = { … = … }`, or give the argument `#[arg(default)]`"#;
    let config = Config::parse(text).expect("the file by itself is right");
    let told = config.check().expect_err("the program").to_string();
    assert_eq!(told, expected);
}

async fn a_file_and_the_program_tell_together(place: Arc<Place>) {
    let path = place.folder().join("jobs.toml");
    let text =
        "[database]\nurl = \"sqlite::memory:\"\n[pools.main]\nconcurency = 1\nqueues = \"lo\"\n";
    std::fs::write(&path, text).expect("written");
    let told = Jobs::from_config(&path).await.expect_err("two errors");
    let jobs::Error::Config(error) = &told else {
        panic!("{told}");
    };
    let lines: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| problem.line)
        .collect();
    assert_eq!(lines, [4, 5], "{told}");
    assert!(error.problems()[0].file.ends_with("jobs.toml"));
}
