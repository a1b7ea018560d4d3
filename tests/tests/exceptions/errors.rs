//! The errors that jobs of these tests return, chosen by a word for each attempt.

use std::time::Duration;

use jobs::{BoxError, JobContext, JobError};
use jobs_tests::notes::note;

#[derive(Debug, thiserror::Error)]
#[error("flaky")]
pub(crate) struct Flaky;

#[derive(Debug, thiserror::Error)]
#[error("gone")]
pub(crate) struct Gone;

#[derive(Debug, thiserror::Error)]
#[error("other")]
pub(crate) struct Other;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Api {
    #[error("rate limited")]
    RateLimited { retry_after: Duration },
    #[error("client error {0}")]
    Client(u16),
    #[error("broken")]
    Broken,
}

/// Two above the one that rules look for.
#[derive(Debug, thiserror::Error)]
#[error("outer")]
pub(crate) struct Outer(#[source] pub(crate) Middle);

#[derive(Debug, thiserror::Error)]
#[error("middle")]
pub(crate) struct Middle(#[source] pub(crate) Flaky);

/// Hides what is inside: its `source` is the inner one's.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Clear(#[from] pub(crate) Flaky);

/// One execution: the attempt's word of the plan, the last one for ever.
pub(crate) async fn step(plan: &str, ctx: &JobContext) -> Result<(), BoxError> {
    let words: Vec<&str> = plan.split(' ').collect();
    let attempt = ctx.attempt() as usize;
    let word = words[attempt.min(words.len()) - 1];
    note(ctx.id(), format!("run {attempt} {word}"));
    match word {
        "ok" => Ok(()),
        "flaky" => Err(Flaky.into()),
        "gone" => Err(Gone.into()),
        "other" => Err(Other.into()),
        "broken" => Err(Api::Broken.into()),
        "limited" => Err(Api::RateLimited {
            retry_after: Duration::from_secs(700),
        }
        .into()),
        "client400" => Err(Api::Client(400).into()),
        "client500" => Err(Api::Client(500).into()),
        "deep" => Err(Outer(Middle(Flaky)).into()),
        "clear" => Err(Clear(Flaky).into()),
        "panic" => panic!("no way"),
        "sleep" => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Ok(())
        }
        "retry_in" => Err(jobs::RetryIn(Duration::from_secs(500)).into()),
        "discard" => Err(jobs::Discard("not wanted").into()),
        "dead" => Err(jobs::Dead("hopeless").into()),
        "ctx_retry_in" => ctx.retry_in(Duration::from_secs(500)).await,
        "ctx_discard" => ctx.discard("not wanted").await,
        "ctx_dead" => ctx.dead("hopeless").await,
        other => panic!("no such word: {other}"),
    }
}

pub(crate) async fn exhausted(ctx: &JobContext, error: &JobError) {
    note(ctx.id(), format!("exhausted {}", error.message()));
}

pub(crate) fn also_exhausted(ctx: &JobContext, error: &JobError) {
    note(ctx.id(), format!("also exhausted {}", error.message()));
}

pub(crate) async fn reported(ctx: &JobContext, error: &JobError) {
    note(ctx.id(), format!("reported {}", error.message()));
}

pub(crate) async fn discarded(ctx: &JobContext, error: &JobError) {
    note(ctx.id(), format!("after_discard {}", error.message()));
}

pub(crate) async fn rude(_: &JobContext, _: &JobError) {
    panic!("a hook that panics");
}
