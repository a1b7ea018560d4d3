//! Peers that are programs of their own: built or installed when they are first asked for.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

type Found = Result<Vec<String>, String>;

/// What was found, by name: nothing is built twice.
static FOUND: Mutex<Option<HashMap<&'static str, Found>>> = Mutex::new(None);

fn once(name: &'static str, find: impl FnOnce() -> Found) -> Found {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    found
        .get_or_insert_default()
        .entry(name)
        .or_insert_with(find)
        .clone()
}

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A Rust program in a workspace of its own.
fn rust(directory: &str, package: &'static str) -> Found {
    once(package, || {
        let target = crate::target().join("peers");
        let built = Command::new("cargo")
            .args([
                "build",
                "--quiet",
                "--release",
                "-p",
                package,
                "--manifest-path",
            ])
            .arg(here().join(directory).join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", &target)
            .status();
        match built {
            Ok(status) if status.success() => Ok(vec![
                target
                    .join("release")
                    .join(package)
                    .to_string_lossy()
                    .into_owned(),
            ]),
            _ => Err(format!("{package} does not build")),
        }
    })
}

fn node(script: &'static str) -> Found {
    once(script, || {
        let directory = here().join("node");
        if Command::new("node").arg("--version").output().is_err() {
            return Err("there is no node".into());
        }
        if !Path::exists(&directory.join("node_modules")) {
            let installed = Command::new("npm")
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--no-package-lock",
                    "--silent",
                ])
                .current_dir(&directory)
                .status();
            if !installed.is_ok_and(|status| status.success()) {
                return Err("npm install fails".into());
            }
        }
        Ok(vec![
            "node".into(),
            directory.join(script).to_string_lossy().into_owned(),
        ])
    })
}

pub fn graphile_rust() -> Found {
    rust("peers", "peer-graphile-worker")
}

/// Without the local queue.
pub fn graphile_rust_idle() -> Found {
    let mut command = vec!["env".to_owned(), "IDLE=1".to_owned()];
    command.extend(graphile_rust()?);
    Ok(command)
}

pub fn apalis() -> Found {
    rust("peers", "peer-apalis")
}

pub fn awa() -> Found {
    rust("peers", "peer-awa")
}

pub fn effectum() -> Found {
    rust("effectum", "peer-effectum")
}

pub fn graphile_node() -> Found {
    node("graphile-worker.mjs")
}

pub fn pg_boss() -> Found {
    node("pg-boss.mjs")
}

pub fn sidekiq() -> Found {
    Err("needs Ruby, Sidekiq and Redis, and is not durable per enqueue".into())
}
