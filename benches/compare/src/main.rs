//! Measures `jobs` beside what its databases can do by hand, and beside other job libraries.

mod args;
mod child;
mod contenders;
mod place;
mod report;
mod samples;
mod server;
mod targets;
mod workloads;

use std::{path::PathBuf, process::ExitCode};

use args::Args;
use contenders::{Contender, Kind, Program};
use drive::Result;
use place::Backend;
use samples::Samples;
use server::Server;
use workloads::{Trial, Workload};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [drive, backend, contender, url, task] = words.as_slice()
        && drive == "drive"
    {
        return drive_one(backend, contender, url, task);
    }
    match Args::parse(words.into_iter()).and_then(|args| compare(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// This process is a contender's.
fn drive_one(backend: &str, name: &str, url: &str, task: &str) -> ExitCode {
    for contender in contenders::all() {
        if let Program::Own(main) = contender.program
            && contender.backend.name() == backend
            && contender.name == name
        {
            main(url, task);
            return ExitCode::SUCCESS;
        }
    }
    eprintln!("there is no contender {name} on {backend}");
    ExitCode::FAILURE
}

/// The directory of build products, where results are kept too.
fn target() -> PathBuf {
    let this = std::env::current_exe().unwrap_or_default();
    this.ancestors()
        .nth(2)
        .map(PathBuf::from)
        .unwrap_or_default()
}

fn compare(args: &Args) -> Result {
    let contenders: Vec<Contender> = contenders::all()
        .into_iter()
        .filter(|contender| {
            let named = args.contenders.is_empty()
                || args
                    .contenders
                    .iter()
                    .any(|text| contender.name.contains(text.as_str()));
            named
                && args.backends.contains(&contender.backend)
                && (args.peers || contender.kind != Kind::Peer)
        })
        .collect();
    if args.list {
        list(&contenders);
        return Ok(());
    }
    let mut samples = Samples::load();
    if !args.report {
        let server = if args.backends.contains(&Backend::Postgres) {
            Some(Server::find()?)
        } else {
            None
        };
        samples.quick = args.scale.quick;
        samples.about = about(server.as_ref())?;
        for workload in &args.workloads {
            measure(args, *workload, &contenders, server.as_ref(), &mut samples)?;
        }
    }
    if args.write {
        report::write(&samples)?;
    }
    report::text::print(&samples, &args.workloads, &args.backends);
    Ok(())
}

/// The machine and what runs on it.
fn about(server: Option<&Server>) -> Result<Vec<String>> {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model);
    let mut about = vec![
        format!(
            "{}, {cpus} × {model}",
            chrono::Utc::now().format("%-d %B %Y")
        ),
        format!("SQLite {}, WAL, synchronous=FULL", rusqlite::version()),
    ];
    if let Some(server) = server {
        about.push(format!("{}, on the same machine", server.describe()?));
    }
    Ok(about)
}

fn list(contenders: &[Contender]) {
    for contender in contenders {
        let state = contender
            .command()
            .map_or_else(|why| format!("not run: {why}"), |_| String::new());
        println!(
            "{:9} {:30} {:?} {state}",
            contender.backend.name(),
            contender.name,
            contender.plays
        );
    }
}

/// One workload: everyone in turns, so that a change of the machine's mood hits all.
fn measure(
    args: &Args,
    workload: Workload,
    contenders: &[Contender],
    server: Option<&Server>,
    samples: &mut Samples,
) -> Result {
    let plays = contenders
        .iter()
        .filter(|contender| contender.plays.contains(&workload));
    let mut players: Vec<&Contender> = plays.collect();
    for player in &players {
        let entry = samples.entry(workload, player.backend, player.name);
        if !args.add {
            entry.samples.clear();
        }
    }
    // Built and installed before anything is measured.
    players.retain(|player| {
        let command = player.command();
        let entry = samples.entry(workload, player.backend, player.name);
        entry.failed = command.err();
        entry.failed.is_none()
    });
    for run in 1..=args.runs {
        players.retain(|player| {
            let outcome = Trial::new(player, server, args.scale.clone())
                .and_then(|mut trial| trial.run(workload));
            let entry = samples.entry(workload, player.backend, player.name);
            let text = match &outcome {
                Ok(figures) => report::text::figures(
                    figures.iter().map(|(name, value)| (name.as_str(), *value)),
                ),
                Err(error) => format!("failed: {error}"),
            };
            eprintln!(
                "{workload:?} run {run}  {:9} {:28} {text}",
                player.backend.name(),
                player.name
            );
            match outcome {
                Ok(figures) => entry.samples.push(figures),
                Err(error) => entry.failed = Some(error.to_string()),
            }
            let goes_on = entry.failed.is_none();
            // At once: what was measured stays, also if this call is cut off.
            if let Err(error) = samples.save() {
                eprintln!("the samples were not saved: {error}");
            }
            goes_on
        });
    }
    Ok(())
}
