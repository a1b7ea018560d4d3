//! What is written of keys elsewhere: the schema, the page of settings, the example.

use std::{fs, path::Path};

use super::{EXAMPLE, parts};
use crate::config::{
    Config,
    keys::{Key, Kind, ROOT},
};

#[test]
fn the_example_has_every_key() {
    let config = Config::parse(EXAMPLE).expect("it is right");
    let parts = config.parts();
    assert!(parts.pools.len() >= 2 && !parts.tasks.is_empty());
    each_key("", ROOT, &mut |path, key| {
        if path.starts_with("env.") {
            return;
        }
        let there = EXAMPLE.lines().any(|line| {
            let line = line.trim_start_matches(['#', ' ']);
            line.starts_with(&format!("{} =", key.name))
                || line.starts_with('[') && line.contains(key.name)
        });
        assert!(there, "docs/jobs.example.toml does not show `{path}`");
    });
}

fn each_key(path: &str, keys: &[Key], f: &mut dyn FnMut(&str, &Key)) {
    for key in keys {
        let here = if path.is_empty() {
            key.name.to_owned()
        } else {
            format!("{path}.{}", key.name)
        };
        f(&here, key);
        match key.kind {
            Kind::Table(keys) => each_key(&here, keys, f),
            Kind::Named(keys) => each_key(&format!("{here}.NAME"), keys, f),
            _ => {}
        }
    }
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Url => "URL".into(),
        Kind::Flag => "`true` or `false`".into(),
        Kind::Whole {
            least: i64::MIN..0, ..
        } => "whole number".into(),
        Kind::Whole { least, .. } => format!("whole number, at least {least}"),
        Kind::Time { least: 0 } => "duration".into(),
        Kind::Time {
            least: least @ 0..1_000,
        } => format!("duration, at least {least} ms"),
        Kind::Time { least } => format!("duration, at least {} s", least / 1_000),
        Kind::Word(words) => format!("`\"{}\"`", words.join("\"`, `\"")),
        Kind::Queue => "a queue's name".into(),
        Kind::Queues => "names, names with weights, or `\"*\"`".into(),
        Kind::Job => "a job's name".into(),
        Kind::Cron => "cron expression, or a list of them".into(),
        Kind::Zone => "time zone".into(),
        Kind::Args => "table".into(),
        Kind::Table(_) | Kind::Named(_) | Kind::Environments => String::new(),
    }
}

fn page() -> String {
    let (mut page, mut heads) = (String::new(), 0);
    each_key("", ROOT, &mut |path, key| {
        if kind(key.kind).is_empty() {
            let name = if matches!(key.kind, Kind::Table(_)) {
                path.to_owned()
            } else {
                format!("{path}.NAME")
            };
            page += &format!(
                "{}### `[{name}]`\n\n{}\n",
                if heads > 0 { "\n" } else { "" },
                key.about
            );
            if !matches!(key.kind, Kind::Environments) {
                page += "\n| key | takes | default | meaning | example |\n|---|---|---|---|---|\n";
            }
            heads += 1;
            return;
        }
        let code = |text: &str| {
            if text.is_empty() {
                "–".into()
            } else {
                format!("`{text}`")
            }
        };
        page += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            key.name,
            kind(key.kind),
            code(key.default),
            key.about,
            code(key.example)
        );
    });
    page
}

/// Compares a file with what it should be; `BLESS=1` writes it.
fn held(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(path);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, expected).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not what the table of keys says: run with BLESS=1",
        path.display()
    );
}

#[test]
fn the_schema_of_editors_has_the_keys_of_the_parser() {
    let schema = serde_json::to_string_pretty(&Config::json_schema()).expect("JSON");
    held("jobs.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_page_of_settings_has_the_keys_of_the_parser() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let text = fs::read_to_string(path).expect("the page");
    let (before, rest) = text
        .split_once("<!-- keys -->\n\n")
        .expect("where the keys begin");
    let (_, after) = rest
        .split_once("\n<!-- end of keys -->")
        .expect("where they end");
    held(
        "configuration.md",
        &format!(
            "{before}<!-- keys -->\n\n{}\n<!-- end of keys -->{after}",
            page()
        ),
    );
}

#[test]
fn examples_and_defaults_of_keys_are_values_of_theirs() {
    each_key("", ROOT, &mut |path, key| {
        let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
        for value in [key.example, key.default]
            .iter()
            .filter(|value| !value.is_empty())
        {
            let text = format!("[{table}]\n{name} = {value}\n");
            if let Err(told) = parts(&text, None) {
                panic!("{text}\n{told}");
            }
        }
    });
}
