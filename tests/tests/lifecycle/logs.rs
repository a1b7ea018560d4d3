//! `logs = "…"`: what an attempt logs stays with it.

use std::sync::Arc;

use jobs::{JobId, Jobs, TraceContext, job};
use jobs_tests::{place::Place, tests};

tests!(
    each_attempt_keeps_what_it_logged,
    what_is_redacted_is_not_in_the_logs,
    a_blocking_job_keeps_its_logs,
    a_job_without_the_option_keeps_nothing,
    a_long_log_is_cut_and_marked,
    a_hook_can_carry_a_trace
);

async fn logs(jobs: &Jobs, id: JobId) -> Vec<Option<String>> {
    let record = jobs.get(id).await.expect("read").expect("a record");
    record.attempts.into_iter().map(|run| run.logs).collect()
}

#[job(logs = "4KiB", retry_on(any, attempts = 2, wait = "0s"))]
async fn chatty(name: String, #[ctx] ctx: &jobs::JobContext) -> Result<(), String> {
    tracing::info!(target: "shop", name, "begins");
    jobs::spawn(async { tracing::debug!("from a task of its own") })
        .await
        .map_err(|error| error.to_string())?;
    if ctx.attempt() == 1 {
        return Err("not yet".into());
    }
    tracing::warn!(attempt = ctx.attempt(), "done");
    Ok(())
}

async fn each_attempt_keeps_what_it_logged(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Chatty::perform_later("ann")
        .on(&jobs)
        .await
        .expect("enqueued");
    job.result().await.expect("it succeeds at last");
    let [Some(first), Some(second)] = &logs(&jobs, job.id()).await[..] else {
        panic!("two attempts with logs");
    };
    let lines: Vec<&str> = first.lines().collect();
    assert_eq!(lines.len(), 2, "{first}");
    assert!(lines[0].ends_with(" INFO shop: begins name=ann"), "{first}");
    assert!(lines[1].ends_with("from a task of its own"), "{first}");
    assert_eq!(second.lines().count(), 3, "{second}");
    assert!(
        second.contains(" WARN ") && second.contains("done attempt=2"),
        "{second}"
    );
    worker.stop().await.expect("stopped");
}

#[job(logs = "4KiB", redact(card))]
async fn pay(card: String, shop: String) {
    tracing::info!(card, shop, "paying with {card:?}");
}

async fn what_is_redacted_is_not_in_the_logs(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Pay::perform_later("4111-\"2222\"", "bakery")
        .on(&jobs)
        .await
        .expect("enqueued");
    job.result().await.expect("it succeeds");
    let kept = logs(&jobs, job.id()).await.remove(0).expect("logs");
    assert!(!kept.contains("4111") && !kept.contains("2222"), "{kept}");
    assert!(
        kept.contains("[redacted]") && kept.contains("bakery"),
        "{kept}"
    );
    worker.stop().await.expect("stopped");
}

#[job(logs = "4KiB", blocking)]
fn grind() {
    tracing::info!("on a thread");
}

async fn a_blocking_job_keeps_its_logs(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Grind::perform_later().on(&jobs).await.expect("enqueued");
    job.result().await.expect("it succeeds");
    let kept = logs(&jobs, job.id()).await.remove(0).expect("logs");
    assert!(kept.contains("on a thread"), "{kept}");
    worker.stop().await.expect("stopped");
}

#[job]
async fn quiet_one() {
    tracing::info!("nobody keeps this");
}

async fn a_job_without_the_option_keeps_nothing(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = QuietOne::perform_later().on(&jobs).await.expect("enqueued");
    job.result().await.expect("it succeeds");
    assert_eq!(logs(&jobs, job.id()).await, [None]);
    worker.stop().await.expect("stopped");
}

#[job(logs = "1KiB")]
async fn talkative() {
    for n in 0..1_000 {
        tracing::info!(n, "and another thing");
    }
}

async fn a_long_log_is_cut_and_marked(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Talkative::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    job.result().await.expect("it succeeds");
    let kept = logs(&jobs, job.id()).await.remove(0).expect("logs");
    assert!(kept.ends_with("… [cut at 1024 bytes]\n"), "{kept}");
    assert!(kept.len() < 1_100, "{}", kept.len());
    worker.stop().await.expect("stopped");
}

const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn carry(job: &mut jobs::EnqueueInfo) -> std::ops::ControlFlow<jobs::Halt> {
    job.set_trace_context(TraceContext::new(HEADER, Some("a=1")));
    std::ops::ControlFlow::Continue(())
}

#[job(before_enqueue = carry)]
async fn traced(#[ctx] ctx: &jobs::JobContext) -> Option<(String, Option<String>)> {
    let trace = ctx.trace_context()?;
    let state = trace.tracestate().map(str::to_owned);
    Some((trace.traceparent().to_owned(), state))
}

async fn a_hook_can_carry_a_trace(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Traced::perform_later().on(&jobs).await.expect("enqueued");
    let seen = job.result().await.expect("it succeeds");
    assert_eq!(seen, Some((HEADER.to_owned(), Some("a=1".to_owned()))));
    worker.stop().await.expect("stopped");
}
