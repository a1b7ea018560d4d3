use jobs::{
    Flow, job,
    sqlx::{Sqlite, Transaction},
};

#[job]
async fn both(#[flow] flow: &mut Flow, #[tx] tx: &mut Transaction<'_, Sqlite>) {} //~ ERROR

#[job(blocking)]
fn blocks(#[tx] tx: &mut Transaction<'_, Sqlite>) {} //~ ERROR

#[job]
async fn shared(#[tx] tx: &Transaction<'_, Sqlite>) {} //~ ERROR

#[job]
async fn unmarked(tx: &mut Transaction<'_, Sqlite>) {} //~ ERROR

#[job]
async fn twice(#[tx] a: &mut Transaction<'_, Sqlite>, #[tx] b: &mut Transaction<'_, Sqlite>) {} //~ ERROR

fn main() {}
