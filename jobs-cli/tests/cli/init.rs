//! `jobs init`: what it makes is `examples/starter`, a member of the workspace, so that it is built, linted and run.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use jobs_tests::{place::Place, tests};

use crate::drive::{Run, bare};

tests!(
    what_it_makes_is_the_example,
    with_postgres,
    from_a_registry,
    what_is_there_is_kept,
    bad_names_are_refused,
    it_can_be_read_by_programs,
);

fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.parent().expect("the project's folder").to_owned()
}

fn init(project: &Path, more: &[&str]) -> Run {
    let project = project.display().to_string();
    bare(&[&["init", &project], more].concat())
}

/// Every file of a folder with its text.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_owned();
                files.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    files
}

async fn what_it_makes_is_the_example(place: Arc<Place>) {
    let project = place.folder().join("starter");
    let root = root();
    let made = init(&project, &["--path", &root.display().to_string()]);
    assert_eq!(made.code, 0, "{}", made.err);
    let next = format!("cd {} && cargo run -- welcome 42", project.display());
    assert!(made.out.contains(&next), "{}", made.out);

    let kept = root.join("examples/starter");
    let crate_here = root.join("jobs").display().to_string();
    for (name, text) in files(&project) {
        // The example lies in the checkout, wherever that is.
        let text = text.replace(&crate_here, "../../jobs");
        let kept = kept.join(&name);
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(kept.parent().expect("a folder")).expect("made");
            fs::write(&kept, &text).expect("written");
        }
        let known = fs::read_to_string(&kept).unwrap_or_default();
        assert_eq!(
            text,
            known,
            "{}: accept with BLESS=1 cargo test -p jobs-cli",
            name.display()
        );
    }
}

async fn with_postgres(place: Arc<Place>) {
    let (file, server) = (place.folder().join("file"), place.folder().join("server"));
    assert_eq!(init(&file, &[]).code, 0);
    let made = init(&server, &["--postgres"]);
    assert!(made.out.contains("createdb server"), "{}", made.out);
    let (file, server) = (files(&file), files(&server));
    assert!(file.keys().eq(server.keys()));
    for name in ["src/main.rs", "src/tasks.rs", ".gitignore"] {
        assert_eq!(file[Path::new(name)], server[Path::new(name)], "{name}");
    }
    let manifest = &server[Path::new("Cargo.toml")];
    assert!(manifest.contains("[\"postgres\"]"), "{manifest}");
    for (files, scheme) in [(file, "sqlite://file.db"), (server, "postgres://")] {
        let settings = &files[Path::new("jobs.toml")];
        assert!(settings.contains(scheme), "{settings}");
        jobs::Config::parse(settings).expect("they can be read");
    }
}

/// A version that a registry can have: this one's, and what is compatible with it.
async fn from_a_registry(place: Arc<Place>) {
    let project = place.folder().join("registry");
    assert_eq!(init(&project, &[]).code, 0);
    let manifest = &files(&project)[Path::new("Cargo.toml")];
    let parts: Vec<_> = env!("CARGO_PKG_VERSION").split('.').take(2).collect();
    let version = format!("jobs = {{ version = \"{}\"", parts.join("."));
    assert_eq!(manifest.matches(&version).count(), 2, "{manifest}");
}

async fn what_is_there_is_kept(place: Arc<Place>) {
    let full = place.folder().join("full");
    fs::create_dir(&full).expect("made");
    fs::write(full.join("notes"), "mine").expect("written");
    let refused = init(&full, &[]);
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("is not empty"), "{}", refused.err);
    assert_eq!(files(&full).len(), 1);
    let file = place.folder().join("file");
    fs::write(&file, "mine").expect("written");
    assert_eq!(init(&file, &[]).code, 4);
    // An empty folder is as good as none.
    let empty = place.folder().join("empty");
    fs::create_dir(&empty).expect("made");
    assert_eq!(init(&empty, &[]).code, 0);
    assert_eq!(init(&empty, &[]).code, 4, "and it is made once");
}

async fn bad_names_are_refused(place: Arc<Place>) {
    for name in [
        "9lives",
        "-app",
        "my app",
        "caf\u{e9}",
        "a.b",
        "fn",
        "Self",
        "jobs",
        "tokio",
        "test",
    ] {
        let project = place.folder().join("bad").join(name);
        let refused = init(&project, &[]);
        assert_eq!(refused.code, 2, "{name}: {}", refused.err);
        assert!(refused.err.contains("cannot be called"), "{}", refused.err);
        assert!(!project.exists(), "{name}");
    }
    let nowhere = init(&place.folder().join("app"), &["--path", "/"]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("no checkout"), "{}", nowhere.err);
}

async fn it_can_be_read_by_programs(place: Arc<Place>) {
    let made = init(&place.folder().join("my app/api"), &["--json"]).json();
    assert_eq!(made["name"], "api");
    let first = made["next"][0].as_str().expect("text");
    assert!(first.starts_with("cd '"), "{first}");
    assert_eq!(made["next"][1], "cargo run");
}
