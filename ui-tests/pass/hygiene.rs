//! Names of the user's that are ours, too, or the prelude's.
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types)]

mod jobs_of_mine {
    pub struct Result;
    pub struct Option;
    pub struct Box;
    pub struct Send;
    pub struct String;
    pub struct Vec;
    pub trait Into {}
    pub trait Future {}
    pub trait Default {}
}
#[allow(unused_imports)]
use jobs_of_mine::*;

mod p {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Thing;
}
mod __private {}

fn run() {}
fn view() {}
fn classify() {}
const DEFINITION: u8 = 1;

#[derive(Debug, thiserror::Error)]
#[error("failed")]
struct Failed;

#[jobs::job(retry_on(Failed, when = |error: &Failed| { run(); view(); matches!(error, Failed) }, wait = "1s"))]
async fn busy(
    self_: u8,
    storage: u8,
    jobs: u8,
    args: u8,
    std: u8,
    invocation: u8,
    error: u8,
    counts: u8,
    value_0: u8,
    thing: p::Thing,
    #[arg(default)] default: u8,
) -> ::std::result::Result<(), Failed> {
    let _ = (self_, storage, jobs, args, std, invocation, error, counts, value_0, thing, default);
    classify();
    let _ = DEFINITION;
    Err(Failed)
}

#[jobs::job]
async fn classify_all(ctx: u8, #[ctx] context: &jobs::JobContext, #[state] state: &u8) {
    let _ = (ctx, context, state);
}

fn main() {
    let _ = Busy::perform_later(1, 2, 3, 4, 5, 6, 7, 8, 9, p::Thing, 10);
    let _ = ClassifyAll { ctx: 1 };
}
