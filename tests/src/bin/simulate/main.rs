//! Simulation: the real runtime over the model of a store, in one thread and in virtual time, under one seed.
//!
//! `cargo run -p jobs-tests --bin simulate -- --seeds 1000` plays a thousand seeds; `--seed 42 --trace` shows one.
//! See `docs/design/simulation.md`.
#![allow(
    clippy::print_stdout,
    missing_docs,
    reason = "a program whose output is its purpose"
)]

jobs::queues! { default, side }

mod check;
mod network;
mod play;
mod scene;
mod work;

use std::{process::ExitCode, time::Instant};

use clap::Parser;

/// Plays simulations; fails if anything is wrong in one of them.
#[derive(Debug, Parser)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first one; alone, only this one is played.
    #[arg(long)]
    seed: Option<u64>,
    /// Shows every step.
    #[arg(long)]
    trace: bool,
    /// Plays each seed twice, and fails if the two differ in anything.
    #[arg(long)]
    twice: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    // Panics of the simulated program are meant.
    std::panic::set_hook(Box::new(|panicked| {
        let text = panicked.to_string();
        if !text.contains("it panicked") {
            eprintln!("{text}");
        }
    }));
    let first = args.seed.unwrap_or(0);
    let many = if args.seed.is_some() && args.seeds == 100 {
        1
    } else {
        args.seeds
    };
    let (began, mut steps, mut jobs, mut wrong) = (Instant::now(), 0, 0, 0);
    for seed in first..first + many {
        let played = play::play(seed, args.trace);
        steps += played.steps;
        jobs += played.jobs;
        let mut what = played.wrong;
        if args.twice && play::play(seed, args.trace).digest != played.digest {
            what.get_or_insert_with(|| "two runs of the same seed differ".to_owned());
        }
        if let Some(what) = what {
            wrong += 1;
            println!("seed {seed}: {what}");
            println!("    cargo run -p jobs-tests --bin simulate -- --seed {seed} --trace");
        }
    }
    let took = began.elapsed().as_secs_f64();
    println!(
        "{many} seeds, {steps} steps, {jobs} jobs in {took:.1} s ({:.1} seeds/s): {wrong} wrong",
        f64::from(u32::try_from(many).unwrap_or(u32::MAX)) / took
    );
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
