//! The parts of a job's page.

use chrono::{DateTime, Utc};
use jobs::{Attempt, JobRecord, Progress, State};
use maud::{Markup, html};
use serde_json::Value;

use crate::{
    layout::badge,
    text::{cut, number, shown},
    time,
    view::View,
};

/// So much of a long text is shown at first, in bytes.
pub(super) const LONGEST: usize = 16 * 1024;

/// A value, as it is read best.
pub(super) fn json(view: &View, job: &JobRecord, value: &Value, longest: usize) -> Markup {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let (_, more) = cut(&text, longest);
    html! {
        pre.json tabindex="0" { (shown(&text, longest)) }
        @if more {
            p.hint { "The first " (number(longest as u64)) " of " (number(text.len() as u64)) " bytes. "
                a href=(view.to(&format!("/jobs/{}?all", job.id))) { "Show all" } }
        }
    }
}

pub(super) fn progress(progress: &Progress) -> Markup {
    let share = if progress.total == 0 {
        0.0
    } else {
        progress.done as f64 * 100.0 / progress.total as f64
    };
    html! {
        section.card.progress {
            h2 { "Progress" }
            progress max=(progress.total.max(1)) value=(progress.done) aria-label="Progress" {}
            p { span.number { (number(progress.done)) " of " (number(progress.total)) " (" (format!("{share:.0}")) " %)" } " " (shown(&progress.message, 500)) }
        }
    }
}

/// What happened, in order.
pub(super) fn timeline(job: &JobRecord, now: DateTime<Utc>) -> Markup {
    html! {
        ol.timeline {
            (step("enqueued", job.enqueued_at, "Enqueued", None, now))
            @for attempt in &job.attempts {
                @let waited = attempt.number == 1;
                @let since = waited.then(|| (attempt.started_at - job.enqueued_at).to_std().unwrap_or_default());
                (step("running", attempt.started_at, &format!("Run {} began", attempt.number), since.map(|wait| format!("after {}", time::span(wait))), now))
                @if let Some(at) = attempt.ended_at {
                    @let ran = time::span((at - attempt.started_at).to_std().unwrap_or_default());
                    @let (class, words) = if attempt.error.is_some() { ("dead", "failed") } else { ("succeeded", "ended") };
                    (step(class, at, &format!("Run {} {words}", attempt.number), Some(format!("after {ran}")), now))
                }
            }
            @if let Some(at) = job.finished_at {
                (step(&job.state.to_string(), at, &format!("Ended: {}", job.state), None, now))
            } @else if job.run_at > now {
                (step("scheduled", job.run_at, "Due", None, now))
            }
        }
    }
}

fn step(
    class: &str,
    at: DateTime<Utc>,
    what: &str,
    more: Option<String>,
    now: DateTime<Utc>,
) -> Markup {
    html! {
        li class=(class) { (time::exact(at, now)) " " span.what { (what) } @if let Some(more) = more { " " span.hint { (more) } } }
    }
}

/// Every run, the last one first.
pub(super) fn attempts(job: &JobRecord, longest: usize, now: DateTime<Utc>) -> Markup {
    html! {
        @if job.attempts.is_empty() { p.hint { "It was not started yet." } }
        @for (at, attempt) in job.attempts.iter().rev().enumerate() { (self::attempt(job, attempt, at == 0, longest, now)) }
    }
}

fn attempt(
    job: &JobRecord,
    attempt: &Attempt,
    last: bool,
    longest: usize,
    now: DateTime<Utc>,
) -> Markup {
    let state = match (&attempt.error, attempt.ended_at) {
        (Some(_), _) => html! { span.badge.dead { "failed" } },
        (None, None) if job.state == State::Running && last => badge(State::Running),
        (None, None) => html! { span.badge.cancelled { "broken off" } },
        (None, Some(_)) => html! { span.badge.succeeded { "ended" } },
    };
    let end = attempt.ended_at.unwrap_or(now);
    html! {
        article.attempt {
            h3 { "Run " (attempt.number) " " (state) }
            p.hint {
                (time::exact(attempt.started_at, now)) " · " (time::span((end - attempt.started_at).to_std().unwrap_or_default()))
                " · worker " span.id { (attempt.worker) }
            }
            @if let Some(error) = &attempt.error {
                p.type { (shown(error.type_name(), 500)) }
                pre.error tabindex="0" { (shown(error.message(), longest)) }
                @if !error.chain().is_empty() {
                    ol.chain aria-label="Causes" { @for cause in error.chain() { li { "caused by " (shown(cause, longest)) } } }
                }
                @if let Some(backtrace) = error.backtrace() {
                    details { summary { "Backtrace" } pre.backtrace tabindex="0" { (shown(backtrace, longest)) } }
                }
            }
            @if let Some(logs) = &attempt.logs {
                details open { summary { "Logs" } pre.backtrace tabindex="0" { (shown(logs, longest)) } }
            }
        }
    }
}
