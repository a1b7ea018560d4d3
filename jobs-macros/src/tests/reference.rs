//! docs/attributes.md is made from the table of options: `BLESS=1 cargo test -p jobs-macros` writes it.

use std::{fmt::Write as _, fs, path::Path};

use crate::options::{
    ARG, BASE, CONCURRENCY, DISCARD_ON, JOB, On, QUEUE, RATE_LIMIT, RETRY_ON, Shape, Table, UNIQUE,
};

const HEAD: &str = "\
# Options of the attributes

Made from the macros' own table of options, so that it lists what they take, no more and no less.
Every mistake is reported at once, at its own token; [errors](errors.md#compile-errors) has the messages.
Durations are text: `\"250ms\"`, `\"30s\"`, `\"10m\"`, `\"1h30m\"`, `\"7d\"`. Options that take one of a few words take it with quotes or without.
";

/// What the documentation of `#[job]` says of an option, by its example.
fn meaning(example: &str) -> String {
    let docs = include_str!("../lib.rs").split("pub fn job(").next();
    let row = format!("/// | `{example}` |");
    let line = docs
        .unwrap_or_default()
        .lines()
        .find(|line| line.starts_with(&row));
    let cell = line.and_then(|line| line.strip_prefix(&row));
    let cell = cell.unwrap_or_default().trim().trim_end_matches('|').trim();
    cell.replace("[`macro@base`]", "`#[jobs::base]`")
        .replace("; see below", "")
}

fn form(shape: Shape) -> &'static str {
    match shape {
        Shape::Value => "`key = value`",
        Shape::List => "`key(…)`",
        Shape::Map => "`key = { … }`",
        Shape::Flag => "`key`",
        Shape::FlagOrValue => "`key` or `key = value`",
        Shape::FlagOrList => "`key` or `key(…)`",
    }
}

fn words(page: &mut String, table: &Table) {
    if table.foreign.is_empty() {
        return;
    }
    page.push_str("\nWords from elsewhere, and what the compiler answers:\n\n| written | answer |\n|---|---|\n");
    for (word, answer) in table.foreign {
        writeln!(page, "| `{word}` | {answer} |").expect("a text takes it");
    }
}

fn job(page: &mut String) {
    page.push_str("\n## `#[job(…)]` and `#[jobs::base(…)]`\n\n| option | example | on a base | more than once | meaning |\n|---|---|---|---|---|\n");
    let yes = |is: bool| if is { "yes" } else { "" };
    for option in JOB.options() {
        writeln!(
            page,
            "| `{}` | `{}` | {} | {} | {} |",
            option.name,
            option.example,
            yes(option.on == On::Both),
            yes(option.repeats),
            meaning(option.example),
        )
        .expect("a text takes it");
    }
    words(page, &JOB);
}

fn inner(page: &mut String, title: &str, about: &str, table: &Table) {
    write!(
        page,
        "\n## {title}\n\n{about}\n\n| option | form | example |\n|---|---|---|\n"
    )
    .expect("a text takes it");
    for option in table.options() {
        writeln!(
            page,
            "| `{}` | {} | `{}` |",
            option.name,
            form(option.shape).replace("key", option.name),
            option.example.replace('|', "\\|"),
        )
        .expect("a text takes it");
    }
    words(page, table);
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    job(&mut page);
    for (title, about, table) in [
        (
            "`retry_on(…)`",
            "First the types, patterns or `any`, then options. Meanings and defaults: [Retries](semantics.md#retries).",
            &RETRY_ON,
        ),
        (
            "`discard_on(…)`",
            "First the types, patterns or `any`, then options. `report` is called with context and error.",
            &DISCARD_ON,
        ),
        (
            "`unique(…)`",
            "Meanings: [Unique](limits.md#unique).",
            &UNIQUE,
        ),
        (
            "`concurrency(…)`",
            "Meanings: [Concurrency](limits.md#concurrency).",
            &CONCURRENCY,
        ),
        (
            "`rate_limit(…)`",
            "Meanings: [Rates](limits.md#rates).",
            &RATE_LIMIT,
        ),
        (
            "`#[arg(…)]` on a parameter",
            "What is read when an old row lacks the argument, and the name under which it is stored.",
            &ARG,
        ),
        (
            "`name(…)` in `queues!`",
            "`weight` is the queue's share among weighted ones, `priority` the default of its jobs, `paused` holds when the queue is first seen.",
            &QUEUE,
        ),
    ] {
        inner(&mut page, title, about, table);
    }
    page
}

#[test]
fn the_page_of_options_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/attributes.md");
    let page = page();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, page).expect("the page is written");
        return;
    }
    let kept = fs::read_to_string(&path).expect("docs/attributes.md");
    assert!(
        kept == page,
        "docs/attributes.md differs from the table: BLESS=1 cargo test -p jobs-macros"
    );
}

#[test]
fn a_base_takes_a_part_of_what_a_job_takes() {
    assert!(BASE.options().all(|option| option.on == On::Both));
}
