//! The jobs of the simulated program. What they do follows from the seed: they take time, fail, and panic.

use std::{sync::Arc, time::Duration};

use jobs::{JobContext, JobId, job};

use crate::{network::Link, scene::Scene};

/// How often a job is tried.
pub const ATTEMPTS: u32 = 4;

/// The process that a function runs in.
#[derive(Clone)]
pub struct Here {
    pub scene: Arc<Scene>,
    pub link: Arc<Link>,
}

impl Here {
    async fn work(&self, ctx: &JobContext) -> Result<u32, String> {
        let run = (ctx.id(), ctx.fence());
        self.scene.started(run, ctx.attempt(), &self.link.name);
        let (takes, ends) = self.scene.fate();
        let mut left = takes;
        while !left.is_zero() {
            let step = left.min(Duration::from_millis(500));
            tokio::time::sleep(step).await;
            // A process that is gone does nothing more; one that is stopped goes on later.
            self.link.alive().await;
            left -= step;
        }
        let well = ends < 0.85;
        self.scene.returned(run, well);
        match ends {
            _ if well => Ok(ctx.attempt()),
            ends if ends < 0.96 => Err("it failed".to_owned()),
            _ => panic!("it panicked"),
        }
    }
}

#[job(retry_on(any, wait = "2s", attempts = 4))]
pub async fn plain(n: u32, #[state] here: &Here, #[ctx] ctx: &JobContext) -> Result<u32, String> {
    let _ = n;
    here.work(ctx).await
}

#[job(queue = side, priority = 5, retry_on(any, wait = "1s", attempts = 4))]
pub async fn aside(n: u32, #[state] here: &Here, #[ctx] ctx: &JobContext) -> Result<u32, String> {
    let _ = n;
    here.work(ctx).await
}

#[job(concurrency(limit = 2, key = key), retry_on(any, wait = "1s", attempts = 4))]
pub async fn limited(
    key: u32,
    #[state] here: &Here,
    #[ctx] ctx: &JobContext,
) -> Result<u32, String> {
    let _ = key;
    here.work(ctx).await
}

#[job(unique(by = [key]), retry_on(any, wait = "1s", attempts = 4))]
pub async fn unique(
    key: u32,
    #[state] here: &Here,
    #[ctx] ctx: &JobContext,
) -> Result<u32, String> {
    let _ = key;
    here.work(ctx).await
}

#[job(unique(by = [key], until = executing), retry_on(any, wait = "1s", attempts = 4))]
pub async fn once_waiting(
    key: u32,
    #[state] here: &Here,
    #[ctx] ctx: &JobContext,
) -> Result<u32, String> {
    let _ = key;
    here.work(ctx).await
}

#[job(rate_limit(count = 3, per = "10s", key = key), retry_on(any, wait = "1s", attempts = 4))]
pub async fn rated(key: u32, #[state] here: &Here, #[ctx] ctx: &JobContext) -> Result<u32, String> {
    let _ = key;
    here.work(ctx).await
}

#[job(
    every = "20s",
    catch_up = "one",
    retry_on(any, wait = "1s", attempts = 4)
)]
pub async fn tick(#[state] here: &Here, #[ctx] ctx: &JobContext) -> Result<u32, String> {
    here.work(ctx).await
}

/// One execution of a job.
pub type Run = (JobId, i64);
