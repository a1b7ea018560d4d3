//! Fixtures as files: dumps in SQL, one for each backend and version of the schema.

use std::{path::PathBuf, process::Command};

use jobs_tests::place::{Backend, Place};
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions,
};

/// What stands for the schema in a dump of Postgres.
const SCHEMA: &str = "{schema}";

/// A file of the tree.
pub(crate) fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Postgres => "postgres",
        Backend::File | Backend::Memory => "sqlite",
    }
}

/// How many steps the schema has.
pub(crate) fn newest(backend: Backend) -> usize {
    let steps = file("../jobs/sql/schema").join(name(backend));
    std::fs::read_dir(steps).expect("the steps").count()
}

/// The versions of which there is a dump.
pub(crate) fn versions(backend: Backend) -> Vec<usize> {
    let versions = (1..=newest(backend)).filter(|version| path(backend, *version).exists());
    versions.collect()
}

fn path(backend: Backend, version: usize) -> PathBuf {
    file(&format!("fixtures/{}-{version:04}.sql", name(backend)))
}

/// Writes what the database of a test holds now.
pub(crate) fn dump(place: &Place) {
    let told = match place.backend {
        Backend::Postgres => Command::new("pg_dump")
            .args([
                "--inserts",
                "--no-owner",
                "--no-privileges",
                "--no-comments",
            ])
            .args(["--schema", &place.schema, &place.url])
            .output(),
        Backend::File | Backend::Memory => Command::new("sqlite3")
            .arg(place.url.trim_start_matches("sqlite://"))
            .arg(".dump")
            .output(),
    };
    let told = told.expect("sqlite3 and pg_dump are installed");
    assert!(told.status.success(), "{told:?}");
    let text = String::from_utf8(told.stdout).expect("text");
    let lines = text.lines().filter(|line| {
        let said = !line.is_empty() && !line.starts_with("--") && !line.starts_with('\\');
        // Of newer servers than the oldest that is served.
        said && !line.starts_with("SET transaction_timeout")
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    let text = text.replace(&place.schema, SCHEMA);
    std::fs::write(path(place.backend, newest(place.backend)), text).expect("written");
}

/// Makes the database of a test what it was when a version was dumped.
pub(crate) async fn restore(place: &Place, version: usize) {
    let text = std::fs::read_to_string(path(place.backend, version)).expect("a fixture");
    script(place, &text.replace(SCHEMA, &place.schema)).await;
}

/// Makes the tables of an older version, as that version made them.
pub(crate) async fn migrate_to(place: &Place, version: usize) {
    let folder = file("../jobs/sql/schema").join(name(place.backend));
    let mut steps: Vec<_> = std::fs::read_dir(folder)
        .expect("the steps")
        .map(|entry| entry.expect("a step").path())
        .collect();
    steps.sort();
    let (table, time) = match place.backend {
        Backend::Postgres => ("{s}.migrations", "timestamptz NOT NULL DEFAULT now()"),
        Backend::File | Backend::Memory => ("{p}migrations", "INTEGER NOT NULL DEFAULT 0"),
    };
    let mut text = match place.backend {
        Backend::Postgres => "CREATE SCHEMA {s};\n".to_owned(),
        Backend::File | Backend::Memory => String::new(),
    };
    text += &format!("CREATE TABLE {table} (version bigint PRIMARY KEY, applied_at {time});\n")
        .replace(
            "bigint PRIMARY KEY, applied_at INTEGER",
            "INTEGER PRIMARY KEY, applied_at INTEGER",
        );
    for (at, step) in steps.iter().take(version).enumerate() {
        text += &std::fs::read_to_string(step).expect("a step");
        text += &format!("\nINSERT INTO {table} (version) VALUES ({});\n", at + 1);
    }
    script(place, &filled(place, &text)).await;
}

/// SQL with the names of the tables of a test.
pub(crate) fn filled(place: &Place, text: &str) -> String {
    text.replace("{s}", &place.schema)
        .replace("{p}", "jobs_")
        .replace("{channel}", &format!("'jobs:{}'", place.schema))
}

/// Runs SQL on the database of a test.
pub(crate) async fn script(place: &Place, text: &str) {
    let text = AssertSqlSafe(text.to_owned());
    if place.backend == Backend::Postgres {
        let mut server = PgConnection::connect(&place.url).await.expect("connected");
        sqlx::raw_sql(text).execute(&mut server).await.expect("run");
        server.close().await.expect("closed");
    } else {
        let options: SqliteConnectOptions = place.url.parse().expect("a URL");
        let options = options
            .create_if_missing(true)
            .busy_timeout(std::time::Duration::from_secs(10));
        let mut file = SqliteConnection::connect_with(&options)
            .await
            .expect("opened");
        sqlx::raw_sql(text).execute(&mut file).await.expect("run");
        file.close().await.expect("closed");
    }
}
