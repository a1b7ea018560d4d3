//! The command line.

use std::time::Duration;

use drive::Result;

use crate::{
    place::Backend,
    workloads::{Scale, Workload},
};

pub const USAGE: &str = "\
usage: compare [WORKLOAD…] [OPTION…]        W1 … W10; all if none is named
  --backend postgres|sqlite   one only
  --contender TEXT            only those whose name contains the text; may be repeated
  --no-peers                  limits and jobs only
  --runs N                    how often each is measured, in turns (3)
  --quick                     a tenth of the jobs, short times: to see whether it works
  --scheduled N               W6: how many jobs are scheduled for tomorrow (500000)
  --seconds N                 W7, W8: how long (60; 10 with --quick)
  --processes N,N             W7: in how many processes (1,2,4,8)
  --step-limit SECONDS        what takes longer counts as failed (60)
  --add                       add the samples to those of earlier calls instead of replacing them
  --write                     write the page and charts in docs/bench too
  --report                    measure nothing: show (and write) what was measured before
  --list                      who takes part, or why not";

/// What was asked for.
pub struct Args {
    pub workloads: Vec<Workload>,
    pub backends: Vec<Backend>,
    pub contenders: Vec<String>,
    pub peers: bool,
    pub runs: u32,
    pub scale: Scale,
    pub add: bool,
    pub report: bool,
    pub write: bool,
    pub list: bool,
}

impl Args {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut args = Self {
            workloads: Vec::new(),
            backends: Backend::ALL.to_vec(),
            contenders: Vec::new(),
            peers: true,
            runs: 3,
            scale: Scale {
                quick: false,
                scheduled: 500_000,
                seconds: 0,
                processes: vec![1, 2, 4, 8],
                limit: Duration::from_secs(60),
            },
            add: false,
            report: false,
            write: false,
            list: false,
        };
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| format!("{word} wants a value\n{USAGE}"))
            };
            match word.as_str() {
                "--backend" => {
                    let name = value()?;
                    args.backends.retain(|backend| backend.name() == name);
                    if args.backends.is_empty() {
                        return Err(format!("there is no backend {name}\n{USAGE}").into());
                    }
                }
                "--contender" => args.contenders.push(value()?),
                "--no-peers" => args.peers = false,
                "--runs" => args.runs = value()?.parse()?,
                "--quick" => args.scale.quick = true,
                "--scheduled" => args.scale.scheduled = value()?.parse()?,
                "--seconds" => args.scale.seconds = value()?.parse()?,
                "--processes" => {
                    args.scale.processes = value()?
                        .split(',')
                        .map(str::parse)
                        .collect::<Result<_, _>>()?;
                }
                "--step-limit" => args.scale.limit = Duration::from_secs(value()?.parse()?),
                "--add" => args.add = true,
                "--write" => args.write = true,
                "--report" => args.report = true,
                "--list" => args.list = true,
                "--help" | "-h" => return Err(USAGE.into()),
                _ => match Workload::parse(&word) {
                    Some(workload) => args.workloads.push(workload),
                    None => {
                        return Err(format!("{word} is no workload and no option\n{USAGE}").into());
                    }
                },
            }
        }
        if args.workloads.is_empty() {
            args.workloads = Workload::ALL.to_vec();
        }
        if args.scale.seconds == 0 {
            args.scale.seconds = if args.scale.quick { 10 } else { 60 };
        }
        Ok(args)
    }
}
