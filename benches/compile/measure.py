#!/usr/bin/env python3
"""What 200 jobs cost to compile, as ratios to 200 bare functions and to the same jobs by serde derives.

    python3 benches/compile/measure.py [--runs 3] [--jobs 200] [--most-bare RATIO] [--most-derives RATIO]

Each crate holds as many functions with three arguments each, in different combinations of types:

  bare      `async fn f(id: A, name: B, tags: C) -> Result<…>`, called once
  job       the same under `#[job]`
  derives   the same beside what an attribute could expand to instead: a struct of the arguments with `Serialize` and
            `Deserialize`, a constructor, a runner, an entry in a registry

Both are of rustc alone, for a debug build of that crate, the least of some runs; dependencies are built before. The
targets are for time on an idle machine. `--most-…` bounds the ratio of CPU time, which other work on the machine
hardly changes: the script fails if it is larger.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = "u8 u16 u32 u64 i8 i16 i32 i64 bool String Vec<String> Option<String>".split()

DERIVES_RUNTIME = """
pub mod rt {
    pub use std::{future::Future, pin::Pin};
    pub type Error = Box<dyn std::error::Error + Send + Sync>;
    pub type Running = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;
    pub struct Def { pub name: &'static str, pub queue: &'static str, pub run: fn(&[u8]) -> Running }
    inventory::collect!(Def);
    pub struct Enqueue { pub name: &'static str, pub args: Result<Vec<u8>, Error> }
    pub fn enqueue<T: serde::Serialize>(name: &'static str, args: &T) -> Enqueue {
        Enqueue { name, args: serde_json::to_vec(args).map_err(Into::into) }
    }
    pub fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
        serde_json::from_slice(bytes).map_err(Into::into)
    }
    pub fn fail(error: Error) -> Running { Box::pin(async { Err(error) }) }
}
"""


def source(variant, count):
    """The crate's text."""
    out = ["#![allow(dead_code)]", DERIVES_RUNTIME if variant == "derives" else ""]
    for i in range(count):
        a, b, c = TYPES[i % 12], TYPES[i // 12 % 12], TYPES[(i * 7 + i // 144) % 12]
        parameters = f"id: {a}, name: {b}, tags: {c}"
        error = {"bare": "std::io::Error", "job": "jobs::BoxError", "derives": "rt::Error"}[variant]
        attribute = '#[jobs::job(queue = "default")]' if variant == "job" else ""
        text = f"{attribute} pub async fn job{i}({parameters}) -> Result<(), {error}> {{ let _ = (id, name, tags); Ok(()) }}"
        if variant == "bare":
            text += f" pub async fn call{i}({parameters}) {{ let _ = job{i}(id, name, tags).await; }}"
        if variant == "derives":
            text += f"""
#[derive(serde::Serialize, serde::Deserialize)] pub struct Args{i} {{ {parameters} }}
pub struct Job{i};
impl Job{i} {{
    pub fn perform_later({parameters}) -> rt::Enqueue {{ rt::enqueue("Job{i}", &Args{i} {{ id, name, tags }}) }}
}}
inventory::submit! {{ rt::Def {{ name: "Job{i}", queue: "default", run: |bytes| match rt::read::<Args{i}>(bytes) {{
    Ok(a) => Box::pin(job{i}(a.id, a.name, a.tags)),
    Err(error) => rt::fail(error),
}} }} }}"""
        out.append(text)
    if variant == "job":
        out.append("jobs::queues! { default }")
    return "\n".join(out) + "\n"


def libraries():
    """The built libraries of `jobs` and what it uses, by crate name."""
    command = ["cargo", "build", "-q", "-p", "jobs", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found = {}
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact":
            files = [f for f in message["filenames"] if f.endswith((".rlib", ".so", ".dylib", ".dll"))]
            if files:
                found[message["target"]["name"]] = files[0]
    return found


def seconds(directory, variant, crates):
    """Seconds of CPU and of waiting for one compilation."""
    needed = {"bare": [], "job": ["jobs"], "derives": ["serde", "serde_json", "inventory"]}[variant]
    deps = pathlib.Path(crates["jobs"]).parent
    deps = deps if deps.name == "deps" else deps / "deps"
    command = ["rustc", "--edition", "2024", "--crate-type", "lib", "--crate-name", f"cost_{variant}"]
    command += ["-C", "debuginfo=2", "-C", "codegen-units=16", "--out-dir", str(directory), "-L", f"dependency={deps}"]
    for name in needed:
        command += ["--extern", f"{name}={crates[name]}"]
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, str(directory / f"{variant}.rs")], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--most-bare", type=float)
    parser.add_argument("--most-derives", type=float)
    arguments = parser.parse_args()

    directory = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "compile-cost"
    directory.mkdir(parents=True, exist_ok=True)
    crates = libraries()
    cpu, waited = {}, {}
    for variant in ["bare", "job", "derives"]:
        (directory / f"{variant}.rs").write_text(source(variant, arguments.jobs))
    for _ in range(arguments.runs):
        for variant in ["bare", "job", "derives"]:
            spent, took = seconds(directory, variant, crates)
            cpu[variant] = min(spent, cpu.get(variant, spent))
            waited[variant] = min(took, waited.get(variant, took))

    for variant in cpu:
        each = cpu[variant] * 1000 / arguments.jobs
        print(f"{variant:8} {waited[variant]:6.2f} s, {cpu[variant]:6.2f} s of CPU, {each:5.1f} ms of CPU each")
    failed = False
    for name, other, target, most in [
        ("bare functions", "bare", 3.0, arguments.most_bare),
        ("serde derives", "derives", 0.4, arguments.most_derives),
    ]:
        ratio = cpu["job"] / cpu[other]
        bound = f", bound {most}" if most else ""
        print(f"#[job]: {waited['job'] / waited[other]:.2f} × {name} in time (target {target}), {ratio:.2f} × in CPU{bound}")
        failed = failed or bool(most and ratio > most)
    if failed:
        print("#[job] has become more expensive to compile: look at what its expansion emits", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
