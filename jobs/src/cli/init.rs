//! `init NAME`: a new project that runs, with one job, its test and its settings.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{Ended, Trouble, args::Init, output::Output, text};

/// The files of a project: where each goes, and what it is made from. `Cargo.toml` has another name in this crate,
/// because cargo leaves a folder with such a file out of a package.
const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        include_str!("../../templates/init/Cargo.toml.in"),
    ),
    (
        ".gitignore",
        include_str!("../../templates/init/gitignore.in"),
    ),
    (
        "README.md",
        include_str!("../../templates/init/README.md.in"),
    ),
    (
        "jobs.toml",
        include_str!("../../templates/init/jobs.toml.in"),
    ),
    (
        "src/main.rs",
        include_str!("../../templates/init/main.rs.in"),
    ),
    (
        "src/tasks.rs",
        include_str!("../../templates/init/tasks.rs.in"),
    ),
];

/// Names that cargo or the compiler refuses for a program, and those of what the project depends on.
const TAKEN: &str = "abstract alloc as async await become box break build const continue core crate deps do dyn else enum \
    examples extern false final fn for gen if impl in incremental jobs let loop macro match mod move mut \
    override priv proc-macro proc_macro pub ref return self static std struct super test thiserror tokio \
    trait true try type typeof unsafe unsized use virtual where while yield";

pub(super) fn run(output: Output, options: &Init) -> Ended {
    let folder = std::path::absolute(&options.folder)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    allowed(&name)?;
    empty(&folder)?;
    let mut written = Vec::new();
    for (file, template) in FILES {
        written.push((folder.join(file), filled(template, &name, options)?));
    }
    for (path, text) in &written {
        write(path, text)
            .map_err(|error| Trouble::Failed(format!("{}: {error}", path.display())))?;
    }
    let next = next(&name, options);
    let files: Vec<_> = FILES.iter().map(|(file, _)| *file).collect();
    let value = json!({ "name": name, "folder": folder, "files": files, "next": next });
    output.either(&value, || {
        let [first, second] = &next;
        format!(
            "Made {name}: one job, its tests, its settings. Next, store a job and run it:\n\n    {first}\n    {second}\n"
        )
    })
}

/// Whether cargo takes it as the name of a program.
fn allowed(name: &str) -> Ended {
    let refused = |why: &str| {
        Err(Trouble::Usage(format!(
            "a project cannot be called `{name}`: {why}"
        )))
    };
    let mut marks = name.chars();
    if !marks.next().is_some_and(|mark| mark.is_ascii_alphabetic()) {
        return refused("the name begins with a letter from a to z");
    }
    if !marks.all(|mark| mark.is_ascii_alphanumeric() || matches!(mark, '-' | '_')) {
        return refused("it has letters from a to z, digits, `-` and `_`, as in `my-app`");
    }
    if name.len() > 64 {
        return refused("it is longer than 64 characters");
    }
    let lower = name.to_ascii_lowercase();
    if TAKEN.split(' ').any(|taken| taken == lower) {
        return refused("Rust or a crate that the project uses has that name");
    }
    Ok(())
}

/// Nothing of anybody's is written over.
fn empty(folder: &Path) -> Ended {
    let refused = |what| Trouble::Refused(format!("{} {what}", folder.display()));
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(refused("is not empty: name a new folder")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(refused("is a file: name a new folder"))
        }
        Err(error) => Err(Trouble::Failed(format!("{}: {error}", folder.display()))),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::File::create_new(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

fn filled(template: &str, name: &str, options: &Init) -> Result<String, Trouble> {
    let (url, database) = if options.postgres {
        (
            format!("postgres://postgres@localhost/{name}"),
            format!(
                "The jobs are in Postgres: `createdb {name}` makes the database, the first start its tables. \
                 `DATABASE_URL` names another one."
            ),
        )
    } else {
        (
            format!("sqlite://{name}.db"),
            format!(
                "The jobs are in `{name}.db`, which the first start makes. `DATABASE_URL` names another file; \
                 with the feature `postgres` of `jobs` in `Cargo.toml` also a server."
            ),
        )
    };
    let features: &[&str] = if options.postgres { &["postgres"] } else { &[] };
    let filled = template
        .replace("{jobs}", &dependency(options, features)?)
        .replace("{testing}", &dependency(options, &["testing"])?)
        .replace("{url}", &url)
        .replace("{database}", &database);
    Ok(filled.replace("{name}", name))
}

/// The line of `Cargo.toml` that names this crate.
fn dependency(options: &Init, features: &[&str]) -> Result<String, Trouble> {
    let mut parts = Vec::new();
    match &options.path {
        None => parts.push(format!(
            "version = \"{}.{}\"",
            env!("CARGO_PKG_VERSION_MAJOR"),
            env!("CARGO_PKG_VERSION_MINOR")
        )),
        Some(checkout) => {
            let crate_of = checkout_of(checkout)?;
            parts.push(format!("path = {}", json!(crate_of)));
        }
    }
    if !features.is_empty() {
        parts.push(format!("features = {}", json!(features)));
    }
    Ok(format!("jobs = {{ {} }}", parts.join(", ")))
}

/// This crate in a checkout of its source.
fn checkout_of(checkout: &Path) -> Result<PathBuf, Trouble> {
    let folder = std::path::absolute(checkout)?.join("jobs");
    if !folder.join("Cargo.toml").exists() {
        return Err(Trouble::Usage(format!(
            "{} is no checkout of jobs: it has no jobs/Cargo.toml",
            checkout.display()
        )));
    }
    Ok(folder)
}

/// What to type next: a job, and a worker that runs it.
fn next(name: &str, options: &Init) -> [String; 2] {
    let given = options.folder.display().to_string();
    let mut steps = Vec::new();
    if given != "." {
        steps.push(format!("cd {}", quoted(&given)));
    }
    if options.postgres {
        steps.push(format!("createdb {name}"));
    }
    steps.push("cargo run -- welcome 42".into());
    [steps.join(" && "), "cargo run".into()]
}

/// A word of a shell's command line.
fn quoted(word: &str) -> String {
    let plain = |mark: char| mark.is_ascii_alphanumeric() || "-_./".contains(mark);
    if word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", text::safe(word).replace('\'', "'\\''"))
}
