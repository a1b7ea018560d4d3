//! What the documentation promises of itself, held by reading the source: whatever a user may name is shown in an
//! example, no link is broken, every page is in the book, and every block of settings can be read. That examples
//! compile is seen by running them.

#[path = "documentation/book.rs"]
mod book;
#[path = "documentation/crates.rs"]
mod crates;

use std::{collections::BTreeSet, fs, path::Path};

/// The folder of the crate's source.
fn source() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../jobs/src")
}

/// The names that `lib.rs` gives out, apart from whole modules.
fn exported(lib: &str) -> BTreeSet<String> {
    let code: Vec<_> = lib
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut names = BTreeSet::new();
    for used in code.split("pub use ").skip(1) {
        let used = used.split(';').next().unwrap_or_default();
        let words = used.split(|mark: char| !(mark.is_alphanumeric() || mark == '_'));
        names.extend(words.map(str::to_owned));
    }
    names
}

/// One documented item.
struct Item {
    file: String,
    place: String,
    name: String,
    /// The type whose method it is.
    owner: Option<String>,
    docs: String,
}

fn word(text: &str) -> String {
    let end = text.find(|mark: char| !(mark.is_alphanumeric() || mark == '_'));
    text[..end.unwrap_or(text.len())].to_owned()
}

/// What an `impl` is for.
fn implemented(line: &str) -> Option<String> {
    let rest = line.strip_prefix("impl")?;
    let rest = match rest.strip_prefix('<') {
        Some(generic) => generic.split_once("> ").map_or(generic, |(_, rest)| rest),
        None => rest,
    };
    Some(word(rest.trim_start()))
}

/// Public functions, methods, types and traits with their documentation.
fn items(file: &str, text: &str) -> Vec<Item> {
    let (mut items, mut docs, mut owner, mut hidden) = (Vec::new(), String::new(), None, false);
    let mut attribute = false;
    for (number, line) in text.lines().enumerate() {
        if line == "mod tests {" {
            break;
        }
        let code = line.trim_start();
        if !line.starts_with(' ') && line.starts_with("impl") {
            owner = implemented(line);
        }
        if line == "}" {
            owner = None;
        }
        if let Some(text) = code.strip_prefix("///") {
            docs.push_str(text);
            docs.push('\n');
        } else if attribute || code.starts_with("#[") {
            // An attribute may go over several lines.
            hidden |= code.contains("doc(hidden)");
            attribute = !code.ends_with(']');
        } else {
            let public = code.strip_prefix("pub ").unwrap_or_default();
            let public = public
                .trim_start_matches("const ")
                .trim_start_matches("async ");
            // What is indented and no function is in a module of its own.
            let kinds: &[&str] = if code.len() == line.len() {
                &["fn ", "struct ", "enum ", "trait "]
            } else {
                &["fn "]
            };
            if let Some(rest) = kinds.iter().find_map(|kind| public.strip_prefix(kind))
                && !hidden
            {
                items.push(Item {
                    file: file.to_owned(),
                    place: format!("{file}:{}", number + 1),
                    name: word(rest),
                    owner: owner.clone(),
                    docs: docs.clone(),
                });
            }
            docs.clear();
            hidden = false;
        }
    }
    items
}

/// The lines of a text's examples.
fn examples(docs: &str) -> String {
    let parts = docs.split("```").skip(1).step_by(2);
    parts.collect::<Vec<_>>().join("\n")
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            found.push((path.display().to_string(), text));
        }
    }
}

/// Is the function called in these lines?
fn called(name: &str, lines: &str) -> bool {
    lines.match_indices(name).any(|(at, _)| {
        let before = lines[..at].chars().next_back();
        let after = &lines[at + name.len()..];
        let apart = before.is_none_or(|mark| !(mark.is_alphanumeric() || mark == '_'));
        apart && (after.starts_with('(') || after.starts_with("::<"))
    })
}

#[test]
fn whatever_a_user_may_name_is_shown_in_an_example() {
    let mut files = Vec::new();
    sources(&source(), &mut files);
    let lib = fs::read_to_string(source().join("lib.rs")).expect("lib.rs");
    let exported = exported(&lib);
    let every: Vec<_> = files
        .iter()
        .filter(|(file, _)| !file.contains("/storage/"))
        // What the assertions expand to.
        .filter(|(file, _)| !file.ends_with("/testing/wanted.rs"))
        .flat_map(|(file, text)| items(file, text))
        .collect();
    let mut all = examples(&lib.replace("//!", ""));
    for item in &every {
        all.push('\n');
        all.push_str(&examples(&item.docs));
    }
    let (mut count, mut missing) = (0, Vec::new());
    for item in &every {
        let visible = item.owner.as_ref().unwrap_or(&item.name);
        // `testing` gives out its types by itself.
        if !exported.contains(visible) && !item.place.contains("/testing") {
            continue;
        }
        count += 1;
        let shown = item.docs.contains("```")
            || match &item.owner {
                // A method may be shown in the example of its type or of one beside it.
                Some(_) => every
                    .iter()
                    .filter(|other| other.file == item.file)
                    .any(|other| called(&item.name, &examples(&other.docs))),
                None => all.contains(&item.name),
            };
        if !shown {
            missing.push(format!("{} {}", item.place, item.name));
        }
    }
    assert!(count > 150, "only {count} items were found");
    assert!(missing.is_empty(), "in no example:\n{}", missing.join("\n"));
}
