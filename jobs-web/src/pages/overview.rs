//! What goes on: states, throughput, failures, queues.

use axum::response::IntoResponse as _;
use jobs::inspect::{Bucket, Overview, Span};
use maud::{Markup, html};

use crate::{
    charts,
    failure::Answer,
    layout::{empty, list_link, page},
    query::{Asked, STATES},
    text::number,
    time,
    view::View,
};

/// What charts show: the name in the address, words, the span of a column, how many, and the form of its times.
const PERIODS: [(&str, &str, Span, u32, &str); 4] = [
    ("hour", "Last hour", Span::Minute, 60, "%H:%M"),
    ("day", "Last 24 hours", Span::Hour, 24, "%H:%M"),
    ("week", "Last 7 days", Span::Hour, 168, "%b %d"),
    ("month", "Last 30 days", Span::Hour, 720, "%b %d"),
];

pub(crate) async fn show(view: View, Asked(asked): Asked) -> Answer {
    let overview = view.inspector.overview().await?;
    let wanted = asked.filled("period").unwrap_or("hour");
    let period = PERIODS
        .iter()
        .find(|(name, ..)| *name == wanted)
        .unwrap_or(&PERIODS[0]);
    let (_, words, span, columns, form) = *period;
    let buckets = match span {
        Span::Minute => overview.minutes.clone(),
        Span::Hour => view.inspector.history(span, columns, None).await?,
    };
    let body = html! {
        div.head {
            h1 { "Overview" }
            nav.choice aria-label="Period" {
                @for (name, words, ..) in &PERIODS {
                    a href=(format!("{}?period={name}", view.to("/"))) aria-current=[(*name == period.0).then_some("true")] { (words) }
                }
            }
        }
        (figures(&view, &overview))
        section.states aria-label="Jobs by state" {
            @for state in STATES {
                @let count = overview.states.get(&state.to_string()).copied().unwrap_or_default();
                a class=(format!("tile {state}")) href=(view.to(&format!("/jobs?state={state}"))) {
                    span.label { (state) }
                    span.value { (count) }
                }
            }
        }
        section.charts {
            figure.card {
                figcaption { "Throughput" small { (words) } (legend()) }
                (charts::ends("throughput", "Throughput", &buckets, form))
            }
            figure.card {
                figcaption { "Failure rate" small { "share of runs that failed" } }
                (charts::failures("failures", "Failure rate", &buckets, form))
            }
            figure.card {
                figcaption { "Duration" small { "mean of all runs" } }
                (charts::durations("durations", "Duration", &buckets, form))
            }
        }
        (queues(&view, &overview))
    };
    Ok(page(&view, "Overview", body).into_response())
}

fn legend() -> Markup {
    html! {
        span.legend {
            span.key.well { "succeeded" }
            span.key.failed { "failed" }
            span.key.dropped { "discarded, cancelled" }
        }
    }
}

/// The few numbers to look at first.
fn figures(view: &View, overview: &Overview) -> Markup {
    // The running minute is not over: the last whole one tells the pace.
    let whole: Vec<&Bucket> = overview.minutes.iter().rev().skip(1).take(5).collect();
    let ran: u64 = whole
        .iter()
        .map(|bucket| bucket.succeeded + bucket.failed + bucket.dropped)
        .sum();
    let pace = ran as f64 / whole.len().max(1) as f64;
    let hour = |of: fn(&Bucket) -> u64| overview.minutes.iter().map(of).sum::<u64>();
    let (well, failed) = (
        hour(|bucket| bucket.succeeded),
        hour(|bucket| bucket.failed),
    );
    let rate = if well + failed == 0 {
        0.0
    } else {
        failed as f64 * 100.0 / (well + failed) as f64
    };
    let slowest = overview.queues.iter().max_by_key(|queue| queue.latency);
    let paused = overview.queues.iter().filter(|queue| queue.paused).count();
    html! {
        section.figures aria-label="In short" {
            div.figure { span.label { "Jobs a minute" } span.value { (format!("{pace:.1}")) } span.hint { "over five minutes" } }
            div.figure { span.label { "Failure rate" } span class=(if rate >= 5.0 { "value bad" } else { "value" }) { (format!("{rate:.1} %")) } span.hint { (number(failed)) " of " (number(well + failed)) " in an hour" } }
            div.figure {
                span.label { "Longest wait" }
                @match slowest.filter(|queue| !queue.latency.is_zero()) {
                    Some(queue) => { span.value { (time::span(queue.latency)) } span.hint { "in " (list_link(view, "queue", &queue.name, 40)) } }
                    None => { span.value { "0" } span.hint { "nothing waits" } }
                }
            }
            div.figure {
                span.label { "Workers" }
                span class=(if overview.workers == 0 { "value bad" } else { "value" }) { (number(overview.workers)) }
                span.hint {
                    (number(overview.slots)) " slots"
                    @if overview.lost > 0 { ", " strong.bad { (number(overview.lost)) " lost" } }
                    @if paused > 0 { ", " (paused) @if paused == 1 { " queue" } @else { " queues" } " paused" }
                }
            }
        }
    }
}

fn queues(view: &View, overview: &Overview) -> Markup {
    let longest = overview
        .queues
        .iter()
        .map(|queue| queue.latency.as_millis() as u64)
        .max()
        .unwrap_or(0);
    html! {
        section.card {
            div.head { h2 { "Queue latency" } a href=(view.to("/queues")) { "All queues" } }
            @if overview.queues.is_empty() {
                (empty("No queues yet", html! { "Queues show when a program that declares them connects, or with their first job." }))
            } @else {
                div.scroll { table {
                    thead { tr { th scope="col" { "Queue" } th.n scope="col" { "Ready" } th.n scope="col" { "Running" } th.n scope="col" { "Oldest waits" } th scope="col" { span.unseen { "Share of the longest wait" } } } }
                    tbody { @for queue in &overview.queues {
                        tr {
                            th scope="row" { (list_link(view, "queue", &queue.name, 60)) @if queue.paused { " " span.badge.paused { "paused" } } }
                            td.n { (queue.ready) }
                            td.n { (queue.running) }
                            td.n { (time::span(queue.latency)) }
                            td.bars { (charts::bar(queue.latency.as_millis() as u64, longest, "wait")) }
                        }
                    } }
                } }
            }
        }
    }
}
